//! The second step of "Add assignments": eligible or active, for how long, and why.

use super::add::{chosen_role, kind, steps};
use crate::{
    app::plan_assignment::show_assignment_rules,
    domain::{
        assignment::usual_length,
        policy::{AssignmentRules, Expiry},
        refusal::Refusal,
        request::Kind,
        time::Instant,
    },
    ui::{
        answer::Fault,
        form::Form,
        islands::{AssignmentTerm, Chosen, KindRules, Kinds, TermValues},
        parts::{Button, ButtonLink, Face, HiddenFields, Look, Picked, TextArea},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// For which role the fields of this step were filled in. With another role they start anew.
const SET: &str = "set";

/// The fields that this step shows itself; everything else it only carries.
const OWN: [&str; 8] = ["kind", "permanent", "starts_at", "ends_at", "justification", "go", "find_members", SET];

/// The form of this step, as it was sent or as the role's settings suggest.
pub async fn view(visit: &Visit) -> Result<AnyView, Fault> {
    let sent = visit.form.sent().cloned().unwrap_or_default();
    let role = chosen_role(&sent)?.ok_or(Refusal::RoleNotAssignable)?;
    let (role, rules) = show_assignment_rules(&visit.app, visit.caller()?, &role).await?;
    let picked = Picked::load(visit, "members", Kinds::Assignable, &[]).await?;
    let zone = Zone::of(visit.viewer()?);
    let values = values(visit, &sent, role.id.as_str(), &rules, zone);
    let justification = if rules.active_justification {
        "Required for an active assignment. It is recorded, and shown to the other administrators."
    } else {
        "It is recorded, and shown to the other administrators."
    };
    let count = picked.chosen().len();
    let members = if count == 1 { "1 member".to_owned() } else { format!("{count} members") };
    let people: Vec<_> = picked.chosen().iter().map(person).collect();
    let wrong = visit.form.error("members").map(|error| view! { <p class="err" id="members-error">{error}</p> });
    let set = role.id.to_string();
    Ok(view! {
        {steps(true)}
        <form class="form" method="post">
            <section class="card" id="members" tabindex="-1">
                <div class="h"><h2>{role.display_name.clone()}</h2><span class="muted">{members}</span></div>
                <div class="b"><div class="people">{people}</div>{wrong}</div>
            </section>
            <AssignmentTerm
                eligible=kind_rules(Kind::Eligibility, &rules, zone, visit.now())
                active=kind_rules(Kind::Assignment, &rules, zone, visit.now())
                values=values
                zone=zone.name().to_owned()
            />
            <TextArea name="justification" label="Justification" hint=justification maxlength=500/>
            <HiddenFields form=sent except=OWN.to_vec()/>
            <input type="hidden" name=SET value=set/>
            <div class="actions">
                <Button label="Assign" look=Look::Go name="go" value="assign"/>
                <Button label="Back: Membership" name="go" value="back"/>
                <ButtonLink label="Cancel" href="/assignments" look=Look::Plain/>
            </div>
        </form>
    }
    .into_any())
}

fn person(one: &Chosen) -> AnyView {
    view! {
        <span class="person"><Face name=one.name.clone() is_group=one.is_group/> {one.name.clone()} <small>{one.detail.clone()}</small></span>
    }
    .into_any()
}

fn values(visit: &Visit, sent: &Form, role: &str, rules: &AssignmentRules, zone: Zone) -> TermValues {
    let errors = |name: &str| visit.form.error(name).unwrap_or_default();
    let text = |name: &str| sent.many(name).next().unwrap_or_default().to_owned();
    let active = kind(sent).is_ok_and(|kind| kind == Kind::Assignment);
    let start = TermValues {
        active,
        starts_error: errors("starts_at"),
        ends_error: errors("ends_at"),
        ..TermValues::default()
    };
    if sent.many(SET).any(|set| set == role) {
        return TermValues {
            permanent: sent.has("permanent"),
            starts_at: text("starts_at"),
            ends_at: text("ends_at"),
            ..start
        };
    }
    let (kind, expiry) = if active { (Kind::Assignment, rules.active) } else { (Kind::Eligibility, rules.eligible) };
    let until = visit.now().plus(usual_length(kind, rules).span());
    let permanent = expiry == Expiry::PermanentAllowed;
    // An end beside permanent is not used. With script one is offered as soon as permanent is not ticked any more.
    let ends_at = if permanent { String::new() } else { zone.input(until) };
    TermValues { permanent, ends_at, ..start }
}

/// What the settings say about one kind, in words.
fn kind_rules(kind: Kind, rules: &AssignmentRules, zone: Zone, now: Instant) -> KindRules {
    let (meaning, expiry) = match kind {
        Kind::Eligibility => ("No power until they activate the role.", rules.eligible),
        Kind::Assignment => ("They hold the role without activating it.", rules.active),
    };
    let usual = usual_length(kind, rules);
    let (longest, limit) = match expiry {
        Expiry::PermanentAllowed => ("May be permanent.".to_owned(), format!("{} when left empty", usual.label())),
        Expiry::Within(most) => {
            (format!("At most {}.", most.label()), format!("At most {}, also when left empty", most.label()))
        }
    };
    let mut hint = format!("{meaning} {longest}");
    if kind == Kind::Assignment && rules.active_mfa {
        hint += " You show a second factor before you assign it.";
    }
    KindRules { hint, permanent: expiry == Expiry::PermanentAllowed, until: zone.input(now.plus(usual.span())), limit }
}
