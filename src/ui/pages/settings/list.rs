//! Every role's settings at a glance.

use crate::{
    app::list_policies::list_policies,
    domain::{policy::MfaRule, time::Span},
    store::policies::PolicyLine,
    ui::{
        answer::{Content, Mood, PageResult},
        pages::paging,
        parts::{ButtonLink, EmptyState, Icon, Pager, TableBox, Tag},
        time::{Moment, Zone},
        visit::Visit,
    },
};
use leptos::prelude::*;

const PATH: &str = "/settings";

/// Lists roles by name, with a search and a choice of those that somebody has changed.
pub async fn page(visit: Visit) -> PageResult {
    let typed = visit.query.optional("q")?.unwrap_or_default().trim().to_owned();
    let changed_only = visit.query.has("changed");
    let after = paging::after(&visit.query);
    let found = list_policies(&visit.app, visit.caller()?, &typed, changed_only, after, paging::SIZE).await?;
    let next = found.next.map(paging::key);
    let zone = Zone::of(visit.viewer()?);
    let rows: Vec<_> = found.lines.into_iter().map(|line| row(line, zone)).collect();
    let list = if rows.is_empty() {
        nothing(&typed, changed_only)
    } else {
        view! {
            <TableBox label="Settings of each role">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Longest activation"</th>
                            <th scope="col">"Second factor"</th>
                            <th scope="col">"Approval"</th>
                            <th scope="col">"Modified"</th>
                            <th scope="col">"Last updated"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
            <Pager path=PATH query=visit.query.clone() next=next/>
        }
        .into_any()
    };
    let (all, changed) = (visit.query.encoded_without("changed"), visit.query.encoded_with("changed", "1"));
    let view = view! {
        <div class="bar">
            <form class="search" role="search" method="get" action=PATH>
                <Icon name="search"/>
                <input type="search" name="q" value=typed aria-label="Search roles by name" placeholder="Search roles by name" autocomplete="off"/>
                {changed_only.then(|| view! { <input type="hidden" name="changed" value="1"/> })}
            </form>
            <div class="chips">
                <a class="chip" href=format!("{PATH}?{all}") aria-current=(!changed_only).then_some("true")>"All roles"</a>
                <a class="chip" href=format!("{PATH}?{changed}") aria-current=changed_only.then_some("true")>"Modified"</a>
            </div>
        </div>
        {list}
    };
    Ok(Content::new("Settings", view)
        .under("Manage")
        .lead("What each role asks of those who activate it, and of those who assign it."))
}

fn row(line: PolicyLine, zone: Zone) -> AnyView {
    let href = format!("{PATH}/{}", line.role.id);
    let mfa = match line.mfa {
        MfaRule::None => view! { <Tag label="None"/> }.into_any(),
        MfaRule::Session => "In the session".into_any(),
        MfaRule::Fresh { minutes } => format!("Within {}", Span::minutes(minutes)).into_any(),
    };
    let approval = if line.approval {
        view! { <Tag label="Required" mood=Mood::Info/> }.into_any()
    } else {
        "Not required".into_any()
    };
    let (modified, updated) = match line.modified {
        Some(modified) => {
            let by = modified.by.map_or_else(|| "by somebody who is gone".to_owned(), |name| format!("by {name}"));
            let updated = view! { <Moment at=modified.at zone=zone/> <small>{by}</small> };
            (view! { <Tag label="Yes" mood=Mood::Info/> }.into_any(), updated.into_any())
        }
        None => (
            view! { <span class="muted">"No"</span> }.into_any(),
            view! { <span class="muted">"Defaults"</span> }.into_any(),
        ),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=href>{line.role.display_name}</a>
                {line.role.is_privileged.then(|| view! { "\u{2002}" <Tag label="Privileged" mood=Mood::Info/> })}
            </th>
            <td data-label="Longest activation" class="num">{line.longest.span().to_string()}</td>
            <td data-label="Second factor">{mfa}</td>
            <td data-label="Approval">{approval}</td>
            <td data-label="Modified">{modified}</td>
            <td data-label="Last updated" class="num">{updated}</td>
        </tr>
    }
    .into_any()
}

fn nothing(typed: &str, changed_only: bool) -> AnyView {
    if typed.is_empty() && changed_only {
        return view! {
            <EmptyState
                icon="settings"
                title="No settings have been modified"
                text="Every role has the defaults: up to 8 hours, a second factor, a reason, no approval. Open a role and choose Edit to change them."
            >
                <ButtonLink label="Show all roles" href=PATH/>
            </EmptyState>
        }
        .into_any();
    }
    let modified = if changed_only { " with modified settings" } else { "" };
    view! {
        <EmptyState
            icon="search"
            title="No role is called that"
            text=format!("No role{modified} has \u{201c}{typed}\u{201d} in its name.")
        >
            <ButtonLink label="Show all roles" href=PATH/>
        </EmptyState>
    }
    .into_any()
}
