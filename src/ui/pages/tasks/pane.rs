//! The activation pane: one or several roles, one reason (reference/entra-pim.md section 4.1).

use super::{LONGEST_REASON, role_tables::Seen, status::who_can};
use crate::{
    app::show_activation::ActivationPane,
    domain::{
        activation::{FURTHEST_START, LONGEST_TICKET},
        my_role::Condition,
        policy::{HalfHours, MfaRule, Window},
        time::Span,
    },
    ui::{
        answer::Mood,
        form::FormState,
        islands::{CharCount, DurationSlider, Ends},
        parts::{
            Button, ButtonLink, Check, DateTimeField, EmptyState, ErrorSummary, Hidden, Icon, Look, Note, Tag,
            TextArea, TextField, UnavailableButton,
        },
        time::short,
    },
};
use leptos::prelude::*;

/// The button that asks for the second factor before anything else is read.
pub const VERIFY: &str = "verify";

/// Where the pane closes to.
const LIST: &str = "/my-roles";

/// The field of a role's duration: one role's is `duration`, of several each has its own.
pub fn duration_field(eligibility: &str, alone: bool) -> String {
    if alone { "duration".to_owned() } else { format!("duration-{eligibility}") }
}

/// The address of the pane for these eligibilities.
pub fn address<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<_> = ids.into_iter().map(|id| format!("id={id}")).collect();
    format!("/my-roles/activate?{}", ids.join("&"))
}

/// The pane with the scrim before it. `done` is what the same form has led to already.
pub fn pane(panes: Vec<ActivationPane>, state: &FormState, seen: Seen, done: Option<AnyView>) -> AnyView {
    let possible: Vec<_> = panes.iter().filter(|pane| pane.condition == Condition::Off).collect();
    // The form names only what can be activated: the duration's field goes by that.
    let alone = possible.len() == 1;
    let title = match panes.as_slice() {
        [one] => one.eligible.role.name.clone(),
        several => format!("{} roles", several.len()),
    };
    let verified = possible.iter().all(|pane| pane.verified);
    let blocked = possible.is_empty();
    let here = address(possible.iter().map(|pane| pane.eligible.eligibility.id.as_str()));
    let body = if panes.is_empty() {
        view! { <EmptyState icon="my-roles" title="No role was chosen" text="Tick the roles that you want to activate, then try again."/> }
            .into_any()
    } else {
        let in_the_way: Vec<_> = panes
            .iter()
            .filter_map(|pane| in_the_way(pane, seen).map(|note| (pane, note)))
            .map(|(_, note)| note)
            .collect();
        view! {
            {(!verified).then(|| verification(&possible))}
            {done}
            <ErrorSummary/>
            {in_the_way}
            {(!blocked).then(|| fields(&possible, alone, state, seen))}
        }
        .into_any()
    };
    let asks = possible.iter().filter(|pane| pane.approval.is_some()).count();
    let label = match (possible.len(), asks) {
        (_, 0) => "Activate",
        (all, asks) if all == asks => "Request activation",
        _ => "Activate and request",
    };
    let nobody = possible.iter().any(|pane| pane.approval.as_ref().is_some_and(|who| who.count == 0));
    let go = match (blocked, verified, nobody && alone) {
        (true, _, _) => None,
        (false, false, _) => {
            Some(view! { <UnavailableButton label=label reason="after the additional verification"/> }.into_any())
        }
        (false, true, true) => {
            Some(view! { <UnavailableButton label=label reason="nobody could approve it"/> }.into_any())
        }
        (false, true, false) => Some(view! { <Button label=label look=Look::Go/> }.into_any()),
    };
    let close = if blocked { "Close" } else { "Cancel" };
    let scope = scope(&panes);
    // After a refusal the summary takes the focus.
    let calm = state.refused().is_empty();
    view! {
        <a class="scrim" href=LIST tabindex="-1" aria-hidden="true"></a>
        <aside class="pane" aria-labelledby="pane-title">
            <form method="post" action=here novalidate>
                <header>
                    <p class="crumb">"Activate"</p>
                    <h2 id="pane-title" tabindex="-1" autofocus=calm>{title}</h2>
                    {scope}
                    <a class="btn plain square close" href=LIST aria-label="Close"><Icon name="close"/></a>
                </header>
                <div class="body">{body}</div>
                <footer>{go} <ButtonLink label=close href=LIST/></footer>
            </form>
        </aside>
    }
    .into_any()
}

fn scope(panes: &[ActivationPane]) -> Option<AnyView> {
    let [one] = panes else {
        return (!panes.is_empty()).then(|| view! { <p class="hint">"Scope: whole directory"</p> }.into_any());
    };
    let through = one.eligible.role.group.as_ref().map(|group| format!(", through the group {group}"));
    let privileged =
        one.eligible.role.is_privileged.then(|| view! { "\u{2002}" <Tag label="Privileged" mood=Mood::Info/> });
    Some(view! { <p class="hint">"Scope: whole directory" {through} {privileged}</p> }.into_any())
}

/// The second factor that is missing, before anything else.
fn verification(panes: &[&ActivationPane]) -> AnyView {
    let why = match panes.iter().find(|pane| !pane.verified).map(|pane| pane.mfa) {
        Some(MfaRule::Fresh { minutes }) => {
            format!("A second factor shown in the last {} is asked for.", Span::minutes(minutes))
        }
        Some(MfaRule::Session | MfaRule::None) | None => "A second factor is asked for.".to_owned(),
    };
    // It sends the form: what was typed is there again on the way back.
    view! {
        <Note mood=Mood::Wait>
            <b>"Additional verification required."</b> " " {why} " You come back to this pane, with what you typed."
            <div class="actions"><Button label="Verify now" look=Look::Go icon="shield" name=VERIFY value="true"/></div>
        </Note>
    }
    .into_any()
}

