//! The fields that say what an assignment becomes: its type, start and end. They stand where it is updated and where a request about
//! it is decided.

use super::add;
use crate::{
    domain::{
        assignment::AssignAsk,
        name::Prose,
        policy::{AssignmentRules, Expiry},
        refusal::Refusal,
        request::Kind,
        schedule::Term,
        time::Instant,
    },
    ui::{
        answer::Fault,
        form::Form,
        parts::{Check, Choice, Choices, DateTimeField},
        time::Zone,
    },
};
use leptos::prelude::*;

/// What the fields start with.
#[derive(Clone, Copy, Debug)]
pub struct TermFields<'a> {
    /// What the role's settings say.
    pub rules: &'a AssignmentRules,
    /// The type.
    pub kind: Kind,
    /// When it began, if it has.
    pub began: Option<Instant>,
    /// The start, when it has not begun.
    pub starts_at: Option<Instant>,
    /// The end; permanent if empty.
    pub ends_at: Option<Instant>,
    /// The reader's zone.
    pub zone: Zone,
}

impl TermFields<'_> {
    /// The fields.
    pub fn view(&self) -> AnyView {
        let Self { rules, kind, began, starts_at, ends_at, zone } = *self;
        let choices = vec![
            Choice::new("eligible", "Eligible").hint(meaning(Kind::Eligibility, rules)),
            Choice::new("active", "Active").hint(meaning(Kind::Assignment, rules)),
        ];
        let chosen = match kind {
            Kind::Eligibility => "eligible",
            Kind::Assignment => "active",
        };
        let start = match began {
            Some(began) => view! {
                <div class="field">
                    <span class="label">"Assignment starts"</span>
                    <p class="hint">"It has begun, so its start stays."</p>
                    <p>{zone.exact(began)}</p>
                </div>
            }
            .into_any(),
            None => view! {
                <DateTimeField
                    name="starts_at" label="Assignment starts" hint="At once when left empty." zone=zone.name()
                    value=starts_at.map(|at| zone.input(at)).unwrap_or_default()
                />
            }
            .into_any(),
        };
        view! {
            <Choices name="kind" legend="Assignment type" choices=choices value=chosen/>
            {permanent(rules, ends_at.is_none())}
            <div class="fields">
                {start}
                <DateTimeField
                    name="ends_at" label="Assignment ends" hint=end_hint(rules) zone=zone.name()
                    value=ends_at.map(|at| zone.input(at)).unwrap_or_default()
                />
            </div>
        }
        .into_any()
    }
}

const fn expiry(kind: Kind, rules: &AssignmentRules) -> Expiry {
    match kind {
        Kind::Eligibility => rules.eligible,
        Kind::Assignment => rules.active,
    }
}

fn meaning(kind: Kind, rules: &AssignmentRules) -> String {
    let what = match kind {
        Kind::Eligibility => "No power until they activate the role.",
        Kind::Assignment => "They hold the role without activating it.",
    };
    match expiry(kind, rules) {
        Expiry::PermanentAllowed => format!("{what} May be permanent."),
        Expiry::Within(most) => format!("{what} At most {} at a time.", most.label()),
    }
}

/// The tick for permanent ones; nothing where the settings allow none.
fn permanent(rules: &AssignmentRules, ticked: bool) -> Option<AnyView> {
    let may = |kind| expiry(kind, rules) == Expiry::PermanentAllowed;
    let hint = match (may(Kind::Eligibility), may(Kind::Assignment)) {
        (false, false) => return None,
        (true, true) => "It never ends by itself. It can be removed at any time.",
        (true, false) => "For eligible assignments only: this role's settings do not allow permanent active ones.",
        (false, true) => "For active assignments only: this role's settings do not allow permanent eligible ones.",
    };
    Some(view! { <Check name="permanent" label="Permanent" hint=hint ticked=ticked/> }.into_any())
}

fn end_hint(rules: &AssignmentRules) -> &'static str {
    let may = |kind| expiry(kind, rules) == Expiry::PermanentAllowed;
    if may(Kind::Eligibility) || may(Kind::Assignment) {
        "Not used when permanent."
    } else {
        "This role's settings ask for an end."
    }
}

/// What was asked for. Every field that cannot be read is named at once. A field that nobody touched keeps the exact moment of what is
/// there, which the field cannot show.
pub fn ask(form: &Form, zone: Zone, present: Option<&Term>) -> Result<AssignAsk, Fault> {
    let kind = add::kind(form)?;
    let mut refusals = Vec::new();
    let mut moment = |field: &'static str, present: Option<Instant>| -> Result<Option<Instant>, Fault> {
        let Some(typed) = form.optional(field)? else { return Ok(None) };
        Ok(zone.parse_over(field, typed, present).map_err(|refusal| refusals.push(refusal)).ok())
    };
    let starts_at = moment("starts_at", present.map(|term| term.starts_at))?;
    let permanent = form.has("permanent");
    let shown_end = present.and_then(|term| term.ends_at);
    let typed_end = moment("ends_at", shown_end)?;
    if permanent && typed_end.is_some() && typed_end != shown_end {
        refusals.push(end_without_use());
    }
    let ends_at = typed_end.filter(|_| !permanent);
    if ends_at.is_none() && !permanent && refusals.is_empty() {
        refusals.push(Refusal::Missing { field: "ends_at", sentence: "Choose an end, or tick Permanent." });
    }
    let justification = match Prose::<500>::parse(form.optional("justification")?.unwrap_or_default()) {
        Ok(prose) => prose.as_str().to_owned(),
        Err(error) => {
            refusals.push(error.at("justification"));
            String::new()
        }
    };
    if refusals.is_empty() { Ok(AssignAsk { kind, starts_at, ends_at, justification }) } else { Err(refusals.into()) }
}

/// An end was typed, and permanent is ticked: one of them is a mistake. With script, the end cannot be typed then.
pub(super) fn end_without_use() -> Refusal {
    let sentence = "Untick Permanent to use this end, or leave the end empty.".to_owned();
    Refusal::Impossible { field: "ends_at", sentence }
}

/// "Eligible" or "Active".
pub const fn type_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "Eligible",
        Kind::Assignment => "Active",
    }
}

/// Where the end that is offered comes from.
pub const fn usual(kind: Kind, rules: &AssignmentRules) -> &'static str {
    match expiry(kind, rules) {
        Expiry::PermanentAllowed => "the usual length",
        Expiry::Within(_) => "the most that the settings allow",
    }
}
