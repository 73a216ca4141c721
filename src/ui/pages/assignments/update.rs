//! Changing an assignment: a form, then what would change and what it means for running activations, then the act.

use super::{
    lines::kind_word,
    term::{self, TermFields, type_word},
};
use crate::{
    app::update_assignment::{Plan, Updating, plan_update, show_updating, update_assignment},
    domain::{
        assignment::AssignAsk,
        ids::ScheduleId,
        lifecycle::{Change, Fate},
        refusal::Refusal,
        request::Kind,
        schedule::Term,
        time::Instant,
    },
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::{Form, FormFault},
        pages::sure,
        parts::{Button, ButtonLink, Face, Hidden, HiddenFields, Look, Note, TableBox, TextArea},
        time::Zone,
        visit::{Visit, local_path},
    },
};
use leptos::prelude::*;

/// The button that was pressed.
const GO: &str = "go";
/// From when to when the assignment was as the form was opened.
const SEEN: &str = "seen";

pub(super) fn asked(visit: &Visit) -> Result<(Kind, ScheduleId), Fault> {
    let word = visit.param("kind")?;
    let kind = [Kind::Eligibility, Kind::Assignment].into_iter().find(|kind| kind_word(*kind) == word);
    let id = ScheduleId::parse(visit.param("id")?).ok();
    Ok(kind.zip(id).ok_or(Refusal::NotFound("page"))?)
}

fn back(visit: &Visit) -> Result<Option<String>, Fault> {
    Ok(visit.query.optional("back")?.and_then(local_path).map(str::to_owned))
}

fn seen_text(term: &Term) -> String {
    let end = term.ends_at.map_or_else(|| "never".to_owned(), |end| end.millis().to_string());
    format!("{}~{end}", term.starts_at.millis())
}

fn seen(form: &Form) -> Result<Term, Fault> {
    let unreadable = || Fault::from(FormFault::Missing(SEEN));
    let (start, end) = form.one(SEEN)?.split_once('~').ok_or_else(unreadable)?;
    let moment = |text: &str| text.parse().map(Instant::from_millis).map_err(|_| unreadable());
    let ends_at = if end == "never" { None } else { Some(moment(end)?) };
    Ok(Term { starts_at: moment(start)?, ends_at })
}

/// The form, or what it would do.
pub async fn page(visit: Visit) -> PageResult {
    let (kind, id) = asked(&visit)?;
    let updating = show_updating(&visit.app, visit.caller()?, kind, &id, visit.now()).await?;
    let role = updating.held.role.clone();
    let reviewed = match visit.form.sent() {
        Some(form) if visit.form.refused().is_empty() && form.many(GO).last() == Some("review") => Some(form.clone()),
        // Sent from the review without its confirmation: asked again.
        Some(form) if is_unconfirmed(&visit) => Some(form.clone()),
        Some(_) | None => None,
    };
    let view = match reviewed {
        Some(form) => review(&visit, &updating, form).await?,
        None => form(&visit, &updating)?,
    };
    let content = Content::new("Update assignment", view)
        .under("Manage")
        .crumb("Roles", "/roles")
        .crumb(role.display_name, format!("/roles/{}", role.id));
    Ok(content)
}

/// Whether nothing but the confirmation was missing.
fn is_unconfirmed(visit: &Visit) -> bool {
    let refused = visit.form.refused();
    !refused.is_empty() && refused.iter().all(|refusal| refusal.field.as_deref() == Some(sure::SURE))
}

