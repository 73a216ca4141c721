//! A small company to act in: its Global Administrator, its people and groups, who is assigned to what, and what they do.

use ostiary::{
    app::{
        AppResult, Caller,
        activate_role::{Activated, activate_role},
        assign_role::assign_role,
        create_group::{TypedGroup, create_group},
        create_user::{CreateUser, create_user},
        crypto::TypedPassword,
        decide_request::decide_request,
        group_members::add_group_members,
        update_policy::update_policy,
    },
    domain::{
        activation::{ActivationAsk, Ticket},
        assignment::AssignAsk,
        ids::{GroupId, PrincipalId, RequestId, RoleId, ScheduleId, UserId},
        policy::{HalfHours, Policy},
        request::{Kind, Verdict},
        role::catalogue,
        schedule::AssignmentType,
        time::Span,
    },
    store,
};

use super::{
    TestApp,
    signing_in::{PASSWORD, profile},
};

/// The reason that people give.
pub const REASON: &str = "Triaging IR-2026-0142";

/// The role with this name.
pub fn role(name: &str) -> RoleId {
    catalogue().unwrap().into_iter().find(|role| role.display_name == name).expect("a built-in role").id
}

/// An ask for so many hours, at once, with a reason.
pub fn ask(hours: &str) -> ActivationAsk {
    ActivationAsk {
        duration: HalfHours::parse_hours(hours).unwrap(),
        starts_at: None,
        justification: REASON.to_owned(),
        ticket: Ticket::default(),
    }
}

/// An assignment from now on, ending after so long or never.
pub fn assignment(test: &TestApp, kind: Kind, lasts: Option<Span>) -> AssignAsk {
    AssignAsk {
        kind,
        starts_at: None,
        ends_at: lasts.map(|span| test.now().plus(span)),
        justification: "Onboarding".to_owned(),
    }
}

/// The article's cast: who may approve, and who asks.
pub struct Cast {
    /// Asks; holds nothing.
    pub tess: UserId,
    /// Three people who approve.
    pub approvers: [UserId; 3],
    /// Their group.
    pub group: GroupId,
    /// The role of the article.
    pub role: RoleId,
    /// Tess is eligible for it, for six months.
    pub eligibility: ScheduleId,
}

impl TestApp {
    /// The Global Administrator, verified. Sets the portal up when it was not.
    pub async fn admin(&self) -> Caller {
        let make = async || self.caller(&self.set_up("Gwen Adams", "gwen@contoso.example").await);
        let admin = self.admin.get_or_init(make).await;
        self.caller(&admin.user)
    }

    /// A person in a session that showed its second factor just now.
    pub fn caller(&self, user: &UserId) -> Caller {
        Caller { user: user.clone(), session: None, verified_at: Some(self.now()), trace: "trace".to_owned() }
    }

    /// A new person.
    pub async fn user(&self, name: &str) -> UserId {
        let upn = format!("{}@contoso.example", name.to_lowercase().replace(' ', "."));
        let ask = CreateUser { profile: profile(name, &upn), password: Some(TypedPassword::new(PASSWORD)) };
        create_user(self, &self.admin().await, ask).await.unwrap().id
    }

    /// This person has signed in, at least this once.
    pub async fn has_signed_in(&self, user: &UserId) {
        let mut tx = self.store.write().await.unwrap();
        store::users::set_last_sign_in(&mut tx, user, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A new group that cannot hold roles.
    pub async fn group(&self, name: &str, members: &[&UserId]) -> GroupId {
        self.any_group(name, members, false).await
    }

    /// A new group that was made to hold roles.
    pub async fn role_group(&self, name: &str, members: &[&UserId]) -> GroupId {
        self.any_group(name, members, true).await
    }

    async fn any_group(&self, name: &str, members: &[&UserId], role_assignable: bool) -> GroupId {
        let admin = self.admin().await;
        let typed = TypedGroup { display_name: name, description: "" };
        let group = create_group(self, &admin, typed, role_assignable).await.unwrap();
        let members: Vec<UserId> = members.iter().copied().cloned().collect();
        if !members.is_empty() {
            add_group_members(self, &admin, &group, &members).await.unwrap();
        }
        group
    }

    /// Changes a role's settings.
    pub async fn policy(&self, role: &RoleId, change: impl FnOnce(&mut Policy)) {
        let mut db = self.store.read().await.unwrap();
        let mut stored = store::policies::get(&mut db, role).await.unwrap();
        drop(db);
        change(&mut stored.policy);
        update_policy(self, &self.admin().await, role, stored.version, stored.policy).await.unwrap();
    }

    /// Makes somebody eligible.
    pub async fn assign_eligible(&self, role: &RoleId, who: impl Into<PrincipalId>, lasts: Option<Span>) -> ScheduleId {
        let (who, ask) = (who.into(), assignment(self, Kind::Eligibility, lasts));
        assign_role(self, &self.admin().await, role, std::slice::from_ref(&who), &ask).await.unwrap();
        let mut db = self.store.read().await.unwrap();
        store::eligibilities::find_of(&mut db, role, &who).await.unwrap().unwrap().into_unchecked().id
    }

    /// Makes somebody active.
    pub async fn assign_active(&self, role: &RoleId, who: impl Into<PrincipalId>, lasts: Option<Span>) -> ScheduleId {
        let (who, ask) = (who.into(), assignment(self, Kind::Assignment, lasts));
        assign_role(self, &self.admin().await, role, std::slice::from_ref(&who), &ask).await.unwrap();
        let mut db = self.store.read().await.unwrap();
        let found = store::assignments::find_of(&mut db, role, &who, AssignmentType::Assigned).await;
        found.unwrap().unwrap().into_unchecked().id
    }

    /// Somebody asks to activate, verified.
    pub async fn activate(&self, user: &UserId, eligibility: &ScheduleId, ask: ActivationAsk) -> AppResult<Activated> {
        activate_role(self, &self.caller(user), eligibility, ask).await
    }

    /// Somebody approves, verified.
    pub async fn approve(&self, user: &UserId, request: &RequestId) -> AppResult<()> {
        decide_request(self, &self.caller(user), request, Verdict::Approve, "On the on-call list").await
    }

    /// Somebody denies, verified.
    pub async fn deny(&self, user: &UserId, request: &RequestId) -> AppResult<()> {
        decide_request(self, &self.caller(user), request, Verdict::Deny, "Not on call").await
    }

    /// The article's story up to the ask: Security Operator needs the approval of a group of three, and Tess is eligible.
    pub async fn cast(&self) -> Cast {
        let role = role("Security Operator");
        let tess = self.user("Tess Ng").await;
        let approvers =
            [self.user("Ada Approver").await, self.user("Bo Lindqvist").await, self.user("Cleo Diaz").await];
        let group = self.group("Approvers", &[&approvers[0], &approvers[1], &approvers[2]]).await;
        self.policy(&role, |policy| {
            policy.activation.approval.required = true;
            policy.activation.approval.approvers = vec![(&group).into()];
        })
        .await;
        let eligibility = self.assign_eligible(&role, &tess, Some(Span::days(180))).await;
        Cast { tess, approvers, group, role, eligibility }
    }
}
