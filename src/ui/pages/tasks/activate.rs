//! Activating: the list with the pane before it, and what the pane sends. Several roles are asked for one by one, and what became
//! of each is said.

use super::{my_roles, pane, role_tables::Seen};
use crate::{
    app::{
        AppError,
        activate_role::{Activated, activate_role},
        show_activation::{ActivationPane, show_activation, used_by},
    },
    domain::{
        activation::{Activation, ActivationAsk, LONGEST_TICKET, Ticket},
        ids::{RequestId, ScheduleId},
        name::Text,
        policy::HalfHours,
        refusal::Refusal,
    },
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::{Form, FormFault, FormState, Refused},
        parts::Note,
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Roles that are activated with one form at most.
const TOGETHER: usize = 20;

/// Shows the pane for the eligibilities that the query names, or for the one that an earlier activation used.
pub async fn page(visit: Visit) -> PageResult {
    let mut ids = ids(&visit)?;
    if let Some(request) = visit.query.optional("again")? {
        let request = RequestId::parse(request).map_err(|_| Refusal::NotFound("eligible role"))?;
        ids.push(used_by(&visit.app, visit.caller()?, &request, visit.now()).await?);
    }
    show(&visit, &ids, None).await
}

/// Sends one request for each role.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    if form.has(pane::VERIFY) {
        return Err(Refusal::VerificationRequired.into());
    }
    let ids = ids(&visit)?;
    let zone = Zone::of(visit.viewer()?);
    let asks = parse(&ids, &form, zone)?;
    let [(id, Ok(ask))] = asks.as_slice() else {
        return several(&visit, asks, form).await;
    };
    let activated = activate_role(&visit.app, visit.caller()?, id, ask.clone()).await?;
    let flash = flash(&activated, Seen { zone, now: visit.now() });
    Ok(Outcome::go(format!("/my-roles/activated?request={}", activated.request), flash))
}

