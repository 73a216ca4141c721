//! What other systems of this kind got wrong (reference/bug-museum.md): each row is an invariant here. The rows about pages and
//! mails are tested where those are made; races in numbers are in `races`.

use futures::future::join_all;
use ostiary::{
    app::{
        AppError,
        approvers::approvers_of_role,
        assign_role::assign_role,
        create_group::{TypedGroup, UpdateGroup, create_group, update_group},
        disable_user::disable_user,
        enable_user::enable_user,
        group_members::remove_group_member,
        remove_assignment::remove_assignment,
        settle::settle_all,
        update_policy::update_policy,
    },
    domain::{
        activation::ActivationAsk,
        assignment::AssignAsk,
        audit::Activity,
        ids::UserId,
        refusal::Refusal,
        request::{Kind, Status},
        time::Span,
    },
    store,
};

use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
    refusals,
};

/// Seen elsewhere: approve and reject sent at once both answer 200, and the request ends rejected with the access granted.
async fn museum_approve_and_deny_at_once_have_one_outcome(test: &TestApp) {
    let cast = test.cast().await;
    for _ in 0..10 {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
        let (yes, no) =
            tokio::join!(test.approve(&cast.approvers[0], &request), test.deny(&cast.approvers[1], &request));
        assert!(yes.is_ok() != no.is_ok());
        let status = test.status(&request).await;
        assert_eq!(status, if yes.is_ok() { Status::Provisioned } else { Status::Denied });
        assert_eq!(test.holds(&cast.tess, &cast.role).await, yes.is_ok());
        test.advance(Span::minutes(30));
    }
}

