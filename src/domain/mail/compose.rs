//! What each mail says, and to whom it says it how. The one place for the words of mails.

mod changes;

use super::letter::{Letter, Step, Table, subject};
use super::{
    About, Activated, Ask, Assigned, Audience, Credential, CredentialReset, Decided, Digest, Expired, Expiring, Held,
    Mail, NewGlobalAdministrator, RecoveredAdministrator, Removed, Test, Updated, Waiting,
};
use crate::domain::request::{Kind, Verdict};
use crate::domain::schedule::AssignmentType;
use crate::domain::time::{Instant, Span};
use changes::{change_decided, change_lapsed, change_requested, changed};

type When<'a> = &'a dyn Fn(Instant) -> String;

pub(super) fn compose(mail: &Mail, audience: Audience, when: When<'_>) -> Letter {
    let letter = match mail {
        Mail::Assigned(of) => assigned(of, audience, when),
        Mail::Updated(of) => updated(of, audience, when),
        Mail::Removed(of) => removed(of, audience, when),
        Mail::ApprovalRequested(of) => approval_requested(of, when),
        Mail::ApprovalReminder(of) => approval_reminder(of, when),
        Mail::Decided(of) => decided(of, audience, when),
        Mail::Activated(of) => activated(of, audience, when),
        Mail::Lapsed(of) => lapsed(of, audience, when),
        Mail::Expiring(of) => expiring(of, audience, when),
        Mail::Expired(of) => expired(of, audience, when),
        Mail::ChangeRequested(of) => change_requested(of, when),
        Mail::ChangeDecided(of) => change_decided(of, audience, when),
        Mail::ChangeLapsed(of) => change_lapsed(of, audience, when),
        Mail::Changed(of) => changed(of, audience, when),
        Mail::Digest(of) => digest(of, when),
        Mail::CredentialReset(of) => credential_reset(of, when),
        Mail::NewGlobalAdministrator(of) => new_global_administrator(of, when),
        Mail::RecoveredAdministrator(of) => recovered_administrator(of, audience, when),
        Mail::Test(of) => test(of, when),
    };
    // All subjects begin alike, except the digest's (section 6).
    let begins = if matches!(mail, Mail::Digest(_)) { "" } else { "PIM: " };
    Letter { subject: subject(&format!("{begins}{}", letter.subject)), why: why(mail, audience), ..letter }
}

/// A letter with its heading, which is its subject too, and its first sentence.
fn letter(heading: String, opening: impl Into<String>) -> Letter {
    Letter {
        subject: heading.clone(),
        heading,
        opening: opening.into(),
        facts: Vec::new(),
        tables: Vec::new(),
        closing: None,
        step: None,
        why: "",
    }
}

impl Letter {
    fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// A fact that is left out when there is none.
    fn fact_if(self, name: &'static str, value: &str) -> Self {
        if value.is_empty() { self } else { self.fact(name, value) }
    }

    fn role(self, about: &About) -> Self {
        self.fact("Role", about.role_name.as_str())
    }

    fn held(self, held: &Held, when: When<'_>) -> Self {
        self.fact("Type", kind(held.kind)).fact("Start", when(held.starts_at)).fact("End", end(held.ends_at, when))
    }

    fn ask(self, ask: &Ask, when: When<'_>) -> Self {
        self.fact("Start", ask.starts_at.map_or_else(|| "When it is approved".to_owned(), when))
            .fact("Duration", Span::minutes(ask.minutes).to_string())
            .fact_if("Reason", &ask.reason)
            .ticket(&ask.ticket_number, &ask.ticket_system)
            .fact("Requested", when(ask.asked_at))
    }

    fn ticket(self, number: &str, system: &str) -> Self {
        self.fact_if("Ticket number", number).fact_if("Ticket system", system)
    }

    fn step(mut self, label: &'static str, path: impl Into<String>) -> Self {
        self.step = Some(Step { label, path: path.into() });
        self
    }

    fn closing(mut self, words: impl Into<String>) -> Self {
        self.closing = Some(words.into());
        self
    }

    fn before_and_after(mut self, before: &Held, after: &Held, when: When<'_>) -> Self {
        let row = |name: &str, value: &dyn Fn(&Held) -> String| vec![name.to_owned(), value(before), value(after)];
        self.tables.push(Table {
            title: "What changed",
            head: vec!["", "Before", "Now"],
            rows: vec![
                row("Type", &|held| kind(held.kind).to_owned()),
                row("Start", &|held| when(held.starts_at)),
                row("End", &|held| end(held.ends_at, when)),
            ],
        });
        self
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "Eligible",
        Kind::Assignment => "Active",
    }
}

fn end(at: Option<Instant>, when: When<'_>) -> String {
    at.map_or_else(|| "Permanent".to_owned(), when)
}

