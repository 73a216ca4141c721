//! A length of time in half hours: a slider and a number box that say the same, and what it means on the clock.

use super::local_time;
use leptos::{html, leptos_dom::helpers::set_interval, prelude::*};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often the resulting end follows the clock.
const REFRESH: Duration = Duration::from_secs(10);

/// What the chosen length means on the clock, when it begins now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// The words before it: "On until".
    pub lead: String,
    /// The end for the length that the page starts with, written by the server.
    pub at: String,
    /// The reader's zone, a name of the IANA database.
    pub zone: String,
    /// What it never passes, in Unix milliseconds.
    pub latest: Option<i64>,
    /// What stops it there: "when your eligibility ends".
    pub latest_words: String,
}

/// The field. Only the number box is sent, in hours ("1.5"); without script it stands alone.
#[island]
pub fn DurationSlider(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What the number box starts with, in hours: what was typed, or a default.
    #[prop(into)]
    hours: String,
    /// The most that can be chosen, in minutes.
    max_minutes: i64,
    /// What the most is: "8 h, the most this role allows".
    #[prop(into)]
    most: String,
    /// What was wrong with it.
    error: Option<String>,
    /// What it means on the clock.
    ends: Option<Ends>,
) -> impl IntoView {
    let range = NodeRef::<html::Input>::new();
    let number = NodeRef::<html::Input>::new();
    let chosen = RwSignal::new(None::<i64>);
    let tick = RwSignal::new(0_u32);
    let most_hours = hours_text(max_minutes);
    let start = parse_minutes(&hours).map_or_else(|| most_hours.clone(), hours_text);
    let range_label = format!("{label}, slider");
    let described = [error.as_ref().map(|_| format!("{name}-error")), Some(format!("{name}-most"))];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");

    // What was typed before the island woke up stays.
    Effect::new(move || {
        if let (Some(range), Some(number)) = (range.get(), number.get()) {
            range.set_value(&number.value());
            chosen.set(parse_minutes(&number.value()));
        }
    });
    let follow_range = move |_| {
        if let (Some(range), Some(number)) = (range.get_untracked(), number.get_untracked()) {
            number.set_value(&range.value());
            chosen.set(parse_minutes(&range.value()));
        }
    };
    let follow_number = move |_| {
        if let (Some(range), Some(number)) = (range.get_untracked(), number.get_untracked()) {
            range.set_value(&number.value());
            chosen.set(parse_minutes(&number.value()));
        }
    };
    let clock = ends.map(|ends| {
        Effect::new(move || set_interval(move || tick.update(|tick| *tick = tick.wrapping_add(1)), REFRESH));
        let too_long = move || chosen.get().is_some_and(|minutes| minutes > max_minutes);
        let (lead, zone) = (ends.lead.clone(), format!(" ({})", ends.zone));
        let lead = move || if too_long() { "At most ".to_owned() } else { format!("{lead} ") };
        let zone = move || if too_long() { String::new() } else { zone.clone() };
        let at = move || match chosen.get() {
            None => ends.at.clone(),
            Some(minutes) if minutes > max_minutes => format!("{} h", hours_text(max_minutes)),
            Some(minutes) => {
                tick.track();
                end_words(minutes, &ends)
            }
        };
        view! { <output for=name.clone()>{lead} <b>{at}</b> {zone}</output> }
    });
    let class = if error.is_some() { "field bad" } else { "field" };
    let invalid = error.as_ref().map(|_| "true");
    view! {
        <div class=class>
            <label for=name.clone()>{label}</label>
            <div class="slide">
                <input
                    type="range"
                    min="0.5"
                    max=most_hours.clone()
                    step="0.5"
                    value=start
                    aria-label=range_label
                    node_ref=range
                    on:input=follow_range
                />
                <span class="affix">
                    <input
                        type="number"
                        id=name.clone()
                        name=name.clone()
                        min="0.5"
                        max=most_hours
                        step="0.5"
                        inputmode="decimal"
                        value=hours
                        aria-describedby=described
                        aria-invalid=invalid
                        node_ref=number
                        on:input=follow_number
                    />
                    <span>"hours"</span>
                </span>
                <div class="ends" id=format!("{name}-most")><span>"30 min"</span> <span>{most}</span></div>
                {error.map(|error| view! { <p class="err" id=format!("{name}-error")>{error}</p> })}
                {clock}
            </div>
        </div>
    }
}

/// The end of so many minutes from now.
fn end_words(minutes: i64, ends: &Ends) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit into a double")]
    let (length, latest) = (minutes as f64 * 60_000.0, ends.latest.map(|latest| latest as f64));
    let end = local_time::now() + length;
    match latest {
        Some(latest) if latest < end => format!("{}, {}", local_time::near(latest, &ends.zone), ends.latest_words),
        _ => local_time::near(end, &ends.zone),
    }
}

/// Hours as the number box shows them.
fn hours_text(minutes: i64) -> String {
    if minutes % 60 == 0 { format!("{}", minutes / 60) } else { format!("{}.5", minutes / 60) }
}

/// What is typed, in minutes; nothing when it is no length in half hours.
fn parse_minutes(hours: &str) -> Option<i64> {
    let hours = hours.trim().replace(',', ".");
    let (whole, half) = match hours.split_once('.') {
        None => (hours.as_str(), 0),
        Some((whole, "" | "0")) => (whole, 0),
        Some((whole, "5")) => (whole, 30),
        Some(_) => return None,
    };
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let minutes = whole.checked_mul(60)? + half;
    (30..=1_440).contains(&minutes).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::{hours_text, parse_minutes};

    #[test]
    fn hours_are_read_as_they_are_written() {
        for minutes in (30..=1_440).step_by(30) {
            assert_eq!(parse_minutes(&hours_text(minutes)), Some(minutes));
        }
        for typed in ["", "0", "1.25", "24.5", "eight", "-1"] {
            assert_eq!(parse_minutes(typed), None, "{typed}");
        }
    }
}
