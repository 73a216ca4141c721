//! Where a request stands, in words: a tag, a sentence, and the stages it goes through.

use super::role_tables::Seen;
use crate::{
    app::show_activation::Deciders,
    domain::{
        lifecycle::Sought,
        request::{Kind, State, Status, Verdict},
        schedule::{EndReason, Term},
        time::Span,
    },
    store::request_lists::{Led, RequestLine},
    ui::{answer::Mood, parts::Tag, time::relative},
};
use leptos::prelude::*;

/// A request's state in a word or two, and what makes it clearer.
pub fn standing(line: &RequestLine, seen: Seen) -> AnyView {
    let (label, mood, more) = words(line, seen);
    let tag = match mood {
        Some(mood) => view! { <Tag label=label mood=mood/> },
        None => view! { <Tag label=label/> },
    };
    view! { {tag} {more.map(|more| view! { <small>{more}</small> })} }.into_any()
}

fn words(line: &RequestLine, seen: Seen) -> (&'static str, Option<Mood>, Option<String>) {
    let near = |at| seen.zone.near(at, seen.now);
    let status = line.request.state.status();
    match &line.request.state {
        State::PendingApproval { lapses_at: Some(at) } | State::PendingAdminDecision { lapses_at: Some(at) } => {
            (status.label(), Some(Mood::Wait), Some(format!("lapses {}", relative(*at, seen.now))))
        }
        State::PendingApproval { lapses_at: None } | State::PendingAdminDecision { lapses_at: None } => {
            (status.label(), Some(Mood::Wait), Some("until somebody decides".to_owned()))
        }
        State::Granted { .. } => {
            let from = line.led.map(|led| format!("from {}", near(led.term.starts_at)));
            (status.label(), Some(Mood::Info), from)
        }
        State::Provisioned { .. } => match line.led {
            Some(led) => provisioned(led, seen),
            None => (status.label(), Some(Mood::Good), line.granted.map(|(kind, term)| granted(kind, &term, seen))),
        },
        State::Denied(_) => (status.label(), Some(Mood::Bad), line.decider.clone().map(|name| format!("by {name}"))),
        State::Canceled { at, .. } => {
            let by = line.closer.as_deref().unwrap_or("Ostiary");
            (status.label(), None, Some(format!("by {by}, {}", near(*at))))
        }
        State::TimedOut { at } => (status.label(), None, Some(format!("nobody decided until {}", near(*at)))),
        State::Revoked { at, .. } => match line.led.and_then(|led| led.ended) {
            Some((_, EndReason::Deactivated)) => ("Deactivated", None, Some(near(*at))),
            _ => (status.label(), Some(Mood::Bad), Some(near(*at))),
        },
        State::Failed { at, .. } => (status.label(), Some(Mood::Bad), Some(near(*at))),
    }
}

fn provisioned(led: Led, seen: Seen) -> (&'static str, Option<Mood>, Option<String>) {
    let near = |at| seen.zone.near(at, seen.now);
    match (led.ended, led.term.ends_at) {
        (Some((at, _)), _) => ("Ended", None, Some(near(at))),
        (None, Some(end)) if end <= seen.now => ("Ended", None, Some(near(end))),
        (None, Some(end)) if led.term.starts_at <= seen.now => {
            ("Active", Some(Mood::Good), Some(format!("until {}", near(end))))
        }
        (None, _) => (Status::Provisioned.label(), Some(Mood::Good), None),
    }
}

/// What an administrator's yes made of an assignment.
pub fn granted(kind: Kind, term: &Term, seen: Seen) -> String {
    let near = |at| seen.zone.near(at, seen.now);
    let kind = match kind {
        Kind::Eligibility => "eligible",
        Kind::Assignment => "active",
    };
    let from = if term.starts_at > seen.now { format!(" from {}", near(term.starts_at)) } else { String::new() };
    match term.ends_at {
        Some(end) => format!("{kind}{from} until {}", near(end)),
        None => format!("{kind}{from}, permanent"),
    }
}

/// One stage on the way of a request.
struct Stage {
    class: &'static str,
    current: bool,
    title: String,
    more: String,
}

impl Stage {
    fn done(title: impl Into<String>, more: impl Into<String>) -> Self {
        Self { class: "done", current: false, title: title.into(), more: more.into() }
    }

    fn happening(title: impl Into<String>, more: impl Into<String>) -> Self {
        Self { class: "", current: true, title: title.into(), more: more.into() }
    }

    fn ahead(title: impl Into<String>, more: impl Into<String>) -> Self {
        Self { class: "", current: false, title: title.into(), more: more.into() }
    }

    fn bad(title: impl Into<String>, more: impl Into<String>) -> Self {
        Self { class: "bad", current: false, title: title.into(), more: more.into() }
    }
}

/// The stages of a request, as they really are at this moment.
pub fn stages(line: &RequestLine, deciders: Option<&Deciders>, seen: Seen) -> AnyView {
    let stages: Vec<_> = list_stages(line, deciders, seen)
        .into_iter()
        .map(|stage| {
            let current = stage.current.then_some("step");
            view! { <li class=stage.class aria-current=current>{stage.title} <small>{stage.more}</small></li> }
        })
        .collect();
    view! { <ol class="progress">{stages}</ol> }.into_any()
}

