//! Every table and column of the schema is on this list: sealed, or harmless for a reason. A new one fails until it is listed, and
//! whoever lists it as sealed shows that a change of it breaks the seal.

use std::collections::BTreeSet;

use ostiary::{
    app::App,
    domain::{
        ids::{GroupId, RequestId, RoleId, ScheduleId, UserId},
        time::Span,
    },
    store::{self, principals::PrincipalRow},
};

use crate::harness::{
    Engine, TestApp,
    company::{ask, role},
};

/// A table: the columns that a seal covers, and those that none does, with the reason.
struct Table {
    name: &'static str,
    sealed: &'static [&'static str],
    harmless: &'static [(&'static [&'static str], &'static str)],
}

/// Covered by tests of people's credentials and sessions.
const OF_CREDENTIALS: &[(&str, &[&str])] = &[
    ("users", &["password_hash", "must_change_password", "totp_secret", "totp_confirmed_at", "totp_last_step"]),
    ("recovery_codes", &["id", "user_id", "code_hash", "created_at", "used_at"]),
    ("sessions", &["id_hash", "user_id", "data", "address", "user_agent", "created_at", "last_seen_at", "expires_at"]),
    ("recoveries", &["user_id", "code_hash", "expires_at"]),
    ("setup_links", &["token_hash", "created_at"]),
];

const SEAL: &[&str] = &["seal", "sealed_by"];
const ITS_SEAL: &str = "The seal itself; it holds only for its row.";
const SHOWN: &str = "It is only shown, or orders a list.";
const TOLD: &str = "It says when and whom mails and the bell tell. Nobody gains power by it.";