/// Whose assignment it is, and what it is now.
fn head(updating: &Updating, zone: Zone) -> AnyView {
    let held = &updating.held;
    let known = &held.subject.known;
    let end = known.term.ends_at.map_or_else(|| "Permanent".to_owned(), |end| zone.exact(end));
    let members =
        updating.people.map(|people| if people == 1 { "1 member".to_owned() } else { format!("{people} members") });
    let waits = updating.extension_waits.then(|| {
        view! { <Note mood=Mood::Wait>"A request to extend it waits. It stays open when you change the assignment here."</Note> }
    });
    view! {
        <section class="card">
            <div class="h">
                <div class="who">
                    <Face name=held.name.clone() is_group=members.is_some()/>
                    <span><h2>{held.name.clone()}</h2> {members.map(|members| view! { <small>{members}</small> })}</span>
                </div>
                <span class="muted">{held.role.display_name.clone()}</span>
            </div>
            <dl class="facts">
                <dt>"Type"</dt>
                <dd>{type_word(known.kind)}</dd>
                <dt>"Start"</dt>
                <dd>{zone.exact(known.term.starts_at)}</dd>
                <dt>"End"</dt>
                <dd>{end}</dd>
            </dl>
        </section>
        {waits}
    }
    .into_any()
}

fn form(visit: &Visit, updating: &Updating) -> Result<AnyView, Fault> {
    let zone = Zone::of(visit.viewer()?);
    let held = &updating.held;
    let known = &held.subject.known;
    let begun = known.term.starts_at <= visit.now();
    let fields = TermFields {
        rules: &held.policy.assignment,
        kind: known.kind,
        began: begun.then_some(known.term.starts_at),
        starts_at: Some(known.term.starts_at),
        ends_at: known.term.ends_at,
        zone,
    };
    let justification = if held.policy.assignment.active_justification {
        "Required for an active assignment. It is recorded, and shown to the other administrators."
    } else {
        "It is recorded, and shown to the other administrators."
    };
    let back = back(visit)?.unwrap_or_else(|| format!("/roles/{}", held.role.id));
    Ok(view! {
        {head(updating, zone)}
        <form class="form" method="post" novalidate>
            {fields.view()}
            <TextArea name="justification" label="Justification" hint=justification maxlength=500/>
            <Hidden name=SEEN value=seen_text(&known.term)/>
            <div class="actions">
                <Button label="Review" look=Look::Go name=GO value="review"/>
                <ButtonLink label="Cancel" href=back look=Look::Plain/>
            </div>
        </form>
    }
    .into_any())
}

/// What would change, and what it means, with the button that does it.
async fn review(visit: &Visit, updating: &Updating, form: Form) -> Result<AnyView, Fault> {
    let zone = Zone::of(visit.viewer()?);
    let held = &updating.held;
    let known = held.subject.known;
    let ask = term::ask(&form, zone, Some(&known.term))?;
    let asked = (known.kind, &held.subject.id);
    let plan = plan_update(&visit.app, visit.caller()?, asked, &seen(&form)?, &ask, visit.now()).await?;
    let (kind, after) = match plan.change {
        Change::Kept(term) => (known.kind, term),
        Change::Turned { into, term } => (into, term),
    };
    let end = |end: Option<Instant>| end.map_or_else(|| "Permanent".to_owned(), |end| zone.moment(end));
    let rows = [
        ("Type", type_word(known.kind).to_owned(), type_word(kind).to_owned()),
        ("Start", zone.moment(known.term.starts_at), zone.moment(after.starts_at)),
        ("End", end(known.term.ends_at), end(after.ends_at)),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(what, before, after)| {
            let then = if before == after {
                view! { <span class="muted">"as it is"</span> }.into_any()
            } else {
                view! { <ins>{after}</ins> }.into_any()
            };
            view! { <tr><th scope="row">{what}</th><td data-label="Now">{before}</td><td data-label="Then">{then}</td></tr> }
        })
        .collect();
    let meaning: Vec<_> = consequences(updating, &plan, &ask, zone, visit.now())
        .into_iter()
        .map(|line| view! { <li>{line}</li> })
        .collect();
    Ok(view! {
        {head(updating, zone)}
        <TableBox label="What changes">
            <table class="diff">
                <thead>
                    <tr><th scope="col">"What"</th><th scope="col">"Now"</th><th scope="col">"Then"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
        <form class="form" method="post">
            <section class="card">
                <div class="h"><h2>"What it means"</h2></div>
                <div class="b prose"><ul>{meaning}</ul></div>
            </section>
            {sure::ask(plan.warning.as_ref())}
            <HiddenFields form=form except=vec![GO, sure::SURE]/>
            <div class="actions">
                <Button label="Save" look=Look::Go name=GO value="save"/>
                <Button label="Back to the form" name=GO value="back"/>
            </div>
        </form>
    }
    .into_any())
}

