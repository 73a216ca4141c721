//! Setting the portal up, by a code that works once. The code is typed into a field: an address is kept by browsers, proxies and logs.

use super::{on_the_way, typed_twice};
use crate::app::Caller;
use crate::app::profile::TypedProfile;
use crate::app::set_up::{SetUp, require_untouched, set_up};
use crate::app::story::load_sample_directory;
use crate::domain::password;
use crate::ui::answer::{Content, Fault, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::islands::{CodeOfAddress, OwnTimeZone};
use crate::ui::parts::{Button, Check, Look, TextField, TimeZoneField};
use crate::ui::visit::Visit;
use leptos::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

/// What stands where somebody comes before the portal is set up.
pub fn not_set_up() -> Content {
    let view = view! {
        <p>"When the server started, it wrote an address and a code to its console. The code works once: to name the organization and to make the first administrator."</p>
        <p class="muted">"The code is lost? Start the server again: it writes a new one."</p>
    };
    Content::new("This portal is not set up yet", view).card()
}

/// Asks for the organisation and its first Global Administrator.
pub async fn page(visit: Visit) -> PageResult {
    require_untouched(&visit.app).await?;
    let untouched = visit.form.sent().is_none();
    let hint = format!("At least {} characters. Several unrelated words make a good one.", password::MIN);
    let view = view! {
        <form class="form" method="post">
            <TextField name="code" label="Set-up code" hint="The server wrote it to its console when it started." class="long" maxlength=40 required=true autofocus=true/>
            {untouched.then(|| view! { <CodeOfAddress field="code".to_owned()/> })}
            <fieldset>
                <legend>"The organization"</legend>
                <TextField name="organization" label="Name" maxlength=120 required=true autocomplete="organization"/>
                <TimeZoneField name="time_zone" label="Time zone" hint="Everybody can choose their own later." value="UTC"/>
                {untouched.then(|| view! { <OwnTimeZone field="time_zone".to_owned()/> })}
            </fieldset>
            <fieldset>
                <legend>"Its first Global Administrator"</legend>
                <TextField name="display_name" label="Your name" maxlength=120 required=true autocomplete="name"/>
                <TextField name="user_principal_name" label="User name" hint="What you sign in with, such as ada@example.com" maxlength=113 required=true autocomplete="username" inputmode="email"/>
                <TextField name="mail" label="Mail address" hint="Where notifications go, if it is not the user name" optional=true maxlength=254 autocomplete="email" inputmode="email"/>
                <TextField name="password" label="Password" hint=hint kind="password" autocomplete="new-password" required=true/>
                <TextField name="password_again" label="Password once more" kind="password" autocomplete="new-password" required=true/>
            </fieldset>
            <Check name="sample" label="Load the sample directory" hint="A small company to try everything with: seventeen people, one of them another Global Administrator, and four groups. To sign in as one of them, reset their password under Users."/>
            <Button label="Set up the portal" look=Look::Go/>
        </form>
    };
    Ok(Content::new("Set up Ostiary", view)
        .lead("The code works once. Next you set up your second factor; then the portal is yours.")
        .card())
}

/// Sets it up; the administrator is signed in and sets up a second factor next.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let password = typed_twice(&form)?;
    let profile = TypedProfile {
        display_name: form.one("display_name")?,
        user_principal_name: form.one("user_principal_name")?,
        mail: form.optional("mail")?.unwrap_or_default(),
        notification_mail: "",
    };
    let ask = SetUp {
        code: form.one("code")?,
        organization: form.one("organization")?,
        time_zone: form.one("time_zone")?,
        profile,
        password,
        address: visit.arrival.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: &visit.arrival.user_agent,
        trace: &visit.arrival.request_id,
    };
    let signed_in = set_up(&visit.app, ask).await?;
    if form.has("sample") {
        let trace = visit.arrival.request_id.to_string();
        let first = Caller { user: signed_in.user.clone(), session: None, verified_at: None, trace };
        load_sample_directory(&visit.app, &first).await?;
    }
    Ok(Outcome::SignedIn { signed_in, to: on_the_way("/second-factor", "/") })
}