const TABLES: &[Table] = &[
    Table {
        name: "organization",
        sealed: &[],
        harmless: &[(&["id", "name", "time_zone", "set_up_at"], "Names and zones are only shown; one row for ever.")],
    },
    Table { name: "setup_links", sealed: &[], harmless: &[] },
    Table {
        name: "principals",
        sealed: &["id"],
        harmless: &[
            (&["display_name", "name_key", "created_at"], SHOWN),
            (&["kind"], "What a principal is follows from the sealed row of the person or the group."),
        ],
    },
    Table {
        name: "users",
        sealed: &["id", "user_principal_name", "upn_key", "mail", "notification_mail", "enabled"],
        harmless: &[
            (&["time_zone", "theme", "last_sign_in_at", "updated_at"], SHOWN),
            (&["version"], "It only tells two edits apart."),
            (SEAL, ITS_SEAL),
            (&["credentials_seal", "credentials_sealed_by"], ITS_SEAL),
        ],
    },
    Table { name: "recovery_codes", sealed: &[], harmless: &[(SEAL, ITS_SEAL)] },
    Table {
        name: "groups",
        sealed: &["id", "role_assignable"],
        harmless: &[
            (&["description", "updated_at"], SHOWN),
            (&["version"], "It only tells two edits apart."),
            (SEAL, ITS_SEAL),
        ],
    },
    Table {
        name: "group_members",
        sealed: &["group_id", "user_id"],
        harmless: &[(&["added_at"], SHOWN), (SEAL, ITS_SEAL)],
    },
    Table { name: "sessions", sealed: &[], harmless: &[(&["seal"], ITS_SEAL)] },
    Table { name: "recoveries", sealed: &[], harmless: &[(&["seal"], ITS_SEAL)] },
    Table {
        name: "drafts",
        sealed: &[],
        harmless: &[(
            &["id_hash", "user_id", "sealed", "expires_at"],
            "What was typed is encrypted, for its person and its id alone, and gives nothing: its person still has to send it.",
        )],
    },
    Table {
        name: "past_keys",
        sealed: &[],
        harmless: &[(
            &["last_event", "key_id", "chain_key", "recovery_key"],
            "They open under the key of today alone, each in its own place. Without them the trail does not verify.",
        )],
    },
    Table {
        name: "throttles",
        sealed: &[],
        harmless: &[(
            &["key", "failures", "last_failure_at"],
            "Whoever empties it may guess faster; a right password and a right code are needed all the same.",
        )],
    },
    Table {
        name: "roles",
        sealed: &[],
        harmless: &[
            (
                &["id", "display_name", "name_key", "description", "is_privileged"],
                "What a role means is in the program.",
            ),
            (&["is_hidden"], "An administrator would have to assign a role that means nothing here."),
        ],
    },
    Table {
        name: "role_policies",
        sealed: &[
            "role_id",
            "version",
            "activation_max_minutes",
            "activation_mfa",
            "activation_mfa_minutes",
            "activation_justification",
            "activation_ticket",
            "approval_required",
            "approval_window_minutes",
            "eligible_max_days",
            "active_max_days",
            "assign_active_mfa",
            "assign_active_justification",
        ],
        harmless: &[(&["modified_at", "modified_by"], SHOWN), (SEAL, ITS_SEAL)],
    },
    Table { name: "role_approvers", sealed: &["role_id", "principal_id"], harmless: &[] },
    Table {
        name: "role_notifications",
        sealed: &["role_id", "rule_id", "to_default", "additional", "critical_only"],
        harmless: &[],
    },
    Table {
        name: "requests",
        sealed: &[
            "id",
            "action",
            "kind",
            "role_id",
            "principal_id",
            "requested_by",
            "status",
            "eligibility_id",
            "schedule_id",
            "justification",
            "ticket_number",
            "ticket_system",
            "starts_at",
            "ends_at",
            "duration_minutes",
            "created_at",
            "lapses_at",
            "approval_required",
            "decision",
            "decided_by",
            "decided_at",
            "decision_justification",
            "closed_by",
            "completed_at",
        ],
        harmless: &[
            (
                &["granted_kind", "granted_from", "granted_until"],
                "It shows what a decision led to; the assignment has a seal.",
            ),
            (&["remind_at"], TOLD),
            (SEAL, ITS_SEAL),
        ],
    },
    Table {
        name: "eligibility_schedules",
        sealed: &["id", "role_id", "principal_id", "request_id", "created_at", "starts_at", "ends_at"],
        harmless: &[
            (&["created_by"], SHOWN),
            (&["warn_at"], TOLD),
            (&["ended_at", "end_reason"], "An end takes away; one that is undone finds no seal."),
            (SEAL, ITS_SEAL),
        ],
    },
    Table {
        name: "assignment_schedules",
        sealed: &[
            "id",
            "role_id",
            "principal_id",
            "request_id",
            "assignment_type",
            "activated_using",
            "created_at",
            "starts_at",
            "ends_at",
        ],
        harmless: &[
            (&["created_by"], SHOWN),
            (&["warn_at", "started_at"], TOLD),
            (&["ended_at", "end_reason"], "An end takes away; one that is undone finds no seal."),
            (SEAL, ITS_SEAL),
        ],
    },
    Table {
        name: "audit_events",
        sealed: &[],
        harmless: &[
            (
                &[
                    "seq",
                    "id",
                    "at",
                    "action",
                    "outcome",
                    "actor_id",
                    "actor_name",
                    "role_id",
                    "role_name",
                    "subject_id",
                    "subject_name",
                    "request_id",
                    "reason",
                    "ticket_number",
                    "ticket_system",
                    "details",
                    "objects",
                    "trace_id",
                    "hash",
                ],
                "The chain covers it.",
            ),
            (&["search_key"], "It follows from what the chain covers; verifying compares it."),
        ],
    },
    Table {
        name: "notices",
        sealed: &[],
        harmless: &[(
            &["id", "user_id", "at", "kind", "role_id", "role_name", "subject_name", "request_id", "read_at"],
            TOLD,
        )],
    },
    Table {
        name: "mails",
        sealed: &[],
        harmless: &[(&["id", "event", "role_id", "request_id", "facts", "made_at"], TOLD)],
    },
    Table {
        name: "outbox",
        sealed: &[],
        harmless: &[(
            &[
                "id",
                "mail_id",
                "audience",
                "user_id",
                "address",
                "queued_at",
                "state",
                "due_at",
                "attempts",
                "first_attempt_at",
                "attempt_id",
                "closed_at",
                "note",
            ],
            "A mail holds no secret: whoever writes it here reads its facts here, too.",
        )],
    },
    Table {
        name: "mail_attempts",
        sealed: &[],
        harmless: &[(&["id", "message_id", "began_at", "ended_at", "outcome", "answer"], SHOWN)],
    },
    Table { name: "mail_settings", sealed: &[], harmless: &[(&["id", "include_eligible"], TOLD)] },
    Table { name: "digests", sealed: &[], harmless: &[(&["until", "made_at"], TOLD)] },
];

