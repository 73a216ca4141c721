//! What a mail says, as facts: typed where a mail is composed, and a flat list of names and texts where it is kept. The two forms
//! are written by one macro, so that neither can forget what the other has.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::domain::ids::{RequestId, RoleId};
use crate::domain::request::{Kind, Verdict, words};
use crate::domain::schedule::AssignmentType;
use crate::domain::time::Instant;

/// The kept form: a text under each name. What is inside of something has its name in front: `held.starts_at`.
pub type Facts = BTreeMap<String, String>;

/// Kept facts that are not those of the mail they are said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The name of the fact that is missing or cannot be understood.
    pub fact: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the fact {:?} of a mail is missing or cannot be understood", self.fact)
    }
}

impl std::error::Error for Misfit {}

/// Something that can be kept under a name.
pub trait Fact: Sized {
    /// Keeps it.
    fn keep(&self, name: &str, facts: &mut Facts);
    /// Finds it again.
    fn find(name: &str, facts: &Facts) -> Result<Self, Misfit>;
}

fn parsed<T: FromStr>(name: &str, facts: &Facts) -> Result<T, Misfit> {
    let text = facts.get(name).and_then(|text| text.parse().ok());
    text.ok_or_else(|| Misfit { fact: name.to_owned() })
}

impl Fact for String {
    fn keep(&self, name: &str, facts: &mut Facts) {
        facts.insert(name.to_owned(), self.clone());
    }

    fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
        parsed(name, facts)
    }
}

impl Fact for Instant {
    fn keep(&self, name: &str, facts: &mut Facts) {
        self.millis().keep(name, facts);
    }

    fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
        parsed(name, facts).map(Self::from_millis)
    }
}

/// What has a text form of its own.
macro_rules! texts {
    ($($kind:ty => $text:expr),+ $(,)?) => {$(
        impl Fact for $kind {
            fn keep(&self, name: &str, facts: &mut Facts) {
                let text: fn(&Self) -> String = $text;
                facts.insert(name.to_owned(), text(self));
            }

            fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
                parsed(name, facts)
            }
        }
    )+};
}

texts! {
    i64 => i64::to_string,
    u64 => u64::to_string,
    RoleId => |id| id.as_str().to_owned(),
    RequestId => |id| id.as_str().to_owned(),
    Kind => |kind| kind.word().to_owned(),
    Verdict => |verdict| verdict.word().to_owned(),
    AssignmentType => |kind| kind.word().to_owned(),
    Change => |change| change.word().to_owned(),
    Credential => |credential| credential.word().to_owned(),
}

impl<T: Fact> Fact for Option<T> {
    fn keep(&self, name: &str, facts: &mut Facts) {
        if let Some(there) = self {
            there.keep(name, facts);
        }
    }

    fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
        let inside = format!("{name}.");
        if facts.keys().any(|key| key == name || key.starts_with(&inside)) {
            T::find(name, facts).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<T: Fact> Fact for Vec<T> {
    fn keep(&self, name: &str, facts: &mut Facts) {
        u64::try_from(self.len()).unwrap_or(u64::MAX).keep(name, facts);
        for (place, one) in self.iter().enumerate() {
            one.keep(&format!("{name}.{place}"), facts);
        }
    }

    fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
        (0..u64::find(name, facts)?).map(|place| T::find(&format!("{name}.{place}"), facts)).collect()
    }
}

/// Makes structs of facts with both of their forms.
macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $fact:ident: $kind:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$about])* pub $fact: $kind,)+ }

        impl Fact for $name {
            fn keep(&self, name: &str, facts: &mut Facts) {
                $(self.$fact.keep(&inside(name, stringify!($fact)), facts);)+
            }

            fn find(name: &str, facts: &Facts) -> Result<Self, Misfit> {
                Ok(Self { $($fact: Fact::find(&inside(name, stringify!($fact)), facts)?,)+ })
            }
        }
    )+};
}

fn inside(name: &str, fact: &str) -> String {
    if name.is_empty() { fact.to_owned() } else { format!("{name}.{fact}") }
}

/// The two ways in which an end is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Before the end.
    Extension,
    /// After it.
    Renewal,
}

words!(Change { Extension = "Extension", Renewal = "Renewal" });

/// What an account signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The password.
    Password,
    /// The second factor.
    SecondFactor,
}

words!(Credential { Password = "Password", SecondFactor = "SecondFactor" });