/// What it means, sentence by sentence.
fn consequences(updating: &Updating, plan: &Plan, ask: &AssignAsk, zone: Zone, now: Instant) -> Vec<String> {
    let held = &updating.held;
    let (name, role) = (&held.name, &held.role.display_name);
    let who = match updating.people {
        Some(1) => format!("The 1 member of {name}"),
        Some(people) => format!("The {people} members of {name}"),
        None => name.clone(),
    };
    let plural = updating.people.is_some_and(|people| people != 1);
    let verb = |one: &'static str, many: &'static str| if plural { many } else { one };
    let mut lines = Vec::new();
    match plan.change {
        Change::Kept(_) => {
            lines.push(format!("It stays the same assignment: {name} keeps {role} without interruption."));
        }
        Change::Turned { into: Kind::Assignment, term } if term.starts_at <= now => lines.push(format!(
            "{who} {} {role} at once, without activating it. The eligible assignment ends in the same moment.",
            verb("holds", "hold")
        )),
        Change::Turned { into: Kind::Assignment, .. } => {
            lines.push(format!("{who} will hold {role} without activating it. The eligible assignment ends now."));
        }
        Change::Turned { into: Kind::Eligibility, .. } => lines
            .push(format!("{who} {} {role} at once, and can activate it when they need it.", verb("loses", "lose"))),
    }
    for (who, fate) in &plan.activations {
        match fate {
            Fate::EndsAt(end) => lines.push(format!("{who}'s activation ends earlier, {}.", zone.near(*end, now))),
            Fate::Ends if matches!(plan.change, Change::Turned { .. }) => {
                lines.push(format!("{who}'s activation ends; the active assignment takes over."));
            }
            Fate::Ends => lines.push(format!("{who}'s activation is taken back: it would begin after the new end.")),
            Fate::Stays => {}
        }
    }
    if plan.activations.is_empty() && held.subject.known.kind == Kind::Eligibility {
        lines.push("No running activation ends earlier because of it.".to_owned());
    }
    match plan.waiting {
        0 => {}
        1 => lines.push("1 request that waits for approval is canceled.".to_owned()),
        many => lines.push(format!("{many} requests that wait for approval are canceled.")),
    }
    if updating.extension_waits && matches!(plan.change, Change::Turned { .. }) {
        lines.push("The request to extend it is canceled.".to_owned());
    }
    if !ask.justification.is_empty() {
        lines.push(format!("Recorded reason: {}", ask.justification));
    }
    lines
}

/// Shows what it would do, goes back, or does it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let (kind, id) = asked(&visit)?;
    let go = form.one(GO)?;
    if go == "back" {
        return Ok(Outcome::Again);
    }
    let (app, caller) = (&visit.app, visit.caller()?);
    let seen = seen(&form)?;
    let ask = term::ask(&form, Zone::of(visit.viewer()?), Some(&seen))?;
    match go {
        "review" => {
            plan_update(app, caller, (kind, &id), &seen, &ask, visit.now()).await?;
            Ok(Outcome::Again)
        }
        "save" => {
            let plan = plan_update(app, caller, (kind, &id), &seen, &ask, visit.now()).await;
            sure::require(&form, plan.map(|plan| plan.warning))?;
            let role = update_assignment(app, caller, (kind, &id), &seen, &ask).await?;
            let tab = match ask.kind {
                Kind::Eligibility => "eligible",
                Kind::Assignment => "active",
            };
            let to = back(&visit)?.unwrap_or_else(|| format!("/roles/{}?tab={tab}", role.id));
            Ok(Outcome::go(to, Flash::good(format!("The assignment to {} was changed.", role.display_name))))
        }
        _ => Err(FormFault::Missing(GO).into()),
    }
}