/// A table, a column of it, which row is changed, and what becomes of its columns.
type Changes = (&'static str, &'static str, Row, &'static [(&'static str, &'static str)]);

/// The columns that the seals of this file's rows cover, each with a change that the constraints allow, of a row that has it.
const CHANGES: &[Changes] = &[
    ("users", "user_principal_name", Row::Tess, &[("user_principal_name", "'other@contoso.example'")]),
    ("users", "upn_key", Row::Tess, &[("upn_key", "'other@contoso.example'")]),
    ("users", "mail", Row::Tess, &[("mail", "'other@contoso.example'")]),
    ("users", "notification_mail", Row::Tess, &[("notification_mail", "'other@contoso.example'")]),
    ("users", "enabled", Row::Tess, &[("enabled", "1 - enabled")]),
    ("groups", "role_assignable", Row::Group, &[("role_assignable", "1 - role_assignable")]),
    ("role_policies", "version", Row::Settings, &[("version", "version + 1")]),
    ("role_policies", "activation_max_minutes", Row::Settings, &[("activation_max_minutes", "1440")]),
    ("role_policies", "activation_mfa", Row::Settings, &[("activation_mfa", "'None'")]),
    (
        "role_policies",
        "activation_mfa_minutes",
        Row::Settings,
        &[("activation_mfa", "'Fresh'"), ("activation_mfa_minutes", "1440")],
    ),
    ("role_policies", "activation_justification", Row::Settings, &[("activation_justification", "0")]),
    ("role_policies", "activation_ticket", Row::Settings, &[("activation_ticket", "1 - activation_ticket")]),
    ("role_policies", "approval_required", Row::Settings, &[("approval_required", "0")]),
    ("role_policies", "approval_window_minutes", Row::Settings, &[("approval_window_minutes", "60")]),
    ("role_policies", "eligible_max_days", Row::Settings, &[("eligible_max_days", "365")]),
    ("role_policies", "active_max_days", Row::Settings, &[("active_max_days", "365")]),
    ("role_policies", "assign_active_mfa", Row::Settings, &[("assign_active_mfa", "1 - assign_active_mfa")]),
    ("role_policies", "assign_active_justification", Row::Settings, &[("assign_active_justification", "0")]),
    ("role_notifications", "to_default", Row::Rule, &[("to_default", "0")]),
    ("role_notifications", "additional", Row::Rule, &[("additional", "'other@contoso.example'")]),
    ("role_notifications", "critical_only", Row::Rule, &[("critical_only", "1")]),
    ("requests", "action", Row::Waiting, &[("action", "'selfRenew'")]),
    ("requests", "kind", Row::Waiting, &[("kind", "'eligibility'")]),
    ("requests", "role_id", Row::Waiting, &[("role_id", "(select max(r.id) from roles r where r.id <> role_id)")]),
    (
        "requests",
        "principal_id",
        Row::Waiting,
        &[("principal_id", "(select max(u.id) from users u where u.id <> principal_id)")],
    ),
    (
        "requests",
        "requested_by",
        Row::Waiting,
        &[("requested_by", "(select max(u.id) from users u where u.id <> requested_by)")],
    ),
    ("requests", "status", Row::Canceled, &[("status", "'TimedOut'")]),
    ("requests", "eligibility_id", Row::Waiting, &[("eligibility_id", "null")]),
    ("requests", "schedule_id", Row::Waiting, &[("schedule_id", "eligibility_id")]),
    ("requests", "justification", Row::Waiting, &[("justification", "'Another'")]),
    ("requests", "ticket_number", Row::Waiting, &[("ticket_number", "'7'")]),
    ("requests", "ticket_system", Row::Waiting, &[("ticket_system", "'Another'")]),
    ("requests", "starts_at", Row::Waiting, &[("starts_at", "created_at + 7200000")]),
    ("requests", "ends_at", Row::Waiting, &[("ends_at", "created_at + 7200000")]),
    ("requests", "duration_minutes", Row::Waiting, &[("duration_minutes", "480")]),
    ("requests", "created_at", Row::Waiting, &[("created_at", "created_at + 1")]),
    ("requests", "lapses_at", Row::Waiting, &[("lapses_at", "null")]),
    ("requests", "approval_required", Row::Denied, &[("approval_required", "0")]),
    ("requests", "decision", Row::Denied, &[("decision", "'Approve'"), ("status", "'Provisioned'")]),
    (
        "requests",
        "decided_by",
        Row::Denied,
        &[("decided_by", "(select max(u.id) from users u where u.id not in (decided_by, requested_by))")],
    ),
    ("requests", "decided_at", Row::Denied, &[("decided_at", "decided_at - 1")]),
    ("requests", "decision_justification", Row::Denied, &[("decision_justification", "'Another'")]),
    (
        "requests",
        "closed_by",
        Row::Canceled,
        &[("closed_by", "(select max(u.id) from users u where u.id <> closed_by)")],
    ),
    ("requests", "completed_at", Row::Canceled, &[("completed_at", "completed_at - 1")]),
    (
        "eligibility_schedules",
        "role_id",
        Row::Eligibility,
        &[("role_id", "(select max(r.id) from roles r where r.id <> role_id)")],
    ),
    (
        "eligibility_schedules",
        "principal_id",
        Row::Eligibility,
        &[("principal_id", "(select max(u.id) from users u where u.id <> principal_id)")],
    ),
    (
        "eligibility_schedules",
        "request_id",
        Row::Eligibility,
        &[("request_id", "(select max(r.id) from requests r where r.id <> request_id)")],
    ),
    ("eligibility_schedules", "created_at", Row::Eligibility, &[("created_at", "created_at + 1")]),
    ("eligibility_schedules", "starts_at", Row::Eligibility, &[("starts_at", "starts_at - 1")]),
    ("eligibility_schedules", "ends_at", Row::Eligibility, &[("ends_at", "null")]),
    (
        "assignment_schedules",
        "role_id",
        Row::Activation,
        &[("role_id", "(select max(r.id) from roles r where r.id <> role_id)")],
    ),
    (
        "assignment_schedules",
        "principal_id",
        Row::Activation,
        &[("principal_id", "(select max(u.id) from users u where u.id <> principal_id)")],
    ),
    (
        "assignment_schedules",
        "request_id",
        Row::Activation,
        &[("request_id", "(select max(r.id) from requests r where r.id <> request_id)")],
    ),
    (
        "assignment_schedules",
        "assignment_type",
        Row::Activation,
        &[("assignment_type", "'Assigned'"), ("activated_using", "null")],
    ),
    (
        "assignment_schedules",
        "activated_using",
        Row::Activation,
        &[("activated_using", "(select max(e.id) from eligibility_schedules e where e.id <> activated_using)")],
    ),
    ("assignment_schedules", "created_at", Row::Activation, &[("created_at", "created_at + 1")]),
    ("assignment_schedules", "starts_at", Row::Activation, &[("starts_at", "starts_at - 1")]),
    ("assignment_schedules", "ends_at", Row::Activation, &[("ends_at", "ends_at + 1")]),
];

/// Keys: a row with another key is another row, whose seal is not that of this one.
const KEYS: &[(&str, &[&str])] = &[
    ("principals", &["id"]),
    ("users", &["id"]),
    ("groups", &["id"]),
    ("group_members", &["group_id", "user_id"]),
    ("role_policies", &["role_id"]),
    ("role_approvers", &["role_id", "principal_id"]),
    ("role_notifications", &["role_id", "rule_id"]),
    ("requests", &["id"]),
    ("eligibility_schedules", &["id"]),
    ("assignment_schedules", &["id"]),
];

/// The rows that are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Tess,
    Group,
    Settings,
    Rule,
    Waiting,
    Denied,
    Canceled,
    Eligibility,
    Activation,
}

