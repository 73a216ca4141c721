//! One request to extend or renew, as an administrator decides it: what was asked, what the assignment is, and what it becomes.

use super::{
    approve_requests::{decision_card, justification},
    my_requests,
    role_tables::Seen,
    status,
};
use crate::{
    app::{decide_change::decide_change, show_change::ChangeToDecide, show_request::Part},
    domain::{assignment::AssignAsk, lifecycle::Sought, request::Verdict, schedule::EndReason, time::Instant},
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        pages::assignments::term::{self, TermFields, type_word},
        parts::Note,
        time::{Moment, Zone, relative, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// What it asks for, in a word.
pub const fn verb(sought: Sought) -> &'static str {
    match sought {
        Sought::Extension => "extend",
        Sought::Renewal => "renew",
    }
}

/// The request, with the decision where one can be taken.
pub fn view(visit: &Visit, change: &ChangeToDecide, seen: Seen) -> PageResult {
    let line = &change.line;
    let title = format!("{} asks to {} {}", line.requestor, verb(change.sought), line.role_name);
    let main = view! {
        <section class="card">
            <div class="h"><h2>"The request"</h2></div>
            <dl class="facts">
                <dt>"Status"</dt>
                <dd>{status::standing(line, seen)}</dd>
                <dt>"Requestor"</dt>
                <dd>{line.requestor.clone()}</dd>
                <dt>"Role"</dt>
                <dd>{line.role_name.clone()} <small>"Scope: whole directory"</small></dd>
                <dt>"Kind"</dt>
                <dd>{my_requests::kind(line.request.action)}</dd>
                <dt>"Reason"</dt>
                <dd>{line.request.justification.clone()}</dd>
                <dt>"Proposed end"</dt>
                <dd>{line.request.ends_at.map_or_else(|| "none".to_owned(), |end| seen.zone.exact(end))}</dd>
                <dt>"Requested"</dt>
                <dd>
                    <Moment at=line.request.created_at zone=seen.zone/>
                    <small>{format!("{} ago", short(seen.now.since(line.request.created_at)))}</small>
                </dd>
            </dl>
        </section>
        {present(change, seen)}
    };
    let stages = view! {
        <section class="card">
            <div class="h"><h2>"Where it stands"</h2></div>
            <div class="b">{status::stages(line, None, seen)}</div>
        </section>
    };
    let view = match change.part {
        Part::Decide => {
            let card = decision_card(visit, "Recorded, and shown to the requestor.", true)?;
            view! {
                <form method="post" novalidate>
                    <div class="two">
                        <div class="stack">
                            {main}
                            <section class="card">
                                <div class="h"><h2>"What the assignment becomes"</h2></div>
                                <div class="b form">{fields(change, seen).view()}</div>
                            </section>
                        </div>
                        <div class="stack">{card} {stages}</div>
                    </div>
                </form>
            }
            .into_any()
        }
        Part::Own => view! {
            <div class="two">
                <div class="stack">{main}</div>
                <div class="stack">
                    <Note mood=Mood::Info>
                        <b>"This is your own request."</b> " Nobody decides their own: another administrator has to."
                    </Note>
                    {stages}
                </div>
            </div>
        }
        .into_any(),
        Part::Read => {
            let decision = line.request.state.decision().map(|decision| {
                view! {
                    <section class="card">
                        <div class="h"><h2>"Justification of the decision"</h2></div>
                        <div class="b">{decision.justification.clone()}</div>
                    </section>
                }
            });
            view! {
                <div class="two">
                    <div class="stack">{main}</div>
                    <div class="stack">{stages} {decision}</div>
                </div>
            }
            .into_any()
        }
    };
    Ok(Content::new(title, view).under("Tasks").crumb("Approve requests", "/approve-requests"))
}

/// The assignment as it is now.
fn present(change: &ChangeToDecide, seen: Seen) -> AnyView {
    let known = &change.held.subject.known;
    let near = |at: Instant| view! { {seen.zone.exact(at)} <small>{relative(at, seen.now)}</small> }.into_any();
    let (label, end) = match (known.over(seen.now), known.term.ends_at) {
        (Some((at, EndReason::Expired)), _) => ("Expired", near(at)),
        (Some((at, EndReason::Removed | EndReason::Deactivated)), _) => ("Ended", near(at)),
        (None, Some(end)) => ("End", near(end)),
        (None, None) => ("End", "Permanent".into_any()),
    };
    let expired_meanwhile =
        change.part == Part::Decide && change.sought == Sought::Extension && known.over(seen.now).is_some();
    let note = expired_meanwhile.then(|| {
        view! {
            <div class="b">
                <Note mood=Mood::Wait>"It expired while the request waited. An approval makes a new assignment."</Note>
            </div>
        }
    });
    view! {
        <section class="card">
            <div class="h"><h2>"The assignment"</h2></div>
            <dl class="facts">
                <dt>"Type"</dt>
                <dd>{type_word(known.kind)}</dd>
                <dt>"Start"</dt>
                <dd>{seen.zone.exact(known.term.starts_at)}</dd>
                <dt>{label}</dt>
                <dd>{end}</dd>
            </dl>
            {note}
        </section>
    }
    .into_any()
}

fn fields(change: &ChangeToDecide, seen: Seen) -> TermFields<'_> {
    let known = &change.held.subject.known;
    let runs = known.over(seen.now).is_none() && known.term.starts_at <= seen.now;
    TermFields {
        rules: &change.held.policy.assignment,
        kind: change.suggestion.kind,
        began: runs.then_some(known.term.starts_at),
        starts_at: change.suggestion.starts_at,
        ends_at: Some(change.suggestion.ends_at),
        zone: seen.zone,
    }
}

/// Decides it.
pub async fn decide(visit: &Visit, form: &Form, change: &ChangeToDecide, verdict: Verdict) -> Result<Outcome, Fault> {
    let line = &change.line;
    // Without a reason nothing is decided; who may not decide at all is told so first.
    let justification = match (justification(form), change.part) {
        (Ok(text), _) => text,
        (Err(missing), Part::Decide) => return Err(missing),
        (Err(_), Part::Own | Part::Read) => String::new(),
    };
    let offered = || AssignAsk {
        kind: change.suggestion.kind,
        starts_at: change.suggestion.starts_at,
        ends_at: Some(change.suggestion.ends_at),
        justification: justification.clone(),
    };
    let ask = match (verdict, change.part) {
        (Verdict::Approve, Part::Decide) => {
            let known = &change.held.subject.known;
            let present = known.over(visit.now()).is_none().then_some(known.term);
            term::ask(form, Zone::of(visit.viewer()?), present.as_ref())?
        }
        // A no leaves the assignment as it is, whatever the fields say.
        (Verdict::Deny, _) | (Verdict::Approve, Part::Own | Part::Read) => offered(),
    };
    let ask = AssignAsk { justification, ..ask };
    decide_change(&visit.app, visit.caller()?, &line.request.id, verdict, &ask).await?;
    let word = match (verdict, change.sought) {
        (Verdict::Approve, Sought::Extension) => "extended",
        (Verdict::Approve, Sought::Renewal) => "renewed",
        (Verdict::Deny, _) => "denied",
    };
    let sentence = format!("{}, {}: {word}.", line.requestor, line.role_name);
    Ok(Outcome::go("/approve-requests", Flash::good(sentence)))
}
