//! What stands around a page's view: top bar, navigation, breadcrumb, heading, the last change's sentence.

use super::{
    answer::{Content, Crumb, Flash, Layout, Mood},
    chrome::{Chrome, NavEntry, NavGroup, Person},
    islands::{Bell, LiveRefresh, ThemeSwitch},
    parts::{ErrorSummary, Icon, IconSheet},
    visit::Visit,
};
use leptos::prelude::*;

/// The body of one page.
pub fn body(visit: &Visit, chrome: Chrome, content: Content) -> AnyView {
    match content.layout {
        Layout::Portal => portal(visit, chrome, content),
        Layout::Card => card(visit, content),
    }
}

/// The browser's title of a page.
pub fn browser_title(title: &str, organization: &str) -> String {
    if title == organization { title.to_owned() } else { format!("{title} - {organization}") }
}

fn portal(visit: &Visit, chrome: Chrome, content: Content) -> AnyView {
    let Content { title, heading, crumbs, view, lead, actions, live, summary_inside, shown_once, .. } = content;
    let topics: Vec<_> = live.iter().map(|topic| topic.word()).collect();
    let home = format!("{}, overview", chrome.organization);
    let zone = visit.viewer.as_ref().map(|viewer| viewer.time_zone.clone());
    // The windows of one session share a stream of events: this is what they find each other by, and gives nothing.
    let session = visit.viewer.as_ref().map(|viewer| viewer.session.as_str().to_owned());
    view! {
        <body data-session=session>
            <a class="skip" href="#main">"Skip to the content"</a>
            <div class="shell">
                <header class="top">
                    <a class="mark" href="/" aria-label=home><Mark/> <span>{chrome.organization}</span></a>
                    <form class="search" role="search" method="get" action="/search">
                        <Icon name="search"/>
                        <input
                            type="search"
                            name="q"
                            aria-label="Search roles, people and pages"
                            placeholder="Search roles, people, pages"
                            autocomplete="off"
                        />
                        <kbd aria-hidden="true">"Ctrl K"</kbd>
                    </form>
                    <div class="end">
                        {chrome.person.is_some().then(|| view! { <Bell unread=chrome.unread here=visit.here()/> })}
                        {person_menu(visit, chrome.person, shown_once)}
                    </div>
                </header>
                <nav class="nav" aria-label="Main">{navigation(visit.path(), chrome.groups)}</nav>
                <main id="main">
                    {toast(visit.flash.clone())}
                    {breadcrumb(crumbs)}
                    <div class="head">
                        <h1 tabindex="-1">{heading.unwrap_or(title)}</h1>
                        {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                        {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
                    </div>
                    {(!topics.is_empty()).then(|| view! { <LiveRefresh topics=topics.join(" ")/> })}
                    {(!summary_inside).then(|| view! { <ErrorSummary/> })}
                    {view}
                    {zone.map(|zone| view! { <p class="zone">"Times are in " <a href="/preferences">{zone}</a></p> })}
                </main>
            </div>
        </body>
    }
    .into_any()
}

fn card(visit: &Visit, content: Content) -> AnyView {
    let Content { title, view, lead, actions, summary_inside, shown_once, .. } = content;
    let card = view! {
        {toast(visit.flash.clone())}
        <h1 tabindex="-1">{title}</h1>
        {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
        {(!summary_inside).then(|| view! { <ErrorSummary/> })}
        {view}
        {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
    };
    let foot =
        (!shown_once).then(|| view! { <ThemeSwitch chosen=visit.arrival.theme here=visit.here() in_menu=false/> });
    doorway(card.into_any(), foot.into_any())
}

/// The body of a page that says why there is no other.
pub fn error_body(status: u16, title: &str, sentence: &str, request_id: &str) -> AnyView {
    let icon = match status {
        401 | 403 => "lock",
        404 => "question",
        _ => "warning",
    };
    let card = view! {
        <section class="errorpage">
            <Icon name=icon/>
            <p class="code">{status.to_string()}</p>
            <h1 tabindex="-1">{title.to_owned()}</h1>
            <p class="lead">{sentence.to_owned()}</p>
            <div class="actions"><a class="btn go" href="/">"To the first page"</a></div>
            <p class="muted">"Request " <code>{request_id.to_owned()}</code></p>
        </section>
    };
    doorway(card.into_any(), ().into_any())
}

/// A card in the doorway, without navigation.
fn doorway(card: AnyView, foot: AnyView) -> AnyView {
    view! {
        <body>
            <a class="skip" href="#main">"Skip to the content"</a>
            <div class="signin">
                <a class="mark" href="/"><Mark/> <span>"Ostiary"</span></a>
                <main id="main" class="card">{card}</main>
                <footer>{foot}</footer>
            </div>
        </body>
    }
    .into_any()
}

/// The doorway and the light behind it.
#[component]
fn Mark() -> impl IntoView {
    let href = format!("{}#mark", use_context::<IconSheet>().map(|sheet| sheet.0).unwrap_or_default());
    view! { <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><use href=href></use></svg> }
}

fn person_menu(visit: &Visit, person: Option<Person>, shown_once: bool) -> Option<AnyView> {
    let person = person?;
    let initials = person.initials();
    let menu = view! {
        <details class="menu person" name="top">
            <summary>
                <span class="face" aria-hidden="true">{initials}</span>
                <span>{person.display_name} " " <small>{person.user_principal_name}</small></span>
                <span class="visually-hidden">", your menu"</span>
            </summary>
            <div>
                <a href="/security"><Icon name="shield"/> "Security"</a>
                <a href="/security#sessions"><Icon name="sessions"/> "Sessions"</a>
                {(!shown_once).then(|| view! {
                    <hr/>
                    <ThemeSwitch chosen=visit.arrival.theme here=visit.here() in_menu=true/>
                })}
                <hr/>
                <form method="post" action="/sign-out">
                    <button type="submit"><Icon name="sign-out"/> "Sign out"</button>
                </form>
            </div>
        </details>
    };
    Some(menu.into_any())
}

fn navigation(path: &str, groups: Vec<NavGroup>) -> Vec<AnyView> {
    groups
        .into_iter()
        .map(|group| {
            let entries: Vec<_> = group.entries.into_iter().map(|entry| nav_link(path, entry)).collect();
            view! {
                {group.label.map(|label| view! { <h2>{label}</h2> })}
                {entries}
            }
            .into_any()
        })
        .collect()
}

fn nav_link(path: &str, entry: NavEntry) -> AnyView {
    let here = path == entry.href
        || (entry.href != "/" && path.strip_prefix(entry.href).is_some_and(|rest| rest.starts_with('/')));
    let count = entry.count.filter(|count| *count > 0).map(|count| {
        view! { " " <span class="n" aria-label=format!("{count} waiting")>{count.to_string()}</span> }
    });
    view! {
        <a href=entry.href aria-current=here.then_some("page")>
            <Icon name=entry.icon/>
            <span>{entry.label}</span>
            {count}
        </a>
    }
    .into_any()
}

fn breadcrumb(crumbs: Vec<Crumb>) -> Option<AnyView> {
    if crumbs.is_empty() {
        return None;
    }
    let steps: Vec<_> = crumbs
        .into_iter()
        .map(|crumb| match crumb.href {
            Some(href) => view! { <li><a href=href>{crumb.label}</a></li> }.into_any(),
            None => view! { <li>{crumb.label}</li> }.into_any(),
        })
        .collect();
    Some(view! { <nav class="crumb" aria-label="Breadcrumb"><ol>{steps}</ol></nav> }.into_any())
}

fn toast(flash: Option<Flash>) -> Option<AnyView> {
    flash.map(|flash| {
        let icon = match flash.mood {
            Mood::Good => "good",
            Mood::Info => "info",
            Mood::Wait => "wait",
            Mood::Bad => "bad",
        };
        view! { <div class=format!("toast {}", flash.mood.class()) role="status"><Icon name=icon/> <p>{flash.sentence}</p></div> }.into_any()
    })
}