struct Rows {
    tess: UserId,
    group: GroupId,
    role: RoleId,
    waiting: RequestId,
    denied: RequestId,
    canceled: RequestId,
    eligibility: ScheduleId,
    activation: ScheduleId,
}

impl Rows {
    async fn make(test: &TestApp) -> Self {
        let cast = test.cast().await;
        let uma = test.user("Uma Roy").await;
        test.assign_eligible(&role("Reports Reader"), &uma, None).await;
        let reader = role("Security Reader");
        let own = test.assign_eligible(&reader, &cast.tess, Some(Span::days(9))).await;
        test.activate(&cast.tess, &own, ask("1")).await.unwrap();
        let activation = test.activation(&cast.tess, &reader).await.unwrap().id;
        let denied = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        test.deny(&cast.approvers[0], &denied).await.unwrap();
        let canceled = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        ostiary::app::cancel_request::cancel_request(test, &test.caller(&cast.tess), &canceled, "").await.unwrap();
        let waiting = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        Self {
            tess: cast.tess,
            group: cast.group,
            role: cast.role,
            waiting,
            denied,
            canceled,
            eligibility: cast.eligibility,
            activation,
        }
    }

    /// Which row of its table.
    fn condition(&self, row: Row) -> String {
        match row {
            Row::Tess => format!("id = '{}'", self.tess),
            Row::Group => format!("id = '{}'", self.group),
            Row::Settings => format!("role_id = '{}'", self.role),
            Row::Rule => format!(
                "role_id = '{0}' and rule_id = (select min(rule_id) from role_notifications where role_id = '{0}' \
                 and rule_id like 'Notification_Admin%')",
                self.role
            ),
            Row::Waiting => format!("id = '{}'", self.waiting),
            Row::Denied => format!("id = '{}'", self.denied),
            Row::Canceled => format!("id = '{}'", self.canceled),
            Row::Eligibility => format!("id = '{}'", self.eligibility),
            Row::Activation => format!("id = '{}'", self.activation),
        }
    }

