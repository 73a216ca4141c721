//! My roles: eligible, active, expired.

use super::role_tables::{self, Seen};
use crate::{
    app::list_my_roles::{MyRoles, list_active_roles, list_eligible_roles, list_expired_roles},
    domain::live::Topic,
    ui::{
        answer::{Content, Fault, PageResult},
        islands::LiveRefresh,
        parts::{ButtonLink, EmptyState, Icon, Pager, Tab, Tabs},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// What stands under the heading.
pub const LEAD: &str = "Roles you can activate when you need them, and those that are active now.";

/// The three lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Eligible,
    Active,
    Expired,
}

impl Which {
    const ALL: [Self; 3] = [Self::Eligible, Self::Active, Self::Expired];

    const fn word(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Eligible => "Eligible",
            Self::Active => "Active",
            Self::Expired => "Expired",
        }
    }
}

/// Shows one of the three lists.
pub async fn page(visit: Visit) -> PageResult {
    Ok(Content::new("My roles", list(&visit, &[]).await?).under("Tasks").lead(LEAD).live(&[Topic::Mine]))
}

/// The list of this visit, with these rows ticked.
pub async fn list(visit: &Visit, chosen: &[String]) -> Result<AnyView, Fault> {
    let (caller, now) = (visit.caller()?, visit.now());
    let seen = Seen { zone: Zone::of(visit.viewer()?), now };
    let asked = visit.query.optional("tab")?;
    let which = Which::ALL.into_iter().find(|which| Some(which.word()) == asked).unwrap_or(Which::Eligible);
    let typed = visit.query.optional("q")?.unwrap_or_default();
    let after = super::after(visit)?;
    let after = after.as_ref().map(|(key, id)| (key.as_str(), id.as_str()));

    let (table, next, (eligible, active)) = match which {
        Which::Eligible => {
            let MyRoles { found, counts } = list_eligible_roles(&visit.app, caller, typed, after, now).await?;
            let last = found.lines.last().filter(|_| found.has_more);
            let next = last.map(|row| super::key(&row.role.name_key, row.eligibility.id.as_str()));
            let empty = found.lines.is_empty();
            (if empty { nothing(which, typed) } else { role_tables::eligible(found.lines, chosen, seen) }, next, counts)
        }
        Which::Active => {
            let MyRoles { found, counts } = list_active_roles(&visit.app, caller, typed, after, now).await?;
            let last = found.lines.last().filter(|_| found.has_more);
            let next = last.map(|row| super::key(&row.role.name_key, row.id.as_str()));
            let empty = found.lines.is_empty();
            (if empty { nothing(which, typed) } else { role_tables::active(found.lines, seen) }, next, counts)
        }
        Which::Expired => {
            let after = super::after_moment(visit)?;
            let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
            let MyRoles { found, counts } = list_expired_roles(&visit.app, caller, typed, after, now).await?;
            let last = found.lines.last().filter(|_| found.has_more);
            let next = last.map(|row| super::key(&row.over_at.millis().to_string(), row.id.as_str()));
            let empty = found.lines.is_empty();
            (if empty { nothing(which, typed) } else { role_tables::over(found.lines, seen) }, next, counts)
        }
    };
    let tabs = Which::ALL.map(|tab| Tab {
        label: tab.label().to_owned(),
        href: format!("/my-roles?tab={}", tab.word()),
        count: match tab {
            Which::Eligible => usize::try_from(eligible).ok(),
            Which::Active => usize::try_from(active).ok(),
            Which::Expired => None,
        },
        open: tab == which,
    });
    let search = (!typed.is_empty() || eligible + active > 8).then(|| search(which, typed));
    Ok(view! {
        <LiveRefresh topics="mine"/>
        <Tabs label="Your roles" tabs=tabs.to_vec()/>
        {search}
        {table}
        <Pager path="/my-roles" query=visit.query.clone() next=next/>
    }
    .into_any())
}

fn search(which: Which, typed: &str) -> impl IntoView + use<> {
    view! {
        <div class="bar">
            <form class="search" method="get" action="/my-roles" role="search">
                <Icon name="search"/>
                <input type="hidden" name="tab" value=which.word()/>
                <input type="search" name="q" aria-label="Search your roles" placeholder="Search your roles" value=typed.to_owned()/>
            </form>
        </div>
    }
}

fn nothing(which: Which, typed: &str) -> AnyView {
    if !typed.is_empty() {
        let text = format!("None of your roles here has \u{201c}{typed}\u{201d} in its name.");
        let back = format!("/my-roles?tab={}", which.word());
        return view! {
            <EmptyState icon="search" title="No such role" text=text><ButtonLink label="Show all" href=back/></EmptyState>
        }
        .into_any();
    }
    match which {
        Which::Eligible => view! {
            <EmptyState
                icon="my-roles"
                title="You have no eligible roles"
                text="When an administrator makes you, or a group you are in, eligible for a role, it appears here and you can activate it."
            />
        }
        .into_any(),
        Which::Active => view! {
            <EmptyState icon="activate" title="No role is active" text="A role that you activate, or that is assigned to you as active, appears here until it ends.">
                <ButtonLink label="Eligible roles" href="/my-roles"/>
            </EmptyState>
        }
        .into_any(),
        Which::Expired => view! {
            <EmptyState icon="clock" title="Nothing ended lately" text="What ends, is removed or is deactivated stays here for 30 days."/>
        }
        .into_any(),
    }
}
