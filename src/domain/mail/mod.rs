//! Every mail of the portal, in one place: what it is about, what it says to whom, and how that reads as plain text and as HTML
//! (reference/entra-pim.md section 6).
//!
//! A mail is an event with its facts; the same facts read differently to the person concerned, to an administrator and to an
//! approver. Times come out as the words that the caller makes of them, in the reader's zone.

mod compose;
mod facts;
mod html;
mod letter;
mod retry;
mod text;

#[cfg(test)]
mod tests;

pub use facts::{
    About, Activated, Ask, Assigned, Change, ChangeDecided, ChangeRequested, Changed, Credential, CredentialReset,
    Decided, Digest, Expired, Expiring, Fact, Facts, Held, Misfit, NewGlobalAdministrator, RecoveredAdministrator,
    Removed, Stale, Test, TopRole, Updated, Waiting,
};
pub use letter::{Letter, Sender};
pub use retry::{Next, TOO_OLD, after_failure, is_too_old};

use super::ids::{RequestId, RoleId};
use super::policy::NotificationRuleId;
use super::request::words;

/// To whom a mail is addressed, which decides how it puts things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// The person it is about: "you".
    Person,
    /// Whoever can decide a request.
    Approver,
    /// Whoever looks after roles, and further addresses.
    Admin,
}

words!(Audience { Person = "Person", Approver = "Approver", Admin = "Admin" });

impl Audience {
    /// To whom the default recipients of a row of the Notification tab belong.
    pub const fn of_rule(rule: NotificationRuleId) -> Self {
        use NotificationRuleId as Rule;
        match rule {
            Rule::AdminAdminEligibility | Rule::AdminAdminAssignment | Rule::AdminEndUserAssignment => Self::Admin,
            Rule::RequestorAdminEligibility | Rule::RequestorAdminAssignment | Rule::RequestorEndUserAssignment => {
                Self::Person
            }
            Rule::ApproverAdminEligibility | Rule::ApproverAdminAssignment | Rule::ApproverEndUserAssignment => {
                Self::Approver
            }
        }
    }

    /// As the list of mails says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Person => "The person concerned",
            Self::Approver => "Approver",
            Self::Admin => "Administrator",
        }
    }
}

