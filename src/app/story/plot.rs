//! What happens once: settings, assignments, changes of staff.

use super::{
    agenda::{Act, Agenda},
    cast::{COMPLIANCE, MESSAGING, NIGHT_DESK},
    tell::Calendar,
};
use crate::domain::{
    policy::{Expiry, HalfHours, Longest, MfaRule, Policy, Window},
    request::Kind,
    time::{Instant, Span},
};

/// Roles whose settings the plot decides; the crowd leaves them alone.
pub const TOLD: [&str; 17] = [
    "Application Administrator",
    "Authentication Policy Administrator",
    "Compliance Administrator",
    "Conditional Access Administrator",
    "Exchange Administrator",
    "Exchange Recipient Administrator",
    "Global Administrator",
    "Global Reader",
    "Helpdesk Administrator",
    "Intune Administrator",
    "Password Administrator",
    "Privileged Role Administrator",
    "Reports Reader",
    "Security Administrator",
    "Security Operator",
    "Security Reader",
    "User Administrator",
];

/// Plans all of it.
pub fn plan(agenda: &mut Agenda, calendar: Calendar) {
    settings(agenda, calendar);
    first_assignments(agenda, calendar);
    eligibilities(agenda, calendar);
    later(agenda, calendar);
}

fn longest(policy: &mut Policy, hours: i64) {
    policy.activation.longest = HalfHours::from_minutes(hours * 60).unwrap_or(HalfHours::EIGHT_HOURS);
}

fn settings(agenda: &mut Agenda, calendar: Calendar) {
    let mut minute = 0;
    let mut set = |role, deciders, change| {
        minute += 4;
        agenda.plan(calendar.at(1, 8, minute), Act::Settings { by: "ada", role, deciders, change });
    };
    set("Security Operator", &[COMPLIANCE], |policy| {
        longest(policy, 4);
        policy.activation.approval.required = true;
        policy.assignment.active = Expiry::Within(Longest::Months6);
    });
    set("Global Administrator", &[COMPLIANCE], |policy| {
        longest(policy, 4);
        policy.activation.mfa = MfaRule::Fresh { minutes: 10 };
        policy.activation.ticket = true;
        policy.activation.approval.required = true;
        policy.assignment.eligible = Expiry::Within(Longest::Year1);
        policy.assignment.active_mfa = true;
    });
    set("Privileged Role Administrator", &[COMPLIANCE], |policy| {
        longest(policy, 2);
        policy.activation.approval.required = true;
        policy.activation.approval.window = Window::Never;
    });
    set("Exchange Administrator", &[COMPLIANCE], |policy| {
        longest(policy, 6);
        policy.activation.ticket = true;
        policy.activation.approval.required = true;
    });
    set("Security Administrator", &["bo", "chidi"], |policy| policy.activation.approval.required = true);
    set("User Administrator", &[], |policy| policy.activation.approval.required = true);
    set("Conditional Access Administrator", &[], |policy| {
        longest(policy, 4);
        policy.activation.mfa = MfaRule::Fresh { minutes: 30 };
    });
    set("Security Reader", &[], |policy| {
        policy.activation.mfa = MfaRule::None;
        policy.activation.justification = false;
    });
}

fn first_assignments(agenda: &mut Agenda, calendar: Calendar) {
    let active: [(&str, &str, Option<Instant>, &str); 5] = [
        ("Privileged Role Administrator", "bo", Some(calendar.after_now(178)), "Stands in for Ada."),
        ("Global Reader", "greta", None, "Internal audit reads everything and changes nothing."),
        ("Compliance Administrator", "dana", Some(calendar.after_now(11)), "Retention project, phase 2"),
        ("Security Reader", "kenji", Some(calendar.after_now(-8)), "Until the new dashboard is there"),
        ("Security Reader", "mira", None, "Reads alerts every day."),
    ];
    for (minute, (role, to, ends_at, why)) in (0..).step_by(3).zip(active) {
        let act = Act::Assign { by: "ada", role, to, kind: Kind::Assignment, ends_at, why };
        agenda.plan(calendar.at(1, 10, minute), act);
    }
}

