//! The three tables of My roles.

use crate::{
    domain::{
        ids::RequestId,
        lifecycle::{Known, may_renew},
        my_role::{Condition, Extension, condition, deactivable_from, extension},
        request::Kind,
        schedule::{AssignmentType, EndReason, Term},
        time::Instant,
    },
    store::my_roles::{ActiveRow, EligibleRow, OverRow, RoleHead},
    ui::{
        answer::Mood,
        islands::{PickAll, TimeLeft},
        parts::{Button, ButtonLink, Look, TableBox, Tag, Tick, UnavailableButton},
        time::{Zone, full_minute, relative, short},
    },
};
use leptos::prelude::*;

/// In whose zone, and when.
#[derive(Clone, Copy)]
pub struct Seen {
    /// The reader's zone.
    pub zone: Zone,
    /// This moment.
    pub now: Instant,
}

/// Eligible roles, to be ticked and activated together.
pub fn eligible(rows: Vec<EligibleRow>, chosen: &[String], seen: Seen) -> AnyView {
    let rows: Vec<_> = rows.into_iter().map(|row| eligible_row(row, chosen, seen)).collect();
    view! {
        <form method="get" action="/my-roles/activate">
            <TableBox label="Roles you are eligible for">
                <table>
                    <thead>
                        <tr>
                            <th class="pick" data-label="All"><PickAll name="id" label="All roles that can be activated"/></th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Membership"</th>
                            <th scope="col">"Eligible until"</th>
                            <th scope="col">"Active until"</th>
                            <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
            <div class="bar bulk">
                <Button label="Activate selected" look=Look::Go icon="activate"/>
                <span class="hint">"Tick several roles to activate them with one reason."</span>
            </div>
        </form>
    }
    .into_any()
}

fn eligible_row(row: EligibleRow, chosen: &[String], seen: Seen) -> AnyView {
    let EligibleRow { eligibility, role, facts, extension: asked } = row;
    let condition = condition(&facts, seen.now);
    let id = eligibility.id.to_string();
    let can_activate = condition == Condition::Off;
    let tick = can_activate.then(|| {
        let ticked = chosen.contains(&id);
        view! { <Tick name="id" value=id.clone() label=role.name.clone() ticked=ticked/> }
    });
    let action = match &condition {
        Condition::Off => {
            let (href, words) = (format!("/my-roles/activate?id={id}"), format!("Activate {}", role.name));
            Some(view! { <ButtonLink label="Activate" look=Look::Go href=href aria_label=words/> }.into_any())
        }
        Condition::On { activation, term } | Condition::Scheduled { activation, term } => {
            Some(deactivate(activation.as_str(), &role.name, AssignmentType::Activated, term, seen))
        }
        Condition::Waiting { request, .. } => {
            let words = format!("View request for {}", role.name);
            let href = format!("/my-requests/{request}");
            Some(view! { <ButtonLink label="View request" href=href aria_label=words/> }.into_any())
        }
        Condition::NotYet { .. } | Condition::Assigned => None,
    };
    let extend = extend(&id, &role, &eligibility.term, asked, seen);
    view! {
        <tr>
            <td class="pick">{tick}</td>
            {name_cell(&role)}
            {membership_cell(&role)}
            <td data-label="Eligible until" class="num">{until(eligibility.term.ends_at, seen)}</td>
            <td data-label="Active until">{active_until(&condition, seen)}</td>
            <td class="act">{action} {extend}</td>
        </tr>
    }
    .into_any()
}

