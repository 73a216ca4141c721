//! Ending an activation of mine before its time.

use crate::{
    app::{deactivate_role::deactivate_role, show_activation::show_deactivation},
    domain::{ids::ScheduleId, my_role::deactivable_from, refusal::Refusal},
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        parts::{ButtonLink, Confirm, ErrorSummary, Note, UnavailableButton},
        time::{Zone, full_minute},
        visit::Visit,
    },
};
use leptos::prelude::*;

const LIST: &str = "/my-roles?tab=active";

fn id(visit: &Visit) -> Result<ScheduleId, Fault> {
    ScheduleId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("activation").into())
}

/// Asks whether to switch the role off.
pub async fn page(visit: Visit) -> PageResult {
    let (zone, now) = (Zone::of(visit.viewer()?), visit.now());
    let active = show_deactivation(&visit.app, visit.caller()?, &id(&visit)?, now).await?;
    let name = active.role.name;
    let question = format!("Deactivate {name}?");
    let title = format!("Deactivate {name}");
    let until = active.term.ends_at.map(|end| format!(" It would stay active until {}.", zone.near(end, now)));
    let from = deactivable_from(active.assignment_type, &active.term, now).filter(|from| *from > now);
    let view = match from {
        Some(from) => view! {
            <section class="dialog">
                <h2>{question}</h2>
                <div class="body">
                    <ErrorSummary/>
                    <Note mood=Mood::Wait>
                        {format!("It was activated less than 5 minutes ago. You can deactivate it from {} on.", zone.near(full_minute(from), now))}
                    </Note>
                    <p>"A role that was just activated stays active for at least 5 minutes, so that what it was activated for, and the record of it, is not cut off."</p>
                </div>
                <footer>
                    <UnavailableButton label="Deactivate" reason=format!("from {}", zone.clock(full_minute(from)))/>
                    <ButtonLink label="Back" href=LIST/>
                </footer>
            </section>
        }
        .into_any(),
        None => view! {
            <Confirm question=question action="Deactivate" back=LIST>
                <p>
                    {format!("{name} ends now, on every device and in every session.")} {until}
                    " You stay eligible, and can activate it again."
                </p>
            </Confirm>
        }
        .into_any(),
    };
    Ok(Content::new(title, view).under("Tasks").crumb("My roles", "/my-roles").with_summary_inside())
}

/// Switches it off.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let role = deactivate_role(&visit.app, visit.caller()?, &id(&visit)?).await?;
    Ok(Outcome::go(LIST, Flash::good(format!("{} is off.", role.display_name))))
}
