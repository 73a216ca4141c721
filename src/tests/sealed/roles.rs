//! Attacks by whoever can write the database but has not the key (hostile 4), on roles, groups, settings, requests and accounts.

use ostiary::{
    app::{
        App, AppError,
        assign_role::assign_role,
        cancel_request::cancel_request,
        create_group::{TypedGroup, create_group},
        decide_request::decide_request,
        disable_user::disable_user,
        enable_user::enable_user,
        group_members::add_group_members,
        remove_assignment::remove_assignment,
        settle::settle_all,
        update_policy::update_policy,
        update_user::{UpdateUser, update_user},
    },
    domain::{
        access::Permission,
        ids::UserId,
        request::{Kind, Status, Verdict},
        time::Span,
    },
    store,
};

use super::distrusted;
use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
    signing_in::profile,
};

const FORGED: &str = "00000000-0000-7000-8000-000000000001";

/// Whether the person administers, as this server sees it.
async fn administers(test: &TestApp, app: &App, user: &UserId) -> bool {
    let mut db = app.store.read().await.unwrap();
    match test.caller(user).standing(app, &mut db, test.now()).await {
        Ok((_, standing)) => standing.permit(Permission::WriteAssignments).is_ok(),
        Err(AppError::SignedOut) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// An assignment that is inserted gives nothing, on no server, whether it has no seal or that of another row.
async fn an_assignment_that_is_inserted_gives_nothing(test: &TestApp) {
    let admin = test.admin().await;
    let tess = test.user("Tess Ng").await;
    let another = test.another_node().await;
    for seal in ["null, null", "seal, sealed_by"] {
        test.database
            .tamper(&format!(
                "insert into assignment_schedules (id, role_id, principal_id, request_id, assignment_type, activated_using, \
                 created_by, created_at, starts_at, ends_at, started_at, seal, sealed_by) \
                 select '{FORGED}', role_id, '{tess}', request_id, assignment_type, activated_using, created_by, created_at, \
                 starts_at, ends_at, started_at, {seal} from assignment_schedules where principal_id = '{}'",
                admin.user
            ))
            .await;
        for app in [&test.app, &another] {
            assert!(!administers(test, app, &tess).await);
            assert!(administers(test, app, &admin.user).await);
            assert_eq!(distrusted(app), [format!("assignment/{FORGED}")]);
            let group = TypedGroup { display_name: "Mine", description: "" };
            assert_eq!(codes(create_group(app, &test.caller(&tess), group, true).await), ["NotPermitted"]);
        }
        settle_all(test, "trace").await.unwrap();
        test.visitor(&tess).get("/users").await.is(404);
        test.database.tamper(&format!("delete from assignment_schedules where id = '{FORGED}'")).await;
    }
}

/// An eligibility that is inserted cannot be activated, nor can one that is moved to somebody else or made longer.
async fn an_eligibility_that_is_written_gives_nothing(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let own = test.assign_eligible(&operator, &tess, Some(Span::days(30))).await;
    test.database
        .tamper(&format!(
            "insert into eligibility_schedules (id, role_id, principal_id, request_id, created_by, created_at, starts_at, ends_at, \
             seal, sealed_by) select '{FORGED}', role_id, '{uma}', request_id, created_by, created_at, starts_at, ends_at, seal, \
             sealed_by from eligibility_schedules where id = '{own}'"
        ))
        .await;
    let forged = FORGED.parse().unwrap();
    assert_eq!(codes(test.activate(&uma, &forged, ask("1")).await), ["EligibilityRule"]);
    assert_eq!(distrusted(test), [format!("eligibility/{FORGED}")]);
    test.activate(&tess, &own, ask("1")).await.unwrap();
    assert!(test.holds(&tess, &operator).await);

    // Longer than it was given.
    test.advance(Span::hours(2));
    test.database.tamper(&format!("update eligibility_schedules set ends_at = null where id = '{own}'")).await;
    assert_eq!(codes(test.activate(&tess, &own, ask("1")).await), ["EligibilityRule"]);
    // The way out: it is removed, and assigned anew.
    let again = assignment(test, Kind::Eligibility, Some(Span::days(30)));
    let refused = assign_role(test, &test.admin().await, &operator, &[(&tess).into()], &again).await;
    assert_eq!(codes(refused), ["RoleAssignmentExists"]);
    remove_assignment(test, &test.admin().await, Kind::Eligibility, &own, "Forged").await.unwrap();
    let own = test.assign_eligible(&operator, &tess, None).await;
    test.activate(&tess, &own, ask("1")).await.unwrap();
    test.assert_intact().await;
}

/// The seal goes with the end, so that an update brings nothing back.
async fn what_ended_does_not_come_back(test: &TestApp) {
    let global = role("Global Administrator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let removed = test.assign_active(&global, &tess, None).await;
    let expired = test.assign_active(&global, &uma, Some(Span::hours(1))).await;
    test.advance(Span::minutes(10));
    remove_assignment(test, &test.admin().await, Kind::Assignment, &removed, "Moved").await.unwrap();
    test.advance(Span::hours(1));
    settle_all(test, "trace").await.unwrap();
    for (user, id) in [(&tess, &removed), (&uma, &expired)] {
        test.database
            .tamper(&format!(
                "update assignment_schedules set ended_at = null, end_reason = null, ends_at = null where id = '{id}'"
            ))
            .await;
        assert!(!administers(test, test, user).await);
        assert!(distrusted(test).contains(&format!("assignment/{id}")));
    }
    settle_all(test, "trace").await.unwrap();
    test.assert_intact().await;
}

/// Membership of a group that holds a role is power, too.
async fn a_membership_that_is_inserted_gives_nothing(test: &TestApp) {
    let global = role("Global Administrator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let group = test.role_group("Administrators", &[&tess]).await;
    test.assign_active(&global, &group, None).await;
    let another = test.another_node().await;
    for seal in ["null, null", "seal, sealed_by"] {
        test.database
            .tamper(&format!(
                "insert into group_members (group_id, user_id, added_at, seal, sealed_by) \
                 select group_id, '{uma}', added_at, {seal} from group_members where user_id = '{tess}'"
            ))
            .await;
        for app in [&test.app, &another] {
            assert!(!administers(test, app, &uma).await);
            assert!(administers(test, app, &tess).await);
            assert_eq!(distrusted(app), [format!("membership/{group}:{uma}")]);
        }
        test.database.tamper(&format!("delete from group_members where user_id = '{uma}'")).await;
    }
    // An administrator who adds the person makes a row of their own.
    test.database
        .tamper(&format!("insert into group_members (group_id, user_id, added_at) values ('{group}', '{uma}', 1)"))
        .await;
    assert_eq!(add_group_members(test, &test.admin().await, &group, std::slice::from_ref(&uma)).await.unwrap(), 1);
    assert!(administers(test, test, &uma).await);
}

/// A disabled person who is enabled beside Ostiary stays out, and so does everybody whose account was changed, until it is saved anew.
async fn an_account_that_is_changed_gives_nothing(test: &TestApp) {
    let global = role("Global Administrator");
    let tess = test.user("Tess Ng").await;
    test.assign_active(&global, &tess, None).await;
    disable_user(test, &test.admin().await, &tess).await.unwrap();
    test.database.tamper(&format!("update users set enabled = 1 where id = '{tess}'")).await;
    assert!(!administers(test, test, &tess).await);
    assert_eq!(distrusted(test), [format!("account/{tess}")]);
    let operator = role("Security Operator");
    let assign = assignment(test, Kind::Eligibility, None);
    let refused = assign_role(test, &test.admin().await, &operator, &[(&tess).into()], &assign).await;
    assert_eq!(codes(refused), ["SubjectDisabled"]);
    // Enabling does not take over what somebody else wrote; saving all of it does, and leaves them disabled.
    assert_eq!(codes(enable_user(test, &test.admin().await, &tess).await), ["ChangedOutside"]);
    let version = store::users::get(&mut test.store.read().await.unwrap(), &tess).await.unwrap().version;
    let edit = UpdateUser { id: &tess, version, profile: profile("Tess Ng", "tess.ng@contoso.example") };
    update_user(test, &test.admin().await, edit).await.unwrap();
    assert!(!administers(test, test, &tess).await);
    enable_user(test, &test.admin().await, &tess).await.unwrap();
    assert!(administers(test, test, &tess).await);
}

/// A group that was made without roles stays without.
async fn a_group_that_is_made_role_assignable_takes_no_role(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let group = test.group("Friends", &[&uma]).await;
    test.database.tamper(&format!("update groups set role_assignable = 1 where id = '{group}'")).await;
    let assign = assignment(test, Kind::Eligibility, None);
    let refused = assign_role(test, &test.admin().await, &role("Security Operator"), &[(&group).into()], &assign).await;
    assert_eq!(codes(refused), ["GroupNotAssignable"]);
    assert_eq!(distrusted(test), [format!("group/{group}")]);
}

/// Settings that are weakened, or an approver who is added, make a role harder to get, not easier.
async fn settings_that_are_changed_give_nothing_until_they_are_saved(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let waiting = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let other = test.assign_eligible(&role("Security Reader"), &uma, None).await;
    let undo = format!("delete from role_approvers where principal_id = '{uma}'");
    for (change, back) in [
        (
            format!(
                "update role_policies set approval_required = 0, activation_mfa = 'None' where role_id = '{}'",
                cast.role
            ),
            format!(
                "update role_policies set approval_required = 1, activation_mfa = 'Session' where role_id = '{}'",
                cast.role
            ),
        ),
        (format!("insert into role_approvers (role_id, principal_id) values ('{}', '{uma}')", cast.role), undo),
    ] {
        test.database.tamper(&change).await;
        assert_eq!(codes(test.approve(&uma, &waiting).await), ["NotFound"]);
        assert_eq!(codes(test.approve(&cast.approvers[0], &waiting).await), ["NotFound"]);
        assert!(!test.holds(&cast.tess, &cast.role).await);
        let assign = assignment(test, Kind::Eligibility, None);
        let refused = assign_role(test, &test.admin().await, &cast.role, &[(&uma).into()], &assign).await;
        assert_eq!(codes(refused), ["ChangedOutside"]);
        assert_eq!(distrusted(test), [format!("settings/{}", cast.role)]);
        test.database.tamper(&back).await;
    }
    // Put back as they were they hold again; other roles were never concerned.
    test.approve(&cast.approvers[0], &waiting).await.unwrap();
    test.activate(&uma, &other, ask("1")).await.unwrap();

    // Saved anew they are in force, also when nothing of the form was changed.
    test.database
        .tamper(&format!("insert into role_approvers (role_id, principal_id) values ('{}', '{uma}')", cast.role))
        .await;
    let stored = store::policies::get(&mut test.store.read().await.unwrap(), &cast.role).await.unwrap();
    let saved = update_policy(test, &test.admin().await, &cast.role, stored.version, stored.policy).await.unwrap();
    assert!(saved.changed);
    test.assign_eligible(&cast.role, &uma, None).await;
    test.assert_intact().await;
}

/// A request that is turned into another one is not there for whoever decides; its person can still withdraw it.
async fn a_pending_request_that_is_changed_cannot_be_approved(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let global = role("Global Administrator");
    for change in [
        format!("role_id = '{global}'"),
        format!("principal_id = '{uma}', requested_by = '{uma}'"),
        "duration_minutes = 480".to_owned(),
        "justification = 'A good reason'".to_owned(),
    ] {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        test.database.tamper(&format!("update requests set {change} where id = '{request}'")).await;
        assert_eq!(codes(test.approve(&cast.approvers[0], &request).await), ["NotFound"], "{change}");
        let admin = test.admin().await;
        let by_admin = decide_request(test, &admin, &request, Verdict::Approve, "Fine").await;
        assert_eq!(codes(by_admin), ["NotFound"], "{change}");
        assert!(distrusted(test).contains(&format!("request/{request}")), "{change}");
        for user in [&cast.tess, &uma] {
            assert!(!test.holds(user, &cast.role).await && !test.holds(user, &global).await, "{change}");
        }
        cancel_request(test, &admin, &request, "Forged").await.unwrap();
        assert_eq!(test.status(&request).await, Status::Canceled);
    }
    let honest = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.approve(&cast.approvers[0], &honest).await.unwrap();
    assert!(test.holds(&cast.tess, &cast.role).await);
    test.assert_intact().await;
}

/// A denied request that says that it was approved gives nothing (hostile 4 d).
async fn a_denied_request_that_is_made_granted_gives_nothing(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.deny(&cast.approvers[0], &request).await.unwrap();
    test.database
        .tamper(&format!("update requests set status = 'Provisioned', decision = 'Approve' where id = '{request}'"))
        .await;
    assert!(!test.holds(&cast.tess, &cast.role).await);
    let found = store::requests::find(&mut test.store.read().await.unwrap(), &request).await.unwrap().unwrap();
    assert!(test.open(found).is_none());
    assert_eq!(distrusted(test), [format!("request/{request}")]);
}

/// What is due and not trusted is left alone, once: it holds up nothing else, and settling comes to an end.
async fn what_is_not_trusted_holds_up_nothing(test: &TestApp) {
    let cast = test.cast().await;
    let operator = role("Security Operator");
    let mut forged = Vec::new();
    let mut people = Vec::new();
    for name in ["Uma Roy", "Nia Park", "Olu Ade"] {
        people.push(test.user(name).await);
    }
    for user in &people {
        forged.push(test.assign_active(&operator, user, Some(Span::hours(1))).await);
    }
    let honest = forged.pop().unwrap();
    for (id, seal) in forged.iter().zip(["seal = null, sealed_by = null", "created_at = created_at - 1"]) {
        test.database.tamper(&format!("update assignment_schedules set {seal} where id = '{id}'")).await;
    }
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.database.tamper(&format!("update requests set justification = 'Another' where id = '{request}'")).await;
    test.advance(Span::days(3));
    for _ in 0..2 {
        let next = settle_all(test, "trace").await.unwrap();
        assert!(next.is_none_or(|next| next > test.now()));
    }
    let ended =
        |id: &str| format!("select coalesce(end_reason, 'in force') from assignment_schedules where id = '{id}'");
    assert_eq!(test.database.texts(&ended(honest.as_str())).await, ["Expired"]);
    for id in &forged {
        assert_eq!(test.database.texts(&ended(id.as_str())).await, ["in force"]);
    }
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    let named = distrusted(test);
    assert!(
        named.contains(&format!("request/{request}")) && named.contains(&format!("assignment/{}", forged[1])),
        "{named:?}"
    );
    // Their time is over, whatever else they say.
    for user in &people {
        assert!(!test.holds(user, &operator).await);
    }
    test.assert_intact().await;
}

on_both_engines!(
    an_assignment_that_is_inserted_gives_nothing,
    an_eligibility_that_is_written_gives_nothing,
    what_ended_does_not_come_back,
    a_membership_that_is_inserted_gives_nothing,
    an_account_that_is_changed_gives_nothing,
    a_group_that_is_made_role_assignable_takes_no_role,
    settings_that_are_changed_give_nothing_until_they_are_saved,
    a_pending_request_that_is_changed_cannot_be_approved,
    a_denied_request_that_is_made_granted_gives_nothing,
    what_is_not_trusted_holds_up_nothing,
);