/// Seen elsewhere: six approvals at once all answer 200; the last one's end date wins.
async fn museum_the_second_decider_is_told_who_was_first(test: &TestApp) {
    let cast = test.cast().await;
    let more = [test.user("Dan Eck").await, test.user("Eve Falk").await, test.user("Finn Gale").await];
    test.policy(&cast.role, |policy| {
        policy.activation.approval.approvers.extend(more.iter().map(Into::into));
    })
    .await;
    let six: Vec<&UserId> = cast.approvers.iter().chain(&more).collect();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let answers = join_all(six.iter().map(|approver| test.approve(approver, &request))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let first = test.request(&request).await.state.decision().unwrap().by.clone();
    let name = store::users::get(&mut test.store.read().await.unwrap(), &first).await.unwrap().display_name;
    for late in answers.into_iter().filter(Result::is_err) {
        assert_eq!(refusals(late), [Refusal::AlreadyClosed { how: format!("approved by {name}") }]);
    }
    let ends_at = test.activation(&cast.tess, &cast.role).await.unwrap().term.ends_at;
    assert_eq!(ends_at, Some(test.now().plus(Span::hours(1))));
}

/// Seen elsewhere: a double click on approve makes two revocation timers.
async fn museum_a_double_click_makes_one_activation_with_one_end(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let ada = &cast.approvers[0];
    let (one, two) = tokio::join!(test.approve(ada, &request), test.approve(ada, &request));
    assert!(one.is_ok() != two.is_ok());
    assert_eq!(
        test.database.texts("select id from assignment_schedules where assignment_type = 'Activated'").await.len(),
        1
    );
    test.advance(Span::hours(3));
    settle_all(test, "trace").await.unwrap();
    settle_all(test, "trace").await.unwrap();
    let ended = test.steps(&request).await.into_iter().filter(|(_, step)| *step == Activity::ActivationExpired);
    assert_eq!(ended.count(), 1);
}

/// Seen elsewhere: the end of grant A removes access still held by grant B.
async fn museum_access_ends_with_the_last_of_the_grants(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Operators", &[&tess]).await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    test.activate(&tess, &id, ask("1")).await.unwrap();
    let direct = test.assign_active(&operator, &tess, Some(Span::hours(2))).await;
    test.assign_active(&operator, &group, Some(Span::hours(4))).await;
    test.advance(Span::hours(1));
    settle_all(test, "trace").await.unwrap();
    assert!(test.activation(&tess, &operator).await.is_none());
    assert!(test.holds(&tess, &operator).await, "the direct assignment and the group's are still there");
    remove_assignment(test, &test.admin().await, Kind::Assignment, &direct, "Moved").await.unwrap();
    assert!(test.holds(&tess, &operator).await, "the group's is still there");
    test.advance(Span::hours(3));
    assert!(!test.holds(&tess, &operator).await);
}

/// Seen elsewhere: zero approvals accepted as satisfied; a role with approval on and no approver grants at once.
async fn museum_approval_without_an_approver_is_refused_and_never_granted(test: &TestApp) {
    let cast = test.cast().await;
    let admin = test.admin().await;
    for approver in &cast.approvers {
        remove_group_member(test, &admin, &cast.group, approver).await.unwrap();
    }
    let refused = refusals(test.activate(&cast.tess, &cast.eligibility, ask("1")).await);
    assert_eq!(refused, [Refusal::NoApprover]);
    assert!(!test.holds(&cast.tess, &cast.role).await);
    // The requestor alone is nobody either.
    test.policy(&cast.role, |policy| policy.activation.approval.approvers = vec![(&cast.tess).into()]).await;
    assert_eq!(refusals(test.activate(&cast.tess, &cast.eligibility, ask("1")).await), [Refusal::NoApprover]);
    assert!(test.database.texts("select id from requests where action = 'selfActivate'").await.is_empty());
}

/// The same in the database: what needed approval cannot be granted without one, whoever writes the row.
async fn museum_the_database_refuses_a_grant_without_a_decision(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let bo = &cast.approvers[1];
    for forced in [
        "status = 'Provisioned'".to_owned(),
        "status = 'Granted'".to_owned(),
        format!("status = 'Provisioned', decision = 'Deny', decided_by = '{bo}', decided_at = 1"),
        "status = 'Provisioned', decision = 'Approve'".to_owned(),
        format!("status = 'PendingApproval', decision = 'Approve', decided_by = '{bo}', decided_at = 1"),
        "status = 'Denied'".to_owned(),
        "status = 'Approved'".to_owned(),
    ] {
        let statement = format!("update requests set {forced} where id = '{request}'");
        assert!(test.database.try_to_tamper(&statement).await.is_err(), "{forced}");
    }
    let copy = "insert into requests select * from requests where status = 'PendingApproval'";
    assert!(test.database.try_to_tamper(copy).await.is_err(), "one waits at a time");
}

/// Seen elsewhere: a group matched by name; a group request renamed onto an existing group.
async fn museum_a_group_is_its_id_and_not_its_name(test: &TestApp) {
    let cast = test.cast().await;
    let admin = test.admin().await;
    let mallory = test.user("Mallory Quist").await;
    let typed = |display_name| TypedGroup { display_name, description: "" };
    update_group(test, &admin, UpdateGroup { id: &cast.group, version: 1, typed: typed("Old approvers") })
        .await
        .unwrap();
    let impostor = test.group("Approvers", &[&mallory]).await;
    assert_ne!(impostor, cast.group);
    assert_eq!(codes(create_group(test, &admin, typed("APPROVERS"), false).await), ["NameTaken"]);
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    assert_eq!(test.to_decide(&mallory).await, 0);
    assert_eq!(codes(test.approve(&mallory, &request).await).len(), 1);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    test.approve(&cast.approvers[0], &request).await.unwrap();
}

/// Seen elsewhere: only the first group's members read as approvers.
async fn museum_members_of_every_named_group_are_approvers(test: &TestApp) {
    let cast = test.cast().await;
    let [ada, bo, cleo] = &cast.approvers;
    let uma = test.user("Uma Roy").await;
    let groups = [
        test.group("First", &[ada]).await,
        test.role_group("Second", &[bo, ada]).await,
        test.group("Third", &[cleo]).await,
        test.group("Fourth", &[]).await,
    ];
    test.policy(&cast.role, |policy| {
        policy.activation.approval.approvers = groups.iter().map(Into::into).collect();
        policy.activation.approval.approvers.push((&uma).into());
    })
    .await;
    let everybody = [ada, bo, cleo, &uma];
    let mut db = test.store.read().await.unwrap();
    let resolved = approvers_of_role(test, &mut db, &cast.role, test.now()).await.unwrap();
    drop(db);
    assert_eq!(resolved, everybody.into_iter().cloned().collect());
    for approver in everybody {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
        assert_eq!(test.to_decide(approver).await, 1);
        test.approve(approver, &request).await.unwrap();
        test.advance(Span::minutes(30));
    }
}

/// Seen elsewhere: a disabled user still notified, perhaps still able to approve.
async fn museum_who_may_decide_is_asked_when_they_decide(test: &TestApp) {
    let cast = test.cast().await;
    let [ada, bo, cleo] = &cast.approvers;
    let admin = test.admin().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    // Both were asked. Then one is disabled, and the other leaves the group.
    disable_user(test, &admin, ada).await.unwrap();
    remove_group_member(test, &admin, &cast.group, bo).await.unwrap();
    assert!(matches!(test.approve(ada, &request).await, Err(AppError::SignedOut)));
    assert_eq!(codes(test.approve(bo, &request).await).len(), 1);
    assert_eq!(test.to_decide(bo).await, 0);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    test.approve(cleo, &request).await.unwrap();
    assert_eq!(test.notices(ada).await, ["ApprovalRequested"], "a disabled person hears of nothing");
    assert_eq!(test.mails("RequestDecided").await, ["tess.ng"]);
    test.advance(Span::hours(1));
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(test.mails("ApprovalRequested").await, ["cleo.diaz"]);
    enable_user(test, &admin, ada).await.unwrap();
    assert_eq!(test.to_decide(ada).await, 1);
}

/// Seen elsewhere: a disabled person keeps what they had active, or gets what they had asked for.
async fn museum_a_disabled_person_has_and_gets_nothing(test: &TestApp) {
    let cast = test.cast().await;
    let reader = role("Security Reader");
    let admin = test.admin().await;
    let eligible = test.assign_eligible(&reader, &cast.tess, None).await;
    test.activate(&cast.tess, &eligible, ask("8")).await.unwrap();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    disable_user(test, &admin, &cast.tess).await.unwrap();
    assert_eq!(test.status(&request).await, Status::Canceled);
    assert_eq!(codes(test.approve(&cast.approvers[0], &request).await), ["AlreadyClosed"]);
    assert!(matches!(test.activate(&cast.tess, &eligible, ask("1")).await, Err(AppError::SignedOut)));
    let ask_all = assignment(test, Kind::Assignment, None);
    let refused = assign_role(test, &admin, &role("Reports Reader"), &[(&cast.tess).into()], &ask_all).await;
    assert_eq!(codes(refused), ["SubjectDisabled"]);
    enable_user(test, &admin, &cast.tess).await.unwrap();
    assert!(!test.holds(&cast.tess, &reader).await, "what was active does not come back");
}

/// An approval is a decision about somebody who is eligible now, however they stopped being so.
async fn museum_eligibility_is_checked_again_when_it_is_approved(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let group = test.role_group("Operators", &[&uma]).await;
    let eligibility = test.assign_eligible(&cast.role, &group, None).await;
    // Behind the back of the use cases that withdraw requests.
    let request = test.activate(&uma, &eligibility, ask("1")).await.unwrap().request;
    test.database.tamper(&format!("delete from group_members where user_id = '{uma}'")).await;
    assert_eq!(codes(test.approve(&cast.approvers[0], &request).await), ["AlreadyClosed"]);
    assert!(!test.holds(&uma, &cast.role).await);
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.database.tamper(&format!("update users set enabled = 0 where id = '{}'", cast.tess)).await;
    assert_eq!(codes(test.approve(&cast.approvers[0], &request).await), ["AlreadyClosed"]);
    assert!(test.activation(&cast.tess, &cast.role).await.is_none());
}

/// Seen elsewhere: expired in the portal, alive downstream, because a job has to clear a flag.
async fn museum_access_is_a_comparison_with_the_clock(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let end = test.activate(&tess, &id, ask("1")).await.map(|_| test.now().plus(Span::hours(1))).unwrap();
    test.clock.set(end.minus(Span::from_millis(1)));
    assert!(test.holds(&tess, &operator).await);
    test.clock.set(end);
    assert!(!test.holds(&tess, &operator).await, "nothing has run since");
    // Power in the portal is the same comparison.
    let reader = test.assign_active(&role("Global Administrator"), &tess, Some(Span::hours(1))).await;
    test.advance(Span::hours(1));
    let ask = assignment(test, Kind::Assignment, None);
    let late = assign_role(test, &test.caller(&tess), &operator, &[(&tess).into()], &ask).await;
    assert_eq!(refusals(late), [Refusal::NotPermitted]);
    let late = remove_assignment(test, &test.caller(&tess), Kind::Assignment, &reader, "").await;
    assert_eq!(refusals(late), [Refusal::NotPermitted]);
}

/// Seen elsewhere: a future-dated grant survives the loss of eligibility.
async fn museum_a_later_start_does_not_survive_the_loss_of_eligibility(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let (tess, uma, bo) = (test.user("Tess Ng").await, test.user("Uma Roy").await, test.user("Bo Lindqvist").await);
    let group = test.role_group("Operators", &[&uma]).await;
    let of_tess = test.assign_eligible(&operator, &tess, None).await;
    let of_group = test.assign_eligible(&operator, &group, None).await;
    let of_bo = test.assign_eligible(&operator, &bo, None).await;
    let start = test.now().plus(Span::hours(5));
    let later = || ActivationAsk { starts_at: Some(start), ..ask("1") };
    let mut requests = Vec::new();
    for (who, eligibility) in [(&tess, &of_tess), (&uma, &of_group), (&bo, &of_bo)] {
        requests.push(test.activate(who, eligibility, later()).await.unwrap().request);
    }
    test.advance(Span::hours(1));
    remove_assignment(test, &test.admin().await, Kind::Eligibility, &of_tess, "Moved").await.unwrap();
    remove_group_member(test, &admin, &group, &uma).await.unwrap();
    disable_user(test, &admin, &bo).await.unwrap();
    for request in &requests {
        assert_eq!(test.status(request).await, Status::Revoked);
    }
    test.clock.set(start);
    for who in [&tess, &uma, &bo] {
        assert!(!test.holds(who, &operator).await);
    }
    settle_all(test, "trace").await.unwrap();
    assert!(!test.events().await.iter().any(|event| event.activity == Activity::ActivationCompleted));
}

/// Seen elsewhere: an activation outlives the eligibility it came from.
async fn museum_an_activation_ends_with_its_eligibility(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let end = test.now().plus(Span::hours(2));
    let short = test.assign_eligible(&operator, &tess, Some(Span::hours(2))).await;
    test.advance(Span::minutes(30));
    test.activate(&tess, &short, ask("8")).await.unwrap();
    assert_eq!(test.activation(&tess, &operator).await.unwrap().term.ends_at, Some(end), "never later");
    test.clock.set(end);
    assert!(!test.holds(&tess, &operator).await);

    let id = test.assign_eligible(&operator, &tess, None).await;
    let request = test.activate(&tess, &id, ask("8")).await.unwrap().request;
    test.advance(Span::minutes(5));
    remove_assignment(test, &test.admin().await, Kind::Eligibility, &id, "Moved").await.unwrap();
    assert!(!test.holds(&tess, &operator).await);
    assert_eq!(test.status(&request).await, Status::Revoked);
    assert_eq!(test.steps(&request).await.pop().unwrap().1, Activity::ActivationRevoked);
}

/// Seen elsewhere: the requestor clicks, and nothing happens because a grant exists.
async fn museum_every_refusal_has_a_code_and_a_sentence(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    test.activate(&tess, &id, ask("1")).await.unwrap();
    let refused = refusals(test.activate(&tess, &id, ask("1")).await).remove(0);
    assert_eq!((refused.code(), refused.status()), ("RoleAssignmentExists", 409));
    assert_eq!(refused.to_string(), "This role is active already. You can activate it again after it has ended.");
    let event = test.events().await.pop().unwrap();
    assert_eq!(event.reason, refused.to_string(), "and it is on record");
}

/// An assignment that has not begun does not make the role active, and does not stand in the way of activating it until then.
async fn museum_a_refusal_does_not_say_what_is_not_so(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let next_month =
        AssignAsk { starts_at: Some(test.now().plus(Span::days(30))), ..assignment(test, Kind::Assignment, None) };
    assign_role(test, &test.admin().await, &operator, &[(&tess).into()], &next_month).await.unwrap();
    test.activate(&tess, &id, ask("1")).await.unwrap();
    assert!(test.holds(&tess, &operator).await);
}

/// Seen elsewhere: the page spins for ever when a referenced object was deleted. Here it cannot be deleted.
async fn museum_what_is_referred_to_cannot_be_deleted(test: &TestApp) {
    let cast = test.cast().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    for statement in [
        format!("delete from principals where id = '{}'", cast.tess),
        format!("delete from users where id = '{}'", cast.tess),
        format!("delete from principals where id = '{}'", cast.group),
        format!("delete from roles where id = '{}'", cast.role),
        format!("delete from eligibility_schedules where role_id = '{}'; delete from requests", cast.role),
    ] {
        assert!(test.database.try_to_tamper(&statement).await.is_err(), "{statement}");
    }
}

/// Seen elsewhere: the second factor, or the need for approval, read as absent when the database had an error.
async fn museum_an_error_is_never_a_no(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let admin = test.admin().await;
    for (hide, show) in [
        ("alter table role_policies rename to hidden", "alter table hidden rename to role_policies"),
        ("alter table role_approvers rename to hidden", "alter table hidden rename to role_approvers"),
        ("alter table users rename to hidden", "alter table hidden rename to users"),
        ("alter table audit_events rename to hidden", "alter table hidden rename to audit_events"),
    ] {
        test.database.tamper(hide).await;
        let uma = test.activate(&cast.tess, &cast.eligibility, ask("1")).await;
        let approval = test.approve(&cast.approvers[0], &request).await;
        let policy = update_policy(test, &admin, &cast.role, 1, ostiary::domain::policy::Policy::default()).await;
        for error in [uma.map(drop), approval, policy.map(drop)].map(Result::unwrap_err) {
            // Who noticed that a table is gone writes nothing any more.
            let is_stopped = matches!(error.refusals(), [Refusal::WritingStopped]);
            assert!(is_stopped || matches!(error, AppError::Store(_)), "{hide}: {error:?}");
            assert!(is_stopped || error.to_string() == "the store failed", "what is inside stays inside");
        }
        test.database.tamper(show).await;
    }
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    let again = test.restart().await.unwrap();
    let (decide, yes) = (ostiary::app::decide_request::decide_request, ostiary::domain::request::Verdict::Approve);
    decide(&again, &test.caller(&cast.approvers[0]), &request, yes, "fine").await.unwrap();
    again.store.close().await;
}

on_both_engines!(
    museum_approve_and_deny_at_once_have_one_outcome,
    museum_the_second_decider_is_told_who_was_first,
    museum_a_double_click_makes_one_activation_with_one_end,
    museum_access_ends_with_the_last_of_the_grants,
    museum_approval_without_an_approver_is_refused_and_never_granted,
    museum_the_database_refuses_a_grant_without_a_decision,
    museum_a_group_is_its_id_and_not_its_name,
    museum_members_of_every_named_group_are_approvers,
    museum_who_may_decide_is_asked_when_they_decide,
    museum_a_disabled_person_has_and_gets_nothing,
    museum_eligibility_is_checked_again_when_it_is_approved,
    museum_access_is_a_comparison_with_the_clock,
    museum_a_later_start_does_not_survive_the_loss_of_eligibility,
    museum_an_activation_ends_with_its_eligibility,
    museum_every_refusal_has_a_code_and_a_sentence,
    museum_a_refusal_does_not_say_what_is_not_so,
    museum_what_is_referred_to_cannot_be_deleted,
    museum_an_error_is_never_a_no,
);
