-- What somebody typed and could not send yet, because they had to sign in or to show their second factor first. What was typed, and where,
-- is sealed, and opens for its person and under its id alone, which only their browser has. It goes after an hour.
create table drafts (
  id_hash text primary key,
  user_id text not null references users (id),
  sealed text not null,
  expires_at bigint not null
);
create index drafts_of_user on drafts (user_id, expires_at);
create index drafts_by_end on drafts (expires_at);
