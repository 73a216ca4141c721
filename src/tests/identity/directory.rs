use std::slice::from_ref;

use ostiary::{
    app::{
        Caller,
        activate_role::activate_role,
        assign_role::assign_role,
        create_group::{TypedGroup, create_group},
        create_user::{CreateUser, create_user},
        crypto::TypedPassword,
        disable_user::disable_user,
        enable_user::enable_user,
        group_members::{add_group_members, remove_group_member},
        people::{list_groups, list_users, search_people, show_user},
        ports::Clock as _,
        profile::TypedProfile,
        update_user::{UpdateUser, update_preferences, update_user},
    },
    domain::{
        access::Permission,
        activation::{ActivationAsk, Ticket},
        assignment::AssignAsk,
        ids::{GroupId, PrincipalId, RoleId, UserId},
        policy::HalfHours,
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
        user::Theme,
    },
    store::{
        self,
        directory::{Found, Kinds},
    },
};

use super::sessions::session;
use crate::harness::{
    TestApp, refusals,
    signing_in::{PASSWORD, caller, profile},
};

/// A person whose password an administrator set.
pub async fn create(test: &TestApp, by: &Caller, name: &str, upn: &str) -> UserId {
    let ask = CreateUser { profile: profile(name, upn), password: Some(TypedPassword::new(PASSWORD)) };
    create_user(&test.app, by, ask).await.unwrap().id
}

/// A person who has chosen their password.
pub async fn create_with_own_password(test: &TestApp, by: &Caller, name: &str, upn: &str) -> UserId {
    let id = create(test, by, name, upn).await;
    test.keep_password(&id).await;
    id
}

pub async fn group(test: &TestApp, by: &Caller, name: &str, role_assignable: bool) -> GroupId {
    create_group(&test.app, by, TypedGroup { display_name: name, description: "" }, role_assignable).await.unwrap()
}

pub fn role(portal: PortalRole) -> RoleId {
    RoleId::parse(portal.template_id()).unwrap()
}

pub async fn assign(test: &TestApp, by: &Caller, portal: PortalRole, member: impl Into<PrincipalId>, kind: Kind) {
    let ask = AssignAsk { kind, starts_at: None, ends_at: None, justification: "test".to_owned() };
    assign_role(&test.app, by, &role(portal), &[member.into()], &ask).await.unwrap();
}

async fn a_new_person_gets_a_password_for_one_sign_in(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let ask = CreateUser { profile: profile("Bob Marsh", "Bob@contoso.example"), password: None };
    let created = create_user(&test.app, &ada, ask).await.unwrap();
    let made = created.temporary_password.unwrap();
    let signed_in = test.sign_in("bob@contoso.example", &made).await.unwrap();
    assert!(signed_in.must_change_password && signed_in.user == created.id);
    let (bob, groups) = show_user(&test.app, &ada, &created.id).await.unwrap();
    assert_eq!((bob.mail.as_str(), bob.user_principal_name.as_str()), ("Bob@contoso.example", "Bob@contoso.example"));
    assert!(groups.is_empty() && bob.enabled && bob.last_sign_in_at.is_some());
}

async fn names_that_collide_or_mislead_are_refused_at_their_fields(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let try_create = async |name: &str, upn: &str| {
        let ask = CreateUser { profile: profile(name, upn), password: None };
        refusals(create_user(&test.app, &ada, ask).await).iter().filter_map(Refusal::field).collect::<Vec<_>>()
    };
    assert_eq!(try_create("Bob", "ADA@contoso.example").await, ["user_principal_name"]);
    assert_eq!(try_create("Bob\u{202e}", "b\u{456}b@contoso.example").await, ["display_name", "user_principal_name"]);
    assert_eq!(try_create("", "").await, ["display_name", "user_principal_name"]);
    let weak =
        CreateUser { profile: profile("Bob", "bob@contoso.example"), password: Some(TypedPassword::new("short")) };
    assert!(matches!(refusals(create_user(&test.app, &ada, weak).await).as_slice(), [Refusal::WeakPassword { .. }]));
    assert_eq!(store::users::count(&mut test.app.store.read().await.unwrap()).await.unwrap(), 1);
}

