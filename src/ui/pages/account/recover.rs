//! Coming back in with the code that `ostiary recover` printed on the server's console. It is typed into a field: an address is kept by
//! browsers, proxies and logs.

use super::{on_the_way, typed_twice};
use crate::app::recover::{UseCode, use_code};
use crate::domain::password;
use crate::ui::answer::{Content, Fault, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, Look, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

/// Asks for the code and a new password.
pub async fn page(_visit: Visit) -> PageResult {
    let hint = format!("At least {} characters. Several unrelated words make a good one.", password::MIN);
    let view = view! {
        <form class="form" method="post">
            <TextField name="user_principal_name" label="User name" autocomplete="username" inputmode="email" maxlength=254 required=true autofocus=true/>
            <TextField name="code" label="Code" hint="The server's console shows it. It works once, within 15 minutes." class="otp long" autocomplete="one-time-code" maxlength=40 required=true/>
            <TextField name="password" label="New password" hint=hint kind="password" autocomplete="new-password" required=true/>
            <TextField name="password_again" label="New password once more" kind="password" autocomplete="new-password" required=true/>
            <Button label="Come back in" look=Look::Go/>
        </form>
        <p class="hint">"Only whoever runs the server makes such a code, with "<code>"ostiary recover"</code>". Everybody else asks an administrator to reset the password."</p>
    };
    Ok(Content::new("Recover an administrator", view)
        .lead("You choose a new password here and set up a new second factor next. You are signed out everywhere else.")
        .card())
}

/// Takes the code; the person is signed in and sets up a second factor next.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let password = typed_twice(&form)?;
    let ask = UseCode {
        name: form.one("user_principal_name")?,
        code: form.one("code")?,
        password,
        address: visit.arrival.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: &visit.arrival.user_agent,
        trace: &visit.arrival.request_id,
    };
    let signed_in = use_code(&visit.app, ask).await?;
    Ok(Outcome::SignedIn { signed_in, to: on_the_way("/second-factor", "/") })
}
