//! The nine mails of a role's settings: to read, and as fields of the form.

use crate::{
    domain::{
        address::MailAddress,
        policy::{NotificationRule, NotificationRuleId, Policy},
    },
    ui::{answer::Mood, form::FormState, parts::Tag},
};
use leptos::prelude::*;

/// The field that says whether the default recipients get the mail.
pub fn default_field(id: NotificationRuleId) -> String {
    format!("{}_default", id.id())
}

/// The field that says whether only critical mails are sent.
pub fn critical_field(id: NotificationRuleId) -> String {
    format!("{}_critical", id.id())
}

/// The people to whom the default recipients resolve today.
#[derive(Clone, Copy)]
pub struct Today<'a> {
    /// Who gets the mails of administrators.
    pub admins: &'a [String],
    /// Who can decide an activation of the role.
    pub approvers: &'a [String],
}

/// At most so many people are named; the rest are counted.
const NAMED: usize = 3;

impl Today<'_> {
    /// Who gets this mail today, by default.
    fn of(self, id: NotificationRuleId) -> String {
        use NotificationRuleId as Rule;
        match id {
            Rule::AdminAdminEligibility
            | Rule::AdminAdminAssignment
            | Rule::AdminEndUserAssignment
            // An extension or a renewal is decided by administrators, never by the approvers of activations.
            | Rule::ApproverAdminEligibility
            | Rule::ApproverAdminAssignment => named(self.admins),
            Rule::RequestorAdminEligibility | Rule::RequestorAdminAssignment => "Whoever is assigned".to_owned(),
            Rule::RequestorEndUserAssignment => "Whoever activates".to_owned(),
            Rule::ApproverEndUserAssignment => named(self.approvers),
        }
    }
}

fn named(people: &[String]) -> String {
    let first = people.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match people.len().checked_sub(NAMED) {
        _ if people.is_empty() => "Nobody today".to_owned(),
        None | Some(0) => format!("Today {first}"),
        Some(more) => format!("Today {first} and {more} more"),
    }
}

/// Who "Admin" and "Approver" are.
const WHO: &str = "Admin means whoever is Global or Privileged Role Administrator: actively, or as the mail settings say. Critical only leaves out what needs no action.";

/// The block of the details page.
pub fn shown(policy: &Policy, today: &Today<'_>) -> AnyView {
    let blocks: Vec<_> = blocks(policy, |rule| {
        let default = if rule.to_default {
            view! { {rule.id.default_recipient()} <small class="hint">{today.of(rule.id)}</small> }.into_any()
        } else {
            view! { <Tag label="Off"/> }.into_any()
        };
        let additional: Vec<_> =
            rule.additional.iter().map(|address| view! { <li>{address.as_str().to_owned()}</li> }).collect();
        let additional = if additional.is_empty() {
            view! { <span class="muted">"None"</span> }.into_any()
        } else {
            view! { <ul>{additional}</ul> }.into_any()
        };
        let level = if rule.critical_only {
            view! { <Tag label="Critical only" mood=Mood::Wait/> }.into_any()
        } else {
            "All".into_any()
        };
        view! {
            <tr>
                <th scope="row">{rule.id.label()}</th>
                <td data-label="Default recipients">{default}</td>
                <td data-label="Additional recipients">{additional}</td>
                <td data-label="Level">{level}</td>
            </tr>
        }
        .into_any()
    });
    table("Who gets which mail", "Level", blocks)
}

/// The fields of the form.
pub fn fields(policy: &Policy, state: &FormState, today: &Today<'_>) -> AnyView {
    let blocks = blocks(policy, |rule| {
        let id = rule.id;
        let (default, critical) = (default_field(id), critical_field(id));
        let (to_default, critical_only) = (
            state.ticked_or(&default, "true", rule.to_default),
            state.ticked_or(&critical, "true", rule.critical_only),
        );
        let label = id.label();
        view! {
            <tr>
                <th scope="row">{label}</th>
                <td data-label="Default recipients">
                    <label class="check">
                        <input type="checkbox" name=default value="true" checked=to_default/>
                        <span>{id.default_recipient()} <span class="visually-hidden">{format!(" gets: {label}")}</span></span>
                    </label>
                    <small class="hint">{today.of(id)}</small>
                </td>
                <td data-label="Additional recipients">{additional(rule, state)}</td>
                <td data-label="Critical only">
                    <label class="check">
                        <input type="checkbox" name=critical value="true" checked=critical_only/>
                        <span class="visually-hidden">{format!("Critical only: {label}")}</span>
                    </label>
                </td>
            </tr>
        }
        .into_any()
    });
    table("Who gets which mail", "Critical only", blocks)
}

fn additional(rule: &NotificationRule, state: &FormState) -> AnyView {
    let id = rule.id.id();
    let error = state.error(id);
    let error_id = format!("{id}-error");
    let saved = rule.additional.iter().map(MailAddress::as_str).collect::<Vec<_>>().join("; ");
    let typed = state.value_or(id, saved);
    // The field that takes nothing is shown only when something was sent in it all the same.
    if !rule.id.takes_additional() && typed.is_empty() {
        return view! { <span class="hint">"Designated approvers only"</span> }.into_any();
    }
    let invalid = error.as_ref().map(|_| "true");
    let described = error.as_ref().map(|_| error_id.clone());
    view! {
        <div class="field">
            <input
                type="text"
                id=id
                name=id
                value=typed
                placeholder="a@example.com; b@example.com"
                inputmode="email"
                autocomplete="off"
                spellcheck="false"
                aria-label=format!("Additional recipients: {}", rule.id.label())
                aria-describedby=described
                aria-invalid=invalid
            />
            {error.map(|error| view! { <p class="err" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

/// One body of the table for each block, with its rows.
fn blocks(policy: &Policy, row: impl Fn(&NotificationRule) -> AnyView) -> Vec<AnyView> {
    NotificationRuleId::BLOCKS
        .into_iter()
        .map(|(title, ids)| {
            let rows: Vec<_> = policy.notifications.iter().filter(|rule| ids.contains(&rule.id)).map(&row).collect();
            view! {
                <tbody>
                    <tr class="group"><th scope="rowgroup" colspan="4">{title}</th></tr>
                    {rows}
                </tbody>
            }
            .into_any()
        })
        .collect()
}

fn table(label: &'static str, last: &'static str, blocks: Vec<AnyView>) -> AnyView {
    view! {
        <section class="card mails">
            <div class="h"><h2>"Notification"</h2></div>
            <p class="hint b">{WHO}</p>
            <div class="grid">
                <table aria-label=label>
                    <thead>
                        <tr>
                            <th scope="col">"Mail"</th>
                            <th scope="col">"Default recipients"</th>
                            <th scope="col">"Additional recipients"</th>
                            <th scope="col">{last}</th>
                        </tr>
                    </thead>
                    {blocks}
                </table>
            </div>
        </section>
    }
    .into_any()
}