async fn people_without_power_or_without_second_factor_change_nothing(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let helpdesk = group(test, &ada, "Helpdesk", false).await;
    let verified = Caller { verified_at: Some(test.clock.now()), ..caller(&bob) };
    for (who, why) in [(&verified, Refusal::NotPermitted), (&caller(&ada.user), Refusal::VerificationRequired)] {
        let typed = TypedGroup { display_name: "Mine", description: "" };
        let before = test.events().await.len();
        assert_eq!(refusals(disable_user(&test.app, who, &ada.user).await), from_ref(&why));
        assert_eq!(refusals(enable_user(&test.app, who, &bob).await), from_ref(&why));
        assert_eq!(refusals(create_group(&test.app, who, typed, true).await), from_ref(&why));
        assert_eq!(refusals(add_group_members(&test.app, who, &helpdesk, from_ref(&bob)).await), from_ref(&why));
        let ask = CreateUser { profile: profile("Eve", "eve@contoso.example"), password: None };
        assert_eq!(refusals(create_user(&test.app, who, ask).await), from_ref(&why));
        assert_eq!(test.events().await.len(), before + 5, "every attempt is recorded");
        assert_eq!(refusals(list_users(&test.app, who, "", None, None, 10).await), from_ref(&why));
        assert_eq!(refusals(search_people(&test.app, who, "", Kinds::Users, 10).await), [why]);
    }
    let mut db = test.app.store.read().await.unwrap();
    let (_, standing) = verified.standing(&test.app, &mut db, test.app.now()).await.unwrap();
    assert!(!standing.holds(Permission::ReadPeople));
}

async fn the_second_of_two_edits_is_told_about_the_first(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let typed =
        TypedProfile { notification_mail: "pager@contoso.example", ..profile("Robert Marsh", "bob@contoso.example") };
    let edit = |typed| UpdateUser { id: &bob, version: 1, profile: typed };
    update_user(&test.app, &ada, edit(typed)).await.unwrap();
    let event = test.events().await.pop().unwrap();
    assert_eq!(event.changes.len(), 2);
    assert_eq!(refusals(update_user(&test.app, &ada, edit(typed)).await), [Refusal::Stale]);
    let (now, _) = show_user(&test.app, &ada, &bob).await.unwrap();
    assert_eq!((now.display_name.as_str(), now.version), ("Robert Marsh", 2));
    assert_eq!(now.notified_at().as_str(), "pager@contoso.example");
    let taken = UpdateUser { id: &bob, version: 2, profile: profile("Robert Marsh", "ada@contoso.example") };
    assert_eq!(
        refusals(update_user(&test.app, &ada, taken).await),
        [Refusal::NameTaken { field: "user_principal_name" }]
    );

    update_preferences(&test.app, &caller(&bob), "Asia/Tokyo", Theme::Dark).await.unwrap();
    assert_eq!(refusals(update_preferences(&test.app, &caller(&bob), "Moon/Base", Theme::Dark).await).len(), 1);
    let (now, _) = show_user(&test.app, &ada, &bob).await.unwrap();
    assert_eq!((now.time_zone.unwrap().as_str(), now.theme), ("Asia/Tokyo", Theme::Dark));
}

async fn a_disabled_person_is_signed_out_at_once_and_loses_what_they_had_active(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let bob = create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    assign(test, &ada, PortalRole::SecurityReader, &bob, Kind::Eligibility).await;
    activate(test, &bob, PortalRole::SecurityReader, None).await;
    session(test, &bob, "secret").await;

    disable_user(&test.app, &ada, &bob).await.unwrap();
    assert!(ostiary::app::sessions::load(&test.app, "secret").await.unwrap().is_none());
    let answer = update_preferences(&test.app, &caller(&bob), "", Theme::Light).await;
    assert!(matches!(answer, Err(ostiary::app::AppError::SignedOut)));
    assert_eq!(refusals(test.sign_in("bob@contoso.example", PASSWORD).await), [Refusal::WrongCredentials]);

    enable_user(&test.app, &ada, &bob).await.unwrap();
    test.sign_in("bob@contoso.example", PASSWORD).await.unwrap();
    let mut db = test.app.store.read().await.unwrap();
    assert!(test.app.roles_held(&mut db, &bob, test.app.now()).await.unwrap().is_empty());
}