/// Why this role cannot be activated at this moment.
fn in_the_way(pane: &ActivationPane, seen: Seen) -> Option<AnyView> {
    let name = pane.eligible.role.name.clone();
    let near = |at| seen.zone.near(at, seen.now);
    let (sentence, link) = match &pane.condition {
        Condition::Off => return None,
        Condition::On { term, .. } => {
            let until = term.ends_at.map(|end| format!(" until {}", near(end))).unwrap_or_default();
            (
                format!("{name} is active{until}. You can activate it again after it has ended."),
                "/my-roles?tab=active".to_owned(),
            )
        }
        Condition::Scheduled { term, .. } => (
            format!("{name} is scheduled: it switches on by itself {}.", near(term.starts_at)),
            "/my-roles?tab=active".to_owned(),
        ),
        Condition::Waiting { request, .. } => {
            (format!("Your request for {name} waits for approval."), format!("/my-requests/{request}"))
        }
        Condition::NotYet { from } => (format!("You are eligible for {name} from {} on.", near(*from)), String::new()),
        Condition::Assigned => {
            (format!("{name} is active already, by an active assignment."), "/my-roles?tab=active".to_owned())
        }
    };
    let link = (!link.is_empty()).then(|| view! { " " <a href=link>"Look at it"</a> });
    Some(view! { <Note mood=Mood::Info>{sentence} {link}</Note> }.into_any())
}

fn fields(panes: &[&ActivationPane], alone: bool, state: &FormState, seen: Seen) -> AnyView {
    let roles: Vec<_> = panes.iter().map(|pane| role_fields(pane, alone, state, seen)).collect();
    let ticket = panes.iter().any(|pane| pane.ticket).then(|| {
        view! {
            <div class="fields">
                <TextField name="ticket_number" label="Ticket number" maxlength=LONGEST_TICKET_SHOWN/>
                <TextField name="ticket_system" label="Ticket system" maxlength=LONGEST_TICKET_SHOWN/>
            </div>
        }
    });
    let justification = panes.iter().any(|pane| pane.justification);
    let asks = panes.iter().any(|pane| pane.approval.is_some());
    let later = if asks { "otherwise at once, after approval" } else { "otherwise at once" };
    let hint = if asks {
        "Name the task and a reference. It is recorded, and shown to whoever decides."
    } else {
        "Name the task and a reference. It is recorded."
    };
    let (min, max) = (seen.zone.input(seen.now), seen.zone.input(seen.now.plus(FURTHEST_START)));
    // Sent along only so that the list behind keeps its ticks when the pane comes back.
    let ids: Vec<_> =
        panes.iter().map(|pane| view! { <Hidden name="id" value=pane.eligible.eligibility.id.as_str()/> }).collect();
    view! {
        {ids}
        {roles}
        {ticket}
        <div class="field">
            <TextArea name="justification" label="Reason" hint=hint maxlength=LONGEST_REASON optional=!justification/>
            <p class="hint"><CharCount field="justification" limit=LONGEST_REASON/></p>
        </div>
        <Check name="later" label="Start later" hint=later>
            <DateTimeField name="starts_at" label="Start" zone=seen.zone.name() min=min max=max/>
        </Check>
    }
    .into_any()
}

/// Characters of a ticket, as the browser's limit.
#[expect(clippy::cast_possible_truncation, reason = "it is 100")]
const LONGEST_TICKET_SHOWN: u32 = LONGEST_TICKET as u32;

/// What belongs to one role: who can approve, and how long.
fn role_fields(pane: &ActivationPane, alone: bool, state: &FormState, seen: Seen) -> AnyView {
    let name = duration_field(pane.eligible.eligibility.id.as_str(), alone);
    let approval = pane.approval.as_ref().map(|who| {
        let mood = if who.count == 0 { Mood::Bad } else { Mood::Wait };
        let waits = match pane.window {
            Window::Minutes(minutes) => {
                format!(" The request lapses after {} without a decision.", Span::minutes(minutes))
            }
            Window::Never => " The request waits until somebody decides.".to_owned(),
        };
        let needs = if alone {
            "This role needs approval. ".to_owned()
        } else {
            format!("{} needs approval. ", pane.eligible.role.name)
        };
        let who = who_can(who);
        view! { <Note mood=mood>{needs} {who} {waits}</Note> }
    });
    let label = if alone { "Duration".to_owned() } else { format!("{}, duration", pane.eligible.role.name) };
    let end = pane.eligible.eligibility.term.ends_at;
    let cut = pane.ceiling < pane.longest;
    let most = match (cut, end) {
        (true, Some(end)) => format!("your eligibility ends {}", seen.zone.near(end, seen.now)),
        _ => format!("{}, the most this role allows", short(pane.ceiling.span())),
    };
    let hours = state.value_or(&name, pane.ceiling.hours_text());
    let typed = HalfHours::parse_hours(&hours).ok().filter(|typed| *typed <= pane.ceiling);
    let full = seen.now.plus(typed.unwrap_or(pane.ceiling).span());
    let at = end.map_or(full, |end| end.min(full));
    let lead = if pane.approval.is_some() { "If it is approved now: active until" } else { "Active until" };
    let ends = Ends {
        lead: lead.to_owned(),
        at: seen.zone.near(at, seen.now),
        zone: seen.zone.name().to_owned(),
        latest: end.map(crate::domain::time::Instant::millis),
        latest_words: "when your eligibility ends".to_owned(),
    };
    view! {
        {approval}
        <DurationSlider
            hours=hours
            error=state.error(&name)
            name=name
            label=label
            max_minutes=pane.ceiling.minutes()
            most=most
            ends=Some(ends)
        />
    }
    .into_any()
}
