//! Extending and renewing assignments that were ticked in a list: what would become of each, then the act, all of them or none.

use super::term::{type_word, usual};
use crate::{
    app::extend_assignments::{Line, TogetherAsk, extend_assignments, show_together},
    domain::{
        ids::ScheduleId,
        lifecycle::{MOST_TOGETHER, Sought},
        name::Prose,
        refusal::Refusal,
        time::Instant,
    },
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::{Form, FormFault},
        parts::{Button, ButtonLink, Choice, Choices, DateTimeField, EmptyState, Look, Note, TableBox, Tag, TextArea},
        time::{Zone, relative},
        visit::{Visit, local_path},
    },
};
use leptos::prelude::*;

/// Shows what would be extended.
pub async fn extend_page(visit: Visit) -> PageResult {
    page(&visit, Sought::Extension).await
}

/// Extends it.
pub async fn extend(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    submit(&visit, &form, Sought::Extension).await
}

/// Shows what would be renewed.
pub async fn renew_page(visit: Visit) -> PageResult {
    page(&visit, Sought::Renewal).await
}

/// Renews it.
pub async fn renew(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    submit(&visit, &form, Sought::Renewal).await
}

const fn verb(sought: Sought) -> &'static str {
    match sought {
        Sought::Extension => "Extend",
        Sought::Renewal => "Renew",
    }
}

/// Where the list is from which one came.
fn back(visit: &Visit, sought: Sought) -> Result<String, Fault> {
    let back = visit.query.optional("back")?.and_then(local_path).map(str::to_owned);
    Ok(back.unwrap_or_else(|| match sought {
        Sought::Extension => "/assignments".to_owned(),
        Sought::Renewal => "/assignments?tab=expired".to_owned(),
    }))
}

fn chosen(visit: &Visit) -> Result<Vec<ScheduleId>, Fault> {
    let ids = visit.query.many("id").take(MOST_TOGETHER + 1).map(ScheduleId::parse);
    Ok(ids.collect::<Result<_, _>>().map_err(|_| Refusal::NotFound("assignment"))?)
}

/// The end that was typed, where a date was chosen.
fn typed_end(form: &Form, zone: Zone) -> Result<Option<Instant>, Fault> {
    match (form.one("until")?, form.optional("ends_at")?) {
        ("usual", None) => Ok(None),
        ("usual", Some(_)) => {
            let sentence =
                "Choose \u{201c}Until the date below\u{201d} to use this date, or leave it empty.".to_owned();
            Err(Refusal::Impossible { field: "ends_at", sentence }.into())
        }
        ("date", Some(typed)) => Ok(Some(zone.parse("ends_at", typed)?)),
        ("date", None) => Err(Refusal::Missing { field: "ends_at", sentence: "Choose an end." }.into()),
        _ => Err(FormFault::Missing("until").into()),
    }
}

async fn page(visit: &Visit, sought: Sought) -> PageResult {
    let (ids, back, zone, now) = (chosen(visit)?, back(visit, sought)?, Zone::of(visit.viewer()?), visit.now());
    let title = match sought {
        Sought::Extension => "Extend assignments",
        Sought::Renewal => "Renew assignments",
    };
    let content = |view: AnyView| {
        Content::new(title, view)
            .under("Manage")
            .crumb("Assignments", "/assignments")
            .lead("All of them are changed together, or none.")
    };
    if ids.is_empty() {
        let view = view! {
            <EmptyState icon="assignments" title="Nothing is ticked" text="Go back and tick at least one assignment in the list.">
                <ButtonLink label="Back" look=Look::Go href=back/>
            </EmptyState>
        };
        return Ok(content(view.into_any()));
    }
    let sent = visit.form.sent().and_then(|form| typed_end(form, zone).ok().flatten());
    let lines = show_together(&visit.app, visit.caller()?, sought, &ids, sent, now).await?;
    let blocked = visit.form.refused().is_empty() && lines.iter().any(|line| !line.refusals.is_empty());
    let button = match lines.len() {
        1 => verb(sought).to_owned(),
        many => format!("{} all {many}", verb(sought)),
    };
    let choices = vec![
        Choice::new("usual", "As long as each role's settings offer").hint("The ends that the list shows now."),
        Choice::new("date", "Until the date below").hint("The same end for all of them."),
    ];
    let note = blocked.then(|| {
        view! { <Note mood=Mood::Wait>"Not all of them can be changed this way. Nothing is changed until each of them can."</Note> }
    });
    let view = view! {
        {note}
        {table(&lines, sought, sent.is_none(), zone, now)}
        <form class="form" method="post" novalidate>
            <Choices name="until" legend="New end" choices=choices value="usual"/>
            <DateTimeField name="ends_at" label="Date" hint="Used with the second choice." zone=zone.name()/>
            <TextArea
                name="justification" label="Justification" maxlength=500
                hint="Required for active assignments where the role's settings ask for it. It is recorded with each of them."
            />
            <div class="actions">
                <Button label=button look=Look::Go/>
                <ButtonLink label="Cancel" href=back look=Look::Plain/>
            </div>
        </form>
    };
    Ok(content(view.into_any()))
}

fn table(lines: &[Line], sought: Sought, usual_end: bool, zone: Zone, now: Instant) -> AnyView {
    let (label, ends) = match sought {
        Sought::Extension => ("Assignments to extend", "Ends"),
        Sought::Renewal => ("Assignments to renew", "Ended"),
    };
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            let held = &line.held;
            let known = &held.subject.known;
            let end = known.ended.map(|(at, _)| at).or(known.term.ends_at);
            let ends_now = match end {
                Some(end) => view! { {zone.moment(end)} <small>{relative(end, now)}</small> }.into_any(),
                None => "Permanent".into_any(),
            };
            let then = if line.refusals.is_empty() {
                let why = usual_end.then(|| format!(", {}", usual(known.kind, &held.policy.assignment)));
                view! { <ins>{zone.moment(line.until)}</ins> <small>{relative(line.until, now)} {why}</small> }
                    .into_any()
            } else {
                let why = line.refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join(" ");
                view! { <Tag label="Not possible" mood=Mood::Bad/> <small>{why}</small> }.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{held.name.clone()}</th>
                    <td data-label="Role">{held.role.display_name.clone()}</td>
                    <td data-label="Type">{type_word(known.kind)}</td>
                    <td data-label=ends class="num">{ends_now}</td>
                    <td data-label="New end" class="num">{then}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <TableBox label=label>
            <table class="diff">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">{ends}</th>
                        <th scope="col">"New end"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

async fn submit(visit: &Visit, form: &Form, sought: Sought) -> Result<Outcome, Fault> {
    let ids = chosen(visit)?;
    let ends_at = typed_end(form, Zone::of(visit.viewer()?))?;
    let typed = form.optional("justification")?.unwrap_or_default();
    let justification = Prose::<500>::parse(typed).map_err(|error| error.at("justification"))?.as_str().to_owned();
    let ask = TogetherAsk { ends_at, justification };
    let count = extend_assignments(&visit.app, visit.caller()?, sought, &ids, &ask).await?;
    let done = match sought {
        Sought::Extension => "extended",
        Sought::Renewal => "renewed",
    };
    let sentence = match count {
        1 => format!("1 assignment is {done}."),
        many => format!("{many} assignments are {done}."),
    };
    Ok(Outcome::go(back(visit, sought)?, Flash::good(sentence)))
}
