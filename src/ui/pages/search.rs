//! What the search in the top bar finds.

use crate::{
    app::{
        normal_form::search_key,
        search::{Found, SHOWN, search},
    },
    ui::{
        answer::{Content, PageResult},
        chrome::{Findable, find_pages},
        parts::{EmptyState, Icon, Note},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The most that is taken of what was typed.
const LONGEST: usize = 200;

/// One thing that was found.
struct Line {
    href: String,
    icon: &'static str,
    name: String,
    detail: String,
}

/// Results by kind.
pub async fn page(visit: Visit) -> PageResult {
    let typed: String = visit.query.optional("q")?.unwrap_or_default().trim().chars().take(LONGEST).collect();
    let viewer = visit.viewer()?;
    let key = search_key(&typed);
    let found = search(&visit.app, &viewer.caller, &typed).await?;
    let pages = if key.is_empty() { Vec::new() } else { find_pages(viewer, &key) };
    let needs_verification = found.needs_verification;
    let cards = cards(found, pages, &visit);
    let nothing = cards.is_empty().then(|| {
        let (title, text) = if typed.is_empty() {
            (
                "What are you looking for?".to_owned(),
                "Type a part of a name: a role, a person, a group or a page of the portal.",
            )
        } else {
            (format!("Nothing is called {typed:?}"), "Try a part of the name. You find what you may see.")
        };
        view! { <EmptyState icon="search" title=title text=text/> }
    });
    let hint = needs_verification.then(|| {
        let to = form_urlencoded::byte_serialize(visit.here().as_bytes()).collect::<String>();
        view! {
            <Note>
                <p>
                    "Show your second factor to find all roles, people and groups. "
                    <a href=format!("/verify?to={to}")>"Verify now"</a>
                </p>
            </Note>
        }
    });
    let title = if typed.is_empty() { "Search".to_owned() } else { format!("Search: {typed}") };
    let view = view! {
        <form class="search" role="search" method="get" action="/search" aria-label="Search again">
            <Icon name="search"/>
            <input type="search" name="q" value=typed aria-label="Search roles, people, groups and pages" autocomplete="off"/>
        </form>
        {hint}
        {cards}
        {nothing}
    };
    Ok(Content::new(title, view))
}

fn cards(found: Found, pages: Vec<Findable>, visit: &Visit) -> Vec<AnyView> {
    let sees_all = found.sees_all_roles;
    let roles = found.roles.into_iter().map(|role| Line {
        href: if sees_all { format!("/roles/{}", role.id) } else { "/my-roles".to_owned() },
        icon: "roles",
        name: role.display_name,
        detail: role.description,
    });
    let users = found.users.into_iter().map(|user| Line {
        href: format!("/users/{}", user.id),
        icon: "my-roles",
        name: user.display_name.as_str().to_owned(),
        detail: user.user_principal_name.as_str().to_owned(),
    });
    let groups = found.groups.into_iter().map(|group| Line {
        href: format!("/groups/{}", group.id),
        icon: "groups",
        name: group.display_name.as_str().to_owned(),
        detail: "Group".to_owned(),
    });
    let pages = pages.into_iter().map(|page| Line {
        href: page.href.to_owned(),
        icon: page.icon,
        name: page.label.to_owned(),
        detail: page.group.to_owned(),
    });
    [
        card("Pages", None, pages.collect(), visit),
        card("Roles", Some(if sees_all { "/roles" } else { "/my-roles" }), roles.collect(), visit),
        card("People", Some("/users"), users.collect(), visit),
        card("Groups", Some("/groups"), groups.collect(), visit),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One kind of thing. When there may be more, the head leads to its own list.
fn card(title: &'static str, list: Option<&'static str>, lines: Vec<Line>, visit: &Visit) -> Option<AnyView> {
    if lines.is_empty() {
        return None;
    }
    let more = list.filter(|_| lines.len() >= SHOWN).map(|path| {
        let query = crate::ui::form::Form::from_fields(
            visit
                .query
                .fields()
                .filter(|(name, _)| *name == "q")
                .map(|(name, q)| (name.to_owned(), q.to_owned()))
                .collect(),
        );
        view! { <a href=format!("{path}?{}", query.encoded())>"See all"</a> }
    });
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| {
            view! {
                <li><a href=line.href><Icon name=line.icon/> <span>{line.name}<small>{line.detail}</small></span></a></li>
            }
        })
        .collect();
    Some(
        view! {
            <section class="card">
                <div class="h"><h2>{title}</h2>{more}</div>
                <ul class="found">{lines}</ul>
            </section>
        }
        .into_any(),
    )
}
