//! The form that changes a role's settings: one form, three tabs, one save.

use super::{
    form, notifications, role_of,
    side::{LastChanged, today},
};
use crate::{
    app::{
        preview_approvers::preview_approvers,
        show_policy::{ShownPolicy, compare_policy, show_policy},
        update_policy::update_policy,
    },
    domain::{
        audit::Change,
        ids::PrincipalId,
        policy::{ActivationRules, AssignmentRules, Expiry, HalfHours, Longest, MfaRule, Window},
        policy_words::setting_label,
    },
    store::policies::Modified,
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::{Form, FormState},
        islands::{ApproverPreview, DurationSlider, Kinds, ReachWords, SectionTabs},
        parts::{
            Button, ButtonLink, Check, Choice, Choices, Hidden, Look, Note, Picked, PrincipalField, SelectField,
            SelectOption, TextField,
        },
        time::{Moment, Zone},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The tabs: the section's id, and its name.
const TABS: [(&str, &str); 3] =
    [("activation", "Activation"), ("assignment", "Assignment"), ("notification", "Notification")];

/// Shows the form, with what was typed when it comes back.
pub async fn page(visit: Visit) -> PageResult {
    let (caller, role) = (visit.caller()?, role_of(&visit)?);
    let shown = show_policy(&visit.app, caller, &role).await?;
    let picked = {
        let saved = &shown.stored.policy.activation.approval.approvers;
        Picked::load(&visit, "approvers", Kinds::UsersAndGroups, saved).await?
    };
    let named: Vec<_> = picked.chosen().iter().filter_map(|one| PrincipalId::parse(&one.id).ok()).collect();
    let reach = preview_approvers(&visit.app, caller, &named).await?;
    let zone = Zone::of(visit.viewer()?);
    let is_stale = visit.form.refused().iter().any(|refused| refused.code == "Stale");
    let differences = match visit.form.sent().filter(|_| is_stale).map(form::read) {
        Some(Ok(typed)) => compare_policy(&visit.app, caller, &role, &typed.policy).await?,
        Some(Err(_)) | None => Vec::new(),
    };
    let ShownPolicy { role, stored, history, mailed_admins, .. } = shown;
    let policy = &stored.policy;
    // Whoever saw an older version goes on from what is there now, once they were told; everybody else from what they saw.
    let version = match visit.form.sent().filter(|_| !is_stale).and_then(|form| form.many("version").next()) {
        Some(seen) => seen.to_owned(),
        None => stored.version.to_string(),
    };
    let (details, path) = (format!("/settings/{}", role.id), format!("/settings/{}/edit", role.id));
    let open = open_tab(&visit.form, visit.query.many("tab").next());
    let section = |at: usize| if at == open { "tabbed open" } else { "tabbed" };
    let tabs = TABS.map(|(id, label)| (id.to_owned(), label.to_owned())).to_vec();
    let view = view! {
        {is_stale.then(|| what_is_there_now(&differences, stored.modified.as_ref(), zone))}
        <SectionTabs label="Settings" tabs=tabs open=open/>
        <div class="two">
            <form class="role-settings" method="post" action=path novalidate>
                <Hidden name="version" value=version/>
                <section id="activation" class=section(0)>
                    {activation(&policy.activation, &visit.form, picked, ReachWords::from(&reach))}
                    <p class="next"><ButtonLink label="Next: Assignment" href="#assignment" icon="arrow-right"/></p>
                </section>
                <section id="assignment" class=section(1)>
                    {assignment(&policy.assignment)}
                    <p class="next"><ButtonLink label="Next: Notification" href="#notification" icon="arrow-right"/></p>
                </section>
                <section id="notification" class=section(2)>
                    {notifications::fields(policy, &visit.form, &notifications::Today { admins: &mailed_admins, approvers: &reach.people })}
                </section>
                <div class="bar save">
                    <Button label="Save" look=Look::Go/>
                    <ButtonLink label="Cancel" href=details.clone()/>
                    <span class="hint">"Saves all three tabs"</span>
                </div>
            </form>
            <aside class="stack" aria-label="What is saved now">
                {today("What is saved now", policy)}
                <LastChanged modified=stored.modified.clone() history=history zone=zone/>
            </aside>
        </div>
    };
    Ok(Content::new(format!("Edit settings: {}", role.display_name), view)
        .under("Manage")
        .crumb("Settings", "/settings")
        .crumb(role.display_name, details)
        .lead("They apply to every assignment and activation of this role, from the moment you save."))
}

/// Saves, or searches for approvers without script.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    if form.has("find") {
        return Ok(Outcome::Again);
    }
    let typed = form::read(&form)?;
    let saved = update_policy(&visit.app, visit.caller()?, &role_of(&visit)?, typed.seen, typed.policy).await?;
    let flash = if saved.changed {
        Flash::good(format!("The settings of {} are saved. They apply from now on.", saved.role.display_name))
    } else {
        Flash::info("Nothing was different, so nothing was saved.")
    };
    Ok(Outcome::go(format!("/settings/{}", saved.role.id), flash))
}

