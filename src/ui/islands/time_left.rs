//! How much time is left, counted down while the page stands open.

use super::local_time;
use leptos::{leptos_dom::helpers::set_interval, prelude::*};
use std::time::Duration;

const REFRESH: Duration = Duration::from_secs(10);

/// "3 h 12 min", or that it is over. Without script it stays as the server wrote it.
#[island]
pub fn TimeLeft(
    /// Until when, in Unix milliseconds.
    until: i64,
    /// What is left when the page is made.
    #[prop(into)]
    written: String,
    /// What it says behind it: "left".
    #[prop(into)]
    unit: String,
    /// What it says when the time has come.
    #[prop(into)]
    over: String,
) -> impl IntoView {
    let first = format!("{written} {unit}");
    let text = RwSignal::new(first);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit into a double")]
    let end = until as f64;
    Effect::new(move || {
        let (unit, over) = (unit.clone(), over.clone());
        let refresh = move || {
            let now = if local_time::now() < end { format!("{} {unit}", local_time::left(end)) } else { over.clone() };
            text.set(now);
        };
        refresh();
        set_interval(refresh, REFRESH);
    });
    view! { <span>{move || text.get()}</span> }
}
