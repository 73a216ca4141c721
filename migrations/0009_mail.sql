-- The mails: what each event says once, to whom it goes, and every attempt to send it. What the release before queued has no facts,
-- and nothing that could send it; it is not sent by this one either.

drop table outbox;

create table mails (
  id text primary key,
  event text not null,
  role_id text null references roles (id),
  request_id text null references requests (id),
  facts text not null,
  made_at bigint not null
);
create index mails_by_request on mails (request_id) where request_id is not null;

-- One row for each recipient. It is claimed by an attempt, which moves `due_at` on as far as the claim reaches: whoever claims next
-- finds it due again when nothing was heard of that attempt.
create table outbox (
  id text primary key,
  mail_id text not null references mails (id),
  audience text not null check (audience in ('Person', 'Approver', 'Admin')),
  user_id text null references users (id),
  address text not null,
  queued_at bigint not null,
  state text not null check (state in ('Queued', 'Sent', 'Failed', 'Dropped')),
  due_at bigint null,
  attempts bigint not null,
  first_attempt_at bigint null,
  attempt_id text null,
  closed_at bigint null,
  note text not null,
  check ((state = 'Queued') = (due_at is not null)),
  check ((state = 'Queued') = (closed_at is null)),
  check ((attempts = 0) = (first_attempt_at is null))
);
create index outbox_due on outbox (due_at, id) where state = 'Queued';
create index outbox_by_mail on outbox (mail_id);
create index outbox_failed on outbox (id) where state = 'Failed';
create index outbox_dropped on outbox (id) where state = 'Dropped';

create table mail_attempts (
  id text primary key,
  message_id text not null references outbox (id),
  began_at bigint not null,
  ended_at bigint null,
  outcome text null check (outcome in ('Sent', 'Deferred', 'Refused')),
  answer text not null,
  check ((ended_at is null) = (outcome is null))
);
create index mail_attempts_by_message on mail_attempts (message_id, id);

-- Without a row: only administrators whose role is active get mails.
create table mail_settings (
  id bigint primary key check (id = 1),
  include_eligible bigint not null check (include_eligible in (0, 1))
);

-- The weeks that were told, by the moment at which each ended: none of them twice, whoever is faster.
create table digests (
  until bigint primary key,
  made_at bigint not null
);
