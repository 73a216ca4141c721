use std::slice::from_ref;

use ostiary::{
    app::{
        create_group::{TypedGroup, UpdateGroup, create_group, update_group},
        group_members::{add_group_members, remove_group_member},
        people::show_group,
        ports::{Clock as _, OsRandom, random_bytes},
    },
    domain::{
        ids::{GroupId, UserId},
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
        time::Span,
    },
};

use super::directory::{activate, assign, create, group};
use crate::harness::{TestApp, refusals};

async fn who_leaves_a_group_loses_what_they_activated_through_it(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let readers = group(test, &ada, "Readers", true).await;
    assert_eq!(add_group_members(&test.app, &ada, &readers, &[bob.clone(), ada.user.clone()]).await.unwrap(), 2);
    assert_eq!(add_group_members(&test.app, &ada, &readers, from_ref(&bob)).await.unwrap(), 0);
    assign(test, &ada, PortalRole::SecurityReader, &readers, Kind::Eligibility).await;
    activate(test, &bob, PortalRole::SecurityReader, Some(&readers)).await;
    test.clock.advance(Span::minutes(1));
    remove_group_member(&test.app, &ada, &readers, &bob).await.unwrap();
    let mut db = test.app.store.read().await.unwrap();
    assert!(test.app.roles_held(&mut db, &bob, test.app.now()).await.unwrap().is_empty());
    drop(db);
    assert_eq!(refusals(remove_group_member(&test.app, &ada, &readers, &bob).await), [Refusal::NotFound("membership")]);
    assert_eq!(show_group(&test.app, &ada, &readers, None, 10).await.unwrap().1.lines.len(), 1);
}

async fn members_are_added_all_or_none(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let readers = group(test, &ada, "Readers", true).await;
    let other = group(test, &ada, "Other", true).await;
    let a_group_as_user = UserId::parse(other.as_str()).unwrap();
    let answer = add_group_members(&test.app, &ada, &readers, &[ada.user.clone(), a_group_as_user]).await;
    assert_eq!(refusals(answer), [Refusal::MembersAreUsers]);
    assert!(show_group(&test.app, &ada, &readers, None, 10).await.unwrap().1.lines.is_empty());
    assert_eq!(refusals(add_group_members(&test.app, &ada, &readers, &[]).await).len(), 1);
    let nowhere = GroupId::make(test.clock.now(), random_bytes(&OsRandom));
    assert_eq!(
        refusals(add_group_members(&test.app, &ada, &nowhere, from_ref(&ada.user)).await),
        [Refusal::NotFound("group")]
    );
}

async fn groups_keep_what_they_were_made_for(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let helpdesk = group(test, &ada, "Helpdesk", false).await;
    let typed = TypedGroup { display_name: "HELPDESK", description: "" };
    assert_eq!(
        refusals(create_group(&test.app, &ada, typed, true).await),
        [Refusal::NameTaken { field: "display_name" }]
    );
    let typed = TypedGroup { display_name: "Service desk", description: "First line.\r\nAnd second." };
    update_group(&test.app, &ada, UpdateGroup { id: &helpdesk, version: 1, typed }).await.unwrap();
    assert_eq!(
        refusals(update_group(&test.app, &ada, UpdateGroup { id: &helpdesk, version: 1, typed }).await),
        [Refusal::Stale]
    );
    let (group, _) = show_group(&test.app, &ada, &helpdesk, None, 10).await.unwrap();
    assert_eq!((group.display_name.as_str(), group.role_assignable), ("Service desk", false));
    assert_eq!(group.description.as_str(), "First line.\nAnd second.");
}

on_both_engines!(
    who_leaves_a_group_loses_what_they_activated_through_it,
    members_are_added_all_or_none,
    groups_keep_what_they_were_made_for,
);
