-- Requests, and the schedules they lead to. A schedule is in force while starts_at <= now < ends_at and it was not ended;
-- no job has to flip a flag for access to stop.

create table requests (
  id text primary key,
  action text not null check (action in ('adminAssign', 'adminUpdate', 'adminRemove', 'adminExtend', 'adminRenew',
    'selfActivate', 'selfDeactivate', 'selfExtend', 'selfRenew')),
  kind text not null check (kind in ('eligibility', 'assignment')),
  role_id text not null references roles (id),
  principal_id text not null references principals (id),
  requested_by text not null references users (id),
  status text not null check (status in ('PendingApproval', 'PendingAdminDecision', 'Granted', 'Provisioned', 'Denied',
    'Canceled', 'TimedOut', 'Revoked', 'Failed')),
  eligibility_id text null,
  justification text not null,
  ticket_number text not null,
  ticket_system text not null,
  starts_at bigint null,
  ends_at bigint null,
  duration_minutes bigint null check (duration_minutes > 0),
  created_at bigint not null,
  lapses_at bigint null,
  approval_required bigint not null check (approval_required in (0, 1)),
  decision text null check (decision in ('Approve', 'Deny')),
  decided_by text null references users (id),
  decided_at bigint null,
  decision_justification text null,
  closed_by text null references users (id),
  completed_at bigint null,
  -- One decision, by somebody else than the person who asked.
  check ((decision is null) = (decided_by is null)),
  check ((decision is null) = (decided_at is null)),
  check (decided_by is null or decided_by <> requested_by),
  check ((status = 'Denied') = (decision is not null and decision = 'Deny')),
  -- What needed approval is granted only by an approval.
  check (approval_required = 0 or status not in ('Granted', 'Provisioned', 'Revoked') or (decision is not null and decision = 'Approve')),
  check (status <> 'PendingApproval' or (approval_required = 1 and decision is null))
);
create unique index requests_one_pending on requests (role_id, principal_id, kind, action)
  where status in ('PendingApproval', 'PendingAdminDecision');
create index requests_pending on requests (status, created_at, id) where status in ('PendingApproval', 'PendingAdminDecision');
create index requests_by_requestor on requests (requested_by, id);
create index requests_by_decider on requests (decided_by, decided_at, id) where decided_by is not null;
create index requests_by_lapse on requests (lapses_at) where status = 'PendingApproval';

create table eligibility_schedules (
  id text primary key,
  role_id text not null references roles (id),
  principal_id text not null references principals (id),
  request_id text not null references requests (id),
  created_by text not null references users (id),
  created_at bigint not null,
  starts_at bigint not null,
  ends_at bigint null,
  ended_at bigint null,
  end_reason text null check (end_reason in ('Removed', 'Expired')),
  check (ends_at is null or ends_at > starts_at),
  check ((ended_at is null) = (end_reason is null))
);
create unique index eligibility_one_live on eligibility_schedules (role_id, principal_id) where ended_at is null;
create index eligibility_by_principal on eligibility_schedules (principal_id, role_id);
create index eligibility_by_end on eligibility_schedules (ends_at) where ended_at is null;
create index eligibility_ended on eligibility_schedules (ended_at) where ended_at is not null;

create table assignment_schedules (
  id text primary key,
  role_id text not null references roles (id),
  principal_id text not null references principals (id),
  request_id text not null references requests (id),
  assignment_type text not null check (assignment_type in ('Assigned', 'Activated')),
  activated_using text null references eligibility_schedules (id),
  created_by text not null references users (id),
  created_at bigint not null,
  starts_at bigint not null,
  ends_at bigint null,
  started_at bigint null,
  ended_at bigint null,
  end_reason text null check (end_reason in ('Removed', 'Expired', 'Deactivated')),
  check (ends_at is null or ends_at > starts_at),
  check ((ended_at is null) = (end_reason is null)),
  check ((assignment_type = 'Activated') = (activated_using is not null)),
  check (assignment_type = 'Assigned' or ends_at is not null)
);
create unique index assignment_one_live on assignment_schedules (role_id, principal_id, assignment_type) where ended_at is null;
create index assignment_by_principal on assignment_schedules (principal_id, role_id);
create index assignment_by_eligibility on assignment_schedules (activated_using) where ended_at is null;
create index assignment_by_request on assignment_schedules (request_id);
create index assignment_by_end on assignment_schedules (ends_at) where ended_at is null;
create index assignment_by_start on assignment_schedules (starts_at) where started_at is null and ended_at is null;
create index assignment_ended on assignment_schedules (ended_at) where ended_at is not null;
