-- The role catalogue and each role's settings. A role without a row in role_policies has the defaults.

create table roles (
  id text primary key,
  display_name text not null,
  name_key text not null,
  description text not null,
  is_privileged bigint not null check (is_privileged in (0, 1)),
  is_hidden bigint not null check (is_hidden in (0, 1))
);
create index roles_by_name on roles (name_key, id);

create table role_policies (
  role_id text primary key references roles (id),
  version bigint not null,
  modified_at bigint not null,
  modified_by text not null references users (id),
  activation_max_minutes bigint not null check (activation_max_minutes between 30 and 1440),
  activation_mfa text not null check (activation_mfa in ('None', 'Session', 'Fresh')),
  activation_mfa_minutes bigint null check ((activation_mfa = 'Fresh') = (activation_mfa_minutes is not null)),
  activation_justification bigint not null check (activation_justification in (0, 1)),
  activation_ticket bigint not null check (activation_ticket in (0, 1)),
  approval_required bigint not null check (approval_required in (0, 1)),
  approval_window_minutes bigint null check (approval_window_minutes between 60 and 43200),
  eligible_max_days bigint null check (eligible_max_days in (15, 30, 90, 180, 365)),
  active_max_days bigint null check (active_max_days in (15, 30, 90, 180, 365)),
  assign_active_mfa bigint not null check (assign_active_mfa in (0, 1)),
  assign_active_justification bigint not null check (assign_active_justification in (0, 1))
);

create table role_approvers (
  role_id text not null references role_policies (role_id),
  principal_id text not null references principals (id),
  primary key (role_id, principal_id)
);
create index role_approvers_by_principal on role_approvers (principal_id, role_id);

create table role_notifications (
  role_id text not null references role_policies (role_id),
  rule_id text not null,
  to_default bigint not null check (to_default in (0, 1)),
  additional text not null,
  critical_only bigint not null check (critical_only in (0, 1)),
  primary key (role_id, rule_id)
);