    /// Whether this server takes the row for what it says.
    async fn is_trusted(&self, app: &App, row: Row) -> bool {
        let db = &mut app.store.read().await.unwrap();
        match row {
            Row::Tess => app.open(store::users::find_account(db, &self.tess).await.unwrap().unwrap()).is_some(),
            Row::Group => {
                let found = store::principals::find(db, &(&self.group).into()).await.unwrap().unwrap();
                let PrincipalRow::Group(group) = found.row else { panic!("it is no group") };
                app.open(group).is_some()
            }
            Row::Settings | Row::Rule => {
                app.in_force(&self.role, store::policies::get(db, &self.role).await.unwrap()).is_ok()
            }
            Row::Waiting => Self::is_request_trusted(app, db, &self.waiting).await,
            Row::Denied => Self::is_request_trusted(app, db, &self.denied).await,
            Row::Canceled => Self::is_request_trusted(app, db, &self.canceled).await,
            Row::Eligibility => {
                app.open(store::eligibilities::find_live(db, &self.eligibility).await.unwrap().unwrap()).is_some()
            }
            Row::Activation => {
                app.open(store::assignments::find_live(db, &self.activation).await.unwrap().unwrap()).is_some()
            }
        }
    }

    async fn is_request_trusted(app: &App, db: &mut store::Db, id: &RequestId) -> bool {
        app.open(store::requests::find(db, id).await.unwrap().unwrap()).is_some()
    }
}

