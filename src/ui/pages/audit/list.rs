//! The list of events, everybody's or one's own.

use super::{
    filter::{self, Asked, CUSTOM, without},
    words::{clipped, mood, outcome, path, title, what},
};
use crate::{
    app::{
        people::{list_groups, list_users},
        read_audit::{Choices, Line, Scope, audit_choices, list_audit},
    },
    domain::{
        audit::{Activity, Family, Outcome},
        audit_filter::Lookback,
        ids::PrincipalId,
    },
    ui::{
        answer::{Content, Fault, Mood, PageResult},
        form::{FormState, Refused},
        parts::{
            Button, DateTimeField, EmptyState, Icon, Note, Pager, SelectField, SelectOption, TableBox, Tag, TextField,
        },
        time::{Moment, Zone},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Events on one page.
const PAGE: usize = 50;

/// Everybody's.
pub async fn resource(visit: Visit) -> PageResult {
    page(visit, Scope::Resource).await
}

/// The reader's own.
pub async fn mine(visit: Visit) -> PageResult {
    page(visit, Scope::Mine).await
}

async fn page(visit: Visit, scope: Scope) -> PageResult {
    let caller = visit.caller()?;
    let zone = Zone::of(visit.viewer()?);
    let mut asked = filter::ask(&visit)?;
    let found = match asked.typed_person.as_deref() {
        Some(typed) if scope == Scope::Resource => find_people(&visit, typed).await?,
        Some(_) | None => Vec::new(),
    };
    if let [only] = found.as_slice() {
        asked.filter.person = Some(only.id.clone());
        asked.typed_person = None;
    }
    let before = visit.query.optional("after")?.and_then(|key| key.parse().ok());
    let events = list_audit(&visit.app, caller, scope, &asked.filter, before, PAGE).await?;
    let choices = audit_choices(&visit.app, caller, scope, asked.filter.person.as_ref()).await?;
    provide_context(state_of(&visit, &asked));

    let query = match &asked.filter.person {
        Some(id) => crate::ui::form::Form::parse(visit.query.encoded_with("person", id.as_str()).as_bytes()),
        None => visit.query.clone(),
    };
    let exports = exports(scope, &without("", &query, &[]));
    let is_narrowed = asked.filter.outcome.is_some()
        || asked.filter.role.is_some()
        || asked.filter.person.is_some()
        || !asked.filter.activities.is_empty()
        || !asked.filter.text.is_empty();
    let waits_for_choice = asked.typed_person.is_some();
    let chips = chips(scope, &query, &asked, &choices);
    let form = filter_form(scope, &asked, &choices, zone);
    let next = events.next.map(|seq| seq.to_string());
    let cut = (events.is_cut && !waits_for_choice).then(|| {
        view! { <Note><p>"This search takes long: only a part of the events was looked at so far. The next page looks on."</p></Note> }
    });
    let is_cut = events.is_cut;
    let body = if waits_for_choice {
        people_to_choose(&visit, scope, found)
    } else if events.lines.is_empty() && is_cut {
        ().into_any()
    } else if events.lines.is_empty() {
        nothing(scope, is_narrowed)
    } else {
        table(scope, events.lines, zone)
    };
    let view = view! {
        {form}
        {chips}
        {cut}
        {body}
        {(!waits_for_choice).then(|| view! { <Pager path=path(scope) query=query next=next/> })}
    };
    let lead = match scope {
        Scope::Resource => "Everything that happened to roles, assignments, settings, people and sign-ins.",
        Scope::Mine => "What you did, and what others did that concerns you.",
    };
    Ok(Content::new(title(scope), view)
        .under("Activity")
        .lead(format!("{lead} Newest first; times in {}.", zone.name()))
        .actions(exports))
}

/// What the fields of the filter show: the address, and what could not be read of it.
fn state_of(visit: &Visit, asked: &Asked) -> FormState {
    let refused = asked
        .refused
        .iter()
        .map(|refusal| Refused {
            code: refusal.code().to_owned(),
            field: refusal.field().map(str::to_owned),
            sentence: refusal.to_string(),
        })
        .collect();
    let fields = visit.query.fields().filter(|(name, _)| !matches!(*name, "span" | "person"));
    let mut fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.push(("span".to_owned(), asked.span.clone()));
    if let Some(typed) = &asked.typed_person {
        fields.push(("person".to_owned(), typed.clone()));
    }
    FormState::refused_with(crate::ui::form::Form::from_fields(fields), refused)
}

fn exports(scope: Scope, query: &str) -> AnyView {
    let path = path(scope);
    // An export is recorded, so a form asks for it: no link of somebody else's, and no browser that fetches ahead.
    view! {
        <form method="post" action=format!("{path}.csv{query}")><Button label="Export CSV" icon="download"/></form>
        <form method="post" action=format!("{path}.json{query}")><Button label="Export JSON" icon="download"/></form>
    }
    .into_any()
}

fn filter_form(scope: Scope, asked: &Asked, choices: &Choices, zone: Zone) -> AnyView {
    let spans = Lookback::ALL
        .into_iter()
        .map(|lookback| SelectOption::new(lookback.word(), lookback.label()))
        .chain([SelectOption::new(CUSTOM, "From and to, below")])
        .collect();
    let outcomes = vec![
        SelectOption::new("", "Done or refused"),
        SelectOption::new(Outcome::Success.word(), outcome(Outcome::Success)),
        SelectOption::new(Outcome::Refused.word(), outcome(Outcome::Refused)),
    ];
    let roles = [SelectOption::new("", "All roles")]
        .into_iter()
        .chain(choices.roles.iter().map(|role| SelectOption::new(role.id.as_str(), role.display_name.clone())))
        .collect();
    let is_open = asked.span == CUSTOM
        || asked.filter.role.is_some()
        || asked.filter.person.is_some()
        || asked.typed_person.is_some()
        || asked.filter.outcome.is_some();
    let text = use_context::<FormState>().map(|state| state.value_or("q", String::new()));
    view! {
        <form method="get" action=path(scope) aria-label="Filter">
            <div class="bar">
                <div class="search">
                    <Icon name="search"/>
                    <input
                        type="search"
                        name="q"
                        value=text
                        aria-label="Search names, reasons and tickets"
                        placeholder="Search names, reasons, tickets"
                        autocomplete="off"
                    />
                </div>
                <SelectField name="span" label="Time" options=spans value=asked.span.clone()/>
                {kinds(asked)}
                <Button label="Apply" icon="filter"/>
            </div>
            <details class="more" open=is_open>
                <summary>"More filters"</summary>
                <div class="fields">
                    {(scope == Scope::Resource).then(|| view! {
                        <TextField name="person" label="Person or group" hint="Who did it, or whom it concerns" value=chosen_name(asked, choices)/>
                    })}
                    <SelectField name="role" label="Role" options=roles/>
                    <SelectField name="outcome" label="Outcome" options=outcomes/>
                    <DateTimeField name="from" label="From" zone=zone.name()/>
                    <DateTimeField name="to" label="To" zone=zone.name()/>
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// The name in the field of the person. Sent back, it finds the same person again where the name is theirs alone.
fn chosen_name(asked: &Asked, choices: &Choices) -> String {
    match (&asked.filter.person, &choices.person) {
        (Some(_), Some(name)) => name.clone(),
        (Some(id), None) => id.to_string(),
        (None, _) => String::new(),
    }
}

/// Every kind of event, by family. A family can be chosen as a whole.
fn kinds(asked: &Asked) -> AnyView {
    let chosen = match asked.filter.activities.as_slice() {
        [] => "",
        [one] if one.family() != Family::Settings => one.word(),
        [first, ..] => first.family().word(),
    };
    let groups: Vec<_> = Family::ALL
        .iter()
        .map(|family| {
            let kinds: Vec<_> = Activity::ALL
                .iter()
                .filter(|activity| activity.family() == *family)
                .map(|activity| {
                    view! { <option value=activity.word() selected=chosen == activity.word()>{activity.label()}</option> }
                })
                .collect();
            view! {
                <optgroup label=family.label()>
                    <option value=family.word() selected=chosen == family.word()>{format!("All: {}", family.label())}</option>
                    {kinds}
                </optgroup>
            }
        })
        .collect();
    view! {
        <div class="field">
            <label for="kind">"Kind"</label>
            <select id="kind" name="kind"><option value="">"All kinds"</option>{groups}</select>
        </div>
    }
    .into_any()
}

/// What narrows the list now, each with a way to take it off.
fn chips(scope: Scope, query: &crate::ui::form::Form, asked: &Asked, choices: &Choices) -> Option<AnyView> {
    let filter = &asked.filter;
    let mut on: Vec<(String, &[&str])> = Vec::new();
    if !filter.text.is_empty() {
        on.push((format!("Text: {}", filter.text), &["q"]));
    }
    match filter.activities.as_slice() {
        [] => {}
        [one] => on.push((one.label().to_owned(), &["kind"])),
        [first, ..] => on.push((first.family().label().to_owned(), &["kind"])),
    }
    if let Some(person) = &filter.person {
        on.push((choices.person.clone().unwrap_or_else(|| person.to_string()), &["person"]));
    }
    if let Some(role) = &filter.role {
        let name = choices.roles.iter().find(|known| known.id == *role).map(|known| known.display_name.clone());
        on.push((name.unwrap_or_else(|| "A role that is gone".to_owned()), &["role"]));
    }
    if let Some(which) = filter.outcome {
        on.push((outcome(which).to_owned(), &["outcome"]));
    }
    if asked.span == CUSTOM {
        on.push(("Times of your own".to_owned(), &["from", "to", "span"]));
    }
    (!on.is_empty()).then(|| {
        let chips: Vec<_> = on
            .into_iter()
            .map(|(label, names)| {
                let words = format!("Take off the filter {label}");
                view! {
                    <a class="chip" aria-current="true" href=without(path(scope), query, names) title=words>
                        {label}
                        <Icon name="close"/>
                    </a>
                }
            })
            .collect();
        view! { <div class="chips" role="group" aria-label="Filters that are on">{chips}</div> }.into_any()
    })
}

fn table(scope: Scope, lines: Vec<Line>, zone: Zone) -> AnyView {
    let rows: Vec<_> = lines.into_iter().map(|line| row(scope, line, zone)).collect();
    view! {
        <TableBox label=title(scope)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Activity"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Whom it concerns"</th>
                        <th scope="col">"Outcome"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn row(scope: Scope, line: Line, zone: Zone) -> AnyView {
    let event = match line {
        Line::Event(event) => event,
        Line::Unreadable(seq) => {
            return view! {
                <tr>
                    <th scope="row">{format!("Event {seq}")}</th>
                    <td colspan="4">"This row was changed in the database and cannot be read."</td>
                    <td data-label="Outcome"><Tag label="Unreadable" mood=Mood::Bad/></td>
                </tr>
            }
            .into_any();
        }
    };
    let href = format!("{}/{}", path(scope), event.seq);
    let reason = clipped(&event.reason);
    let tag = match event.outcome {
        Outcome::Success => view! { <span class="muted">{outcome(event.outcome)}</span> }.into_any(),
        Outcome::Refused => view! { <Tag label=outcome(event.outcome) mood=mood(&event)/> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=href>{what(&event)}</a>
                {(!reason.is_empty()).then(|| view! { <small>{reason}</small> })}
            </th>
            <td data-label="Time" class="num"><Moment at=event.at zone=zone/></td>
            <td data-label="Who">{event.actor_name}</td>
            <td data-label="Role">{named(event.role_name)}</td>
            <td data-label="Whom it concerns">{named(event.subject_name)}</td>
            <td data-label="Outcome">{tag}</td>
        </tr>
    }
    .into_any()
}

/// A name, or an empty cell, which the card of a phone leaves out.
fn named(name: String) -> Option<String> {
    (!name.is_empty()).then_some(name)
}

fn nothing(scope: Scope, is_narrowed: bool) -> AnyView {
    if is_narrowed {
        let all = format!("{}?span=all", path(scope));
        return view! {
            <EmptyState icon="audit" title="Nothing matches" text="No event in this span of time fits every filter.">
                <a class="btn" href=all>"Show everything"</a>
            </EmptyState>
        }
        .into_any();
    }
    let text = "Assigning, activating, deciding, changing settings and signing in all leave an event. There is none in this span of time.";
    view! { <EmptyState icon="audit" title="Nothing happened" text=text/> }.into_any()
}

/// Somebody who fits what was typed.
struct Found {
    id: PrincipalId,
    name: String,
    detail: String,
    icon: &'static str,
}

/// The most that are offered of each kind.
const OFFERED: usize = 10;

async fn find_people(visit: &Visit, typed: &str) -> Result<Vec<Found>, Fault> {
    let caller = visit.caller()?;
    let users = list_users(&visit.app, caller, typed, None, None, OFFERED).await?;
    let groups = list_groups(&visit.app, caller, typed, None, OFFERED).await?;
    let users = users.lines.into_iter().map(|user| Found {
        id: PrincipalId::from(&user.id),
        name: user.display_name.as_str().to_owned(),
        detail: user.user_principal_name.as_str().to_owned(),
        icon: "my-roles",
    });
    let groups = groups.lines.into_iter().map(|line| Found {
        id: PrincipalId::from(&line.group.id),
        name: line.group.display_name.as_str().to_owned(),
        detail: "Group".to_owned(),
        icon: "groups",
    });
    Ok(users.chain(groups).collect())
}

/// Whom the typed name could mean.
fn people_to_choose(visit: &Visit, scope: Scope, found: Vec<Found>) -> AnyView {
    if found.is_empty() {
        let href = without(path(scope), &visit.query, &["person"]);
        return view! {
            <EmptyState icon="users" title="Nobody has that name" text="Type a part of a display name or of a name that somebody signs in with.">
                <a class="btn" href=href>"Search without a person"</a>
            </EmptyState>
        }
        .into_any();
    }
    let lines: Vec<_> = found
        .into_iter()
        .map(|found| {
            let href = format!("{}?{}", path(scope), visit.query.encoded_with("person", found.id.as_str()));
            view! {
                <li>
                    <a href=href><Icon name=found.icon/> <span>{found.name}<small>{found.detail}</small></span></a>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card">
            <div class="h"><h2>"Whom do you mean?"</h2></div>
            <ul class="found">{lines}</ul>
        </section>
    }
    .into_any()
}
