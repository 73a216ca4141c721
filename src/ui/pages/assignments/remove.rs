//! Removing an assignment: what will happen, in words, and then the act.

use super::lines::kind_word;
use crate::{
    app::{
        remove_assignment::remove_assignment,
        show_removal::{Removal, show_removal},
        viewer::find_viewer,
    },
    domain::{
        access::Permission, ids::ScheduleId, name::Prose, refusal::Refusal, request::Kind, schedule::AssignmentType,
        time::Instant,
    },
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        pages::sure,
        parts::{ButtonLink, Confirm, Note, TextArea},
        time::{Zone, full_minute},
        visit::{Visit, local_path},
    },
};
use leptos::prelude::*;

fn asked(visit: &Visit) -> Result<(Kind, ScheduleId), Fault> {
    let word = visit.param("kind")?;
    let kind = [Kind::Eligibility, Kind::Assignment].into_iter().find(|kind| kind_word(*kind) == word);
    let id = ScheduleId::parse(visit.param("id")?).ok();
    Ok(kind.zip(id).ok_or(Refusal::NotFound("page"))?)
}

fn back(visit: &Visit) -> Result<Option<String>, Fault> {
    Ok(visit.query.optional("back")?.and_then(local_path).map(str::to_owned))
}

/// Says what would happen, and asks.
pub async fn page(visit: Visit) -> PageResult {
    let (kind, id) = asked(&visit)?;
    let removal = show_removal(&visit.app, visit.caller()?, kind, &id).await?;
    let zone = Zone::of(visit.viewer()?);
    let back = back(&visit)?.unwrap_or_else(|| format!("/roles/{}", removal.role.id));
    let role_href = format!("/roles/{}", removal.role.id);
    let consequences: Vec<_> =
        consequences(&removal, zone, visit.now()).into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let content = |view: AnyView| {
        Content::new("Remove assignment", view)
            .under("Manage")
            .crumb("Roles", "/roles")
            .crumb(removal.role.display_name.clone(), role_href)
    };
    if let Some(refusal) = &removal.refusal {
        let mut sentence = refusal.to_string();
        if let Refusal::TooYoung { from } = refusal {
            sentence = format!(
                "It was made less than 5 minutes ago. It can be removed from {} on.",
                zone.exact(full_minute(*from))
            );
        }
        let view = view! {
            <Note mood=Mood::Wait><h3>{format!("{} cannot be removed now", removal.holder)}</h3><p>{sentence}</p></Note>
            <div class="actions"><ButtonLink label="Back" href=back/></div>
        };
        return Ok(content(view.into_any()));
    }
    let question = match removal.assignment_type {
        None => format!("Remove {}'s eligibility for {}?", removal.holder, removal.role.display_name),
        Some(_) => format!("Remove {} from {}?", removal.holder, removal.role.display_name),
    };
    let view = view! {
        <Confirm question=question action="Remove" back=back>
            <div class="prose"><ul>{consequences}</ul></div>
            <TextArea
                name="justification" label="Justification" optional=true maxlength=500
                hint="It is recorded, and shown to those whom it concerns."
            />
            {sure::ask(removal.warning.as_ref())}
        </Confirm>
    };
    Ok(content(view.into_any()).with_summary_inside())
}

/// Removes it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let (kind, id) = asked(&visit)?;
    let justification = Prose::<500>::parse(form.one("justification")?).map_err(|error| error.at("justification"))?;
    let removal = show_removal(&visit.app, visit.caller()?, kind, &id).await;
    sure::require(&form, removal.map(|removal| removal.warning))?;
    let role = remove_assignment(&visit.app, visit.caller()?, kind, &id, justification.as_str()).await?;
    let viewer = visit.viewer()?;
    let after = find_viewer(&visit.app, viewer.caller.clone(), viewer.session.clone(), visit.now()).await?;
    let still_sees = after.is_some_and(|viewer| viewer.standing.permit(Permission::ReadAssignments).is_ok());
    // Whoever removed what let them see assignments goes where everybody may go.
    let to = if still_sees { back(&visit)?.unwrap_or_else(|| format!("/roles/{}", role.id)) } else { "/".to_owned() };
    Ok(Outcome::go(to, Flash::good(format!("The assignment to {} was removed.", role.display_name))))
}

/// What will happen, sentence by sentence.
fn consequences(removal: &Removal, zone: Zone, now: Instant) -> Vec<String> {
    let role = &removal.role.display_name;
    let holder = &removal.holder;
    let mut lines = Vec::new();
    lines.push(match (removal.assignment_type, removal.people) {
        (None, None) => format!("{holder} cannot activate {role} any more, unless they are eligible in another way."),
        (None, Some(people)) => {
            format!(
                "{} of {holder} cannot activate {role} any more, unless they are eligible in another way.",
                members(people)
            )
        }
        (Some(AssignmentType::Activated), _) => {
            format!("{holder} loses {role} at once. They stay eligible and can activate it again.")
        }
        (Some(AssignmentType::Assigned), None) => {
            format!("{holder} loses {role} at once, unless they hold it in another way.")
        }
        (Some(AssignmentType::Assigned), Some(people)) => {
            format!("{} of {holder} lose {role} at once, unless they hold it in another way.", members(people))
        }
    });
    for (who, until) in &removal.activations {
        let until =
            until.map_or_else(String::new, |until| format!(", which would have run until {}", zone.near(until, now)));
        lines.push(format!("{who}'s activation{until}, ends with it."));
    }
    match removal.waiting {
        0 => {}
        1 => lines.push("1 request that waits is canceled.".to_owned()),
        many => lines.push(format!("{many} requests that wait are canceled.")),
    }
    lines.push(match removal.term.ends_at {
        Some(end) => format!("Without this it would end on {}.", zone.exact(end)),
        None => "Without this it would never end: it is permanent.".to_owned(),
    });
    lines
}

fn members(count: usize) -> String {
    match count {
        0 => "The members (none today)".to_owned(),
        1 => "The 1 member".to_owned(),
        many => format!("The {many} members"),
    }
}
