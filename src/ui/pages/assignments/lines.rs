//! How lists of assignments look, on the page of one role and on that of all.

use crate::{
    app::list_assignments::{AssignmentSearch, LineCounts},
    domain::{
        access::Permission,
        ids::RoleId,
        request::Kind,
        schedule::{AssignmentType, EndReason},
        time::Instant,
    },
    store::assignment_lines::{AssignmentLine, Holder, Section},
    ui::{
        answer::{Fault, Mood},
        form::Form,
        islands::PickAll,
        parts::{Button, EmptyState, Face, Icon, Tab, TableBox, Tabs, Tag, Tick},
        time::{Zone, machine, relative},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// How many lines a page of a list has.
pub const PAGE: usize = 50;

/// The name of a tab in the address.
pub const fn word(section: Section) -> &'static str {
    match section {
        Section::Eligible => "eligible",
        Section::Active => "active",
        Section::Ending => "ending",
        Section::Expired => "expired",
    }
}

/// The word for a kind of assignment in the address.
pub const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "eligibility",
        Kind::Assignment => "assignment",
    }
}

/// What the address asks for. An unknown tab is the first one.
pub fn search(query: &Form, role: Option<&RoleId>) -> Result<AssignmentSearch, Fault> {
    let section = match query.optional("tab")? {
        Some("active") => Section::Active,
        Some("ending") => Section::Ending,
        Some("expired") => Section::Expired,
        Some(_) | None => Section::Eligible,
    };
    Ok(AssignmentSearch { section, role: role.cloned(), typed: query.optional("q")?.unwrap_or_default().to_owned() })
}

/// The tabs with what they hold.
pub fn tabs(visit: &Visit, open: Section, counts: LineCounts) -> AnyView {
    let path = visit.path().to_owned();
    let typed = visit.query.many("q").next().map(|typed| vec![("q".to_owned(), typed.to_owned())]);
    let kept = Form::from_fields(typed.unwrap_or_default());
    let tab = |section, label: &str, count: u64| Tab {
        label: label.to_owned(),
        href: format!("{path}?{}", kept.encoded_with("tab", word(section))),
        count: Some(usize::try_from(count).unwrap_or(usize::MAX)),
        open: section == open,
    };
    let tabs = vec![
        tab(Section::Eligible, "Eligible", counts.eligible),
        tab(Section::Active, "Active", counts.active),
        tab(Section::Ending, "Ending soon", counts.ending),
        tab(Section::Expired, "Expired", counts.expired),
    ];
    view! { <Tabs label="Assignments" tabs=tabs/> }.into_any()
}

/// The search and the export above the lines.
pub fn bar(visit: &Visit, search: &AssignmentSearch, placeholder: &'static str) -> AnyView {
    let mut asked = vec![("tab".to_owned(), word(search.section).to_owned())];
    if !search.typed.is_empty() {
        asked.push(("q".to_owned(), search.typed.clone()));
    }
    if let Some(role) = &search.role {
        asked.push(("role".to_owned(), role.to_string()));
    }
    let export = format!("/assignments.csv?{}", Form::from_fields(asked).encoded());
    let everything = format!("{}?tab={}", visit.path(), word(search.section));
    let searching = !search.typed.is_empty();
    view! {
        <div class="bar">
            <form class="search" role="search" method="get" action=visit.path().to_owned()>
                <input type="hidden" name="tab" value=word(search.section)/>
                <Icon name="search"/>
                <input type="search" name="q" value=search.typed.clone() aria-label=placeholder placeholder=placeholder autocomplete="off"/>
            </form>
            {searching.then(|| view! { <a class="btn plain" href=everything>"Show all"</a> })}
            <div class="end">
                <a class="btn" href=export download><Icon name="download"/> "Export CSV"</a>
            </div>
        </div>
    }
    .into_any()
}

/// What a list shows.
pub struct Lines<'a> {
    /// The visit.
    pub visit: &'a Visit,
    /// What was asked for.
    pub search: &'a AssignmentSearch,
    /// Where an assignment is added.
    pub add: String,
}

