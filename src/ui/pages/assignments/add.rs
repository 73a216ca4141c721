//! "Add assignments": who gets which role, then how and for how long. One address; each step carries what the other holds.

use super::{setting, term::end_without_use};
use crate::{
    app::{
        assign_role::assign_role,
        list_roles::show_role,
        people::name_principals,
        plan_assignment::{check_membership, list_assignable_roles, show_assignment_rules},
    },
    domain::{
        assignment::{AssignAsk, usual_length},
        ids::{PrincipalId, RoleId},
        name::Prose,
        policy::AssignmentRules,
        refusal::Refusal,
        request::Kind,
        role::Role,
        time::Instant,
    },
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::{Form, FormFault},
        islands::{Chosen, Kinds},
        parts::{Button, ButtonLink, Hidden, HiddenFields, Look, Picked, PrincipalField, SelectField, SelectOption},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The button that was pressed.
const GO: &str = "go";

/// The step that the form asks for, or that it was refused at.
pub async fn page(visit: Visit) -> PageResult {
    let go = visit.form.sent().and_then(|form| form.many(GO).last());
    let refused = !visit.form.refused().is_empty();
    let searched = visit.form.sent().is_some_and(|form| form.has("find"));
    let at_setting = !searched && (go == Some("assign") || (go == Some("next") && !refused));
    let view = if at_setting { setting::view(&visit).await? } else { membership(&visit).await? };
    Ok(Content::new("Add assignments", view)
        .under("Manage")
        .crumb("Assignments", "/assignments")
        .lead("All of them are made together, or none."))
}

/// Goes on, goes back, or assigns.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    if form.has("find") {
        return Ok(Outcome::Again);
    }
    match form.one(GO)? {
        "back" => Ok(Outcome::Again),
        "next" => {
            let role = chosen_role(&form)?;
            check_membership(&visit.app, visit.caller()?, role.as_ref(), &members(&form)?).await?;
            Ok(Outcome::Again)
        }
        "assign" => assign(&visit, &form).await,
        _ => Err(FormFault::Missing(GO).into()),
    }
}

async fn assign(visit: &Visit, form: &Form) -> Result<Outcome, Fault> {
    let (app, caller) = (&visit.app, visit.caller()?);
    let Some(role) = chosen_role(form)? else {
        return Err(Refusal::Missing { field: "role", sentence: "Choose the role." }.into());
    };
    let (role, rules) = show_assignment_rules(app, caller, &role).await?;
    let members = members(form)?;
    let ask = ask(form, &rules, Zone::of(visit.viewer()?), visit.now())?;
    let kind = ask.kind;
    assign_role(app, caller, &role.id, &members, &ask).await?;
    let who: Vec<Chosen> = name_principals(app, caller, &members).await?.into_iter().map(Chosen::from).collect();
    let tab = match kind {
        Kind::Eligibility => "eligible",
        Kind::Assignment => "active",
    };
    let sentence = done(&role, kind, &who, ask.starts_at.is_some());
    Ok(Outcome::go(format!("/roles/{}?tab={tab}", role.id), Flash::good(sentence)))
}

/// What was done, as the next page says it.
fn done(role: &Role, kind: Kind, who: &[Chosen], later: bool) -> String {
    let role = &role.display_name;
    let are = match who {
        [one] => format!("{} is", one.name),
        many => format!("All {} are", many.len()),
    };
    match (kind, later) {
        (Kind::Eligibility, false) => format!("{are} now eligible for {role}."),
        (Kind::Assignment, false) => format!("{are} now active as {role}."),
        (Kind::Eligibility, true) => format!("{are} going to be eligible for {role}."),
        (Kind::Assignment, true) => format!("{are} going to be active as {role}."),
    }
}

/// The role of the form; none when nothing was chosen. What is no role's id cannot be assigned.
pub(super) fn chosen_role(form: &Form) -> Result<Option<RoleId>, Fault> {
    let Some(typed) = form.optional("role")? else { return Ok(None) };
    Ok(Some(RoleId::parse(typed).map_err(|_| Refusal::RoleNotAssignable)?))
}

fn members(form: &Form) -> Result<Vec<PrincipalId>, Fault> {
    let mut members = Vec::new();
    for id in form.many("members") {
        let id = PrincipalId::parse(id).map_err(|_| Refusal::NotFound("person or group"))?;
        if !members.contains(&id) {
            members.push(id);
        }
    }
    Ok(members)
}

