-- The bell, and the mails that wait to be sent. Both are written in the transaction of their event.

create table notices (
  id text primary key,
  user_id text not null references users (id),
  at bigint not null,
  kind text not null,
  role_id text null,
  role_name text not null,
  subject_name text not null,
  request_id text null,
  read_at bigint null
);
create index notices_by_user on notices (user_id, id);
create index notices_unread on notices (user_id) where read_at is null;

create table outbox (
  id text primary key,
  event text not null,
  user_id text null references users (id),
  address text not null,
  role_id text null references roles (id),
  request_id text null references requests (id),
  queued_at bigint not null,
  state text not null check (state in ('Queued', 'Sent', 'Failed', 'Dropped'))
);
create index outbox_queued on outbox (queued_at, id) where state = 'Queued';
create index outbox_by_request on outbox (request_id);