impl Lines<'_> {
    /// The table, or what stands in its place.
    pub fn table(&self, lines: Vec<AssignmentLine>) -> Result<AnyView, Fault> {
        let viewer = self.visit.viewer()?;
        let may_write = viewer.standing.holds(Permission::WriteAssignments);
        if lines.is_empty() {
            return Ok(self.empty(may_write));
        }
        let section = self.search.section;
        let with_role = self.search.role.is_none();
        let (zone, now) = (Zone::of(viewer), self.visit.now());
        let rows: Vec<_> = lines.into_iter().map(|line| self.row(line, zone, now, may_write)).collect();
        let label = match section {
            Section::Eligible => "Eligible assignments",
            Section::Active => "Active assignments",
            Section::Ending => "Assignments that end within 14 days",
            Section::Expired => "Expired assignments",
        };
        let last = last_column(section);
        let state = match section {
            Section::Eligible => None,
            Section::Active | Section::Ending => Some("State"),
            Section::Expired => Some("Was"),
        };
        let table = view! {
            <TableBox label=label>
                <table class="tight">
                    <thead>
                        <tr>
                            {may_write.then(|| view! {
                                <th class="pick" data-label="All"><PickAll name="id" label="All assignments of this page"/></th>
                            })}
                            <th scope="col">"Name"</th>
                            {with_role.then(|| view! { <th scope="col">"Role"</th> })}
                            <th scope="col">"Type"</th>
                            <th scope="col">"Membership"</th>
                            {state.map(|name| view! { <th scope="col">{name}</th> })}
                            <th scope="col">"Start"</th>
                            <th scope="col">{last}</th>
                            {may_write.then(|| view! { <th scope="col" class="act"><span class="visually-hidden">"Action"</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        };
        if !may_write {
            return Ok(table.into_any());
        }
        let (action, label, hint) = match section {
            Section::Eligible | Section::Active | Section::Ending => (
                "/assignments/extend",
                "Extend selected",
                "Tick several assignments to give them a later end together.",
            ),
            Section::Expired => (
                "/assignments/renew",
                "Renew selected",
                "Tick several assignments that expired to make them again together.",
            ),
        };
        Ok(view! {
            <form method="get" action=action>
                {table}
                <input type="hidden" name="back" value=self.visit.here()/>
                <div class="bar bulk">
                    <Button label=label/>
                    <span class="hint">{hint}</span>
                </div>
            </form>
        }
        .into_any())
    }

    fn row(&self, line: AssignmentLine, zone: Zone, now: Instant, may_write: bool) -> AnyView {
        let membership = match &line.through {
            Some(group) => view! { "Group" <small>{format!("through {group}")}</small> }.into_any(),
            None => "Direct".into_any(),
        };
        let role = self.search.role.is_none().then(|| {
            view! { <td data-label="Role"><a href=format!("/roles/{}", line.role)>{line.role_name.clone()}</a></td> }
        });
        let who = line.holder.name.clone().unwrap_or_else(|| "Somebody who is gone".to_owned());
        let tick = may_write.then(|| {
            let tick = can_go_on(&line).then(|| {
                view! { <Tick name="id" value=line.id.to_string() label=format!("{who}, {}", line.role_name)/> }
            });
            view! { <td class="pick">{tick}</td> }
        });
        let acts = may_write.then(|| view! { <td class="act">{self.acts(&line, &who)}</td> });
        let section = self.search.section;
        let kind = if line.holder.members.is_some() { "Group" } else { "User" };
        let state = (section != Section::Eligible).then(|| {
            let label = if section == Section::Expired { "Was" } else { "State" };
            view! { <td data-label=label>{state(&line, now)}</td> }
        });
        view! {
            <tr>
                {tick}
                <th scope="row">{holder(&line.holder, &who)}</th>
                {role}
                <td data-label="Type" class="num">{kind}</td>
                <td data-label="Membership">{membership}</td>
                {state}
                <td data-label="Start" class="num">{start(&line, section, zone, now)}</td>
                <td data-label=last_column(section) class="num">{end(&line, zone, now)} {may_write.then(|| asked(&line, &who))}</td>
                {acts}
            </tr>
        }
        .into_any()
    }

    /// What an administrator can do with one line.
    fn acts(&self, line: &AssignmentLine, who: &str) -> AnyView {
        let back = Form::from_fields(vec![("back".to_owned(), self.visit.here())]).encoded();
        let (kind, id, role) = (kind_word(line.kind), &line.id, &line.role_name);
        if self.search.section == Section::Expired {
            let renew = can_go_on(line).then(|| {
                let (href, name) = (format!("/assignments/renew?id={id}&{back}"), format!("Renew {who} as {role}"));
                view! { <a class="btn small" href=href aria-label=name>"Renew"</a> }
            });
            return renew.into_any();
        }
        let update = (line.assignment_type != Some(AssignmentType::Activated)).then(|| {
            let (href, name) = (format!("/assignments/{kind}/{id}/update?{back}"), format!("Update {who} in {role}"));
            view! { <a class="btn small" href=href aria-label=name>"Update"</a> }
        });
        let extend = can_go_on(line).then(|| {
            let (href, name) = (format!("/assignments/extend?id={id}&{back}"), format!("Extend {who} in {role}"));
            view! { <a class="btn small" href=href aria-label=name>"Extend"</a> }
        });
        let (href, name) = (format!("/assignments/{kind}/{id}/remove?{back}"), format!("Remove {who} from {role}"));
        view! { {update} {extend} <a class="btn small no" href=href aria-label=name>"Remove"</a> }.into_any()
    }

    fn empty(&self, may_write: bool) -> AnyView {
        if !self.search.typed.is_empty() {
            let text =
                format!("No name of a role, a person or a group in this list has \"{}\" in it.", self.search.typed);
            return view! { <EmptyState icon="search" title="Nothing found" text=text/> }.into_any();
        }
        let (title, text) = match self.search.section {
            Section::Eligible => (
                "Nobody is eligible",
                "Whoever is made eligible can activate the role when they need it, for hours, and has no power before that.",
            ),
            Section::Active => (
                "Nobody is active",
                "Activations stand here while they run, and assignments that somebody made active.",
            ),
            Section::Ending => (
                "Nothing ends within 14 days",
                "Assignments stand here before they end, so that they can be extended in time.",
            ),
            Section::Expired => (
                "Nothing ended in the last 30 days",
                "Assignments that end or are removed stay here for 30 days. Activations that ended are in the audit.",
            ),
        };
        let add = (may_write && matches!(self.search.section, Section::Eligible | Section::Active)).then(|| {
            view! { <a class="btn go" href=self.add.clone()><Icon name="plus"/> "Add assignments"</a> }
        });
        view! { <EmptyState icon="assignments" title=title text=text>{add}</EmptyState> }.into_any()
    }
}

/// Whether it can be extended, or renewed where it is over.
fn can_go_on(line: &AssignmentLine) -> bool {
    let activated = line.assignment_type == Some(AssignmentType::Activated);
    match line.ended_at {
        Some(_) => line.end_reason == Some(EndReason::Expired) && !line.held_again,
        None => line.term.ends_at.is_some() && !activated,
    }
}

const fn last_column(section: Section) -> &'static str {
    match section {
        Section::Eligible => "Eligible until",
        Section::Active => "Active until",
        Section::Ending => "Ends",
        Section::Expired => "Ended",
    }
}

fn holder(holder: &Holder, who: &str) -> AnyView {
    let is_group = holder.members.is_some();
    let href = if is_group { format!("/groups/{}", holder.id) } else { format!("/users/{}", holder.id) };
    let name = match holder.name {
        Some(_) => view! { <a href=href>{who.to_owned()}</a> }.into_any(),
        None => view! { <span class="muted">{who.to_owned()}</span> }.into_any(),
    };
    let detail = match (&holder.user_principal_name, holder.members) {
        (Some(upn), _) if holder.enabled => Some(upn.clone()),
        (Some(upn), _) => Some(format!("{upn}, disabled")),
        (None, Some(1)) => Some("1 member".to_owned()),
        (None, Some(many)) => Some(format!("{many} members")),
        (None, None) => None,
    };
    view! {
        <div class="who">
            <Face name=who.to_owned() is_group=is_group/>
            <span>{name} {detail.map(|detail| view! { <small>{detail}</small> })}</span>
        </div>
    }
    .into_any()
}

/// How it came to be; on the tab of what ended, what it was.
fn state(line: &AssignmentLine, now: Instant) -> AnyView {
    match (line.assignment_type, line.ended_at) {
        (None, Some(_)) => "Eligible".into_any(),
        (Some(_), Some(_)) => "Active".into_any(),
        (_, None) if line.term.starts_at > now => view! { <Tag label="Starts later" mood=Mood::Info/> }.into_any(),
        (None, None) => view! { <Tag label="Eligible" mood=Mood::Info/> }.into_any(),
        (Some(AssignmentType::Assigned), None) => view! { <Tag label="Assigned" mood=Mood::Good/> }.into_any(),
        (Some(AssignmentType::Activated), None) => view! { <Tag label="Activated" mood=Mood::Good/> }.into_any(),
    }
}

/// A day, and below it the time of day with what else there is to say.
fn moment(at: Instant, zone: Zone, more: Option<String>) -> AnyView {
    let more = more.map(|more| view! { ", " <span>{more}</span> });
    view! { <time datetime=machine(at) title=zone.exact(at)>{zone.date(at)}</time> <small>{zone.clock(at)}{more}</small> }
        .into_any()
}

fn start(line: &AssignmentLine, section: Section, zone: Zone, now: Instant) -> AnyView {
    let at = line.term.starts_at;
    let more = (at > now).then(|| relative(at, now));
    let day = moment(at, zone, more);
    // On the other tabs the state says it.
    let later = section == Section::Eligible && at > now;
    view! { {day} {later.then(|| view! { <Tag label="Starts later" mood=Mood::Info/> })} }.into_any()
}

fn end(line: &AssignmentLine, zone: Zone, now: Instant) -> AnyView {
    match (line.ended_at, line.term.ends_at) {
        (Some(at), _) => {
            let how = match line.end_reason {
                Some(EndReason::Removed) => "removed",
                Some(EndReason::Deactivated) => "deactivated",
                Some(EndReason::Expired) | None if line.held_again => "expired, held again",
                Some(EndReason::Expired) | None => "expired",
            };
            moment(at, zone, Some(how.to_owned()))
        }
        (None, Some(end)) => moment(end, zone, Some(relative(end, now))),
        (None, None) => "Permanent".into_any(),
    }
}

/// Leads whoever may decide to the request about it that waits.
fn asked(line: &AssignmentLine, who: &str) -> Option<AnyView> {
    let request = line.asked.as_ref()?;
    let label = if line.ended_at.is_some() { "Renewal asked" } else { "Extension asked" };
    let words = format!("{label} by {who} for {}", line.role_name);
    let href = format!("/approve-requests/{request}");
    Some(view! { <small><a href=href aria-label=words>{label}</a></small> }.into_any())
}
