//! One role's settings, to read.

use super::{
    notifications, role_of,
    side::{LastChanged, today},
};
use crate::{
    app::show_policy::{ShownPolicy, show_policy},
    domain::{access::Permission, policy_words::Words, reach::Reach},
    store::principals::Principal,
    ui::{
        answer::{Content, Mood, PageResult},
        chrome::initials,
        parts::{ButtonLink, Look, Note, Tag},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows the three blocks, who can approve today, and what was changed last.
pub async fn page(visit: Visit) -> PageResult {
    let shown = show_policy(&visit.app, visit.caller()?, &role_of(&visit)?).await?;
    let zone = Zone::of(visit.viewer()?);
    let (path, role_path) = (format!("/settings/{}/edit", shown.role.id), format!("/roles/{}", shown.role.id));
    let ShownPolicy { role, stored, approvers, reach, mailed_admins, history, may_write } = shown;
    let policy = &stored.policy;
    let names: Vec<String> = approvers.iter().map(|approver| approver.display_name.clone()).collect();
    let view = view! {
        <div class="two">
            <div class="stack">
                {block("Activation", policy.activation_in_words(&names))}
                {block("Assignment", policy.assignment_in_words())}
                {notifications::shown(policy, &notifications::Today { admins: &mailed_admins, approvers: &reach.people })}
            </div>
            <aside class="stack" aria-label="What these settings mean">
                {today("What this means today", policy)}
                {policy.activation.approval.required.then(|| who_can_approve(&reach, &approvers))}
                <LastChanged modified=stored.modified.clone() history=history zone=zone/>
            </aside>
        </div>
    };
    let sees_assignments = visit.viewer()?.standing.holds(Permission::ReadAssignments);
    let actions = view! {
        {sees_assignments.then(|| view! { <ButtonLink label="Assignments" href=role_path icon="assignments"/> })}
        {may_write.then(|| view! { <ButtonLink label="Edit" href=path look=Look::Go icon="edit"/> })}
    };
    Ok(Content::new(format!("Settings: {}", role.display_name), view)
        .under("Manage")
        .crumb("Settings", "/settings")
        .lead(role.description)
        .actions(actions))
}

fn block(title: &'static str, words: Words) -> AnyView {
    let lines: Vec<_> = words
        .into_iter()
        .map(|(name, value)| {
            let value = match value.as_str() {
                "on" => view! { <Tag label="Yes" mood=Mood::Good/> }.into_any(),
                "off" => view! { <Tag label="No"/> }.into_any(),
                _ => capitalised(&value).into_any(),
            };
            view! { <div><dt>{name}</dt> <dd>{value}</dd></div> }
        })
        .collect();
    view! {
        <section class="card settings-block">
            <div class="h"><h2>{title}</h2></div>
            <dl class="facts lines">{lines}</dl>
        </section>
    }
    .into_any()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// At most so many people are named; the rest are counted.
const NAMED: usize = 12;

fn who_can_approve(reach: &Reach, approvers: &[Principal]) -> AnyView {
    let concerns: Vec<_> =
        reach.concerns().into_iter().map(|concern| view! { <Note mood=Mood::Wait>{concern}</Note> }).collect();
    let more = reach.people.len().saturating_sub(NAMED);
    let people: Vec<_> = reach
        .people
        .iter()
        .take(NAMED)
        .map(|name| {
            let initials = initials(name);
            view! { <span class="person"><span class="face" aria-hidden="true">{initials}</span> {name.clone()}</span> }
        })
        .collect();
    let stand_in = approvers
        .is_empty()
        .then(|| view! { <p class="hint">"Nobody is named, so the active Global and Privileged Role Administrators decide."</p> });
    view! {
        <section class="card">
            <div class="h"><h2>"Who can approve"</h2></div>
            <div class="b stack">
                <p>{reach.sentence()}</p>
                {concerns}
                {stand_in}
                <div class="people">{people}</div>
                {(more > 0).then(|| view! { <p class="hint">{format!("and {more} more")}</p> })}
            </div>
        </section>
    }
    .into_any()
}
