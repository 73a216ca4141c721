//! One text and one HTML file for each mail and reader, compared exactly. `GOLDEN=write cargo test --lib mail` writes them anew; the
//! difference is then read in review.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::domain::request::{Kind, Verdict};
use crate::domain::schedule::AssignmentType;
use crate::domain::time::{Instant, Span};

const SENDER: Sender<'_> = Sender { organization: "Contoso", portal: "https://pim.contoso.example" };

/// Monday, 2 March 2026, 09:00 in UTC, 10:00 in Lagos.
const NOW: Instant = Instant::from_millis(1_772_442_000_000);

/// A moment as a reader in Lagos reads it, where the clocks are never changed. The portal knows a calendar; this room does not.
fn when(at: Instant) -> String {
    let minutes = at.millis().div_euclid(60_000) + 60;
    let (mut day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let (mut year, mut month) = (1970, 0);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month];
    format!("{} {name} {year}, {:02}:{:02} WAT (Africa/Lagos)", day + 1, minute / 60, minute % 60)
}

fn about(who: &str, role_name: &str) -> About {
    About {
        role: RoleId::parse("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f").unwrap(),
        role_name: role_name.to_owned(),
        who: who.to_owned(),
        request: Some(RequestId::parse("019cae11-0000-7000-8000-000000000001").unwrap()),
    }
}

fn held(kind: Kind, days: Option<i64>) -> Held {
    Held { kind, starts_at: NOW, ends_at: days.map(|days| NOW.plus(Span::days(days))) }
}