/// The eligibilities of the query, each once. What is no id names nothing.
fn ids(visit: &Visit) -> Result<Vec<ScheduleId>, Fault> {
    let mut ids = Vec::new();
    for id in visit.query.many("id").take(TOGETHER) {
        let id = ScheduleId::parse(id).map_err(|_| Refusal::NotFound("eligible role"))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

async fn show(visit: &Visit, ids: &[ScheduleId], done: Option<AnyView>) -> PageResult {
    let (caller, now) = (visit.caller()?, visit.now());
    let mut panes: Vec<ActivationPane> = Vec::new();
    for id in ids {
        panes.push(show_activation(&visit.app, caller, id, now).await?);
    }
    let title = match panes.as_slice() {
        [one] => format!("Activate {}", one.eligible.role.name),
        _ => "Activate roles".to_owned(),
    };
    let chosen: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let seen = Seen { zone: Zone::of(visit.viewer()?), now };
    let list = my_roles::list(visit, &chosen).await?;
    let pane = pane::pane(panes, &visit.form, seen, done);
    let view = view! {
        <div class="behind" inert>{list}</div>
        {pane}
    };
    let content = Content::new(title, view).heading("My roles").lead(my_roles::LEAD);
    Ok(content.under("Tasks").crumb("My roles", "/my-roles").with_summary_inside())
}

/// What is asked for each role. Everything that cannot be read is named at once.
fn parse(ids: &[ScheduleId], form: &Form, zone: Zone) -> Result<Vec<Ask>, Fault> {
    let mut wrong = Vec::new();
    let starts_at = if form.has("later") {
        let typed = form.optional("starts_at")?.unwrap_or_default();
        zone.parse("starts_at", typed).map_err(|refusal| wrong.push(refusal)).ok()
    } else {
        None
    };
    let mut line = |field: &'static str| -> Result<String, Fault> {
        let typed = Text::<LONGEST_TICKET>::parse_optional(form.optional(field)?.unwrap_or_default().trim());
        Ok(match typed {
            Ok(text) => text.map(|text| text.as_str().to_owned()).unwrap_or_default(),
            Err(error) => {
                wrong.push(error.at(field));
                String::new()
            }
        })
    };
    let ticket = Ticket { number: line("ticket_number")?, system: line("ticket_system")? };
    let justification = match crate::domain::name::Prose::<500>::parse(form.one("justification")?) {
        Ok(text) => text.as_str().to_owned(),
        Err(error) => {
            wrong.push(error.at("justification"));
            String::new()
        }
    };
    let mut asks = Vec::new();
    for id in ids {
        let field = pane::duration_field(id.as_str(), ids.len() == 1);
        let typed: Vec<&str> = form.many(&field).collect();
        let duration = match typed.as_slice() {
            [] => HalfHours::parse_hours(""),
            [one] => HalfHours::parse_hours(one),
            [_, _, ..] => {
                Err(Refusal::Unreadable { field: "duration", sentence: FormFault::Doubled("duration").to_string() })
            }
        };
        let ask = duration.map(|duration| {
            let (justification, ticket) = (justification.clone(), ticket.clone());
            ActivationAsk { duration, starts_at, justification, ticket }
        });
        asks.push((id.clone(), ask));
    }
    match asks.as_slice() {
        [] => wrong.push(Refusal::Missing { field: "id", sentence: "Choose at least one role." }),
        [(_, Err(refusal))] => wrong.push(refusal.clone()),
        _ => {}
    }
    if wrong.is_empty() { Ok(asks) } else { Err(wrong.into()) }
}

/// What is asked for one role, or why its own field cannot be read.
type Ask = (ScheduleId, Result<ActivationAsk, Refusal>);

/// What became of one role of several.
enum Became {
    Sent(Activated),
    Refused {
        id: ScheduleId,
        role: String,
        refusals: Vec<Refusal>,
    },
    /// The eligibility is not there any more: the pane cannot ask for it again.
    Gone(Vec<Refusal>),
}

impl Became {
    /// The eligibility, when nothing was sent for it and it can be asked for again.
    fn left(&self) -> Option<ScheduleId> {
        match self {
            Self::Sent(_) | Self::Gone(_) => None,
            Self::Refused { id, .. } => Some(id.clone()),
        }
    }
}

/// Asks for each role on its own. When some are refused, the pane stays open for them with everything that was typed.
async fn several(visit: &Visit, asks: Vec<Ask>, form: Form) -> Result<Outcome, Fault> {
    let (caller, now) = (visit.caller()?, visit.now());
    let mut became = Vec::new();
    for (id, ask) in asks {
        let answer = match ask {
            Ok(ask) => activate_role(&visit.app, caller, &id, ask).await,
            Err(refusal) => Err(refusal.into()),
        };
        match answer {
            Ok(activated) => became.push(Became::Sent(activated)),
            Err(AppError::Refused(refusals)) => {
                let nothing_sent = !became.iter().any(|became| matches!(became, Became::Sent(_)));
                if nothing_sent && refusals.contains(&Refusal::VerificationRequired) {
                    return Err(refusals.into());
                }
                became.push(match show_activation(&visit.app, caller, &id, now).await {
                    Ok(pane) => Became::Refused { id, role: pane.eligible.role.name, refusals },
                    Err(AppError::Refused(_)) => Became::Gone(refusals),
                    Err(error) => return Err(error.into()),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    let seen = Seen { zone: Zone::of(visit.viewer()?), now };
    let sent: Vec<_> =
        became.iter().filter_map(|became| if let Became::Sent(sent) = became { Some(sent) } else { None }).collect();
    if sent.len() == became.len() {
        let requests: Vec<_> = sent.iter().map(|sent| format!("request={}", sent.request)).collect();
        let on = sent.iter().filter(|sent| matches!(sent.outcome, Activation::Now(_))).count();
        let sentence = match (on, sent.len() - on) {
            (on, 0) => format!("{on} roles are active."),
            (0, rest) => format!("{rest} requests are on their way."),
            (on, rest) => format!("{on} on, {rest} on their way."),
        };
        return Ok(Outcome::go(format!("/my-roles/activated?{}", requests.join("&")), Flash::good(sentence)));
    }
    let left: Vec<_> = became.iter().filter_map(Became::left).collect();
    if left.is_empty() {
        return none_left(&sent, &became, seen);
    }
    let lines: Vec<_> = sent.iter().map(|sent| view! { <li>{flash(sent, seen).sentence}</li> }).collect();
    let done = (!lines.is_empty()).then(|| view! { <Note mood=Mood::Good><ul>{lines}</ul></Note> }.into_any());
    let mut refused = Vec::new();
    for became in became {
        let (id, role, refusals) = match became {
            Became::Sent(_) => continue,
            Became::Refused { id, role, refusals } => (id, role, refusals),
            Became::Gone(refusals) => {
                refused.extend(refusals.iter().map(|refusal| Refused {
                    code: refusal.code().to_owned(),
                    field: None,
                    sentence: format!("{GONE}: {refusal}"),
                }));
                continue;
            }
        };
        refused.extend(refusals.iter().map(|refusal| Refused {
            code: refusal.code().to_owned(),
            field: refusal.field().map(|field| match field {
                "duration" => pane::duration_field(id.as_str(), left.len() == 1),
                other => other.to_owned(),
            }),
            sentence: format!("{role}: {refusal}"),
        }));
    }
    let form = carried(&form, &left);
    let state = FormState::refused_with(form, refused);
    provide_context(state.clone());
    let content = show(&visit.clone().showing(state), &left, done).await?;
    Ok(Outcome::show(content))
}

/// What a role is called that the person has no part in any more.
const GONE: &str = "One of the roles";

/// What was sent was sent, and the rest is gone: there is no pane to show again.
fn none_left(sent: &[&Activated], became: &[Became], seen: Seen) -> Result<Outcome, Fault> {
    let gone =
        became.iter().filter_map(|became| if let Became::Gone(refusals) = became { Some(refusals) } else { None });
    let gone: Vec<&Vec<Refusal>> = gone.collect();
    if sent.is_empty() {
        return Err(gone.into_iter().flatten().cloned().collect::<Vec<_>>().into());
    }
    let mut sentences: Vec<_> = sent.iter().map(|sent| flash(sent, seen).sentence).collect();
    sentences.extend(gone.into_iter().flatten().map(|refusal| format!("{GONE}: {refusal}")));
    let requests: Vec<_> = sent.iter().map(|sent| format!("request={}", sent.request)).collect();
    Ok(Outcome::go(format!("/my-roles/activated?{}", requests.join("&")), Flash::info(sentences.join(" "))))
}

/// What was typed, for the roles that are left. One that is left alone has its duration in the field of a single role.
fn carried(form: &Form, left: &[ScheduleId]) -> Form {
    let alone = match left {
        [one] => Some(format!("duration-{one}")),
        _ => None,
    };
    let fields = form.fields().map(|(name, value)| {
        let name = if Some(name) == alone.as_deref() { "duration" } else { name };
        (name.to_owned(), value.to_owned())
    });
    Form::from_fields(fields.collect())
}

/// What became of a request, in one sentence.
fn flash(activated: &Activated, seen: Seen) -> Flash {
    let role = &activated.role.display_name;
    match activated.outcome {
        Activation::Pending { .. } => {
            Flash::wait(format!("Your request for {role} is pending for approval. Nothing is granted yet."))
        }
        Activation::Now(term) => {
            let until = term.ends_at.map(|end| format!(" until {}", seen.zone.near(end, seen.now))).unwrap_or_default();
            Flash::good(format!("{role} is active{until}."))
        }
        Activation::Later(term) => {
            Flash::info(format!("{role} becomes active {}.", seen.zone.near(term.starts_at, seen.now)))
        }
    }
}