const fn is_person(audience: Audience) -> bool {
    matches!(audience, Audience::Person)
}

/// "Your assignment to the X role", or "Ada's assignment to the X role".
fn whose_assignment(about: &About, audience: Audience) -> String {
    let role = &about.role_name;
    if is_person(audience) {
        format!("Your assignment to the {role} role")
    } else {
        format!("{}'s assignment to the {role} role", about.who)
    }
}

fn whose_request(about: &About, verb: &str, audience: Audience) -> String {
    let role = &about.role_name;
    if is_person(audience) {
        format!("Your request to {verb} the {role} role")
    } else {
        format!("{}'s request to {verb} the {role} role", about.who)
    }
}

fn my_roles(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "/my-roles",
        Kind::Assignment => "/my-roles?tab=active",
    }
}

/// To one's own roles for the person, to the role's assignments for everybody else.
fn to_assignment(letter: Letter, about: &About, kind: Kind, audience: Audience) -> Letter {
    if is_person(audience) {
        letter.step("Open my roles", my_roles(kind))
    } else {
        letter.step("See the assignments of the role", format!("/roles/{}", about.role))
    }
}

fn assigned(of: &Assigned, audience: Audience, when: When<'_>) -> Letter {
    let Assigned { about, held, reason, by } = of;
    let (who, role) = (&about.who, &about.role_name);
    let letter = if is_person(audience) {
        match held.kind {
            Kind::Eligibility => letter(
                format!("You are eligible for the {role} role"),
                "You can activate this role from its start on, for as long as you need it. It has no effect before.",
            ),
            Kind::Assignment => letter(
                format!("You are assigned the {role} role"),
                "The role is active from its start to its end; there is nothing to activate.",
            ),
        }
    } else {
        let permanently = if held.ends_at.is_none() { "permanently " } else { "" };
        let (suffix, opening) = match held.kind {
            Kind::Eligibility => (" as eligible", format!("{who} can activate the role from its start on.")),
            Kind::Assignment => ("", format!("The role is active for {who} from its start to its end.")),
        };
        letter(format!("{who} was {permanently}assigned the {role} role{suffix}"), opening)
    };
    let letter = letter.role(about).fact("Assigned to", who.as_str()).fact("Assigned by", by.as_str());
    to_assignment(letter.held(held, when).fact_if("Reason", reason), about, held.kind, audience)
}

fn updated(of: &Updated, audience: Audience, when: When<'_>) -> Letter {
    let Updated { about, before, after, reason, by } = of;
    let letter =
        letter(format!("{} was changed", whose_assignment(about, audience)), "What it was, and what it is now:")
            .role(about)
            .fact("Assigned to", about.who.as_str())
            .fact("Changed by", by.as_str())
            .fact_if("Reason", reason)
            .before_and_after(before, after, when);
    to_assignment(letter, about, after.kind, audience)
}

fn removed(of: &Removed, audience: Audience, when: When<'_>) -> Letter {
    let Removed { about, held, ended_at, reason, by } = of;
    let opening = match (is_person(audience), held.kind) {
        (true, Kind::Eligibility) => "You can no longer activate it. What was active because of it has ended too.",
        (true, Kind::Assignment) => "The role is no longer active for you.",
        (false, Kind::Eligibility) => "It can no longer be activated. What was active because of it has ended too.",
        (false, Kind::Assignment) => "The role is no longer active because of it.",
    };
    let letter = letter(format!("{} was removed", whose_assignment(about, audience)), opening)
        .role(about)
        .fact("Was assigned to", about.who.as_str())
        .held(held, when)
        .fact("Removed", when(*ended_at))
        .fact("Removed by", by.as_str())
        .fact_if("Reason", reason);
    to_assignment(letter, about, held.kind, audience)
}

fn review(letter: Letter, about: &About, label: &'static str) -> Letter {
    let path = about.request.as_ref().map(|request| format!("/approve-requests/{request}"));
    letter.step(label, path.unwrap_or_else(|| "/approve-requests".to_owned()))
}

fn approval_requested(of: &Waiting, when: When<'_>) -> Letter {
    let Waiting { about, ask } = of;
    let heading = format!("Review {}'s request to activate the {} role", about.who, about.role_name);
    let letter = letter(heading, format!("{} asks for your approval. The first answer counts.", about.who));
    waiting(letter, about, ask, when)
}

fn approval_reminder(of: &Waiting, when: When<'_>) -> Letter {
    let Waiting { about, ask } = of;
    let heading = format!("Reminder: {}'s request to activate the {} role still waits", about.who, about.role_name);
    let letter = letter(heading, "Half of its time is over, and nobody has decided it yet.");
    waiting(letter, about, ask, when)
}