/// What is active, or will be.
pub fn active(rows: Vec<ActiveRow>, seen: Seen) -> AnyView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let state = match (row.assignment_type, row.term.starts_at > seen.now) {
                (_, true) => view! { <Tag label="Starts later" mood=Mood::Info/> },
                (AssignmentType::Activated, false) => view! { <Tag label="Activated" mood=Mood::Good/> },
                (AssignmentType::Assigned, false) => view! { <Tag label="Assigned" mood=Mood::Good/> },
            };
            let starts = (row.term.starts_at > seen.now)
                .then(|| view! { <small>{format!("from {}", seen.zone.near(row.term.starts_at, seen.now))}</small> });
            let actions = match row.assignment_type {
                AssignmentType::Activated => {
                    deactivate(row.id.as_str(), &row.role.name, row.assignment_type, &row.term, seen)
                }
                AssignmentType::Assigned => {
                    extend(row.id.as_str(), &row.role, &row.term, row.extension, seen).into_any()
                }
            };
            let end = match row.term.ends_at {
                Some(end) if row.term.starts_at <= seen.now => on_until(end, seen),
                end => until(end, seen),
            };
            view! {
                <tr>
                    {name_cell(&row.role)}
                    {membership_cell(&row.role)}
                    <td data-label="State">{state} {starts}</td>
                    <td data-label="Active until" class="num">{end}</td>
                    <td class="act">{actions}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <TableBox label="Your active roles">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Membership"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Active until"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

/// What is over.
pub fn over(rows: Vec<OverRow>, seen: Seen) -> AnyView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let kind = match (row.kind, row.assignment_type) {
                (Kind::Eligibility, _) => "Eligible",
                (Kind::Assignment, Some(AssignmentType::Activated)) => "Active, activated",
                (Kind::Assignment, _) => "Active, assigned",
            };
            let how = match row.reason {
                Some(EndReason::Removed) => "Removed",
                Some(EndReason::Deactivated) => "Deactivated",
                Some(EndReason::Expired) | None => "Its time ran out",
            };
            let renew = renew(&row, seen);
            view! {
                <tr>
                    {name_cell(&row.role)}
                    <td data-label="Kind">{kind}</td>
                    {membership_cell(&row.role)}
                    <td data-label="Ended" class="num">
                        {seen.zone.near(row.over_at, seen.now)} <small>{relative(row.over_at, seen.now)}</small>
                    </td>
                    <td data-label="How">{how}</td>
                    <td class="act">{renew}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <TableBox label="What ended in the last 30 days">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Membership"</th>
                        <th scope="col">"Ended"</th>
                        <th scope="col">"How"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn name_cell(role: &RoleHead) -> impl IntoView + use<> {
    let (name, description) = (role.name.clone(), role.description.clone());
    let privileged = role.is_privileged.then(|| view! { "\u{2002}" <Tag label="Privileged" mood=Mood::Info/> });
    view! { <th scope="row">{name} {privileged} <small>{description}</small></th> }
}

fn membership_cell(role: &RoleHead) -> impl IntoView + use<> {
    match role.group.clone() {
        None => view! { <td data-label="Membership">"Direct"</td> }.into_any(),
        Some(group) => view! { <td data-label="Membership">"Group" <small>{group}</small></td> }.into_any(),
    }
}

fn until(end: Option<Instant>, seen: Seen) -> AnyView {
    match end {
        None => "Permanent".into_any(),
        Some(end) => view! { {seen.zone.date(end)} <small>{relative(end, seen.now)}</small> }.into_any(),
    }
}

/// What is on, and how long it stays on.
fn on_until(end: Instant, seen: Seen) -> AnyView {
    let left = short(end.since(seen.now));
    view! {
        <span class="tag good">"Active, " <TimeLeft until=end.millis() written=left unit="left" over="its time is up"/></span>
        <small>{format!("until {}", seen.zone.near(end, seen.now))}</small>
    }
    .into_any()
}

fn active_until(condition: &Condition, seen: Seen) -> AnyView {
    match condition {
        Condition::Off => view! { <span class="muted">"Not active"</span> }.into_any(),
        Condition::NotYet { from } => {
            view! { <Tag label="Starts later"/> <small>{format!("eligible from {}", seen.zone.near(*from, seen.now))}</small> }
                .into_any()
        }
        Condition::Waiting { lapses_at, .. } => {
            let lapses = match lapses_at {
                Some(at) => format!("lapses {}", relative(*at, seen.now)),
                None => "until somebody decides".to_owned(),
            };
            view! { <Tag label="Waiting for approval" mood=Mood::Wait/> <small>{lapses}</small> }.into_any()
        }
        Condition::Scheduled { term, .. } => {
            let from = format!("from {}", seen.zone.near(term.starts_at, seen.now));
            view! { <Tag label="Starts later" mood=Mood::Info/> <small>{from}</small> }.into_any()
        }
        Condition::On { term, .. } => match term.ends_at {
            Some(end) => on_until(end, seen),
            None => view! { <Tag label="Active" mood=Mood::Good/> }.into_any(),
        },
        Condition::Assigned => {
            view! { <Tag label="Active" mood=Mood::Good/> <small>"by an active assignment"</small> }.into_any()
        }
    }
}

fn deactivate(id: &str, role: &str, kind: AssignmentType, term: &Term, seen: Seen) -> AnyView {
    match deactivable_from(kind, term, seen.now) {
        Some(from) if from <= seen.now => {
            let (href, words) = (format!("/my-roles/{id}/deactivate"), format!("Deactivate {role}"));
            view! { <ButtonLink label="Deactivate" look=Look::No href=href aria_label=words/> }.into_any()
        }
        Some(from) => {
            let reason = format!("from {}", seen.zone.clock(full_minute(from)));
            view! { <UnavailableButton label="Deactivate" reason=reason/> }.into_any()
        }
        None => ().into_any(),
    }
}

/// Asks for a later end, or why that is not possible at this moment; nothing where there is nothing to extend.
fn extend(id: &str, role: &RoleHead, term: &Term, asked: Option<RequestId>, seen: Seen) -> Option<AnyView> {
    if let Some(request) = asked {
        return Some(asked_already("Extension asked", "View the request to extend", &role.name, &request));
    }
    let reason = match extension(term, role.group.is_some(), seen.now) {
        Extension::Permanent => return None,
        Extension::OfGroup => "only for the whole group".to_owned(),
        Extension::From(from) => format!("from {}", seen.zone.date(from)),
        Extension::Open => {
            let (href, words) = (format!("/my-roles/{id}/extend"), format!("Extend {}", role.name));
            return Some(view! { <ButtonLink label="Extend" href=href aria_label=words/> }.into_any());
        }
    };
    Some(view! { <UnavailableButton label="Extend" reason=reason/> }.into_any())
}

/// Asks for what expired again; nothing for what cannot come again, or is there again.
fn renew(row: &OverRow, seen: Seen) -> Option<AnyView> {
    if let Some(request) = &row.renewal {
        return Some(asked_already("Renewal asked", "View the request to renew", &row.role.name, request));
    }
    let known = Known {
        kind: row.kind,
        activated: row.assignment_type == Some(AssignmentType::Activated),
        term: Term { starts_at: row.starts_at, ends_at: Some(row.over_at) },
        ended: row.reason.map(|reason| (row.over_at, reason)),
    };
    if row.held_again || may_renew(&known, seen.now).is_err() {
        return None;
    }
    if row.role.group.is_some() {
        return Some(view! { <UnavailableButton label="Renew" reason="only for the whole group"/> }.into_any());
    }
    let (href, words) = (format!("/my-roles/{}/renew", row.id), format!("Renew {}", row.role.name));
    Some(view! { <ButtonLink label="Renew" look=Look::Go href=href aria_label=words/> }.into_any())
}

fn asked_already(label: &'static str, words: &str, role: &str, request: &RequestId) -> AnyView {
    let words = format!("{words} {role}");
    view! { <ButtonLink label=label href=format!("/my-requests/{request}") aria_label=words/> }.into_any()
}