fn eligibilities(agenda: &mut Agenda, calendar: Calendar) {
    let eligible: [(&str, &str, Option<Instant>, &str); 20] = [
        ("Security Operator", "tess", Some(calendar.after_now(120)), "Works in the alert rota."),
        ("Security Operator", "omar", Some(calendar.after_now(9)), "Works in the alert rota."),
        ("Security Operator", "kenji", None, "Leads the alert rota."),
        ("Security Administrator", "kenji", Some(calendar.after_now(40)), "Tunes the policies of the alert rota."),
        ("Security Administrator", "bo", None, ""),
        ("Global Administrator", "omar", Some(calendar.after_now(150)), "Break-glass rota"),
        ("Conditional Access Administrator", "fatima", None, "Owns the sign-in policies."),
        ("Authentication Policy Administrator", "fatima", None, "Passkey roll-out"),
        ("Application Administrator", "fatima", Some(calendar.after_now(13)), "Clean-up of old applications"),
        ("Exchange Administrator", MESSAGING, Some(calendar.after_now(6)), "Mailbox migration"),
        ("Exchange Recipient Administrator", "ines", None, ""),
        ("Teams Administrator", "pavel", None, ""),
        ("Helpdesk Administrator", NIGHT_DESK, None, "Night shift"),
        ("Helpdesk Administrator", "amara", None, "Day shift"),
        ("Helpdesk Administrator", "jonas", Some(calendar.after_now(75)), "Day shift"),
        ("Password Administrator", "amara", None, "Until the night shift is staffed"),
        ("User Administrator", "jonas", None, "Joiners and leavers"),
        ("User Administrator", "tess", None, "Stands in for Jonas."),
        ("Intune Administrator", "jonas", Some(calendar.after_now(-20)), "Laptop exchange"),
        ("Reports Reader", "tess", Some(calendar.after_now(-12)), "Licence count"),
    ];
    for (minute, (role, to, ends_at, why)) in (0..).step_by(2).zip(eligible) {
        let act = Act::Assign { by: "ada", role, to, kind: Kind::Eligibility, ends_at, why };
        agenda.plan(calendar.at(1, 11, minute), act);
    }
}

fn later(agenda: &mut Agenda, calendar: Calendar) {
    agenda.plan(calendar.at(30, 9, 10), Act::Join { by: "ada", group: NIGHT_DESK, who: "tess" });
    agenda.plan(
        calendar.at(40, 14, 20),
        Act::Settings {
            by: "bo",
            role: "Security Operator",
            deciders: &[COMPLIANCE],
            change: |policy| longest(policy, 8),
        },
    );
    agenda.plan(
        calendar.at(61, 8, 45),
        Act::Remove {
            by: "bo",
            role: "Password Administrator",
            from: "amara",
            kind: Kind::Eligibility,
            why: "The night shift is staffed now.",
        },
    );
    // Refused, and recorded as refused: longer than the role allows, and their own request.
    for day in [23, 86] {
        let mut wish = super::everyday::wish("omar", "Global Administrator", 720, "A long night");
        wish.ticket = Some(format!("INC-{}", 4_100 + day));
        agenda.plan(calendar.at(day, 16, 5), Act::Ask(Box::new(wish)));
    }
    // Pavel leaves in the middle of an activation, which ends with the account.
    let leaving = calendar.at(101, 15, 30);
    let mut wish = super::everyday::wish("pavel", "Teams Administrator", 240, "Hand-over to Ines");
    wish.why.push_str(", last day");
    agenda.plan(leaving.minus(Span::minutes(50)), Act::Ask(Box::new(wish)));
    agenda.plan(leaving, Act::Disable { by: "ada", who: "pavel" });
    for (day, who) in [(12, "jonas"), (47, "tess"), (48, "tess"), (133, "lars"), (160, "omar")] {
        agenda.plan(calendar.at(day, 7, 3), Act::Mistype { who });
    }
    agenda.plan(
        calendar.at(140, 10, 0),
        Act::Settings {
            by: "ada",
            role: "Exchange Administrator",
            deciders: &[COMPLIANCE, "ada"],
            change: |policy| policy.activation.approval.window = Window::Minutes(2 * 24 * 60),
        },
    );
}