fn list_stages(line: &RequestLine, deciders: Option<&Deciders>, seen: Seen) -> Vec<Stage> {
    let near = |at| seen.zone.near(at, seen.now);
    let request = &line.request;
    let mut stages = vec![Stage::done("Request recorded", near(request.created_at))];
    if let Some(decision) = request.state.decision() {
        let by = line.decider.clone().unwrap_or_default();
        stages.push(match decision.verdict {
            Verdict::Approve => Stage::done(format!("Approved by {by}"), near(decision.at)),
            Verdict::Deny => Stage::bad(format!("Denied by {by}"), near(decision.at)),
        });
    }
    let length = request.duration_minutes.map(|minutes| Span::minutes(minutes).to_string()).unwrap_or_default();
    match &request.state {
        State::PendingApproval { lapses_at } => {
            let lapses = lapses_at.map_or_else(
                || " It waits until somebody decides.".to_owned(),
                |at| format!(" It lapses {} ({}).", relative(at, seen.now), near(at)),
            );
            let who = deciders.map(|deciders| format!(" {}", who_can(deciders))).unwrap_or_default();
            stages.push(Stage::happening("Waiting for approval", format!("Nothing is granted yet.{who}{lapses}")));
            stages.push(Stage::ahead("Role active", format!("for {length}, counted from the approval")));
        }
        State::PendingAdminDecision { lapses_at } => {
            let lapses = lapses_at
                .map(|at| format!(" It lapses {} ({}).", relative(at, seen.now), near(at)))
                .unwrap_or_default();
            let who = deciders.map(|deciders| format!(" {}", who_can(deciders))).unwrap_or_default();
            stages.push(Stage::happening(
                "Waiting for an administrator",
                format!("Nothing has changed yet.{who}{lapses}"),
            ));
        }
        State::Granted { .. } => {
            let from = line.led.map(|led| near(led.term.starts_at)).unwrap_or_default();
            stages.push(Stage::happening("Scheduled", format!("It switches on by itself {from}, for {length}.")));
        }
        State::Provisioned { .. } | State::Revoked { .. } => stages.extend(led_stages(line, seen)),
        State::Denied(_) if Sought::of(request.action).is_some() => {
            stages.push(Stage::ahead(
                "The assignment stays as it is",
                "It can be asked for again while its time allows.",
            ));
        }
        State::Denied(_) => stages.push(Stage::ahead("Role not activated", "It can be asked for again.")),
        State::Canceled { at, .. } => {
            let by = line.closer.as_deref().unwrap_or("Ostiary");
            stages.push(Stage::bad(format!("Canceled by {by}"), near(*at)));
        }
        State::TimedOut { at } => {
            stages
                .push(Stage::bad("Lapsed", format!("Nobody decided until {}. It can be asked for again.", near(*at))));
        }
        State::Failed { at, .. } => stages.push(Stage::bad(
            "It could not be carried out",
            format!("When it was to begin, {}, you were not eligible any more.", near(*at)),
        )),
    }
    stages
}

fn led_stages(line: &RequestLine, seen: Seen) -> Vec<Stage> {
    let near = |at| seen.zone.near(at, seen.now);
    if let Some((kind, term)) = line.granted {
        let done = match Sought::of(line.request.action) {
            Some(Sought::Renewal) => "Assignment renewed",
            Some(Sought::Extension) | None => "Assignment extended",
        };
        return vec![Stage::done(done, granted(kind, &term, seen))];
    }
    let Some(led) = line.led else { return Vec::new() };
    let until = led.term.ends_at.map(|end| format!(", until {}", near(end))).unwrap_or_default();
    let active = Stage::done("Role active", format!("since {}{until}", near(led.term.starts_at)));
    let over = led.ended.or(led.term.ends_at.filter(|end| *end <= seen.now).map(|end| (end, EndReason::Expired)));
    match over {
        Some((at, EndReason::Removed)) => vec![active, Stage::bad("Taken back", near(at))],
        Some((at, EndReason::Deactivated)) => vec![active, Stage::done("Deactivated", near(at))],
        Some((at, EndReason::Expired)) => vec![active, Stage::done("Its time ran out", near(at))],
        None => vec![
            active,
            Stage::done(
                "Page refreshed",
                format!("This page was loaded again at {} and finds the role active.", seen.zone.clock(seen.now)),
            ),
        ],
    }
}

/// "Any of 3 people can approve now: Bo Lindqvist, Chidi Eze, Dana Roth."
pub fn who_can(deciders: &Deciders) -> String {
    let names = deciders.names.join(", ");
    let more = deciders.count.saturating_sub(deciders.names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let own = if deciders.includes_caller {
        " You are an approver yourself, and cannot approve your own request."
    } else {
        ""
    };
    match deciders.count {
        0 => format!("Nobody who could approve is available now.{own}"),
        1 => format!("One person can approve now: {names}.{own}"),
        count => format!("Any of {count} people can approve now: {names}{more}.{own}"),
    }
}