/// Every mail, told with these names and this reason.
fn mails(who: &str, role: &str, reason: &str, ticket: &str) -> Vec<(&'static str, Mail)> {
    let about = about(who, role);
    let (by, reason, justification) = (format!("{who} the Second"), reason.to_owned(), reason.to_owned());
    let ask = Ask {
        minutes: 90,
        starts_at: None,
        reason: reason.clone(),
        ticket_number: ticket.to_owned(),
        ticket_system: ticket.to_owned(),
        asked_at: NOW,
        lapses_at: Some(NOW.plus(Span::days(1))),
    };
    let waiting = Waiting { about: about.clone(), ask: ask.clone() };
    let decided = |verdict| Decided {
        about: about.clone(),
        ask: ask.clone(),
        verdict,
        by: by.clone(),
        justification: justification.clone(),
    };
    let assigned = |held| Assigned { about: about.clone(), held, reason: reason.clone(), by: by.clone() };
    let (before, after) = (held(Kind::Eligibility, Some(7)), held(Kind::Eligibility, Some(97)));
    let change_requested = |change| ChangeRequested {
        about: about.clone(),
        change,
        held: before.clone(),
        proposed_end: Some(NOW.plus(Span::days(97))),
        reason: reason.clone(),
    };
    let change_decided = |verdict, after| ChangeDecided {
        about: about.clone(),
        change: Change::Extension,
        verdict,
        by: by.clone(),
        justification: justification.clone(),
        before: before.clone(),
        after,
    };
    let changed = |change| Changed {
        about: about.clone(),
        change,
        before: before.clone(),
        after: after.clone(),
        reason: reason.clone(),
        by: by.clone(),
    };
    let reset = |credential| CredentialReset { who: who.to_owned(), credential, by: by.clone(), at: NOW };
    vec![
        ("assigned_eligible_permanent", Mail::Assigned(assigned(held(Kind::Eligibility, None)))),
        ("assigned_eligible", Mail::Assigned(assigned(held(Kind::Eligibility, Some(180))))),
        ("assigned_active", Mail::Assigned(assigned(held(Kind::Assignment, Some(30))))),
        (
            "updated",
            Mail::Updated(Updated {
                about: about.clone(),
                before: held(Kind::Eligibility, Some(7)),
                after: held(Kind::Assignment, None),
                reason: reason.clone(),
                by: by.clone(),
            }),
        ),
        (
            "removed",
            Mail::Removed(Removed {
                about: about.clone(),
                held: held(Kind::Eligibility, Some(180)),
                ended_at: NOW.plus(Span::hours(3)),
                reason: reason.clone(),
                by: by.clone(),
            }),
        ),
        ("approval_requested", Mail::ApprovalRequested(waiting.clone())),
        ("approval_reminder", Mail::ApprovalReminder(waiting.clone())),
        ("approved", Mail::Decided(decided(Verdict::Approve))),
        ("denied", Mail::Decided(decided(Verdict::Deny))),
        (
            "activated",
            Mail::Activated(Activated {
                about: about.clone(),
                starts_at: NOW,
                ends_at: NOW.plus(Span::minutes(90)),
                reason: reason.clone(),
                ticket_number: ticket.to_owned(),
                ticket_system: ticket.to_owned(),
                approved_by: Some(by.clone()),
            }),
        ),
        ("lapsed", Mail::Lapsed(waiting)),
        (
            "expiring_14_days",
            Mail::Expiring(Expiring { about: about.clone(), held: held(Kind::Eligibility, Some(14)), days: 14 }),
        ),
        (
            "expiring_1_day",
            Mail::Expiring(Expiring { about: about.clone(), held: held(Kind::Assignment, Some(1)), days: 1 }),
        ),
        (
            "expired",
            Mail::Expired(Expired {
                about: about.clone(),
                held: before.clone(),
                renewable_until: NOW.plus(Span::days(37)),
            }),
        ),
        ("extension_requested", Mail::ChangeRequested(change_requested(Change::Extension))),
        ("renewal_requested", Mail::ChangeRequested(change_requested(Change::Renewal))),
        ("extension_lapsed", Mail::ChangeLapsed(change_requested(Change::Extension))),
        ("renewal_lapsed", Mail::ChangeLapsed(change_requested(Change::Renewal))),
        ("extension_approved", Mail::ChangeDecided(change_decided(Verdict::Approve, Some(after.clone())))),
        ("extension_denied", Mail::ChangeDecided(change_decided(Verdict::Deny, None))),
        ("extended", Mail::Changed(changed(Change::Extension))),
        ("renewed", Mail::Changed(changed(Change::Renewal))),
        (
            "digest",
            Mail::Digest(Digest {
                organization: format!("{who} Ltd"),
                from: NOW.minus(Span::days(7)),
                until: NOW,
                activated: 12,
                permanent: 1,
                assignments: 4,
                top: vec![
                    TopRole { role_name: role.to_owned(), permanent: 3, eligible: 14 },
                    TopRole { role_name: "Helpdesk Administrator".to_owned(), permanent: 0, eligible: 9 },
                ],
                stale: vec![Stale {
                    who: who.to_owned(),
                    role_name: role.to_owned(),
                    asked_at: NOW.minus(Span::days(3)),
                }],
                more_stale: 2,
            }),
        ),
        (
            "digest_of_a_quiet_week",
            Mail::Digest(Digest {
                organization: format!("{who} Ltd"),
                from: NOW.minus(Span::days(7)),
                until: NOW,
                activated: 0,
                permanent: 0,
                assignments: 0,
                top: Vec::new(),
                stale: Vec::new(),
                more_stale: 0,
            }),
        ),
        ("password_reset", Mail::CredentialReset(reset(Credential::Password))),
        ("second_factor_reset", Mail::CredentialReset(reset(Credential::SecondFactor))),
        (
            "new_global_administrator",
            Mail::NewGlobalAdministrator(NewGlobalAdministrator {
                about: about.clone(),
                by_way_of: AssignmentType::Activated,
                starts_at: NOW,
                ends_at: Some(NOW.plus(Span::hours(1))),
                by: who.to_owned(),
            }),
        ),
        (
            "recovered_administrator",
            Mail::RecoveredAdministrator(RecoveredAdministrator { who: who.to_owned(), at: NOW }),
        ),
        ("test", Mail::Test(Test { by: who.to_owned(), at: NOW })),
    ]
}

/// Whom a mail goes to, as the table of section 6 says.
const fn readers(mail: &Mail) -> &'static [Audience] {
    use Audience::{Admin, Approver, Person};
    match mail {
        Mail::Assigned(_)
        | Mail::Updated(_)
        | Mail::Removed(_)
        | Mail::Activated(_)
        | Mail::Expiring(_)
        | Mail::Expired(_)
        | Mail::ChangeDecided(_)
        | Mail::Changed(_)
        | Mail::RecoveredAdministrator(_) => &[Admin, Person],
        Mail::ApprovalRequested(_) | Mail::ApprovalReminder(_) | Mail::ChangeRequested(_) => &[Approver],
        Mail::Decided(_) | Mail::Lapsed(_) | Mail::ChangeLapsed(_) => &[Approver, Person],
        Mail::Digest(_) | Mail::CredentialReset(_) | Mail::NewGlobalAdministrator(_) => &[Admin],
        Mail::Test(_) => &[Person],
    }
}

fn golden(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/domain/mail/golden").join(file)
}

