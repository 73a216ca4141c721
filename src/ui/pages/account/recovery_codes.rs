//! Recovery codes: made anew, and shown once.

use crate::app::enrol_totp::{ShownCodes, make_recovery_codes};
use crate::app::people::show_myself;
use crate::ui::answer::{Content, Fault, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::islands::CodeTools;
use crate::ui::parts::{Button, ButtonLink, Look, Note};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Says how many are left, and offers new ones.
pub async fn page(visit: Visit) -> PageResult {
    let (_, left) = show_myself(&visit.app, visit.caller()?).await?;
    let left = match left {
        0 => "You have none left.".to_owned(),
        1 => "You have 1 left.".to_owned(),
        many => format!("You have {many} left."),
    };
    let view = view! {
        <p>"A recovery code replaces the code of your authenticator app when the device is lost. Each works once. New codes make all earlier ones void."</p>
        <form class="form" method="post">
            <div class="actions">
                <Button label="Make new codes" look=Look::Go/>
                <ButtonLink label="Keep those I have" href="/security"/>
            </div>
        </form>
    };
    Ok(Content::new("Recovery codes", view).lead(left).card())
}

/// Makes new codes and shows them.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let codes = make_recovery_codes(&visit.app, visit.caller()?).await?;
    Ok(Outcome::show(shown_once(&codes, "/security".to_owned())))
}

/// The document with the codes. It is answered once and never again.
pub(super) fn shown_once(codes: &ShownCodes, to: String) -> Content {
    let codes: Vec<String> = codes.iter().map(|code| code.to_string()).collect();
    let lines: Vec<_> = codes.iter().map(|code| view! { <li><code>{code.clone()}</code></li> }).collect();
    let file = file_of(&codes);
    let view = view! {
        <Note mood=Mood::Wait>
            <p><b>"These codes are shown once."</b> " Keep them where you find them without your device: printed, or in a password manager."</p>
        </Note>
        <ol class="codes">{lines}</ol>
        <div class="actions">
            <a class="btn" href=file download="ostiary-recovery-codes.txt">"Download"</a>
            <CodeTools codes=codes/>
        </div>
        <div class="form">
            <ButtonLink label="I have kept them" href=to look=Look::Go/>
        </div>
    };
    Content::new("Your recovery codes", view).card()
}

/// The codes as a text file in a link: no second request for them, so nothing on the server can show them again.
fn file_of(codes: &[String]) -> String {
    let text = format!("Ostiary recovery codes. Each works once.\r\n\r\n{}\r\n", codes.join("\r\n"));
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("data:text/plain;charset=utf-8,{}", encoded.replace('+', "%20"))
}
