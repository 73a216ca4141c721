//! How the server itself is, for administrators: whether what was due is done, whether mails leave, whether the database answers.

use crate::{
    app::health::{Health, show_health},
    domain::time::{Instant, Span},
    ui::{
        answer::{Content, Mood, PageResult},
        pages::mail,
        parts::{ButtonLink, Note, Tag},
        time::{Zone, relative, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// A lag that a busy minute makes is none.
const LATE: Span = Span::minutes(1);

/// Shows it as it is now.
pub async fn page(visit: Visit) -> PageResult {
    let health = show_health(&visit.app, visit.caller()?).await?;
    let zone = Zone::of(visit.viewer()?);
    let view = view! {
        {verdict(&health)}
        {visit.app.post.mailer.is_none().then(mail::list::no_server_elsewhere)}
        {tiles(&health)}
        {facts(&health, zone)}
    };
    let lead = "What was due is done by a worker inside the server. Nobody's access waits for it.";
    Ok(Content::new("Health", view)
        .under("Activity")
        .lead(lead)
        .actions(view! { <ButtonLink label="Refresh" href="/health" icon="refresh"/> }))
}

/// What is wrong, if anything is, in a sentence.
fn verdict(health: &Health) -> AnyView {
    let (mood, sentence) = if health.is_stuck {
        (Mood::Bad, "The worker of this server gives no sign of life. Restart the server; its log says more.")
    } else if health.lag >= LATE {
        (Mood::Wait, "The worker is behind. Access ends on time all the same; records and messages come later.")
    } else {
        (Mood::Good, "Everything that was due is done.")
    };
    view! { <Note mood=mood><p>{sentence}</p></Note> }.into_any()
}

fn tiles(health: &Health) -> AnyView {
    let class = |is_late: bool| if is_late { "tile wait" } else { "tile" };
    let lag = if health.lag == Span::ZERO { "none".to_owned() } else { short(health.lag) };
    let oldest = health.outbox.oldest_at.map_or_else(
        || "mails wait to be sent".to_owned(),
        |at| format!("mails wait to be sent, the oldest for {}", short(health.now.since(at))),
    );
    let answered = match health.answered_in.as_millis() {
        0 => "under 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    };
    view! {
        <div class="tiles">
            <div class=class(health.lag >= LATE)><b>{lag}</b><span>"lag of the worker"</span></div>
            <div class="tile"><b>{health.outbox.queued.to_string()}</b><span>{oldest}</span></div>
            <div class="tile">
                <b>{answered}</b>
                <span>"for an answer of the database"</span>
            </div>
        </div>
    }
    .into_any()
}

fn facts(health: &Health, zone: Zone) -> AnyView {
    let when = |at: Instant| format!("{}, {}", zone.near(at, health.now), relative(at, health.now));
    let state = if health.is_stuck {
        view! { <Tag label="No sign of life" mood=Mood::Bad/> }
    } else {
        view! { <Tag label="At work" mood=Mood::Good/> }
    };
    let ran = health.signs.last_run_at.map_or_else(|| "Not since the server started".to_owned(), when);
    let next = health.next.map_or_else(|| "Nothing is due".to_owned(), when);
    let error = health.signs.last_error.as_ref().map_or_else(
        || view! { <span>"None since the server started"</span> }.into_any(),
        |(at, what)| {
            let what = format!("{what}. The log of the server says why.");
            view! { <span>{when(*at)}</span> <small>{what}</small> }.into_any()
        },
    );
    let turns = health.queued.turns;
    let waits = match u64::try_from(health.queued.waited.as_micros()).unwrap_or(u64::MAX).checked_div(turns) {
        Some(micros) => format!("{}.{} ms on average, of {turns}", micros / 1_000, micros % 1_000 / 100),
        None => "Nobody has written yet".to_owned(),
    };
    view! {
        <section class="card" aria-labelledby="facts-heading">
            <div class="h"><h2 id="facts-heading">"This server"</h2></div>
            <dl class="facts">
                <dt>"Worker"</dt>
                <dd>{state}</dd>
                <dt>"Last finished"</dt>
                <dd>{ran}</dd>
                <dt>"Next due"</dt>
                <dd>{next}</dd>
                <dt>"Last error"</dt>
                <dd>{error}</dd>
                <dt>"Wait to write"</dt>
                <dd>{waits}</dd>
            </dl>
        </section>
    }
    .into_any()
}
