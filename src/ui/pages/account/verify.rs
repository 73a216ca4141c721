//! Additional verification: showing the second factor, and going back to exactly where one was.

use super::{destination, on_the_way};
use crate::app::confirm_mfa::confirm_mfa;
use crate::app::people::show_myself;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, ButtonLink, Look, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// The field of the query that asks for a recovery code instead.
const RECOVERY: &str = "recovery";

/// Asks for a code.
pub async fn page(visit: Visit) -> PageResult {
    let to = destination(&visit);
    if !visit.viewer()?.has_second_factor {
        let view = view! {
            <p>"You have no second factor yet. It takes a minute and an authenticator app on your phone."</p>
            <div class="actions">
                <ButtonLink label="Set it up" href=on_the_way("/second-factor", &to) look=Look::Go/>
                <ButtonLink label="Not now" href="/"/>
            </div>
        };
        let lead = "What you want to do needs a second factor beside your password.";
        return Ok(Content::new("Set up a second factor", view).lead(lead).card());
    }
    let with_code = on_the_way("/verify", &to);
    let with_recovery = format!("{with_code}&{RECOVERY}=true");
    Ok(if visit.query.has(RECOVERY) {
        let view = view! {
            <form class="form" method="post">
                <TextField name="code" label="Recovery code" hint="One of the codes you kept when you set the second factor up. Each works once." class="otp long" autocomplete="one-time-code" maxlength=40 required=true autofocus=true/>
                <Button label="Verify" look=Look::Go/>
            </form>
            <p class="hint"><a href=with_code>"Use the code of your authenticator app"</a></p>
        };
        Content::new("Use a recovery code", view).lead("For the day your device is lost or broken.").card()
    } else {
        let view = view! {
            <form class="form" method="post">
                <TextField name="code" label="Code" hint="The six digits that your authenticator app shows now" class="otp" autocomplete="one-time-code" inputmode="numeric" maxlength=12 required=true autofocus=true/>
                <Button label="Verify" look=Look::Go/>
            </form>
            <p class="hint"><a href=with_recovery>"Device not at hand? Use a recovery code"</a></p>
        };
        let lead = "Additional verification is required. You go on where you were, with everything you typed.";
        Content::new("Verify that it is you", view).lead(lead).card()
    })
}

/// Takes the code, and goes back.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let caller = visit.caller()?;
    let before = show_myself(&visit.app, caller).await?.1;
    let verified = confirm_mfa(&visit.app, caller, form.one("code")?).await?;
    let left = show_myself(&visit.app, caller).await?.1;
    let to = destination(&visit);
    let then = if left < before { Outcome::go(to, Flash::wait(words_of_the_rest(left))) } else { Outcome::quietly(to) };
    Ok(Outcome::Moved { secret: verified.secret, then: Box::new(then) })
}

fn words_of_the_rest(left: i64) -> String {
    match left {
        0 => "That was your last recovery code. Make new ones under Security.".to_owned(),
        1 => "You have 1 recovery code left. Make new ones under Security.".to_owned(),
        many => format!("You have {many} recovery codes left."),
    }
}
