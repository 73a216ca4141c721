//! What rows give whose seals hold: who a person is, what they hold, who can decide, which settings are in force. A row that does not
//! open is as if it were not there; [`App::open`] says so.

use std::collections::BTreeSet;

use crate::app::integrity::RowFault;
use crate::app::{App, AppResult};
use crate::domain::approval::ApproverFacts;
use crate::domain::assignment::CandidateStanding;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::role::PortalRole;
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility};
use crate::domain::seal::{Object, ObjectKind, Sealed};
use crate::domain::sealed_rows::{Membership, RoleSettings};
use crate::domain::time::Instant;
use crate::store::eligibilities::Usable;
use crate::store::policies::StoredPolicy;
use crate::store::principals::{Present, Principal, PrincipalRow, SealedPresent};
use crate::store::ways::Way;
use crate::store::{self, Db};

/// Where a way leads whose rows all hold.
struct Opened {
    user: UserId,
    /// The group through which.
    group: Option<PrincipalId>,
    /// The assignment at its end.
    assignment: Option<Assignment>,
}

impl App {
    /// The person with what they hold at this moment; nobody when they cannot be who they say.
    pub fn open_present(&self, sealed: SealedPresent, now: Instant) -> Option<Present> {
        let SealedPresent { present, account, credentials, held } = sealed;
        let account = self.open(account).filter(|account| account.enabled)?;
        let credentials = self.open(credentials).filter(|credentials| credentials.user == account.user)?;
        let holds = held
            .into_iter()
            .filter_map(|(assignment, membership)| self.open_holding(&account.user, assignment, membership))
            .filter(|assignment| assignment.term.covers(now))
            .map(|assignment| assignment.role)
            .collect();
        Some(Present {
            must_change_password: credentials.must_change_password,
            has_second_factor: credentials.has_second_factor(),
            holds,
            ..present
        })
    }

    /// The roles that this person holds actively now: effective access, the union of everything that grants it.
    pub async fn roles_held(&self, db: &mut Db, user: &UserId, now: Instant) -> AppResult<BTreeSet<RoleId>> {
        let found = store::principals::find_present(db, user, now).await?;
        Ok(found.and_then(|sealed| self.open_present(sealed, now)).map_or_else(BTreeSet::new, |present| present.holds))
    }

    /// An assignment that is this person's, or that of a group which they are in.
    fn open_holding(
        &self,
        user: &UserId,
        assignment: Sealed<Assignment>,
        membership: Option<Sealed<Membership>>,
    ) -> Option<Assignment> {
        let assignment = self.open(assignment)?;
        self.is_theirs(user, &assignment.principal, membership).then_some(assignment)
    }

    /// True when this principal is the person, or a group whose member they are.
    fn is_theirs(&self, user: &UserId, principal: &PrincipalId, membership: Option<Sealed<Membership>>) -> bool {
        if principal.is_user(user) {
            return true;
        }
        let membership = membership.and_then(|membership| self.open(membership));
        membership.is_some_and(|member| member.user == *user && PrincipalId::from(&member.group) == *principal)
    }

    fn open_way(&self, way: Way) -> Option<Opened> {
        let account = self.open(way.account).filter(|account| account.enabled)?;
        let user = account.user;
        if let Some(assignment) = way.assignment {
            let assignment = self.open_holding(&user, assignment, way.membership)?;
            return Some(Opened { user, group: None, assignment: Some(assignment) });
        }
        let Some(membership) = way.membership else { return Some(Opened { user, group: None, assignment: None }) };
        let membership = self.open(membership).filter(|membership| membership.user == user)?;
        Some(Opened { user, group: Some((&membership.group).into()), assignment: None })
    }

    /// The people to whom these ways lead.
    pub(super) fn open_people(&self, ways: impl IntoIterator<Item = Way>) -> BTreeSet<UserId> {
        ways.into_iter().filter_map(|way| self.open_way(way)).map(|opened| opened.user).collect()
    }

    /// The people who hold one of these roles at this moment by these ways.
    pub(super) fn open_holders(
        &self,
        ways: Vec<Way>,
        does_count: impl Fn(&Assignment) -> bool,
        now: Instant,
    ) -> BTreeSet<UserId> {
        let opened = ways.into_iter().filter_map(|way| self.open_way(way));
        let holds = |opened: &Opened| {
            opened.assignment.as_ref().is_some_and(|assignment| assignment.term.covers(now) && does_count(assignment))
        };
        opened.filter(holds).map(|opened| opened.user).collect()
    }

