//! How the server itself is, for administrators: whether what was due is done, whether mails leave, whether the database answers.

use crate::{
    app::{
        health::{Health, show_health},
        integrity::{DistrustedRow, Stopped},
        show_overview::Tampering,
    },
    domain::time::{Instant, Span},
    ui::{
        answer::{Content, Mood, PageResult},
        pages::mail,
        parts::{ButtonLink, Note, TableBox, Tag},
        time::{Zone, relative, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// A lag that a busy minute makes is none.
const LATE: Span = Span::minutes(1);

/// Shows it as it is now.
pub async fn page(visit: Visit) -> PageResult {
    let (health, named) = show_health(&visit.app, visit.caller()?).await?;
    let zone = Zone::of(visit.viewer()?);
    let view = view! {
        {health.stopped.as_ref().map_or_else(|| verdict(&health), |found| stopped(found, zone, health.now))}
        {anchor(&health, zone)}
        {visit.app.post.mailer.is_none().then(mail::list::no_server_elsewhere)}
        {tiles(&health)}
        {(!named.is_empty()).then(|| distrusted(&named, health.distrusted.len(), zone, health.now))}
        {facts(&health, zone)}
    };
    let lead = "What was due is done by a worker inside the server. Nobody's access waits for it.";
    Ok(Content::new("Health", view)
        .under("Activity")
        .lead(lead)
        .actions(view! { <ButtonLink label="Refresh" href="/health" icon="refresh"/> }))
}

/// That the database was changed behind the portal's back, for the overview of those who can look into it.
pub fn tampered(tampering: &Tampering) -> AnyView {
    let rows = match tampering.distrusted {
        0 => None,
        1 => Some("1 row of the database was changed outside of Ostiary and gives nothing.".to_owned()),
        many => Some(format!("{many} rows of the database were changed outside of Ostiary and give nothing.")),
    };
    let stopped = tampering.stopped.as_ref().map(|stopped| format!("Nothing is written any more. {}", stopped.reason));
    let sentences = stopped.into_iter().chain(rows).collect::<Vec<_>>().join(" ");
    view! {
        <Note mood=Mood::Bad>
            <p>{sentences} " " <a href="/health">"See Health"</a></p>
        </Note>
    }
    .into_any()
}

/// Why nothing is written any more, and the way out.
fn stopped(stopped: &Stopped, zone: Zone, now: Instant) -> AnyView {
    let reason = stopped.reason.to_string();
    let since = format!("Since {}, nothing is written.", zone.near(stopped.since, now));
    view! {
        <Note mood=Mood::Bad>
            <p><b>{since}</b> " " {reason}</p>
            <p>
                "Run " <code>"ostiary audit verify"</code> " on the server to see what is wrong, and find out who did it. A trigger or "
                "another change of the schema is undone; after a failover that lost the newest events, "
                <code>"ostiary audit accept"</code> " goes on from what is there, and the trail tells of it; else a backup is restored. "
                "Then start the server again."
            </p>
        </Note>
    }
    .into_any()
}

/// That what tells of a cut trail cannot be written, or that nothing can.
fn anchor(health: &Health, zone: Zone) -> Option<AnyView> {
    let anchor = health.anchor_failing_since.map(|since| {
        format!(
            "Since {}, the audit's anchor beside the key could not be written: until it can, a cut of the newest events is seen by this \
             server only while it runs. The log says why.",
            zone.near(since, health.now)
        )
    });
    let disk = health.is_unwritable.then(|| "Nothing can be written to the database: is the disk full?".to_owned());
    let blocked = health.blocked_for.map(|_| {
        "Nothing can be changed: another program holds the database's lock, or the disk does not answer.".to_owned()
    });
    let blind = health.is_blind.then(|| {
        "The rows in force could not be held against the audit trail: an old row that is put back goes unnoticed. The log says why."
            .to_owned()
    });
    let sentences: Vec<String> = anchor.into_iter().chain(disk).chain(blocked).chain(blind).collect();
    (!sentences.is_empty()).then(|| view! { <Note mood=Mood::Bad><p>{sentences.join(" ")}</p></Note> }.into_any())
}

/// The rows that give nothing, as many as are named, of all.
fn distrusted(rows: &[(DistrustedRow, Option<String>)], all: usize, zone: Zone, now: Instant) -> AnyView {
    let line = |(row, name): &(DistrustedRow, Option<String>)| {
        let (kind, id) = (row.object.kind.label(), row.object.id.clone());
        let name = name.as_ref().map(|name| view! { ": " {name.clone()} });
        let (why, when) = (row.fault.sentence(), zone.near(row.found_at, now));
        view! {
            <tr>
                <td data-label="Row">{kind}{name} <small>{id}</small></td>
                <td data-label="What is wrong">{why}</td>
                <td data-label="Found">{when}</td>
            </tr>
        }
    };
    let lines = rows.iter().map(line).collect_view();
    let more = all.saturating_sub(rows.len());
    let more = (more > 0).then(|| view! { <p>{format!("And {more} more; the audit and the log name each.")}</p> });
    view! {
        <section class="card" aria-labelledby="rows-heading">
            <div class="h"><h2 id="rows-heading">"Rows that are not trusted"</h2></div>
            <Note mood=Mood::Bad>
                <p>
                    "These rows were written by somebody else than Ostiary. They give nothing. What they stand for can be made anew in "
                    "the portal, or comes back with a backup."
                </p>
            </Note>
            <TableBox label="Rows that are not trusted">
                <table>
                    <thead>
                        <tr><th scope="col">"Row"</th><th scope="col">"What is wrong"</th><th scope="col">"Found"</th></tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </TableBox>
            {more}
        </section>
    }
    .into_any()
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