fn waiting(letter: Letter, about: &About, ask: &Ask, when: When<'_>) -> Letter {
    let letter = letter.role(about).fact("Requestor", about.who.as_str()).ask(ask, when);
    let letter = match ask.lapses_at {
        Some(at) => letter.fact("Lapses", when(at)),
        None => letter,
    };
    review(letter, about, "Approve or deny request")
}

fn decided(of: &Decided, audience: Audience, when: When<'_>) -> Letter {
    let Decided { about, ask, verdict, by, justification } = of;
    let (word, opening) = match (verdict, ask.starts_at.is_some()) {
        (Verdict::Approve, false) => ("approved", "The role is active now."),
        (Verdict::Approve, true) => ("approved", "The role will be active from its start on."),
        (Verdict::Deny, _) => ("denied", "The role does not become active."),
    };
    let letter = letter(format!("{} was {word}", whose_request(about, "activate", audience)), opening)
        .role(about)
        .fact("Requestor", about.who.as_str())
        .fact(
            "Decision",
            match verdict {
                Verdict::Approve => "Approved",
                Verdict::Deny => "Denied",
            },
        )
        .fact("Decided by", by.as_str())
        .fact_if("Justification", justification)
        .ask(ask, when);
    match (is_person(audience), verdict, &about.request) {
        (true, Verdict::Approve, _) => letter.step("Open my roles", "/my-roles?tab=active"),
        (true, Verdict::Deny, Some(request)) => letter.step("See the request", format!("/my-requests/{request}")),
        (true, Verdict::Deny, None) => letter.step("See my requests", "/my-requests"),
        (false, _, _) => review(letter, about, "See the request"),
    }
}

fn activated(of: &Activated, audience: Audience, when: When<'_>) -> Letter {
    let Activated { about, starts_at, ends_at, reason, ticket_number, ticket_system, approved_by } = of;
    let (who, role) = (&about.who, &about.role_name);
    let letter = if is_person(audience) {
        letter(format!("The {role} role is active"), "You activated this role. It ends by itself.")
    } else {
        letter(format!("{who} activated the {role} role assignment"), "It ends by itself.")
    };
    let letter = letter
        .role(about)
        .fact("Activated for", who.as_str())
        .fact("Start", when(*starts_at))
        .fact("End", when(*ends_at))
        .fact_if("Reason", reason)
        .ticket(ticket_number, ticket_system)
        .fact_if("Approved by", approved_by.as_deref().unwrap_or_default());
    match (is_person(audience), &about.request) {
        (true, _) => letter.step("Open my roles", "/my-roles?tab=active"),
        (false, Some(request)) => letter.step("See every step", format!("/timeline/{request}")),
        (false, None) => letter.step("See the assignments of the role", format!("/roles/{}", about.role)),
    }
}

fn lapsed(of: &Waiting, audience: Audience, when: When<'_>) -> Letter {
    let Waiting { about, ask } = of;
    let heading = if is_person(audience) {
        format!("The request to activate the {} role expired", about.role_name)
    } else {
        format!("{} expired", whose_request(about, "activate", audience))
    };
    let opening = if is_person(audience) {
        "Nobody decided in time, so nothing was granted. You can ask again."
    } else {
        "Nobody decided in time, so nothing was granted."
    };
    let letter = letter(heading, opening).role(about).fact("Requestor", about.who.as_str()).ask(ask, when);
    let letter = match ask.lapses_at {
        Some(at) => letter.fact("Expired", when(at)),
        None => letter,
    };
    match (is_person(audience), &about.request) {
        (true, _) => letter.step("Open my roles", "/my-roles"),
        (false, _) => review(letter, about, "See the request"),
    }
}

fn expiring(of: &Expiring, audience: Audience, when: When<'_>) -> Letter {
    let Expiring { about, held, days } = of;
    let in_days = if *days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let heading = format!("{} ends in {in_days}", whose_assignment(about, audience));
    let letter = letter(heading, "Whoever still needs it can have it extended before it ends.")
        .role(about)
        .fact("Assigned to", about.who.as_str())
        .held(held, when);
    if is_person(audience) {
        letter.step("Extend", my_roles(held.kind))
    } else {
        letter.step("Extend", format!("/roles/{}", about.role))
    }
}

fn expired(of: &Expired, audience: Audience, when: When<'_>) -> Letter {
    let Expired { about, held, renewable_until } = of;
    let opening = match held.kind {
        Kind::Eligibility => "It can no longer be activated.",
        Kind::Assignment => "The role is no longer active because of it.",
    };
    let letter = letter(format!("{} has ended", whose_assignment(about, audience)), opening)
        .role(about)
        .fact("Was assigned to", about.who.as_str())
        .held(held, when)
        .fact("Can be renewed until", when(*renewable_until));
    if is_person(audience) {
        letter.step("Renew", "/my-roles?tab=expired")
    } else {
        letter.step("Renew", format!("/roles/{}?tab=expired", about.role))
    }
}

