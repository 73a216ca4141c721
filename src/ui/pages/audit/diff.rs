//! What an event changed, before and after.

use crate::{
    domain::{audit::Change, time::Instant},
    ui::{parts::TableBox, time::Zone},
};
use leptos::prelude::*;

/// A change of an assignment as people read it: moments are recorded as numbers, which mean the same to everybody.
fn in_words(change: Change, zone: Zone) -> Change {
    let field = match change.field.as_str() {
        "kind" => "Type",
        "starts_at" => "Start",
        "ends_at" => "End",
        _ => return change,
    };
    let words = |text: String| match text.parse() {
        Ok(millis) => zone.exact(Instant::from_millis(millis)),
        Err(_) => text,
    };
    Change { field: field.to_owned(), before: words(change.before), after: words(change.after) }
}

/// The table; nothing when nothing changed.
pub fn table(changes: Vec<Change>, zone: Zone) -> Option<AnyView> {
    if changes.is_empty() {
        return None;
    }
    let rows: Vec<_> = changes
        .into_iter()
        .map(|change| in_words(change, zone))
        .map(|change| {
            let before = if change.before.is_empty() {
                view! { <span class="muted">"nothing"</span> }.into_any()
            } else {
                view! { <del>{change.before}</del> }.into_any()
            };
            let after = if change.after.is_empty() {
                view! { <span class="muted">"nothing"</span> }.into_any()
            } else {
                view! { <ins>{change.after}</ins> }.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{change.field}</th>
                    <td class="before" data-label="Before">{before}</td>
                    <td class="after" data-label="After">{after}</td>
                </tr>
            }
        })
        .collect();
    Some(
        view! {
            <TableBox label="What changed">
                <table class="diff">
                    <thead>
                        <tr><th scope="col">"What"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any(),
    )
}
