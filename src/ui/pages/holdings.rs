//! The card that says which roles a person or a group holds.

use crate::app::list_holdings::Holding;
use crate::domain::schedule::AssignmentType;
use crate::domain::time::Instant;

use crate::ui::answer::Mood;
use crate::ui::parts::{TableBox, Tag};
use crate::ui::time::{Moment, Zone, relative};
use leptos::prelude::*;

/// The card. `whose` begins the sentence that stands there when nothing is held.
pub fn card(holdings: Vec<Holding>, whose: &str, shows_groups: bool, zone: Zone, now: Instant) -> AnyView {
    let body = if holdings.is_empty() {
        let words = format!("{whose} no role. An administrator assigns roles, eligible or active, under Assignments.");
        view! { <div class="b"><p class="muted">{words}</p></div> }.into_any()
    } else {
        let rows: Vec<_> = holdings.into_iter().map(|held| row(held, shows_groups, zone, now)).collect();
        view! {
            <TableBox label="Roles">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Role"</th>
                            <th scope="col">"State"</th>
                            {shows_groups.then(|| view! { <th scope="col">"Through"</th> })}
                            <th scope="col">"Until"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="holdings-heading">
            <div class="h"><h2 id="holdings-heading">"Roles"</h2></div>
            {body}
        </section>
    }
    .into_any()
}

fn row(held: Holding, shows_groups: bool, zone: Zone, now: Instant) -> AnyView {
    let role = held.role_name.unwrap_or_else(|| "A role that is gone".to_owned());
    let state = match held.active {
        None => view! { <Tag label="Eligible" mood=Mood::Info/> },
        Some(AssignmentType::Assigned) => view! { <Tag label="Active, assigned" mood=Mood::Good/> },
        Some(AssignmentType::Activated) => view! { <Tag label="Active, activated" mood=Mood::Good/> },
    };
    let later = (held.term.starts_at > now)
        .then(|| view! { <small>"from " <Moment at=held.term.starts_at zone=zone/></small> });
    let through = shows_groups.then(|| match held.through {
        None => view! { <td data-label="Through">"Direct"</td> }.into_any(),
        Some((group, name)) => {
            view! { <td data-label="Through"><a href=format!("/groups/{group}")>{name}</a></td> }.into_any()
        }
    });
    let until = match held.term.ends_at {
        None => view! { <span>"Permanent"</span> }.into_any(),
        Some(end) => view! { <Moment at=end zone=zone/> <small>{relative(end, now)}</small> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/roles/{}", held.role)>{role}</a></th>
            <td data-label="State">{state} {later}</td>
            {through}
            <td data-label="Until" class="num">{until}</td>
        </tr>
    }
    .into_any()
}
