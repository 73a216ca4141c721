//! Who can decide a request. One function resolves it, for the banner, the list, the mail and the decision itself.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::{PrincipalId, UserId};
use super::refusal::Refusal;

/// What the resolution looks at.
#[derive(Clone, Debug, Default)]
pub struct ApproverFacts {
    /// People and groups that the role's settings name.
    pub named: Vec<PrincipalId>,
    /// Members of each named group.
    pub members: BTreeMap<PrincipalId, BTreeSet<UserId>>,
    /// Everybody concerned who is enabled.
    pub enabled: BTreeSet<UserId>,
    /// People who are actively Global or Privileged Role Administrator.
    pub administrators: BTreeSet<UserId>,
}

/// Everybody who can decide, whoever asks: the named people and the members of named groups; with nobody named, the active
/// administrators. Disabled people never.
pub fn resolve(facts: &ApproverFacts) -> BTreeSet<UserId> {
    let everybody: BTreeSet<UserId> = if facts.named.is_empty() {
        facts.administrators.clone()
    } else {
        let people = facts.enabled.iter().filter(|user| facts.named.iter().any(|named| named.is_user(user))).cloned();
        let members = facts.named.iter().filter_map(|named| facts.members.get(named)).flatten().cloned();
        people.chain(members).collect()
    };
    everybody.intersection(&facts.enabled).cloned().collect()
}

/// The gate of every decision: one of the approvers, and never the person who asked.
pub fn may_decide(approvers: &BTreeSet<UserId>, requestor: &UserId, decider: &UserId) -> Result<(), Refusal> {
    if decider == requestor {
        return Err(Refusal::OwnRequest);
    }
    if approvers.contains(decider) { Ok(()) } else { Err(Refusal::NotApprover) }
}

/// True when somebody else than the requestor could decide.
pub fn anybody_for(approvers: &BTreeSet<UserId>, requestor: &UserId) -> bool {
    approvers.iter().any(|approver| approver != requestor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(n: u8) -> UserId {
        UserId::parse(&format!("00000000-0000-7000-8000-0000000000{n:02x}")).unwrap()
    }

    fn group(n: u8) -> PrincipalId {
        PrincipalId::parse(&format!("00000000-0000-7000-8000-0000000001{n:02x}")).unwrap()
    }

    fn facts() -> impl Strategy<Value = ApproverFacts> {
        let people = || prop::collection::btree_set((0u8..8).prop_map(user), 0..8);
        let named = prop::collection::vec(
            prop_oneof![(0u8..8).prop_map(|n| PrincipalId::from(&user(n))), (0u8..4).prop_map(group)],
            0..5,
        );
        let members = prop::collection::btree_map((0u8..4).prop_map(group), people(), 0..4);
        (named, members, people(), people()).prop_map(|(named, members, enabled, administrators)| ApproverFacts {
            named,
            members,
            enabled,
            administrators,
        })
    }

    /// The rule once more, person by person, as somebody would explain it.
    fn oracle(facts: &ApproverFacts, who: &UserId) -> bool {
        if !facts.enabled.contains(who) {
            return false;
        }
        if facts.named.is_empty() {
            return facts.administrators.contains(who);
        }
        for named in &facts.named {
            if named.as_str() == who.as_str() {
                return true;
            }
            if let Some(members) = facts.members.get(named)
                && members.contains(who)
            {
                return true;
            }
        }
        false
    }

    proptest! {
        #[test]
        fn the_resolution_agrees_with_the_oracle_for_everybody(facts in facts()) {
            let approvers = resolve(&facts);
            for n in 0..8 {
                prop_assert_eq!(approvers.contains(&user(n)), oracle(&facts, &user(n)));
            }
        }

        #[test]
        fn nobody_decides_their_own_request(facts in facts(), n in 0u8..8) {
            prop_assert_eq!(may_decide(&resolve(&facts), &user(n), &user(n)), Err(Refusal::OwnRequest));
        }
    }

    #[test]
    fn an_approver_group_of_only_the_requestor_leaves_nobody() {
        let facts = ApproverFacts {
            named: vec![group(0)],
            members: [(group(0), [user(1)].into())].into(),
            enabled: [user(1), user(2)].into(),
            administrators: [user(2)].into(),
        };
        assert!(!anybody_for(&resolve(&facts), &user(1)));
    }

    #[test]
    fn members_of_every_named_group_count_not_only_of_the_first() {
        let facts = ApproverFacts {
            named: vec![group(0), group(1)],
            members: [(group(0), [user(1)].into()), (group(1), [user(2)].into())].into(),
            enabled: [user(1), user(2)].into(),
            administrators: BTreeSet::new(),
        };
        assert_eq!(resolve(&facts), [user(1), user(2)].into());
    }
}