/// Which section stands open: that of the first refusal, else the one that was asked for.
fn open_tab(state: &FormState, asked: Option<&str>) -> usize {
    let of_field = |field: &str| match field {
        field if field.starts_with("Notification_") => 2,
        field if field.starts_with("eligible_") || field.starts_with("active_") => 1,
        _ => 0,
    };
    let refused = state.refused().iter().find_map(|refused| refused.field.as_deref());
    let asked = asked.and_then(|asked| TABS.iter().position(|(id, _)| *id == asked));
    refused.map(of_field).or(asked).unwrap_or(0)
}

fn activation(rules: &ActivationRules, state: &FormState, picked: Picked, reach: ReachWords) -> AnyView {
    let (mfa, minutes) = match rules.mfa {
        MfaRule::None => ("none", 10),
        MfaRule::Session => ("session", 10),
        MfaRule::Fresh { minutes } => ("fresh", minutes),
    };
    let (hours, never) = match rules.approval.window {
        Window::Minutes(minutes) => (minutes / 60, false),
        Window::Never => (24, true),
    };
    let choices = vec![
        Choice::new("none", "Nothing").hint("Whoever is signed in can activate."),
        Choice::new("session", "A second factor").hint("Shown at any time in this session."),
        Choice::new("fresh", "A fresh second factor").hint("Shown again when the last one is too old."),
    ];
    view! {
        <section class="card">
            <div class="h"><h2>"Activation"</h2></div>
            <div class="b form">
                <DurationSlider
                    name="duration"
                    label="Activation maximum duration"
                    hours=state.value_or("duration", rules.longest.hours_text())
                    max_minutes=HalfHours::LONGEST.minutes()
                    most="24 h"
                    error=state.error("duration")
                    ends=None
                />
                <div class="second-factor">
                    <Choices name="mfa" legend="On activation, require" choices=choices value=mfa/>
                    <TextField
                        name="mfa_minutes"
                        label="Not older than"
                        kind="number"
                        inputmode="numeric"
                        min="1"
                        max="1440"
                        step="1"
                        unit="minutes"
                        value=minutes.to_string()
                    />
                </div>
            </div>
            <Check
                name="justification"
                label="Require justification on activation"
                hint="A reason, which is recorded and shown to whoever decides."
                ticked=rules.justification
            />
            <Check
                name="ticket"
                label="Require ticket information on activation"
                hint="Number and system. They are recorded, not checked against that system."
                ticked=rules.ticket
            />
            <Check
                name="approval"
                label="Require approval to activate"
                hint="One yes is enough, the first decision counts, and nobody decides their own request."
                ticked=rules.approval.required
            >
                <PrincipalField
                    picked=picked
                    label="Approvers"
                    hint="People and groups. With nobody named, the active Global and Privileged Role Administrators decide."
                />
                <ApproverPreview field="approvers" initial=reach/>
                <div class="window">
                    <TextField
                        name="window_hours"
                        label="A request lapses after"
                        hint="1 hour to 30 days (720 hours)."
                        kind="number"
                        inputmode="numeric"
                        min="1"
                        max="720"
                        step="1"
                        unit="hours"
                        value=hours.to_string()
                    />
                    <Check
                        name="window_never"
                        label="Requests never lapse"
                        hint="Careful: a forgotten request can still be approved long after its reason is gone."
                        ticked=never
                    />
                </div>
            </Check>
        </section>
    }
    .into_any()
}

