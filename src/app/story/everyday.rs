//! What happens again and again: people ask for the roles of their work, and others decide.

use std::collections::BTreeMap;

use super::{
    agenda::{Act, Agenda, Fate, Wish},
    cast::{MESSAGING, NIGHT_DESK},
    chance::Chance,
    tell::Calendar,
};
use crate::domain::{
    request::Verdict,
    time::{Instant, Span},
};

/// Work that comes back.
struct Routine {
    who: &'static str,
    role: &'static str,
    through: Option<&'static str>,
    /// Who may decide; nobody where no yes is needed.
    deciders: &'static [&'static str],
    hours: &'static [i64],
    /// On how many of a hundred working days.
    share: u64,
    ticket: Option<&'static str>,
    whys: &'static [&'static str],
}

const COMPLIANCE_PEOPLE: &[&str] = &["bo", "chidi", "dana", "mira"];
const ADMINISTRATORS: &[&str] = &["ada", "bo"];

const ALERTS: &[&str] = &[
    "Triaging a Defender alert on a finance laptop",
    "Dismissing alerts of the red team exercise",
    "Impossible travel of a sales account, checking with her",
    "Reviewing quarantined mail reported by the board",
    "Malware alert on the build server, isolating it",
];
const RESETS: &[&str] = &[
    "Locked out before the morning shift",
    "Password reset, identity checked by video",
    "New phone, second factor has to be registered again",
    "Queue of resets after the holiday",
];
const MAIL: &[&str] =
    &["Mailbox migration, next wave", "Shared mailbox for the fair", "Mail flow rule for the new supplier"];
const PEOPLE: &[&str] =
    &["Three joiners on Monday", "Leaver, access to be closed", "Names after the merger of two teams"];

const ROUTINES: [Routine; 15] = [
    routine("tess", "Security Operator", COMPLIANCE_PEOPLE, 22, ALERTS),
    routine("omar", "Security Operator", COMPLIANCE_PEOPLE, 26, ALERTS),
    routine("kenji", "Security Operator", COMPLIANCE_PEOPLE, 30, ALERTS),
    routine("kenji", "Security Administrator", &["bo", "chidi"], 9, &["Tuning the phishing policy", "New alert rule"]),
    Routine {
        hours: &[1, 2],
        ticket: Some("INC"),
        ..routine(
            "omar",
            "Global Administrator",
            COMPLIANCE_PEOPLE,
            5,
            &["Consent for the payroll app", "Tenant-wide setting"],
        )
    },
    routine(
        "fatima",
        "Conditional Access Administrator",
        &[],
        18,
        &["Pilot group of the passkey roll-out", "Named location"],
    ),
    routine("fatima", "Authentication Policy Administrator", &[], 10, &["Passkey roll-out, next country"]),
    routine(
        "fatima",
        "Application Administrator",
        &[],
        12,
        &["Unused application, owner gone", "Certificate runs out"],
    ),
    through(MESSAGING, Some("CHG"), routine("ines", "Exchange Administrator", COMPLIANCE_PEOPLE, 20, MAIL)),
    through(MESSAGING, Some("CHG"), routine("pavel", "Exchange Administrator", COMPLIANCE_PEOPLE, 14, MAIL)),
    through(NIGHT_DESK, None, routine("yuki", "Helpdesk Administrator", &[], 55, RESETS)),
    through(NIGHT_DESK, None, routine("lars", "Helpdesk Administrator", &[], 45, RESETS)),
    routine("amara", "Helpdesk Administrator", &[], 60, RESETS),
    routine("jonas", "Helpdesk Administrator", &[], 40, RESETS),
    routine("jonas", "User Administrator", ADMINISTRATORS, 16, PEOPLE),
];

const fn routine(
    who: &'static str,
    role: &'static str,
    deciders: &'static [&'static str],
    share: u64,
    whys: &'static [&'static str],
) -> Routine {
    Routine { who, role, through: None, deciders, hours: &[1, 2, 2, 4], share, ticket: None, whys }
}

const fn through(group: &'static str, ticket: Option<&'static str>, routine: Routine) -> Routine {
    Routine { through: Some(group), ticket, ..routine }
}

/// An activation at once, left alone.
pub fn wish(who: &'static str, role: &'static str, minutes: i64, why: &str) -> Wish {
    Wish { who, role, through: None, minutes, starts_at: None, why: why.to_owned(), ticket: None, fate: Fate::Left }
}

/// Plans the days, and remembers until when somebody has their hands full with a role.
#[derive(Default)]
pub struct Everyday {
    busy: BTreeMap<(&'static str, &'static str), Instant>,
    tickets: u32,
}

impl Everyday {
    /// Plans one day.
    pub fn plan(&mut self, agenda: &mut Agenda, chance: &Chance, calendar: Calendar, day: i64) {
        let share = if calendar.is_weekend(day) { 10 } else { 100 };
        for routine in &ROUTINES {
            let at_night = routine.through == Some(NIGHT_DESK);
            let begins = if at_night { calendar.at(day, 19, 0) } else { calendar.at(day, 6, 30) };
            let at = begins.plus(chance.minutes(0, if at_night { 240 } else { 510 }));
            let is_busy = self.busy.get(&(routine.who, routine.role)).is_some_and(|until| at < *until);
            if !chance.percent(routine.share * share / 100) || is_busy {
                continue;
            }
            // The longest that a request waits, and the longest activation, and some rest.
            self.busy.insert(
                (routine.who, routine.role),
                at.plus(Span::hours(if routine.deciders.is_empty() { 5 } else { 30 })),
            );
            agenda.plan(at, Act::Ask(Box::new(self.ask(routine, chance))));
        }
    }

    fn ask(&mut self, routine: &Routine, chance: &Chance) -> Wish {
        self.tickets += 1;
        let hours = chance.pick(routine.hours).copied().unwrap_or(1);
        let ends_early = chance.percent(45);
        let used_for = ends_early.then(|| chance.minutes(12, hours * 60 - 5));
        Wish {
            through: routine.through,
            ticket: routine.ticket.map(|system| format!("{system}-{}", 80_000 + self.tickets)),
            fate: match chance.pick(routine.deciders) {
                None => used_for.map_or(Fate::Left, Fate::UsedFor),
                Some(by) => decided(chance, by, used_for),
            },
            ..wish(routine.who, routine.role, hours * 60, chance.pick(routine.whys).copied().unwrap_or_default())
        }
    }
}

const YES: &[&str] = &[
    "Matches the alert.",
    "As agreed in the morning.",
    "Change is planned and announced.",
    "Confirmed by phone.",
    "Fine.",
];
const NO: &[&str] =
    &["Please say which alert.", "The change freeze lasts until Monday.", "Two hours are enough, ask again."];

/// Most requests get a yes within the hour, some get a no, some are taken back, and some are forgotten.
fn decided(chance: &Chance, by: &'static str, used_for: Option<Span>) -> Fate {
    let after = chance.minutes(2, 55);
    match chance.below(100) {
        0..=7 => Fate::Left,
        8..=13 => Fate::Withdrawn(after),
        14..=22 => {
            let why = chance.pick(NO).copied().unwrap_or_default();
            Fate::Decided { after, by, verdict: Verdict::Deny, why, used_for: None }
        }
        _ => {
            let why = chance.pick(YES).copied().unwrap_or_default();
            Fate::Decided { after, by, verdict: Verdict::Approve, why, used_for }
        }
    }
}
