-- Every step, chained by a keyed hash. Names are copied, so that the record stays readable when what it names is gone.

create table audit_events (
  seq bigint primary key,
  id text not null unique,
  at bigint not null,
  action text not null,
  outcome text not null check (outcome in ('Success', 'Refused')),
  actor_id text null,
  actor_name text not null,
  role_id text null,
  role_name text not null,
  subject_id text null,
  subject_name text not null,
  request_id text null,
  reason text not null,
  ticket_number text not null,
  ticket_system text not null,
  details text not null,
  search_key text not null,
  trace_id text not null,
  hash text not null
);
create index audit_by_actor on audit_events (actor_id, seq);
create index audit_by_subject on audit_events (subject_id, seq);
create index audit_by_role on audit_events (role_id, seq);
create index audit_by_request on audit_events (request_id, seq);
create index audit_by_action on audit_events (action, seq);
create index audit_by_time on audit_events (at, seq);
