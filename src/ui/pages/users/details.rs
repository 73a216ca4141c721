//! One person: who they are, what they hold, which groups they are in.

use super::{sessions, whose};
use crate::app::list_holdings::list_holdings;
use crate::app::list_sessions::list_sessions_of;
use crate::app::people::show_user;
use crate::domain::access::Permission;
use crate::domain::group::Group;
use crate::domain::seal::{Object, ObjectKind};
use crate::domain::user::User;
use crate::ui::answer::{Content, Mood, PageResult};
use crate::ui::pages::holdings;
use crate::ui::parts::{ButtonLink, Face, Look, Note, Tag};
use crate::ui::time::{Moment, Zone};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows the person.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let id = whose(&visit)?;
    let zone = Zone::of(viewer);
    let (user, groups) = show_user(&visit.app, &viewer.caller, &id).await?;
    let held = list_holdings(&visit.app, &viewer.caller, &(&id).into()).await?;
    let may_write = viewer.standing.holds(Permission::WritePeople);
    let is_me = viewer.caller.user == id;
    let signed_in = if may_write && viewer.standing.verified {
        Some(list_sessions_of(&visit.app, &viewer.caller, &id).await?)
    } else {
        None
    };
    let name = user.display_name.to_string();
    let disabled = (!user.enabled).then(|| {
        view! { <Note mood=Mood::Wait><p><b>"Disabled."</b> " This person cannot sign in, activate a role or decide a request. Assignments stay as they are."</p></Note> }
    });
    let faults = [ObjectKind::Account, ObjectKind::Credentials]
        .map(|kind| visit.app.integrity().fault_of(&Object::new(kind, id.as_str())).map(|fault| (kind.label(), fault)));
    let untrusted = faults.into_iter().flatten().map(|(row, fault)| {
        let lead = format!("{row}: not trusted.");
        let sentence = format!(" {} This person cannot sign in. ", fault.sentence());
        view! { <Note mood=Mood::Bad><p><b>{lead}</b> {sentence} <a href="/health">"See Health"</a></p></Note> }
    });
    let untrusted = untrusted.collect_view();
    let edit = may_write.then(|| view! { <ButtonLink label="Edit" href=format!("/users/{id}/edit") icon="edit"/> });
    let view = view! {
        {untrusted}
        {disabled}
        <div class="two">
            <div class="stack">
                {holdings::card(held, &format!("{name} holds"), true, zone, visit.now())}
                {groups_card(&name, groups)}
                {signed_in.map(|found| sessions::card(&id, found, is_me, zone, visit.now()))}
            </div>
            <aside class="stack" aria-label="Account">
                {facts(&user, zone)}
                {may_write.then(|| account(&user, is_me))}
            </aside>
        </div>
    };
    let lead = user.user_principal_name.to_string();
    let content = Content::new(name, view).under("Manage").crumb("Users", "/users").lead(lead);
    Ok(match edit {
        Some(edit) => content.actions(edit),
        None => content,
    })
}

fn facts(user: &User, zone: Zone) -> AnyView {
    let state = if user.enabled {
        view! { <Tag label="Enabled" mood=Mood::Good/> }
    } else {
        view! { <Tag label="Disabled"/> }
    };
    let factor = user.second_factor_since.map_or_else(
        || view! { <span>"Not set up"</span> }.into_any(),
        |since| view! { <span>"On"</span> <small>"since " <Moment at=since zone=zone/></small> }.into_any(),
    );
    let password = if user.must_change_password { "To be replaced at the next sign-in" } else { "Their own" };
    let last = user
        .last_sign_in_at
        .map_or_else(|| view! { <span>"Never"</span> }.into_any(), |at| view! { <Moment at=at zone=zone/> }.into_any());
    let own_zone = user
        .time_zone
        .as_ref()
        .map_or_else(|| "As the organization".to_owned(), |zone| zone.as_str().replace('_', " "));
    view! {
        <section class="card" aria-labelledby="facts-heading">
            <div class="h"><h2 id="facts-heading">"Account"</h2></div>
            <dl class="facts">
                <dt>"State"</dt>
                <dd>{state}</dd>
                <dt>"Mail"</dt>
                <dd>{user.mail.to_string()}</dd>
                <dt>"Notifications"</dt>
                <dd>{user.notified_at().to_string()}</dd>
                <dt>"Second factor"</dt>
                <dd>{factor}</dd>
                <dt>"Password"</dt>
                <dd>{password}</dd>
                <dt>"Last sign-in"</dt>
                <dd>{last}</dd>
                <dt>"Time zone"</dt>
                <dd>{own_zone}</dd>
                <dt>"Created"</dt>
                <dd><Moment at=user.created_at zone=zone/></dd>
            </dl>
        </section>
    }
    .into_any()
}

fn account(user: &User, is_me: bool) -> AnyView {
    if is_me {
        return view! { <Note><p>"This is you. Password and second factor are under " <a href="/security">"Security"</a> "."</p></Note> }.into_any();
    }
    let id = user.id.clone();
    let factor = user
        .second_factor_since
        .map(|_| view! { <ButtonLink label="Reset second factor" href=format!("/users/{id}/reset-second-factor") icon="phone"/> });
    let lock = if user.enabled {
        view! { <ButtonLink label="Disable" href=format!("/users/{id}/disable") look=Look::No icon="lock"/> }
    } else {
        view! { <ButtonLink label="Enable" href=format!("/users/{id}/enable") look=Look::Go icon="unlock"/> }
    };
    view! {
        <section class="card" aria-labelledby="account-heading">
            <div class="h"><h2 id="account-heading">"Signing in"</h2></div>
            <div class="b">
                <div class="actions">
                    <ButtonLink label="Reset password" href=format!("/users/{id}/reset-password") icon="key"/>
                    {factor}
                    {lock}
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn groups_card(name: &str, groups: Vec<Group>) -> AnyView {
    let body = if groups.is_empty() {
        view! { <p class="muted">{format!("{name} is in no group. Members are added on the page of a group.")}</p> }
            .into_any()
    } else {
        let people: Vec<_> = groups
            .into_iter()
            .map(|group| {
                view! {
                    <span class="person">
                        <Face name=group.display_name.to_string() is_group=true/>
                        <a href=format!("/groups/{}", group.id)>{group.display_name.to_string()}</a>
                        {group.role_assignable.then(|| view! { <small>"role-assignable"</small> })}
                    </span>
                }
            })
            .collect();
        view! { <div class="people">{people}</div> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="groups-heading">
            <div class="h"><h2 id="groups-heading">"Groups"</h2></div>
            <div class="b">{body}</div>
        </section>
    }
    .into_any()
}
