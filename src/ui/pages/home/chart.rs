//! Activations by day: bars for those who see them, a table for everybody.

use crate::{domain::time::Instant, ui::time::Zone};
use leptos::prelude::*;

/// One day.
pub struct Day {
    label: String,
    count: u64,
}

/// The days up to today, the first one first, each with its activations.
pub fn days(quarters: &[(Instant, u64)], count: u64, zone: Zone, now: Instant) -> Vec<Day> {
    (0..count)
        .rev()
        .map(|back| {
            let is_of_day = |at: Instant| u64::try_from(zone.days_before(at, now)).is_ok_and(|days| days == back);
            let label = if back == 0 { "Today".to_owned() } else { zone.day(zone.day_began(back, now)) };
            let count = quarters.iter().filter(|(at, _)| is_of_day(*at)).map(|(_, count)| count).sum();
            Day { label, count }
        })
        .collect()
}

/// Height of the tallest bar, and where bars stand.
const TALLEST: u64 = 100;
const GROUND: u64 = 121;
/// From one bar to the next.
const STEP: usize = 30;

/// The card.
pub fn card(days: Vec<Day>) -> AnyView {
    let most = days.iter().map(|day| day.count).max().unwrap_or(0);
    let total: u64 = days.iter().map(|day| day.count).sum();
    let spoken = match days.iter().find(|day| day.count == most) {
        Some(day) if most > 0 => format!(
            "Activations per day over the last {} days: {total} in all, the most on {}, {most}.",
            days.len(),
            day.label
        ),
        Some(_) | None => format!("No activations over the last {} days.", days.len()),
    };
    let last = days.len().saturating_sub(1);
    let bars: Vec<_> = days
        .iter()
        .enumerate()
        .map(|(at, day)| {
            let height = bar_height(day.count, most);
            let x = 20 + at * STEP;
            let class = if at == last { "bar today" } else { "bar" };
            let number = (day.count > 0).then(|| {
                view! { <text class="value" x=(x + 9).to_string() y=(GROUND - height - 6).to_string() text-anchor="middle">{day.count.to_string()}</text> }
            });
            view! {
                <rect class=class x=x.to_string() y=(GROUND - height).to_string() width="18" height=height.to_string() rx="3"></rect>
                {number}
            }
        })
        .collect();
    let first_label = days.first().map(|day| day.label.clone());
    let rows: Vec<_> = days
        .into_iter()
        .map(|day| view! { <tr><th scope="row">{day.label}</th><td class="num" data-label="Activations">{day.count.to_string()}</td></tr> })
        .collect();
    view! {
        <section class="card">
            <div class="h"><h2>"Activations, last 14 days"</h2><span class="muted">{format!("{total} in all")}</span></div>
            <div class="b">
                <svg class="chart" viewBox="0 0 450 146" role="img" aria-label=spoken>
                    {bars}
                    <line class="ground" x1="12" x2="440" y1="121.5" y2="121.5"></line>
                    <text class="axis" x="20" y="140">{first_label}</text>
                    <text class="axis" x="428" y="140" text-anchor="end">"Today"</text>
                </svg>
            </div>
            <details class="more">
                <summary>"As a table"</summary>
                <div class="grid">
                    <table>
                        <thead><tr><th scope="col">"Day"</th><th scope="col">"Activations"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// The tallest bar has the full height; a day with anything has a bar that can be seen.
fn bar_height(count: u64, most: u64) -> u64 {
    match (count, most) {
        (0, _) | (_, 0) => 0,
        (count, most) => (count.saturating_mul(TALLEST) / most).max(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_is_counted_on_the_day_of_the_reader() {
        let zone = Zone::named("Asia/Kolkata");
        let at = |text: &str| Zone::named("UTC").parse("at", text).unwrap();
        let now = at("2026-07-14T20:00");
        let quarters = [(at("2026-07-14T18:15"), 2), (at("2026-07-14T18:30"), 5), (at("2026-07-01T18:30"), 1)];
        let days = days(&quarters, 14, zone, now);
        let counts: Vec<u64> = days.iter().map(|day| day.count).collect();
        assert_eq!(counts, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 5]);
        assert_eq!(days.first().unwrap().label, "2 Jul");
        assert_eq!(days.last().unwrap().label, "Today");
    }

    #[test]
    fn bars_keep_their_proportions() {
        assert_eq!(bar_height(0, 10), 0);
        assert_eq!(bar_height(0, 0), 0);
        assert_eq!(bar_height(5, 10), 50);
        assert_eq!(bar_height(1, 1_000), 3);
    }
}
