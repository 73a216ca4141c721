-- Rows from which power is derived carry a seal: a keyed hash over what the row means, made with a key that is not in the database,
-- and the place of the audit event that made it. A row without a seal, or with another one, gives nothing. Ending clears the seal.
-- Rows from before this release have none, and nothing seals them.

-- Which sealed objects an event changed; covered by the event's hash.
alter table audit_events add column objects text not null default '';

alter table assignment_schedules add column seal text null;
alter table assignment_schedules add column sealed_by bigint null;
alter table eligibility_schedules add column seal text null;
alter table eligibility_schedules add column sealed_by bigint null;
alter table requests add column seal text null;
alter table requests add column sealed_by bigint null;
alter table role_policies add column seal text null;
alter table role_policies add column sealed_by bigint null;
alter table groups add column seal text null;
alter table groups add column sealed_by bigint null;
alter table group_members add column seal text null;
alter table group_members add column sealed_by bigint null;
alter table recovery_codes add column seal text null;
alter table recovery_codes add column sealed_by bigint null;

-- A person has two: who they are (enabled, names to sign in with, addresses), and what they prove it with (password, second factor).
alter table users add column seal text null;
alter table users add column sealed_by bigint null;
alter table users add column credentials_seal text null;
alter table users add column credentials_sealed_by bigint null;

-- A session's seal covers its fingerprint, its person, its begin and end, and when the second factor was shown.
alter table sessions add column seal text null;

-- The keys before this one, each with its last event. What they are still needed for is sealed under the key of today: to check the part of
-- the audit trail that they chained, and to recognise recovery codes that were made under them.
create table past_keys (
  last_event bigint primary key,
  key_id text not null,
  chain_key text not null,
  recovery_key text null
);

-- The code that `ostiary recover` printed, by its keyed fingerprint. Its seal covers whose it is, and until when it works.
create table recoveries (
  user_id text primary key references users (id),
  code_hash text not null,
  expires_at bigint not null,
  seal text not null
);
