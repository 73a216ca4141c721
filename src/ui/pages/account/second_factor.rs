//! Setting up the second factor: a QR code, the code it leads to, and recovery codes shown once.

use super::{destination, recovery_codes::shown_once};
use crate::app::enrol_totp::{confirm_enrolment, start_enrolment};
use crate::ui::answer::{Content, Fault, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, Hidden, Look, Note, QrCode, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows the secret and asks for the first code. A wrong code shows the same secret again.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let sealed = visit.form.sent().and_then(|form| form.many("sealed").next());
    let enrolment = start_enrolment(&visit.app, &viewer.caller, sealed).await?;
    let replacing = viewer.has_second_factor.then(|| {
        view! { <Note mood=Mood::Wait><p>"You have a second factor. It works until you confirm this one; its recovery codes end with it."</p></Note> }
    });
    let view = view! {
        {replacing}
        <form class="form" method="post" autocomplete="off">
            <h2>"1. Scan this with an authenticator app"</h2>
            <QrCode text=enrolment.url.clone() label="QR code with the secret of your second factor">
                "Or type this secret: " <code>{enrolment.secret}</code>
                <a href=enrolment.url>"Open it in an app on this device"</a>
            </QrCode>
            <h2>"2. Type the code it shows"</h2>
            <Hidden name="sealed" value=enrolment.sealed/>
            <TextField name="code" label="Code" hint="Six digits; they change every 30 seconds" class="otp" autocomplete="one-time-code" inputmode="numeric" maxlength=12 required=true/>
            <Button label="Confirm" look=Look::Go/>
        </form>
    };
    Ok(Content::new("Set up your second factor", view)
        .lead("Roles that matter are used only with a second factor: something you have, beside the password you know.")
        .card())
}

/// Keeps the secret if the code is right, and shows the recovery codes.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let (sealed, code) = (form.one("sealed")?, form.one("code")?);
    let (verified, codes) = confirm_enrolment(&visit.app, visit.caller()?, sealed, code).await?;
    let content = shown_once(&codes, destination(&visit)).lead("Your second factor works.");
    Ok(Outcome::Moved { secret: verified.secret, then: Box::new(Outcome::show(content)) })
}
