//! An administrator was recovered from the server's console: another one says that they know of it, before anything else.

use super::destination;
use crate::app::recover::{acknowledge_recovery, show_recovery};
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, Look, Note};
use crate::ui::time::Zone;
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Says who was recovered and when, and asks whether the administrator knows of it.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let (name, at) = show_recovery(&visit.app, &viewer.caller).await?;
    let when = Zone::of(viewer).near(at, visit.now());
    let view = view! {
        <Note mood=Mood::Bad>
            <p><b>{name.clone()}</b>{format!(" was made a Global Administrator on the console of the server, {when}. A code lets them choose a new password and a new second factor.")}</p>
        </Note>
        <p>"Whoever did that had the server's database and its key. Ask whoever runs the server. If nobody knows of it, go on, disable this account under Users, and do what SECURITY.md says about a database that others can write."</p>
        <form class="form" method="post">
            <Button label="I have read this" look=Look::Go/>
        </form>
    };
    Ok(Content::new("An administrator was recovered", view)
        .lead("You see this once. That you have read it is recorded.")
        .card())
}

/// Records it, and goes on.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    acknowledge_recovery(&visit.app, visit.caller()?).await?;
    Ok(Outcome::go(destination(&visit), Flash::good("That you know of the recovery is recorded.")))
}