#[test]
fn every_mail_reads_as_its_golden_file() {
    let is_writing = std::env::var("GOLDEN").is_ok_and(|value| value == "write");
    let mut told = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (name, mail) in
        mails("Tess Ng", "Security Operator", "Triaging IR-2026-0142.\nOn call this week.", "IR-2026-0142")
    {
        told.insert(mail.event());
        for audience in readers(&mail) {
            let letter = Letter::of(&mail, *audience, &when);
            let stem = format!("{name}.{}", audience.word().to_lowercase());
            let text = format!("Subject: {}\n\n{}", letter.subject, letter.text(SENDER));
            for (file, now) in [(format!("{stem}.txt"), text), (format!("{stem}.html"), letter.html(SENDER))] {
                if is_writing {
                    std::fs::write(golden(&file), &now).unwrap();
                }
                let before = std::fs::read_to_string(golden(&file)).unwrap_or_default();
                assert_eq!(now, before, "{file}");
                known.insert(file);
            }
        }
    }
    assert_eq!(told.into_iter().collect::<Vec<_>>(), Event::ALL, "every event is told");
    let files: BTreeSet<String> =
        std::fs::read_dir(golden("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, known, "a golden file of no mail");
}

#[test]
fn what_is_kept_is_found_again() {
    for (name, mail) in mails("Tess Ng", "Security Operator", "", "") {
        let facts = mail.facts();
        assert_eq!(Mail::find(mail.event(), &facts), Ok(mail.clone()), "{name}");
        for fact in facts.keys() {
            let mut less = facts.clone();
            less.remove(fact);
            // What may be empty is empty then; everything else is missed. It never becomes another mail of the same words.
            assert_ne!(Mail::find(mail.event(), &less), Ok(mail.clone()), "{name} without {fact}");
        }
    }
    let misfit = Mail::find(Event::Test, &Facts::new());
    assert_eq!(misfit, Err(Misfit { fact: "by".to_owned() }));
}

/// Everything that a person could type: another element, another header, another line, another direction.
const HOSTILE: &str =
    "\"'><img src=x onerror=alert(1)>\r\nBcc: all@evil.example\r\n\r\n<script>&amp;\u{202e}\u{2066}\u{2028}\u{7}";

#[test]
fn no_name_and_no_reason_gets_out_of_its_place() {
    for (name, mail) in mails(HOSTILE, HOSTILE, HOSTILE, HOSTILE) {
        for audience in Audience::ALL {
            let letter = Letter::of(&mail, *audience, &when);
            assert!(!letter.subject.chars().any(char::is_control), "{name}: {:?}", letter.subject);
            assert!(letter.subject.chars().count() <= 200, "{name}");
            let start = if mail.event() == Event::Digest { "Your weekly PIM digest for " } else { "PIM: " };
            assert!(letter.subject.starts_with(start), "{name}: {}", letter.subject);
            let sender = Sender { organization: HOSTILE, portal: "https://pim.contoso.example" };
            let (text, html) = (letter.text(sender), letter.html(sender));
            for forbidden in ['\r', '\u{202e}', '\u{2066}', '\u{2028}', '\u{7}'] {
                let everywhere = [&letter.subject, &text, &html];
                assert!(everywhere.iter().all(|words| !words.contains(forbidden)), "{name}: {forbidden:?}");
            }
            for forbidden in ["<img", "<script", "'>", "onerror=alert(1)>"] {
                assert!(!html.contains(forbidden), "{name}: {forbidden} in {html}");
            }
        }
    }
}

#[test]
fn links_lead_into_the_portal() {
    for (name, mail) in mails("Tess Ng", "Security Operator", "Because", "IR-2026-0142") {
        for audience in readers(&mail) {
            let letter = Letter::of(&mail, *audience, &when);
            let step = letter.step.as_ref().expect("every mail leads somewhere");
            assert!(step.path.starts_with('/') && !step.path.starts_with("//"), "{name}");
            let link = format!("https://pim.contoso.example{}", step.path);
            assert!(letter.text(SENDER).contains(&link), "{name}");
            assert!(letter.html(SENDER).contains(&format!("href=\"{link}\"")), "{name}");
        }
    }
}

#[test]
fn only_a_request_to_decide_is_critical() {
    let mails = mails("Tess Ng", "Security Operator", "Because", "IR-2026-0142");
    let critical: BTreeSet<_> =
        mails.iter().filter(|(_, mail)| mail.is_critical()).map(|(_, mail)| mail.event()).collect();
    assert_eq!(critical.into_iter().collect::<Vec<_>>(), [Event::ApprovalRequested, Event::ChangeRequested]);
}
