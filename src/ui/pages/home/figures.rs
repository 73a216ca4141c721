//! The figures of the portal, and what is active.

use super::{DAYS, chart};
use crate::{
    app::show_overview::{Figures, Held},
    domain::time::Instant,
    ui::{
        parts::{EmptyState, TableBox},
        time::{Zone, relative, short},
    },
};
use leptos::prelude::*;

/// The tiles, and the cards of the wide column.
pub fn views(figures: Figures, zone: Zone, now: Instant) -> (AnyView, Vec<AnyView>) {
    let Figures { waiting, active, on_now, eligible, median_decision, ending, list, activations } = figures;
    let waiting = waiting.map(|(count, oldest)| {
        let class = if count > 0 { "tile wait" } else { "tile" };
        let words = match oldest {
            Some(oldest) => format!("{} waiting, the oldest for {}", requests(count), short(now.since(oldest))),
            None => "requests waiting".to_owned(),
        };
        view! { <a class=class href="/requests"><b>{count.to_string()}</b><span>{words}</span></a> }
    });
    let median = median_decision.map_or_else(|| "\u{2013}".to_owned(), short);
    let ending_class = if ending > 0 { "tile wait" } else { "tile" };
    let tiles = view! {
        <div class="tiles">
            {waiting}
            <a class="tile" href="/assignments?tab=active">
                <b>{active.to_string()}</b>
                <span>
                    {format!("active {}, {on_now} of them activated; {eligible} eligible", if active == 1 { "assignment" } else { "assignments" })}
                </span>
            </a>
            <div class="tile"><b>{median}</b><span>"median time to a decision, last 30 days"</span></div>
            <a class=ending_class href="/assignments?tab=ending">
                <b>{ending.to_string()}</b>
                <span>{if ending == 1 { "assignment ends within 14 days" } else { "assignments end within 14 days" }}</span>
            </a>
        </div>
    };
    let days = chart::days(&activations, DAYS, zone, now);
    (tiles.into_any(), vec![chart::card(days), activated_card(active, list, zone, now)])
}

fn requests(count: u64) -> &'static str {
    if count == 1 { "request" } else { "requests" }
}

fn activated_card(active: u64, list: Vec<Held>, zone: Zone, now: Instant) -> AnyView {
    let body = if list.is_empty() {
        let text = "When somebody activates a role, it is listed here until it ends.";
        view! { <EmptyState icon="lock" title="Nobody has activated a role" text=text/> }.into_any()
    } else {
        let rows: Vec<_> = list
            .into_iter()
            .map(|held| {
                let left = held.ends_at.map(|end| relative(end, now));
                view! {
                    <tr>
                        <th scope="row"><a href=format!("/roles/{}?tab=active", held.role)>{held.role_name}</a></th>
                        <td data-label="Who">{held.principal_name}</td>
                        <td data-label="Since" class="num">{zone.near(held.starts_at, now)}</td>
                        <td data-label="Until" class="num">
                            {held.ends_at.map(|end| zone.near(end, now))} <small>{left}</small>
                        </td>
                    </tr>
                }
            })
            .collect();
        view! {
            <TableBox label="Roles that are activated now">
                <table>
                    <thead>
                        <tr><th scope="col">"Role"</th><th scope="col">"Who"</th><th scope="col">"Since"</th><th scope="col">"Until"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    };
    let all = (active > 0).then(|| view! { <a href="/assignments?tab=active">{format!("All {active} active")}</a> });
    view! {
        <section class="card">
            <div class="h"><h2>"Activated now"</h2>{all}</div>
            {body}
        </section>
    }
    .into_any()
}