    /// Who holds this role by assignment, not by activation.
    pub(super) fn open_standing_holders(&self, ways: Vec<Way>, role: &RoleId, now: Instant) -> BTreeSet<UserId> {
        let counts = |held: &Assignment| held.role == *role && held.assignment_type == AssignmentType::Assigned;
        self.open_holders(ways, counts, now)
    }

    /// Who administers.
    pub(super) fn open_administrators(&self, ways: Vec<Way>, now: Instant) -> BTreeSet<UserId> {
        self.open_holders(ways, administers, now)
    }

    /// Who can decide when settings that are in force name these.
    pub(super) fn approver_facts(&self, named: &[PrincipalId], ways: Vec<Way>, now: Instant) -> ApproverFacts {
        let mut facts = ApproverFacts { named: named.to_vec(), ..ApproverFacts::default() };
        for Opened { user, group, assignment } in ways.into_iter().filter_map(|way| self.open_way(way)) {
            match (group, assignment) {
                (_, Some(held)) if administers(&held) && held.term.covers(now) => {
                    facts.administrators.insert(user.clone());
                }
                (_, Some(_)) => continue,
                (Some(group), None) => drop(facts.members.entry(group).or_default().insert(user.clone())),
                (None, None) => {}
            }
            facts.enabled.insert(user);
        }
        facts
    }

    /// The eligibility that this person can use, if it is theirs.
    pub(super) fn open_usable(&self, usable: Usable, user: &UserId) -> Option<Eligibility> {
        let eligibility = self.open(usable.eligibility)?;
        self.is_theirs(user, &eligibility.principal, usable.membership).then_some(eligibility)
    }

    /// The settings that are in force for this role. While those that are stored were changed outside of Ostiary, none are: nothing
    /// of the role is given until an administrator saves them anew.
    pub fn in_force(&self, role: &RoleId, stored: StoredPolicy) -> Result<Policy, Refusal> {
        if self.are_whole(role, &stored) { Ok(stored.policy) } else { Err(SETTINGS_CHANGED) }
    }

    /// The settings by which people are told of something that happened: the defaults, where those that are stored are not trusted.
    pub(super) fn in_force_to_tell(&self, role: &RoleId, stored: StoredPolicy) -> Policy {
        self.in_force(role, stored).unwrap_or_default()
    }

    fn are_whole(&self, role: &RoleId, stored: &StoredPolicy) -> bool {
        // Settings that nobody has saved are the defaults, and have no row. That nobody has, the audit says: who deletes the row of
        // settings does not bring back the defaults, which may ask for less. The index that the question goes by can be made to lie;
        // the trail as it was followed cannot.
        if stored.are_gone || (stored.modified.is_none() && self.integrity().has_settings(role)) {
            let settings = Object::new(ObjectKind::RoleSettings, role.as_str());
            self.integrity().distrust(settings, RowFault::Gone, 0, self.now());
            return false;
        }
        if stored.modified.is_none() {
            return true;
        }
        let settings = RoleSettings { role, version: stored.version, policy: &stored.policy };
        self.open(Sealed::read(settings, stored.seal.clone())).is_some()
    }

    /// A principal as one that could be given something: what its row says is not believed when the seal does not hold.
    pub(super) fn trusted(&self, principal: Principal) -> Principal {
        let (is_trusted, otherwise) = match principal.row.clone() {
            PrincipalRow::Person(account) => (self.open(account).is_some(), CandidateStanding::Disabled),
            PrincipalRow::Group(group) => (self.open(group).is_some(), CandidateStanding::OtherGroup),
        };
        let standing = if is_trusted { principal.standing } else { otherwise };
        Principal { standing, ..principal }
    }
}

const SETTINGS_CHANGED: Refusal = Refusal::ChangedOutside {
    what: "The settings of this role were",
    way_out: "Until an administrator saves them anew, nobody can be given the role or activate it.",
};

fn administers(held: &Assignment) -> bool {
    PortalRole::of(&held.role).is_some_and(|role| PortalRole::ADMINISTRATORS.contains(&role))
}
