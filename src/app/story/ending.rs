//! How it stands when the story reaches the present: what waits, what is on, what starts later.

use super::{
    agenda::{Act, Agenda, Fate, Wish},
    cast::{MESSAGING, NIGHT_DESK},
    everyday::wish,
};
use crate::domain::{
    lifecycle::Sought,
    request::Verdict,
    time::{Instant, Span},
};

/// Plans the last hours before `now`.
pub fn plan(agenda: &mut Agenda, now: Instant) {
    let approved =
        |by, why| Fate::Decided { after: Span::minutes(6), by, verdict: Verdict::Approve, why, used_for: None };
    let last: [(i64, Wish); 8] = [
        (19 * 60, wish("jonas", "User Administrator", 60, "Leaver, access to be closed tonight")),
        (
            310,
            Wish {
                fate: approved("chidi", "Agreed with the rota."),
                ..wish("kenji", "Security Administrator", 480, "Tuning the phishing policy")
            },
        ),
        (120, wish("amara", "Helpdesk Administrator", 480, "Queue of resets after the holiday")),
        (
            65,
            Wish {
                through: Some(MESSAGING),
                ticket: Some("CHG-88213".to_owned()),
                ..wish("ines", "Exchange Administrator", 120, "Mailbox migration, wave 2")
            },
        ),
        (
            48,
            Wish {
                through: Some(NIGHT_DESK),
                ..wish("tess", "Helpdesk Administrator", 240, "Reset for the locked-out night shift")
            },
        ),
        (41, Wish { ticket: Some("INC-90077".to_owned()), ..wish("omar", "Global Administrator", 240, "work") }),
        (
            25,
            Wish {
                starts_at: Some(now.plus(Span::hours(3))),
                ..wish("fatima", "Conditional Access Administrator", 120, "Passkey roll-out tonight")
            },
        ),
        (4, wish("tess", "Security Operator", 240, "Triaging Defender alert IR-2026-0142")),
    ];
    let sought: [(i64, Act); 2] = [
        (
            20 * 60,
            Act::Seek {
                who: "fatima",
                role: "Application Administrator",
                sought: Sought::Extension,
                ends_at: Some(now.plus(Span::days(90))),
                why: "The clean-up takes until spring",
            },
        ),
        (
            200,
            Act::Seek {
                who: "kenji",
                role: "Security Reader",
                sought: Sought::Renewal,
                ends_at: None,
                why: "The new dashboard is late",
            },
        ),
    ];
    for (minutes_ago, act) in sought {
        agenda.plan(now.minus(Span::minutes(minutes_ago)), act);
    }
    for (minutes_ago, wish) in last {
        agenda.plan(now.minus(Span::minutes(minutes_ago)), Act::Ask(Box::new(wish)));
    }
}