async fn a_change_of_any_sealed_column_breaks_the_seal(test: &TestApp) {
    let rows = Rows::make(test).await;
    for (table, column, row, changes) in CHANGES {
        let condition = rows.condition(*row);
        assert!(rows.is_trusted(test, *row).await, "{table}.{column} before");
        test.database.tamper(&format!("create table kept as select * from {table} where {condition}")).await;
        let set = |sets: Vec<String>| format!("update {table} set {} where {condition}", sets.join(", "));
        test.database.tamper(&set(changes.iter().map(|(name, value)| format!("{name} = {value}")).collect())).await;
        assert!(!rows.is_trusted(test, *row).await, "{table}.{column} changed");
        let back = changes.iter().map(|(name, _)| format!("{name} = (select k.{name} from kept k)")).collect();
        test.database.tamper(&set(back)).await;
        test.database.tamper("drop table kept").await;
        assert!(rows.is_trusted(test, *row).await, "{table}.{column} as it was");
        // The seal of any other event is none.
        let seal = if matches!(row, Row::Rule) { "role_policies" } else { table };
        let of_row = if matches!(row, Row::Rule) { rows.condition(Row::Settings) } else { condition };
        test.database.tamper(&format!("update {seal} set sealed_by = sealed_by + 1 where {of_row}")).await;
        assert!(!rows.is_trusted(test, *row).await, "{table}: another event");
        test.database.tamper(&format!("update {seal} set sealed_by = sealed_by - 1 where {of_row}")).await;
    }
}

async fn every_column_is_sealed_or_harmless(test: &TestApp) {
    let statement = match test.database.engine {
        Engine::Sqlite => {
            "select m.name || '.' || p.name from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' \
             and m.name not like 'sqlite_%' and m.name not like '\\_sqlx%' escape '\\'"
        }
        Engine::Postgres => {
            "select cast(table_name as text) || '.' || cast(column_name as text) from information_schema.columns \
             where table_schema = 'public' and table_name not like '\\_sqlx%'"
        }
    };
    let there: BTreeSet<String> = test.database.texts(statement).await.into_iter().collect();
    let mut listed = Vec::new();
    for Table { name, sealed, harmless } in TABLES {
        assert!(harmless.iter().all(|(_, reason)| reason.ends_with('.')), "{name}: a reason is a sentence");
        listed.extend(sealed.iter().map(|column| format!("{name}.{column}")));
        listed.extend(harmless.iter().flat_map(|(columns, _)| *columns).map(|column| format!("{name}.{column}")));
    }
    listed
        .extend(OF_CREDENTIALS.iter().flat_map(|(name, columns)| columns.iter().map(move |it| format!("{name}.{it}"))));
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "each column is on the list once");
    let strange: Vec<_> = there.symmetric_difference(&unique).collect();
    assert!(strange.is_empty(), "on the list or in the schema only: {strange:?}");

    // What is listed as sealed is shown to be.
    for Table { name, sealed, .. } in TABLES {
        for column in *sealed {
            let is_key = KEYS.iter().any(|(table, keys)| table == name && keys.contains(column));
            let is_changed = CHANGES.iter().any(|(table, changed, ..)| table == name && changed == column);
            assert!(is_key != is_changed, "{name}.{column}: a change of it, or that it is a key");
        }
    }
}

on_both_engines!(a_change_of_any_sealed_column_breaks_the_seal, every_column_is_sealed_or_harmless);