fn digest(of: &Digest, when: When<'_>) -> Letter {
    let Digest { organization, from, until, activated, permanent, assignments, top, stale, more_stale } = of;
    let mut letter =
        letter(format!("Your weekly PIM digest for {organization}"), "What happened in the last seven days.")
            .fact("From", when(*from))
            .fact("Until", when(*until))
            .fact("Users who activated a role", activated.to_string())
            .fact("Users made permanent", permanent.to_string())
            .fact("Assignments made", assignments.to_string());
    if !top.is_empty() {
        letter.tables.push(Table {
            title: "The roles that most people hold",
            head: vec!["Role", "Permanent", "Eligible"],
            rows: top
                .iter()
                .map(|role| vec![role.role_name.clone(), role.permanent.to_string(), role.eligible.to_string()])
                .collect(),
        });
    }
    if stale.is_empty() {
        return letter.step("See the overview", "/");
    }
    letter.tables.push(Table {
        title: "Requests that wait for more than a day",
        head: vec!["Requestor", "Role", "Since"],
        rows: stale
            .iter()
            .map(|waits| vec![waits.who.clone(), waits.role_name.clone(), when(waits.asked_at)])
            .collect(),
    });
    let letter = if *more_stale == 0 { letter } else { letter.closing(format!("And {more_stale} more wait as long.")) };
    letter.step("See all waiting requests", "/requests")
}

fn credential_reset(of: &CredentialReset, when: When<'_>) -> Letter {
    let CredentialReset { who, credential, by, at } = of;
    let what = match credential {
        Credential::Password => "password",
        Credential::SecondFactor => "second factor",
    };
    letter(
        format!("The {what} of {who} was reset"),
        format!("{who} is an administrator of roles. If you do not know why this was done, ask {by} now."),
    )
    .fact("Administrator", who.as_str())
    .fact("Reset", what)
    .fact("By", by.as_str())
    .fact("When", when(*at))
    .step("See it in the audit", "/resource-audit")
}

fn new_global_administrator(of: &NewGlobalAdministrator, when: When<'_>) -> Letter {
    let NewGlobalAdministrator { about, by_way_of, starts_at, ends_at, by } = of;
    letter(
        format!("{} became {}", about.who, about.role_name),
        "Whoever holds this role can do everything in the portal. The settings of the role do not switch this mail off.",
    )
    .role(about)
    .fact("Who", about.who.as_str())
    .fact("How", match by_way_of {
        AssignmentType::Assigned => "Assigned",
        AssignmentType::Activated => "Activated",
    })
    .fact("By", by.as_str())
    .fact("Start", when(*starts_at))
    .fact("End", end(*ends_at, when))
    .step("See the assignments of the role", format!("/roles/{}", about.role))
}

fn recovered_administrator(of: &RecoveredAdministrator, audience: Audience, when: When<'_>) -> Letter {
    let RecoveredAdministrator { who, at } = of;
    let letter = match audience {
        Audience::Person => letter(
            "You were made a Global Administrator on the server".to_owned(),
            "Your password and your second factor are void. The server's console shows a code with which new ones are chosen. If you do \
             not know of this, ask whoever runs the server now.",
        ),
        Audience::Approver | Audience::Admin => letter(
            format!("{who} was made a Global Administrator on the server"),
            "Somebody did this on the console of the server, who has its database and its key. If you do not know of it, ask whoever runs \
             the server now.",
        ),
    };
    letter.fact("Who", who.as_str()).fact("When", when(*at)).step("See it in the audit", "/resource-audit")
}

fn test(of: &Test, when: When<'_>) -> Letter {
    let Test { by, at } = of;
    letter("This is a test mail".to_owned(), "It arrived: the portal's mails reach this address.")
        .fact("Sent by", by.as_str())
        .fact("When", when(*at))
        .step("Open the list of mails", "/mail")
}

/// Why the reader gets this mail.
const fn why(mail: &Mail, audience: Audience) -> &'static str {
    match (mail, audience) {
        (Mail::Test(_), _) => "You get this mail because you asked for it.",
        (Mail::CredentialReset(_) | Mail::NewGlobalAdministrator(_) | Mail::Digest(_), _)
        | (Mail::RecoveredAdministrator(_), Audience::Admin | Audience::Approver) => {
            "You get this mail because you are an administrator of roles."
        }
        (_, Audience::Person) => "You get this mail because it is about your own access.",
        (_, Audience::Approver) => "You get this mail because you can decide requests for this role.",
        (_, Audience::Admin) => {
            "You get this mail because you are an administrator of roles, or the role's settings name this address."
        }
    }
}