async fn the_last_administrator_is_neither_disabled_nor_taken_out_of_their_group(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    assert_eq!(refusals(disable_user(&test.app, &ada, &ada.user).await), [Refusal::NotOnYourself]);
    let bob = create_with_own_password(test, &ada, "Bob Marsh", "bob@contoso.example").await;
    let admins = group(test, &ada, "Role admins", true).await;
    add_group_members(&test.app, &ada, &admins, from_ref(&bob)).await.unwrap();
    assign(test, &ada, PortalRole::PrivilegedRoleAdministrator, &admins, Kind::Assignment).await;
    let last = [Refusal::LastAdministrator { role: "Privileged Role Administrator" }];
    assert_eq!(refusals(disable_user(&test.app, &ada, &bob).await), last);
    assert_eq!(refusals(remove_group_member(&test.app, &ada, &admins, &bob).await), last);
    let eve = create(test, &ada, "Eve Stone", "eve@contoso.example").await;
    disable_user(&test.app, &ada, &eve).await.unwrap();
    // The role administrator cannot lock the only Global Administrator out either.
    let (device, _) = test.enrol(&caller(&bob)).await;
    let bob = test.verify(&caller(&bob), &device).await;
    let last = [Refusal::LastAdministrator { role: "Global Administrator" }];
    assert_eq!(refusals(disable_user(&test.app, &bob, &ada.user).await), last);
}

/// Activates the role by whichever eligibility there is.
pub async fn activate(test: &TestApp, user: &UserId, portal: PortalRole, group: Option<&GroupId>) {
    let principal = group.map_or_else(|| PrincipalId::from(user), PrincipalId::from);
    let mut db = test.app.store.read().await.unwrap();
    let eligibility =
        store::eligibilities::find_of(&mut db, &role(portal), &principal).await.unwrap().unwrap().into_unchecked();
    drop(db);
    let ask = ActivationAsk {
        duration: HalfHours::SHORTEST,
        starts_at: None,
        justification: "test".to_owned(),
        ticket: Ticket::default(),
    };
    let verified = Caller { verified_at: Some(test.clock.now()), ..caller(user) };
    activate_role(&test.app, &verified, &eligibility.id, ask).await.unwrap();
    let mut db = test.app.store.read().await.unwrap();
    assert_eq!(test.app.roles_held(&mut db, user, test.app.now()).await.unwrap().len(), 1);
}

async fn lists_are_searched_and_paged_by_name(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    for number in 0..5 {
        create(test, &ada, &format!("Person {number}"), &format!("p{number}_x@contoso.example")).await;
    }
    create(test, &ada, "100% Person", "percent@contoso.example").await;
    group(test, &ada, "People of role", true).await;
    group(test, &ada, "People of mail", false).await;

    let first = list_users(&test.app, &ada, "PERSON", None, None, 4).await.unwrap();
    let names: Vec<_> = first.lines.iter().map(|user| user.display_name.as_str()).collect();
    assert_eq!(names, ["100% Person", "Person 0", "Person 1", "Person 2"]);
    let next = first.next.unwrap();
    let rest = list_users(&test.app, &ada, "person", None, Some((&next.0, &next.1)), 4).await.unwrap();
    assert_eq!((rest.lines.len(), rest.next), (2, None));

    // What a pattern would mean elsewhere is text here.
    for (typed, count) in [("0%", 1), ("%", 1), ("_x@", 5), ("\\", 0), ("P1_X@CONTOSO", 1), ("' or 1=1 --", 0)] {
        assert_eq!(list_users(&test.app, &ada, typed, None, None, 50).await.unwrap().lines.len(), count, "{typed}");
    }
    assert_eq!(list_groups(&test.app, &ada, "people", None, 1).await.unwrap().lines.len(), 1);

    let found = async |kinds| search_people(&test.app, &ada, "pe", kinds, 20).await.unwrap();
    let groups = |found: &[Found]| found.iter().filter(|found| matches!(found, Found::Group { .. })).count();
    assert_eq!(groups(&found(Kinds::Users).await), 0);
    assert_eq!(groups(&found(Kinds::UsersAndGroups).await), 2);
    assert_eq!(groups(&found(Kinds::Assignable).await), 1);
    assert_eq!(found(Kinds::Users).await.len(), 6);
}

on_both_engines!(
    a_new_person_gets_a_password_for_one_sign_in,
    names_that_collide_or_mislead_are_refused_at_their_fields,
    people_without_power_or_without_second_factor_change_nothing,
    the_second_of_two_edits_is_told_about_the_first,
    a_disabled_person_is_signed_out_at_once_and_loses_what_they_had_active,
    the_last_administrator_is_neither_disabled_nor_taken_out_of_their_group,
    lists_are_searched_and_paged_by_name,
);
