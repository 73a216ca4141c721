//! All notifications of the person, and marking them as read.

use crate::{
    app::notices::{Notice, list_notices, read_notices},
    domain::{ids::NotificationId, refusal::Refusal, time::Instant},
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::Form,
        parts::{Button, EmptyState, Hidden, News, NewsLine, Pager},
        time::Zone,
        visit::{Visit, local_path},
    },
};
use leptos::prelude::*;

/// Notices on one page.
const PAGE: usize = 50;

/// A notice as a page shows it.
pub fn news(notice: Notice, zone: Zone, now: Instant) -> News {
    News {
        id: notice.id.to_string(),
        icon: notice.kind.icon().to_owned(),
        sentence: notice.kind.sentence(&notice.role_name, &notice.who),
        when: zone.near(notice.at, now),
        is_new: !notice.is_read,
    }
}

/// The list, the newest first.
pub async fn page(visit: Visit) -> PageResult {
    let before = visit.query.optional("after")?.and_then(|key| NotificationId::parse(key).ok());
    let found = list_notices(&visit.app, visit.caller()?, before.as_ref(), PAGE).await?;
    let zone = Zone::of(visit.viewer()?);
    let next = found.next.map(|id| id.to_string());
    let list = if found.lines.is_empty() {
        let text = "When a role of yours changes, or somebody asks you to decide, it is told here.";
        view! { <EmptyState icon="bell" title="Nothing yet" text=text/> }.into_any()
    } else {
        let lines: Vec<_> =
            found.lines.into_iter().map(|line| view! { <NewsLine news=news(line, zone, visit.now())/> }).collect();
        view! { <section class="card"><ol class="news">{lines}</ol></section> }.into_any()
    };
    let mark = found.newest.filter(|_| found.unread > 0).map(|newest| {
        view! {
            <form method="post" action="/notifications">
                <Hidden name="up_to" value=newest.to_string()/>
                <Button label="Mark all as read" icon="check"/>
            </form>
        }
    });
    let view = view! {
        {list}
        <Pager path="/notifications" query=visit.query.clone() next=next/>
    };
    let lead = match found.unread {
        0 => "You have read everything.".to_owned(),
        many => format!("{many} new."),
    };
    Ok(Content::new("Notifications", view).lead(format!("{lead} Times in {}.", zone.name())).actions(mark))
}

/// Marks as read what the person had before them.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let up_to = NotificationId::parse(form.one("up_to")?).map_err(|_| Refusal::NotFound("notification"))?;
    let count = read_notices(&visit.app, visit.caller()?, &up_to).await?;
    let to = form.optional("back")?.and_then(local_path).unwrap_or("/notifications").to_owned();
    Ok(match count {
        0 => Outcome::quietly(to),
        _ => Outcome::go(to, Flash::good("All notifications are marked as read.")),
    })
}
