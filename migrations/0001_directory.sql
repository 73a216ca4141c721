-- The organisation, its people and groups, and how they prove who they are.
-- Times are Unix milliseconds UTC; flags are 0 or 1; ids are UUIDs made by the application.

create table organization (
  id bigint primary key check (id = 1),
  name text not null,
  time_zone text not null,
  set_up_at bigint not null
);

create table setup_links (
  token_hash text primary key,
  created_at bigint not null
);

-- Whoever can hold a role: one id space, so that an assignment points at exactly one thing.
create table principals (
  id text primary key,
  kind text not null check (kind in ('user', 'group')),
  display_name text not null,
  name_key text not null,
  created_at bigint not null
);
create index principals_by_name on principals (name_key, id);

create table users (
  id text primary key references principals (id),
  user_principal_name text not null,
  upn_key text not null,
  mail text not null,
  notification_mail text null,
  enabled bigint not null check (enabled in (0, 1)),
  time_zone text null,
  theme text not null check (theme in ('system', 'light', 'dark')),
  password_hash text not null,
  must_change_password bigint not null check (must_change_password in (0, 1)),
  totp_secret text null,
  totp_confirmed_at bigint null,
  totp_last_step bigint not null,
  last_sign_in_at bigint null,
  updated_at bigint not null,
  version bigint not null
);
create unique index users_one_upn on users (upn_key);

create table recovery_codes (
  id text primary key,
  user_id text not null references users (id),
  code_hash text not null,
  created_at bigint not null,
  used_at bigint null
);
create unique index recovery_codes_one on recovery_codes (user_id, code_hash);

create table groups (
  id text primary key references principals (id),
  description text not null,
  role_assignable bigint not null check (role_assignable in (0, 1)),
  updated_at bigint not null,
  version bigint not null
);

create table group_members (
  group_id text not null references groups (id),
  user_id text not null references users (id),
  added_at bigint not null,
  primary key (group_id, user_id)
);
create index group_members_by_user on group_members (user_id, group_id);

create table sessions (
  id_hash text primary key,
  user_id text null references users (id),
  data text not null,
  address text not null,
  user_agent text not null,
  created_at bigint not null,
  last_seen_at bigint not null,
  expires_at bigint not null
);
create index sessions_by_user on sessions (user_id, last_seen_at);
create index sessions_by_expiry on sessions (expires_at);

-- Failed sign-ins, per account and per address.
create table throttles (
  key text primary key,
  failures bigint not null,
  last_failure_at bigint not null
);
