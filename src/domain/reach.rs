//! What naming approvers means in people: how many can decide, who is left when one of them asks, and what is wrong with the choice.

/// One approver as a role's settings name them, seen today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedApprover {
    /// A person.
    Person {
        /// Their name.
        name: String,
        /// They can sign in.
        enabled: bool,
    },
    /// A group.
    Group {
        /// Its name.
        name: String,
        /// Members who can sign in.
        enabled: usize,
        /// The names of the members who cannot.
        disabled: Vec<String>,
    },
}

/// Who can decide today, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Everybody who can decide, by name, each once.
    pub people: Vec<String>,
    /// What the settings name; empty means that the active administrators stand in.
    pub named: Vec<NamedApprover>,
}

impl Reach {
    /// "4 people can approve; 3 remain when one of them is the requestor."
    pub fn sentence(&self) -> String {
        match self.people.len() {
            0 => "Nobody can approve.".to_owned(),
            1 => "1 person can approve; nobody remains when they are the requestor.".to_owned(),
            2 => "2 people can approve; 1 remains when one of them is the requestor.".to_owned(),
            many => format!("{many} people can approve; {} remain when one of them is the requestor.", many - 1),
        }
    }

    /// What should be mended, as sentences; the most pressing first.
    pub fn concerns(&self) -> Vec<String> {
        let mut concerns = Vec::new();
        match self.people.len() {
            0 => concerns.push("A request would wait for nobody. Name somebody who can approve.".to_owned()),
            1 => concerns.push(
                "Name at least two, so that a request does not wait for one person, or for its own requestor."
                    .to_owned(),
            ),
            _ => {}
        }
        for approver in &self.named {
            match approver {
                NamedApprover::Person { name, enabled: false } => {
                    concerns.push(format!("{name} is disabled and cannot approve."));
                }
                NamedApprover::Group { name, enabled: 0, .. } => {
                    concerns.push(format!("{name} has no member who can sign in."));
                }
                NamedApprover::Group { name, disabled, .. } => match disabled.as_slice() {
                    [] => {}
                    [one] => concerns.push(format!("{one}, a member of {name}, is disabled and cannot approve.")),
                    many => concerns.push(format!("{} members of {name} are disabled and cannot approve.", many.len())),
                },
                NamedApprover::Person { enabled: true, .. } => {}
            }
        }
        concerns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize) -> Reach {
        Reach { people: (0..count).map(|n| format!("P{n}")).collect(), named: Vec::new() }
    }

    #[test]
    fn the_sentence_counts_who_is_left() {
        assert_eq!(people(4).sentence(), "4 people can approve; 3 remain when one of them is the requestor.");
        assert_eq!(people(2).sentence(), "2 people can approve; 1 remains when one of them is the requestor.");
        assert_eq!(people(1).sentence(), "1 person can approve; nobody remains when they are the requestor.");
        assert_eq!(people(0).sentence(), "Nobody can approve.");
    }

    #[test]
    fn fewer_than_two_and_whoever_is_disabled_is_said() {
        assert!(people(2).concerns().is_empty());
        assert_eq!(people(1).concerns().len(), 1);
        assert_eq!(people(0).concerns().len(), 1);
        let named = vec![
            NamedApprover::Person { name: "Bo".into(), enabled: false },
            NamedApprover::Person { name: "Ada".into(), enabled: true },
            NamedApprover::Group { name: "Empty".into(), enabled: 0, disabled: vec!["Bo".into()] },
            NamedApprover::Group { name: "Desk".into(), enabled: 2, disabled: vec!["Omar".into()] },
            NamedApprover::Group { name: "Team".into(), enabled: 2, disabled: vec!["A".into(), "B".into()] },
        ];
        assert_eq!(
            Reach { named, ..people(5) }.concerns(),
            [
                "Bo is disabled and cannot approve.",
                "Empty has no member who can sign in.",
                "Omar, a member of Desk, is disabled and cannot approve.",
                "2 members of Team are disabled and cannot approve.",
            ]
        );
    }
}
