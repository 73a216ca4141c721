//! What stands around a page's view: top bar, navigation, breadcrumb, heading, the last change's sentence.

use super::{
    answer::{Content, Crumb, Flash, Layout, Mood},
    chrome::{Chrome, NavEntry, NavGroup, Person},
    islands::ThemeSwitch,
    parts::{ErrorSummary, Icon},
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
    let Content { title, crumbs, view, lead, actions, summary_inside, .. } = content;
    view! {
        <body>
            <a class="skip" href="#main">"Skip to the content"</a>
            <div class="shell">
                <header class="top">
                    <a class="mark" href="/"><Mark/> {chrome.organization}</a>
                    <form class="search" role="search" method="get" action="/search">
                        <Icon name="search"/>
                        <input type="search" name="q" aria-label="Search roles, people and pages" placeholder="Search roles, people, pages" autocomplete="off"/>
                        <kbd aria-hidden="true">"/"</kbd>
                    </form>
                    <div class="end">
                        {chrome.person.is_some().then(|| bell(chrome.unread))}
                        {person_menu(visit, chrome.person)}
                    </div>
                </header>
                <nav class="nav" aria-label="Main">{navigation(visit.path(), chrome.groups)}</nav>
                <main id="main">
                    {breadcrumb(crumbs)}
                    <div class="head">
                        <h1 tabindex="-1">{title}</h1>
                        {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                        {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
                    </div>
                    {(!summary_inside).then(|| view! { <ErrorSummary/> })}
                    {view}
                </main>
                {toast(visit.flash.clone())}
            </div>
        </body>
    }
    .into_any()
}

fn card(visit: &Visit, content: Content) -> AnyView {
    let Content { title, view, lead, actions, summary_inside, .. } = content;
    view! {
        <body>
            <a class="skip" href="#main">"Skip to the content"</a>
            <main id="main" class="signin">
                <div class="card">
                    <p class="mark"><Mark/> "Ostiary"</p>
                    <h1 tabindex="-1">{title}</h1>
                    {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                    {(!summary_inside).then(|| view! { <ErrorSummary/> })}
                    {view}
                    {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
                </div>
                <ThemeSwitch chosen=visit.arrival.theme here=visit.here()/>
            </main>
            {toast(visit.flash.clone())}
        </body>
    }
    .into_any()
}

/// The body of a page that says why there is no other.
pub fn error_body(title: &str, sentence: &str, request_id: &str) -> AnyView {
    view! {
        <body>
            <main id="main" class="errorpage">
                <p class="mark"><Mark/> "Ostiary"</p>
                <h1 tabindex="-1">{title.to_owned()}</h1>
                <p class="lead">{sentence.to_owned()}</p>
                <p class="muted">"Request " <code>{request_id.to_owned()}</code></p>
                <div class="actions"><a class="btn go" href="/">"To the first page"</a></div>
            </main>
        </body>
    }
    .into_any()
}

/// The doorway and its keyhole.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg width="26" height="28" viewBox="0 0 26 28" aria-hidden="true" focusable="false">
            <path class="arch" d="M3 27V13a10 10 0 0 1 20 0v14" fill="none" stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/>
            <path class="keyhole" d="M13 12a3.4 3.4 0 0 0-1.7 6.3L10.3 25h5.4l-1-6.7A3.4 3.4 0 0 0 13 12z" fill="currentColor"/>
        </svg>
    }
}

fn bell(unread: u64) -> AnyView {
    let words = match unread {
        0 => "Notifications, all read".to_owned(),
        1 => "Notifications, 1 unread".to_owned(),
        many => format!("Notifications, {many} unread"),
    };
    view! {
        <a class="bell" href="/notifications" aria-label=words>
            <Icon name="bell"/>
            {(unread > 0).then(|| view! { <b class="count" aria-hidden="true">{unread.to_string()}</b> })}
        </a>
    }
    .into_any()
}

fn person_menu(visit: &Visit, person: Option<Person>) -> AnyView {
    let theme = view! { <ThemeSwitch chosen=visit.arrival.theme here=visit.here()/> };
    let Some(person) = person else {
        return theme.into_any();
    };
    let initials = person.initials();
    let name = format!("{}, your menu", person.display_name);
    view! {
        <details class="menu person">
            <summary aria-label=name>
                <span class="face" aria-hidden="true">{initials}</span>
                <span class="who">{person.display_name}<small>{person.user_principal_name}</small></span>
            </summary>
            <div class="sheet">
                <a href="/security">"Security"</a>
                <a href="/sessions">"Sessions"</a>
                {theme}
                <form method="post" action="/sign-out"><button type="submit" class="btn plain">"Sign out"</button></form>
            </div>
        </details>
    }
    .into_any()
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
    view! {
        <a href=entry.href aria-current=here.then_some("page")>
            <Icon name=entry.icon/>
            {entry.label}
            {entry.count.filter(|count| *count > 0).map(|count| view! { " " <span class="n">{count.to_string()}</span> })}
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
            Mood::Good => "check",
            Mood::Info => "info",
            Mood::Wait => "clock",
            Mood::Bad => "alert",
        };
        view! { <div class=format!("toast {}", flash.mood.class()) role="status"><Icon name=icon/> <p>{flash.sentence}</p></div> }.into_any()
    })
}
