-- Extending, renewing and updating: which assignment a request is about, and what an administrator's yes made of it. What waits for
-- an administrator lapses as well.

alter table requests add column schedule_id text null;
alter table requests add column granted_kind text null check (granted_kind in ('eligibility', 'assignment'));
alter table requests add column granted_from bigint null;
alter table requests add column granted_until bigint null;
create index requests_waiting_by_schedule on requests (schedule_id) where status in ('PendingApproval', 'PendingAdminDecision');
create index requests_waiting_for_administrators on requests (id) where status = 'PendingAdminDecision';
drop index requests_by_lapse;
create index requests_by_lapse on requests (lapses_at) where status in ('PendingApproval', 'PendingAdminDecision');