/// Makes the mails: the enum, the word of each, and both forms of its facts.
macro_rules! mails {
    ($($(#[$doc:meta])* $event:ident($facts:ty) = $word:literal, $label:literal;)+) => {
        /// A mail, before it is put into words.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Mail {
            $($(#[$doc])* $event($facts),)+
        }

        /// What a mail is about, as a word alone.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Event {
            $($(#[$doc])* $event,)+
        }

        words!(Event { $($event = $word),+ });

        impl Event {
            /// As the list of mails says it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$event => $label),+ }
            }
        }

        impl Mail {
            /// What it is about.
            pub const fn event(&self) -> Event {
                match self { $(Self::$event(_) => Event::$event),+ }
            }

            /// Its facts, to be kept.
            pub fn facts(&self) -> Facts {
                let mut facts = Facts::new();
                match self { $(Self::$event(of) => of.keep("", &mut facts)),+ }
                facts
            }

            /// The mail that these facts were kept of.
            pub fn find(event: Event, facts: &Facts) -> Result<Self, Misfit> {
                match event { $(Event::$event => Fact::find("", facts).map(Self::$event)),+ }
            }
        }
    };
}

mails! {
    /// Made eligible or active (events 1 to 3).
    Assigned(Assigned) = "RoleAssigned", "Role assigned";
    /// An assignment was changed (event 4).
    Updated(Updated) = "AssignmentUpdated", "Assignment changed";
    /// An assignment was removed (event 4).
    Removed(Removed) = "AssignmentRemoved", "Assignment removed";
    /// An activation waits for approval (event 5).
    ApprovalRequested(Waiting) = "ApprovalRequested", "Approval requested";
    /// Half of its time is over (ours).
    ApprovalReminder(Waiting) = "ApprovalReminder", "Approval reminder";
    /// An activation was decided (events 6 and 7).
    Decided(Decided) = "RequestDecided", "Request decided";
    /// A role became active (event 8).
    Activated(Activated) = "RoleActivated", "Role activated";
    /// Nobody decided in time (event 9).
    Lapsed(Waiting) = "RequestLapsed", "Request lapsed";
    /// An assignment ends soon (event 10).
    Expiring(Expiring) = "AssignmentExpiring", "Assignment ends soon";
    /// An assignment ended (event 11).
    Expired(Expired) = "AssignmentExpired", "Assignment ended";
    /// An extension or a renewal is asked for (event 12).
    ChangeRequested(ChangeRequested) = "ChangeRequested", "Extension or renewal requested";
    /// Nobody decided about an extension or a renewal in time (ours).
    ChangeLapsed(ChangeRequested) = "ChangeLapsed", "Extension or renewal lapsed";
    /// An extension or a renewal was decided (event 13).
    ChangeDecided(ChangeDecided) = "ChangeDecided", "Extension or renewal decided";
    /// An administrator extended or renewed (event 14).
    Changed(Changed) = "AssignmentExtended", "Extended or renewed";
    /// The week in figures (event 17).
    Digest(Digest) = "WeeklyDigest", "Weekly digest";
    /// An administrator's password or second factor was reset (ours).
    CredentialReset(CredentialReset) = "CredentialReset", "Sign-in of an administrator reset";
    /// Somebody became Global Administrator (ours).
    NewGlobalAdministrator(NewGlobalAdministrator) = "NewGlobalAdministrator", "New Global Administrator";
    /// An administrator was recovered from the server's console (ours).
    RecoveredAdministrator(RecoveredAdministrator) = "RecoveredAdministrator", "Administrator recovered from the console";
    /// Somebody tries whether mails arrive.
    Test(Test) = "TestMail", "Test mail";
}

impl Mail {
    /// The role and the person it is about, where it is about a role.
    pub const fn about(&self) -> Option<&About> {
        match self {
            Self::Assigned(Assigned { about, .. })
            | Self::Updated(Updated { about, .. })
            | Self::Removed(Removed { about, .. })
            | Self::ApprovalRequested(Waiting { about, .. })
            | Self::ApprovalReminder(Waiting { about, .. })
            | Self::Decided(Decided { about, .. })
            | Self::Activated(Activated { about, .. })
            | Self::Lapsed(Waiting { about, .. })
            | Self::Expiring(Expiring { about, .. })
            | Self::Expired(Expired { about, .. })
            | Self::ChangeRequested(ChangeRequested { about, .. })
            | Self::ChangeLapsed(ChangeRequested { about, .. })
            | Self::ChangeDecided(ChangeDecided { about, .. })
            | Self::Changed(Changed { about, .. })
            | Self::NewGlobalAdministrator(NewGlobalAdministrator { about, .. }) => Some(about),
            Self::Digest(_) | Self::CredentialReset(_) | Self::RecoveredAdministrator(_) | Self::Test(_) => None,
        }
    }

    /// The role.
    pub fn role(&self) -> Option<&RoleId> {
        self.about().map(|about| &about.role)
    }

    /// The request whose mails stand together.
    pub fn request(&self) -> Option<&RequestId> {
        self.about().and_then(|about| about.request.as_ref())
    }

    /// True for what needs action now: a request to decide. Information and nudges are not critical (section 2.3).
    pub const fn is_critical(&self) -> bool {
        match self {
            Self::ApprovalRequested(_) | Self::ChangeRequested(_) => true,
            Self::Assigned(_)
            | Self::Updated(_)
            | Self::Removed(_)
            | Self::ApprovalReminder(_)
            | Self::Decided(_)
            | Self::Activated(_)
            | Self::Lapsed(_)
            | Self::Expiring(_)
            | Self::Expired(_)
            | Self::ChangeLapsed(_)
            | Self::ChangeDecided(_)
            | Self::Changed(_)
            | Self::Digest(_)
            | Self::CredentialReset(_)
            | Self::NewGlobalAdministrator(_)
            | Self::RecoveredAdministrator(_)
            | Self::Test(_) => false,
        }
    }
}

impl Event {
    /// True for what asks somebody to decide: not sent any more once the request is closed.
    pub const fn is_over_with_its_request(self) -> bool {
        match self {
            Self::ApprovalRequested | Self::ApprovalReminder | Self::ChangeRequested => true,
            Self::Assigned
            | Self::Updated
            | Self::Removed
            | Self::Decided
            | Self::Activated
            | Self::Lapsed
            | Self::Expiring
            | Self::Expired
            | Self::ChangeLapsed
            | Self::ChangeDecided
            | Self::Changed
            | Self::Digest
            | Self::CredentialReset
            | Self::NewGlobalAdministrator
            | Self::RecoveredAdministrator
            | Self::Test => false,
        }
    }
}