facts! {
    /// The role and the person or group that a mail is about.
    About {
        /// The role.
        role: RoleId,
        /// The role's name then.
        role_name: String,
        /// The name, then, of whoever holds it or asks for it: a person, or a group.
        who: String,
        /// The request, whose mails stand together.
        request: Option<RequestId>,
    }

    /// An assignment: of which kind, and from when to when.
    Held {
        /// Eligible or active.
        kind: Kind,
        /// Its start.
        starts_at: Instant,
        /// Its end; permanent if empty.
        ends_at: Option<Instant>,
    }

    /// What a person asks for who wants to activate.
    Ask {
        /// For how long.
        minutes: i64,
        /// From when on; from the approval on if empty.
        starts_at: Option<Instant>,
        /// Why.
        reason: String,
        /// The ticket's number.
        ticket_number: String,
        /// The ticket's system.
        ticket_system: String,
        /// When they asked.
        asked_at: Instant,
        /// When it lapses; never if empty.
        lapses_at: Option<Instant>,
    }

    /// Somebody was assigned a role.
    Assigned {
        /// Role and person.
        about: About,
        /// What they hold now.
        held: Held,
        /// Why.
        reason: String,
        /// By whom.
        by: String,
    }

    /// An assignment was changed.
    Updated {
        /// Role and person.
        about: About,
        /// What they held.
        before: Held,
        /// What they hold now.
        after: Held,
        /// Why.
        reason: String,
        /// By whom.
        by: String,
    }

    /// An assignment was removed.
    Removed {
        /// Role and person.
        about: About,
        /// What they held.
        held: Held,
        /// Since when they hold it no more.
        ended_at: Instant,
        /// Why.
        reason: String,
        /// By whom.
        by: String,
    }

    /// An activation waits for a decision.
    Waiting {
        /// Role and person.
        about: About,
        /// What they ask for.
        ask: Ask,
    }

    /// An activation was approved or denied.
    Decided {
        /// Role and person.
        about: About,
        /// What they asked for.
        ask: Ask,
        /// Yes or no.
        verdict: Verdict,
        /// By whom.
        by: String,
        /// Why.
        justification: String,
    }

    /// A role became active.
    Activated {
        /// Role and person.
        about: About,
        /// From when.
        starts_at: Instant,
        /// To when.
        ends_at: Instant,
        /// Why.
        reason: String,
        /// The ticket's number.
        ticket_number: String,
        /// The ticket's system.
        ticket_system: String,
        /// Who approved it, where that was needed.
        approved_by: Option<String>,
    }

    /// An assignment ends soon.
    Expiring {
        /// Role and person.
        about: About,
        /// What they hold.
        held: Held,
        /// In how many days.
        days: i64,
    }

    /// An assignment ended by itself.
    Expired {
        /// Role and person.
        about: About,
        /// What they held.
        held: Held,
        /// Until when it can be renewed.
        renewable_until: Instant,
    }

    /// A person asks for a later end.
    ChangeRequested {
        /// Role and person.
        about: About,
        /// Before or after the end.
        change: Change,
        /// What they hold, or held.
        held: Held,
        /// The end they propose.
        proposed_end: Option<Instant>,
        /// Why.
        reason: String,
    }

    /// An administrator decided that.
    ChangeDecided {
        /// Role and person.
        about: About,
        /// Before or after the end.
        change: Change,
        /// Yes or no.
        verdict: Verdict,
        /// By whom.
        by: String,
        /// Why.
        justification: String,
        /// What they held.
        before: Held,
        /// What they hold now; nothing new if it was denied.
        after: Option<Held>,
    }

    /// An administrator extended or renewed an assignment unasked.
    Changed {
        /// Role and person.
        about: About,
        /// Before or after the end.
        change: Change,
        /// What they held.
        before: Held,
        /// What they hold now.
        after: Held,
        /// Why.
        reason: String,
        /// By whom.
        by: String,
    }

    /// An administrator's password or second factor was reset.
    CredentialReset {
        /// Whose.
        who: String,
        /// What.
        credential: Credential,
        /// By whom.
        by: String,
        /// When.
        at: Instant,
    }

    /// An administrator was recovered from the server's console.
    RecoveredAdministrator {
        /// Who.
        who: String,
        /// When.
        at: Instant,
    }

    /// Somebody became Global Administrator.
    NewGlobalAdministrator {
        /// Role and person.
        about: About,
        /// By assignment, or by activating it.
        by_way_of: AssignmentType,
        /// From when.
        starts_at: Instant,
        /// To when; for good if empty.
        ends_at: Option<Instant>,
        /// By whom; the person themself who activates.
        by: String,
    }

    /// How many hold a role.
    TopRole {
        /// The role's name.
        role_name: String,
        /// Permanently.
        permanent: u64,
        /// As eligible.
        eligible: u64,
    }

    /// A request that waits long.
    Stale {
        /// Who asks.
        who: String,
        /// For which role.
        role_name: String,
        /// Since when.
        asked_at: Instant,
    }

    /// What happened in a week.
    Digest {
        /// Whose.
        organization: String,
        /// The first moment of the week.
        from: Instant,
        /// The first moment after it.
        until: Instant,
        /// How many people activated a role.
        activated: u64,
        /// How many were made permanent in a role.
        permanent: u64,
        /// How many assignments were made.
        assignments: u64,
        /// The roles that most people hold permanently or as eligible.
        top: Vec<TopRole>,
        /// The oldest requests that wait long.
        stale: Vec<Stale>,
        /// How many more wait long.
        more_stale: u64,
    }

    /// Somebody tries whether mails arrive.
    Test {
        /// Who.
        by: String,
        /// When.
        at: Instant,
    }
}
