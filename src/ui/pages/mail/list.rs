//! The list of mails, a test, and who counts as an administrator.

use super::{LIST, state_label, state_tag};
use crate::{
    app::{
        list_mails::{MailFilter, MailLine, MailOffice, MessageState, list_mails},
        normal_form::nfkc,
        send_test_mail::send_test_mail,
        show_mail::AttemptOutcome,
        update_mail_settings::update_mail_settings,
    },
    domain::{ids::MessageId, refusal::Refusal},
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        parts::{AFTER, Button, ButtonLink, Check, EmptyState, Icon, Look, Note, Pager, Tab, TableBox, Tabs},
        time::{Moment, Zone, relative},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The button that sends a test mail.
const SEND_TEST: &str = "send_test";
/// The field of the one setting, and the button that saves it.
const INCLUDE_ELIGIBLE: &str = "include_eligible";
const SAVE: &str = "save";

/// Shows the list, the newest first.
pub async fn page(visit: Visit) -> PageResult {
    let query = &visit.query;
    let zone = Zone::of(visit.viewer()?);
    let typed = query.optional("q")?.unwrap_or_default().to_owned();
    let state = match query.optional("state")? {
        Some(word) => Some(word.parse::<MessageState>().map_err(|_| Refusal::NotFound("page"))?),
        None => None,
    };
    let before = query.optional(AFTER)?.and_then(|id| MessageId::parse(id).ok());
    let filter = MailFilter { state, text: nfkc(typed.trim()) };
    let (office, found) = list_mails(&visit.app, visit.caller()?, &filter, before.as_ref()).await?;
    let next = found.lines.last().filter(|_| found.has_more).map(|line| line.id.to_string());
    let list = if found.lines.is_empty() {
        none(&typed, state)
    } else {
        table(found.lines, zone, visit.now(), office.can_send)
    };
    let view = view! {
        {(!office.can_send).then(no_server)}
        {tabs(query, state, &office)}
        <div class="bar">
            <form class="search" role="search" method="get" action=LIST>
                <Icon name="search"/>
                {state.map(|state| view! { <input type="hidden" name="state" value=state.word()/> })}
                <input
                    type="search"
                    name="q"
                    value=typed
                    aria-label="Search mails by recipient, address or role"
                    placeholder="Recipient, address or role"
                />
            </form>
        </div>
        {list}
        <Pager path=LIST query=query.clone() next=next/>
        {settings(&office)}
    };
    let lead = "Every mail of the portal: what it says, to whom it goes, and what the mail server answered.";
    let content = Content::new("Mail", view).under("Manage").lead(lead);
    Ok(if office.can_send {
        content.actions(view! {
            <form method="post" action=LIST>
                <Button label="Send a test mail to me" name=SEND_TEST value="yes" icon="mail"/>
            </form>
        })
    } else {
        content
    })
}

/// Without a mail server.
pub fn no_server() -> AnyView {
    view! {
        <Note mood=Mood::Wait>
            <p>
                <b>"No mail leaves this portal."</b>
                " No mail server is configured, so nobody is told by mail that something waits. Every mail can be read here. "
                "Whoever runs the server sets " <code>"--smtp-host"</code> " and " <code>"--mail-from"</code> "; "
                <code>"ostiary --help"</code> " says more. A test mail can then be sent from this page."
            </p>
        </Note>
    }
    .into_any()
}

/// The same on other pages, with the way to the mails.
pub fn no_server_elsewhere() -> AnyView {
    view! {
        <Note mood=Mood::Wait>
            <p>
                <b>"No mail leaves this portal."</b> " No mail server is configured, so nobody is told by mail that something waits. "
                <a href="/mail">"Read the mails here"</a>
            </p>
        </Note>
    }
    .into_any()
}

fn tabs(query: &Form, open: Option<MessageState>, office: &MailOffice) -> AnyView {
    let all = Tab { label: "All".to_owned(), href: href(query, None), count: None, open: open.is_none() };
    let states = [MessageState::Queued, MessageState::Failed, MessageState::Sent, MessageState::Dropped];
    let states = states.map(|state| Tab {
        label: state_label(state).to_owned(),
        href: href(query, Some(state)),
        count: match state {
            MessageState::Queued => usize::try_from(office.waiting).ok(),
            MessageState::Failed => usize::try_from(office.failed).ok(),
            MessageState::Sent | MessageState::Dropped => None,
        },
        open: open == Some(state),
    });
    let tabs: Vec<Tab> = [all].into_iter().chain(states).collect();
    view! { <Tabs label="Mails by state" tabs=tabs/> }.into_any()
}

fn href(query: &Form, state: Option<MessageState>) -> String {
    let typed = query.many("q").next().filter(|typed| !typed.is_empty());
    let fields = [
        typed.map(|typed| ("q".to_owned(), typed.to_owned())),
        state.map(|state| ("state".to_owned(), state.word().to_owned())),
    ];
    let query = Form::from_fields(fields.into_iter().flatten().collect()).encoded();
    if query.is_empty() { LIST.to_owned() } else { format!("{LIST}?{query}") }
}

fn none(typed: &str, state: Option<MessageState>) -> AnyView {
    if typed.is_empty() && state.is_none() {
        let text = "Mails are made when somebody is assigned a role, asks for one, or decides.";
        return view! { <EmptyState icon="mail" title="No mail yet" text=text/> }.into_any();
    }
    view! {
        <EmptyState icon="search" title="No mail found" text="Try another word, or another state.">
            <ButtonLink label="Show all mails" href=LIST/>
        </EmptyState>
    }
    .into_any()
}

fn table(lines: Vec<MailLine>, zone: Zone, now: crate::domain::time::Instant, can_send: bool) -> AnyView {
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let to = line.person.clone().unwrap_or_else(|| line.address.clone());
            let address = line.person.as_ref().map(|_| line.address.clone());
            let next = match (can_send, line.due_at) {
                (true, Some(at)) if at > now => Some(format!("next try {}", relative(at, now))),
                (true, Some(_) | None) | (false, _) => None,
            };
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("{LIST}/{}", line.id)>{line.event.label()}</a>
                        {line.role_name.clone().map(|role| view! { <small>{role}</small> })}
                    </th>
                    <td data-label="To">{to} {address.map(|address| view! { <small>{address}</small> })}</td>
                    <td data-label="Queued" class="num"><Moment at=line.queued_at zone=zone/></td>
                    <td data-label="State">
                        {state_tag(line.state)}
                        {next.map(|next| view! { <small>{next}</small> })}
                        {(!line.note.is_empty()).then(|| view! { <small>{line.note.clone()}</small> })}
                    </td>
                    <td data-label="Attempts" class="num">{line.attempts.to_string()}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <TableBox label="Mails">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Mail"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"Queued"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Attempts"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn settings(office: &MailOffice) -> AnyView {
    view! {
        <section class="card">
            <div class="h"><h2>"Who counts as an administrator"</h2></div>
            <form method="post" action=LIST class="b form">
                <p class="hint">
                    "Mails to administrators go to whoever is actively Global or Privileged Role Administrator when the event happens."
                </p>
                <Check
                    name=INCLUDE_ELIGIBLE
                    label="Send them to eligible administrators too"
                    hint="Also to people who could activate one of these roles, but have not."
                    ticked=office.includes_eligible
                />
                <div class="actions"><Button label="Save" name=SAVE value="yes" look=Look::Go/></div>
            </form>
        </section>
    }
    .into_any()
}

/// Sends a test mail, or saves the setting.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let caller = visit.caller()?;
    if form.has(SEND_TEST) {
        let tried = send_test_mail(&visit.app, caller).await?;
        let said = tried.attempt.answer;
        let flash = match tried.attempt.ended.map(|(_, outcome)| outcome) {
            Some(AttemptOutcome::Sent) => Flash::good(format!("The mail server took the test mail: {said}")),
            Some(AttemptOutcome::Deferred) => Flash {
                mood: Mood::Bad,
                sentence: format!("The test mail could not be sent yet, and is tried again: {said}"),
            },
            Some(AttemptOutcome::Refused) => {
                Flash { mood: Mood::Bad, sentence: format!("The test mail was refused: {said}") }
            }
            None => Flash::wait("The mail server has not answered yet. What becomes of the test mail will stand here."),
        };
        return Ok(Outcome::go(format!("{LIST}/{}", tried.message), flash));
    }
    let include = form.has(INCLUDE_ELIGIBLE);
    update_mail_settings(&visit.app, caller, include).await?;
    let sentence = if include {
        "Eligible administrators get mails too."
    } else {
        "Only administrators whose role is active get mails."
    };
    Ok(Outcome::go(LIST, Flash::good(sentence)))
}
