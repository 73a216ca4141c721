//! The first page: what waits, what is on, what ends soon; for those who look after it all, how it goes.

mod chart;
mod figures;

use crate::{
    app::{
        AppError,
        recover::Acknowledgment,
        set_up::is_set_up,
        show_overview::{Held, Overview, Waiting, show_overview},
    },
    domain::{live::Topic, schedule::AssignmentType, time::Instant},
    ui::{
        answer::{Content, Fault, Mood, PageResult},
        pages::{health, mail},
        parts::{ButtonLink, EmptyState, Look, Note, Tag},
        time::{Zone, relative},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// How many days the chart shows.
const DAYS: u64 = 14;

/// The overview of whoever is signed in. Others sign in first; on a portal that is not set up, they are told how that is done.
pub async fn page(visit: Visit) -> PageResult {
    let Some(viewer) = &visit.viewer else {
        return if is_set_up(&visit.app.store).await? {
            Err(Fault::App(AppError::SignedOut))
        } else {
            Ok(super::account::set_up::not_set_up())
        };
    };
    let (zone, now) = (Zone::of(viewer), visit.now());
    let since = zone.day_began(DAYS - 1, now);
    let overview = show_overview(&visit.app, &viewer.caller, since).await?;
    let greeting = greeting(zone.hour(now), &viewer.display_name);
    let lead = lead(&overview, zone, now);
    let Overview {
        to_decide,
        waiting,
        active,
        ending,
        figures,
        figures_need_verification,
        no_mail_leaves,
        tampering,
        nobody_is_eligible,
    } = overview;
    let recovered = (viewer.recovery != Acknowledgment::None).then(|| {
        view! {
            <Note mood=Mood::Bad>
                <p>"An administrator was recovered on the console of the server, and no other one has acknowledged it yet. " <a href="/resource-audit">"See it in the audit"</a></p>
            </Note>
        }
    });
    let no_mail = no_mail_leaves.then(mail::list::no_server_elsewhere);
    let hint = figures_need_verification.then(|| {
        view! {
            <Note>
                <p>"Show your second factor to see the figures of the portal. " <a href="/verify?to=/">"Verify now"</a></p>
            </Note>
        }
    });
    let (tiles, wide) = match figures {
        Some(figures) => {
            let (tiles, wide) = figures::views(figures, zone, now);
            (Some(tiles), wide)
        }
        None => (None, Vec::new()),
    };
    let own = view! {
        {nobody_is_eligible.then(next_steps)}
        {todo(to_decide, waiting, now)}
        {on_card(active, zone, now)}
        {ending_card(ending, zone, now)}
    };
    let body = if wide.is_empty() {
        view! { <div class="stack">{own}</div> }.into_any()
    } else {
        view! {
            <div class="two">
                <div class="stack">{wide}</div>
                <div class="stack">{own}</div>
            </div>
        }
        .into_any()
    };
    let tampered = tampering.as_ref().map(health::tampered);
    Ok(Content::new(greeting, view! { {tampered}{recovered}{no_mail}{hint}{tiles}{body} })
        .lead(lead)
        .live(&[Topic::Mine, Topic::Requests]))
}

fn greeting(hour: u32, name: &str) -> String {
    let words = match hour {
        5..=11 => "Good morning",
        12..=17 => "Good afternoon",
        _ => "Good evening",
    };
    let first = name.split_whitespace().next().unwrap_or(name);
    format!("{words}, {first}")
}

/// The most important in a sentence or two.
fn lead(overview: &Overview, zone: Zone, now: Instant) -> String {
    let waits = match (overview.to_decide, overview.waiting.len()) {
        (0, 0) => "Nothing waits for you.".to_owned(),
        (0, 1) => "A request of yours waits.".to_owned(),
        (0, many) => format!("{many} requests of yours wait."),
        (1, _) => "1 request waits for your decision.".to_owned(),
        (many, _) => format!("{many} requests wait for your decision."),
    };
    let first = overview.active.iter().find_map(|held| held.ends_at.map(|end| (held, end)));
    match first {
        Some((held, end)) => format!("{waits} Your {} role ends {}.", held.role_name, zone.near(end, now)),
        None => waits,
    }
}

/// What comes after the set-up, for those who can do it.
fn next_steps() -> AnyView {
    let steps = [
        ("/users/add", "Add people", "Everybody who needs a privileged role now and then."),
        ("/groups/add", "Add a group", "Of people who get roles together, or who approve."),
        ("/settings", "Look at a role's settings", "How long it may be on, and who has to approve."),
        (
            "/assignments/add",
            "Make somebody eligible",
            "They can activate the role from then on, for hours and with a reason.",
        ),
    ];
    let steps =
        steps.map(|(href, what, why)| view! { <li><a href=href><span>{what}<small>{why}</small></span></a></li> });
    view! {
        <section class="card">
            <div class="h"><h2>"What comes next"</h2></div>
            <ul class="found">{steps.into_iter().collect::<Vec<_>>()}</ul>
        </section>
    }
    .into_any()
}

fn todo(to_decide: u64, waiting: Vec<Waiting>, now: Instant) -> AnyView {
    let decide = (to_decide > 0).then(|| {
        let words = if to_decide == 1 { "1 request".to_owned() } else { format!("{to_decide} requests") };
        view! {
            <section class="card">
                <div class="h"><h2>"Waits for you"</h2></div>
                <div class="b stack">
                    <p>{words}" to decide"</p>
                    <div class="actions"><ButtonLink label="Approve requests" href="/approve-requests" look=Look::Go/></div>
                </div>
            </section>
        }
    });
    let mine: Vec<_> = waiting
        .into_iter()
        .map(|request| {
            let href = format!("/my-requests/{}", request.id);
            view! {
                <li>
                    <a href=href>
                        <span>{request.role_name}<small>{format!("asked {}", relative(request.since, now))}</small></span>
                        <Tag label=request.status mood=Mood::Wait/>
                    </a>
                </li>
            }
        })
        .collect();
    let mine = (!mine.is_empty()).then(|| {
        view! {
            <section class="card">
                <div class="h"><h2>"Your pending requests"</h2><a href="/my-requests">"My requests"</a></div>
                <ul class="found">{mine}</ul>
            </section>
        }
    });
    view! { {decide} {mine} }.into_any()
}

fn on_card(active: Vec<Held>, zone: Zone, now: Instant) -> AnyView {
    if active.is_empty() {
        return view! {
            <section class="card">
                <div class="h"><h2>"Your active roles"</h2></div>
                <EmptyState icon="key" title="You have no active role" text="You work without privileges until you activate a role you are eligible for.">
                    <a class="btn" href="/my-roles">"My roles"</a>
                </EmptyState>
            </section>
        }
        .into_any();
    }
    let lines: Vec<_> = active
        .into_iter()
        .map(|held| {
            let tag = match held.assignment_type {
                Some(AssignmentType::Activated) => view! { <Tag label="Activated" mood=Mood::Good/> }.into_any(),
                Some(AssignmentType::Assigned) | None => view! { <Tag label="Assigned"/> }.into_any(),
            };
            view! { <li><a href="/my-roles?tab=active"><span>{held.role_name}<small>{until(held.ends_at, zone, now)}{through(held.group)}</small></span>{tag}</a></li> }
        })
        .collect();
    view! {
        <section class="card">
            <div class="h"><h2>"Your active roles"</h2><a href="/my-roles?tab=active">"My roles"</a></div>
            <ul class="found">{lines}</ul>
        </section>
    }
    .into_any()
}

fn ending_card(ending: Vec<Held>, zone: Zone, now: Instant) -> Option<AnyView> {
    if ending.is_empty() {
        return None;
    }
    let lines: Vec<_> = ending
        .into_iter()
        .map(|held| {
            let (href, kind) = match held.assignment_type {
                None => ("/my-roles", view! { <Tag label="Eligible" mood=Mood::Info/> }),
                Some(AssignmentType::Assigned | AssignmentType::Activated) => {
                    ("/my-roles?tab=active", view! { <Tag label="Assigned" mood=Mood::Info/> })
                }
            };
            view! { <li><a href=href><span>{held.role_name}<small>{until(held.ends_at, zone, now)}{through(held.group)}</small></span>{kind}</a></li> }
        })
        .collect();
    Some(
        view! {
            <section class="card">
                <div class="h"><h2>"Yours, ending within 14 days"</h2></div>
                <ul class="found">{lines}</ul>
            </section>
        }
        .into_any(),
    )
}

fn until(ends_at: Option<Instant>, zone: Zone, now: Instant) -> String {
    match ends_at {
        Some(end) => format!("until {}, {}", zone.near(end, now), relative(end, now)),
        None => "permanent".to_owned(),
    }
}

fn through(group: Option<String>) -> Option<String> {
    group.map(|group| format!(", through {group}"))
}

#[cfg(test)]
mod tests {
    use super::greeting;

    #[test]
    fn the_greeting_fits_the_hour() {
        assert_eq!(greeting(8, "Ada Okafor"), "Good morning, Ada");
        assert_eq!(greeting(12, "Ada"), "Good afternoon, Ada");
        assert_eq!(greeting(23, "Ada"), "Good evening, Ada");
        assert_eq!(greeting(3, ""), "Good evening, ");
    }
}