fn assignment(rules: &AssignmentRules) -> AnyView {
    let longest = |expiry: Expiry, otherwise: Longest| match expiry {
        Expiry::PermanentAllowed => otherwise.days().to_string(),
        Expiry::Within(longest) => longest.days().to_string(),
    };
    let lengths = || Longest::ALL.map(|choice| SelectOption::new(choice.days().to_string(), choice.label())).to_vec();
    view! {
        <section class="card">
            <div class="h"><h2>"Assignment"</h2></div>
            <div class="b form">
                <p class="hint">"Assignments that exist already keep their end; these rules apply to new ones."</p>
                <div class="expiry">
                    <Check
                        name="eligible_permanent"
                        label="Allow permanent eligible assignment"
                        ticked=rules.eligible == Expiry::PermanentAllowed
                    />
                    <SelectField
                        name="eligible_longest"
                        label="Expire eligible assignments after"
                        options=lengths()
                        value=longest(rules.eligible, Longest::Year1)
                    />
                </div>
                <div class="expiry">
                    <Check
                        name="active_permanent"
                        label="Allow permanent active assignment"
                        ticked=rules.active == Expiry::PermanentAllowed
                    />
                    <SelectField
                        name="active_longest"
                        label="Expire active assignments after"
                        options=lengths()
                        value=longest(rules.active, Longest::Months6)
                    />
                </div>
            </div>
            <Check
                name="active_mfa"
                label="Require multifactor authentication on active assignment"
                hint="Of the administrator who assigns: an active assignment leaves no later moment to ask."
                ticked=rules.active_mfa
            />
            <Check
                name="active_justification"
                label="Require justification on active assignment"
                hint="Of the administrator who assigns. It is recorded."
                ticked=rules.active_justification
            />
        </section>
    }
    .into_any()
}

/// What somebody else saved meanwhile, beside what was typed.
fn what_is_there_now(differences: &[Change], modified: Option<&Modified>, zone: Zone) -> AnyView {
    let who = modified.map(|modified| {
        let by = modified.by.clone().unwrap_or_else(|| "Somebody".to_owned());
        view! { <p><b>{by}</b> " saved " <Moment at=modified.at zone=zone/> ". Saving now replaces it with what you typed."</p> }
    });
    let rows: Vec<_> = differences
        .iter()
        .map(|change| {
            view! {
                <tr>
                    <th scope="row">{setting_label(&change.field)}</th>
                    <td data-label="Saved now" class="before"><del>{change.before.clone()}</del></td>
                    <td data-label="What you typed" class="after"><ins>{change.after.clone()}</ins></td>
                </tr>
            }
        })
        .collect();
    let same = rows.is_empty().then(|| view! { <p>"What is saved now is exactly what you typed."</p> });
    view! {
        <section class="card" id="differences">
            <div class="h"><h2>"What is different now"</h2></div>
            <div class="b stack"><Note mood=Mood::Wait>{who} {same}</Note></div>
            {(!rows.is_empty()).then(|| view! {
                <div class="grid">
                    <table class="diff">
                        <thead>
                            <tr><th scope="col">"Setting"</th><th scope="col">"Saved now"</th><th scope="col">"What you typed"</th></tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::form::Refused;

    #[test]
    fn the_tab_with_the_refused_field_is_open() {
        let state = |field: &str| {
            let refused = Refused { code: "x".into(), field: Some(field.into()), sentence: "No.".into() };
            FormState::refused_with(Form::default(), vec![refused])
        };
        assert_eq!(open_tab(&state("duration"), None), 0);
        assert_eq!(open_tab(&state("active_longest"), None), 1);
        assert_eq!(open_tab(&state("Notification_Admin_Admin_Eligibility"), Some("assignment")), 2);
        assert_eq!(open_tab(&FormState::default(), Some("assignment")), 1);
        assert_eq!(open_tab(&FormState::default(), Some("elsewhere")), 0);
    }
}