/// The kind that was chosen.
pub(super) fn kind(form: &Form) -> Result<Kind, FormFault> {
    match form.one("kind")? {
        "eligible" => Ok(Kind::Eligibility),
        "active" => Ok(Kind::Assignment),
        _ => Err(FormFault::Missing("kind")),
    }
}

/// What is asked for. Every field that cannot be read is named at once. An end that was left out, without a tick at Permanent, is
/// the usual one.
fn ask(form: &Form, rules: &AssignmentRules, zone: Zone, now: Instant) -> Result<AssignAsk, Fault> {
    let kind = kind(form)?;
    let mut refusals = Vec::new();
    let mut moment = |field: &'static str| -> Result<Option<Instant>, Fault> {
        let Some(typed) = form.optional(field)? else { return Ok(None) };
        Ok(zone.parse(field, typed).map_err(|refusal| refusals.push(refusal)).ok())
    };
    let starts_at = moment("starts_at")?;
    let permanent = form.has("permanent");
    let typed_end = moment("ends_at")?;
    if permanent && typed_end.is_some() {
        refusals.push(end_without_use());
    }
    let usual = starts_at.unwrap_or(now).plus(usual_length(kind, rules).span());
    let ends_at = if permanent { None } else { Some(typed_end.unwrap_or(usual)) };
    let justification = match Prose::<500>::parse(form.one("justification")?) {
        Ok(prose) => prose.as_str().to_owned(),
        Err(error) => {
            refusals.push(error.at("justification"));
            String::new()
        }
    };
    if refusals.is_empty() { Ok(AssignAsk { kind, starts_at, ends_at, justification }) } else { Err(refusals.into()) }
}

async fn membership(visit: &Visit) -> Result<AnyView, Fault> {
    let (app, caller) = (&visit.app, visit.caller()?);
    // The role is fixed when the wizard was opened from a role.
    let role = match visit.query.optional("role")? {
        Some(id) => {
            let id = RoleId::parse(id).map_err(|_| Refusal::NotFound("page"))?;
            fixed_role(show_role(app, caller, &id).await?)
        }
        None => role_choice(list_assignable_roles(app, caller).await?),
    };
    let picked = Picked::load(visit, "members", Kinds::Assignable, &[]).await?;
    let carried = visit.form.sent().cloned().unwrap_or_default();
    Ok(view! {
        {steps(false)}
        <form class="form" method="post">
            {role}
            <PrincipalField
                picked=picked
                label="Members"
                hint="People, and groups that were created as role-assignable. Each member of a group activates for themselves."
            />
            <HiddenFields form=carried except=vec!["role", "members", "find_members", "find", GO]/>
            <div class="actions">
                <Button label="Next: Setting" look=Look::Go name=GO value="next"/>
                <ButtonLink label="Cancel" href="/assignments"/>
            </div>
        </form>
    }
    .into_any())
}

fn fixed_role(role: Role) -> AnyView {
    view! {
        <div class="field">
            <span class="label">"Role"</span>
            <p><b>{role.display_name}</b></p>
            <p class="hint">{role.description} " " <a href="/assignments/add">"Choose another role"</a></p>
            <Hidden name="role" value=role.id.to_string()/>
        </div>
    }
    .into_any()
}

fn role_choice(roles: Vec<Role>) -> AnyView {
    let first = SelectOption::new("", "Choose a role");
    let rest = roles.into_iter().map(|role| SelectOption::new(role.id.to_string(), role.display_name));
    let options = std::iter::once(first).chain(rest).collect::<Vec<_>>();
    let hint = "Open the list and type the first letters to jump to a role.";
    view! { <SelectField name="role" label="Role" options=options hint=hint/> }.into_any()
}

/// Where the wizard stands.
pub(super) fn steps(at_setting: bool) -> AnyView {
    let (first, second) = if at_setting { (None, Some("step")) } else { (Some("step"), None) };
    view! {
        <ol class="steps">
            <li class=at_setting.then_some("done") aria-current=first><span>"Membership"</span></li>
            <li aria-current=second><span>"Setting"</span></li>
        </ol>
    }
    .into_any()
}
