//! Warnings before an end, reminders of what waits, and starts whose ground is gone.

use ostiary::{
    app::{notices::list_notices, notices::open_notice, settle::settle_all},
    domain::{
        activation::ActivationAsk,
        audit::Activity,
        ids::{PrincipalId, RequestId, UserId},
        policy::Window,
        request::Status,
        schedule::EndReason,
        time::{Instant, Span},
    },
    store,
};

use crate::harness::{
    TestApp,
    company::{ask, role},
};

/// Settles at this moment, and tells the kinds of notice that this brought a person.
async fn heard_at(test: &TestApp, user: &UserId, at: Instant) -> Vec<String> {
    let before = test.notices(user).await.len();
    test.clock.set(at);
    settle_all(test, "trace").await.unwrap();
    // Twice changes nothing.
    settle_all(test, "trace").await.unwrap();
    test.notices(user).await.split_off(before)
}

async fn an_assignment_warns_14_days_and_a_day_before_its_end_and_ends(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let begin = test.now();
    test.assign_eligible(&role("Security Reader"), &uma, Some(Span::days(90))).await;
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::days(60))).await;
    test.assign_eligible(&role("Directory Readers"), &uma, None).await;
    let at = |days| begin.plus(Span::days(days));
    let just_before = |days| at(days).minus(Span::from_millis(1));
    for (moment, expected) in [
        (just_before(46), vec![]),
        (at(46), vec!["AssignmentEndsSoon"]),
        (just_before(59), vec![]),
        (at(59), vec!["AssignmentEndsTomorrow"]),
        (at(60), vec!["Expired"]),
        (just_before(76), vec![]),
        (at(76), vec!["EligibilityEndsSoon"]),
        (at(89), vec!["EligibilityEndsTomorrow"]),
        (at(90), vec!["Expired"]),
        (at(500), vec![]),
    ] {
        assert_eq!(heard_at(test, &uma, moment).await, expected, "at {}", moment.since(begin));
    }
    assert_eq!(settle_all(test, "trace").await.unwrap(), None);
}

async fn the_worker_sleeps_until_the_next_warning(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let begin = test.now();
    test.assign_eligible(&role("Security Reader"), &uma, Some(Span::days(90))).await;
    let next = async || settle_all(test, "trace").await.unwrap();
    assert_eq!(next().await, Some(begin.plus(Span::days(76))));
    test.clock.set(begin.plus(Span::days(80)));
    assert_eq!(next().await, Some(begin.plus(Span::days(89))));
    test.clock.set(begin.plus(Span::days(89)));
    assert_eq!(next().await, Some(begin.plus(Span::days(90))));
}

async fn a_group_is_its_members_at_that_moment(test: &TestApp) {
    let (uma, tess, late) = (test.user("Uma Roy").await, test.user("Tess Ng").await, test.user("Late Comer").await);
    let group = test.role_group("Night shift", &[&uma, &tess]).await;
    let begin = test.now();
    test.assign_active(&role("Reports Reader"), &group, Some(Span::days(30))).await;
    let admin = test.admin().await;
    ostiary::app::disable_user::disable_user(test, &admin, &tess).await.unwrap();
    ostiary::app::group_members::add_group_members(test, &admin, &group, std::slice::from_ref(&late)).await.unwrap();
    let of_tess = test.notices(&tess).await;
    assert_eq!(heard_at(test, &late, begin.plus(Span::days(16))).await, ["AssignmentEndsSoon"]);
    assert_eq!(test.notices(&uma).await.last().unwrap(), "AssignmentEndsSoon");
    assert_eq!(test.notices(&tess).await, of_tess, "who is disabled hears nothing");
}

/// The server is down for 20 days across warnings and ends: only what is still true is told, and each end once.
async fn after_20_days_of_downtime_only_what_is_true_is_told(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let begin = test.now();
    let assigned = [
        ("Security Reader", 5),        // over
        ("Reports Reader", 20),        // over at this very moment
        ("Directory Readers", 21),     // both warnings passed; a day is left
        ("Search Editor", 30),         // the warning of 14 days passed; ten days are left
        ("Message Center Reader", 34), // at this very moment
        ("License Administrator", 40), // not yet
    ];
    for (name, days) in assigned {
        test.assign_eligible(&role(name), &uma, Some(Span::days(days))).await;
    }
    // The last moment at which the server runs: 5 days have no warning of 14, and 20 have one at the sixth day.
    let heard = heard_at(test, &uma, begin.plus(Span::hours(1))).await;
    assert_eq!(heard, Vec::<String>::new());
    let before = test.events().await.len();
    let mut heard = heard_at(test, &uma, begin.plus(Span::days(20))).await;
    heard.sort();
    assert_eq!(
        heard,
        ["EligibilityEndsSoon", "EligibilityEndsSoon", "EligibilityEndsTomorrow", "Expired", "Expired"],
        "nothing of the assignments that are over but that they are, and one warning of each that is left"
    );
    let expired = test.events().await.split_off(before);
    assert_eq!(expired.iter().map(|event| event.activity).collect::<Vec<_>>(), [Activity::EligibilityExpired; 2]);
    assert_eq!(heard_at(test, &uma, begin.plus(Span::days(20)).plus(Span::hours(23))).await, Vec::<String>::new());
}

/// The clock goes back an hour over a warning, an end and a reminder: nothing is said again, nothing comes back, and nothing is lost.
async fn a_clock_that_jumps_back_repeats_and_loses_nothing(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let reader = role("Security Reader");
    let begin = test.now();
    test.assign_active(&reader, &uma, Some(Span::hours(30))).await;
    let pending = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let asked = test.notices(&cast.approvers[0]).await.len();
    let at = |hours| begin.plus(Span::hours(hours));
    let back = Span::hours(1);

    assert_eq!(heard_at(test, &uma, at(6)).await, ["AssignmentEndsTomorrow"]);
    assert_eq!(heard_at(test, &uma, at(6).minus(back)).await, Vec::<String>::new());
    assert_eq!(heard_at(test, &uma, at(6)).await, Vec::<String>::new());

    // Half of the 24 hours of the window.
    assert_eq!(heard_at(test, &cast.approvers[0], at(12)).await, ["StillWaiting"]);
    assert_eq!(heard_at(test, &cast.approvers[0], at(11)).await, Vec::<String>::new());
    assert_eq!(heard_at(test, &cast.approvers[0], at(13)).await, Vec::<String>::new());
    assert_eq!(test.notices(&cast.approvers[0]).await.len(), asked + 1);
    assert_eq!(heard_at(test, &cast.tess, at(24)).await, ["Lapsed"]);
    assert_eq!(heard_at(test, &cast.tess, at(23)).await, Vec::<String>::new());
    assert_eq!(test.status(&pending).await, Status::TimedOut, "what lapsed stays so");

    assert_eq!(heard_at(test, &uma, at(30)).await, ["Expired"]);
    assert_eq!(heard_at(test, &uma, at(29)).await, Vec::<String>::new());
    assert!(!test.holds(&uma, &reader).await, "what ended does not come back with the clock");
    assert_eq!(heard_at(test, &uma, at(31)).await, Vec::<String>::new());
    // What is asked for in the hour that comes twice ends when it should.
    test.clock.set(at(29));
    test.assign_active(&reader, &uma, Some(Span::hours(1))).await;
    assert_eq!(heard_at(test, &uma, at(30)).await, ["Expired"]);
    test.assert_intact().await;
}

async fn an_activation_warns_15_and_5_minutes_before_its_end_and_leads_to_itself(test: &TestApp) {
    let cast = test.cast().await;
    test.policy(&cast.role, |policy| policy.activation.approval.required = false).await;
    let begin = test.now();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let at = |minutes| begin.plus(Span::minutes(minutes));
    assert_eq!(heard_at(test, &cast.tess, at(45).minus(Span::from_millis(1))).await, Vec::<String>::new());
    assert_eq!(heard_at(test, &cast.tess, at(45)).await, ["ActivationEndsSoon"]);
    assert_eq!(heard_at(test, &cast.tess, at(55)).await, ["ActivationEndsNow"]);
    let tess = test.caller(&cast.tess);
    let newest = list_notices(test, &tess, None, 1).await.unwrap().lines.remove(0);
    let to = open_notice(test, &tess, &newest.id).await.unwrap();
    assert_eq!(to, format!("/my-roles/activate?again={request}"));
    let used = ostiary::app::show_activation::used_by(test, &tess, &request, test.now()).await.unwrap();
    assert_eq!(used, cast.eligibility);
    // Nobody else learns what it used.
    let bo = test.caller(&cast.approvers[1]);
    assert!(ostiary::app::show_activation::used_by(test, &bo, &request, test.now()).await.is_err());
    assert_eq!(heard_at(test, &cast.tess, at(60)).await, ["Ended"]);

    // What ends within 15 minutes warns once; what was taken back does not warn any more.
    let again = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
    let running = test.activation(&cast.tess, &cast.role).await.unwrap();
    ostiary::app::deactivate_role::deactivate_role(test, &test.caller(&cast.tess), &{
        test.advance(Span::minutes(6));
        running.id
    })
    .await
    .unwrap();
    assert_eq!(test.status(&again).await, Status::Revoked);
    assert_eq!(heard_at(test, &cast.tess, at(200)).await, Vec::<String>::new());
}

async fn approvers_are_reminded_once_at_half_of_the_window(test: &TestApp) {
    let cast = test.cast().await;
    test.policy(&cast.role, |policy| policy.activation.approval.window = Window::hours(10).unwrap()).await;
    let ever = role("Search Editor");
    test.policy(&ever, |policy| {
        policy.activation.approval.required = true;
        policy.activation.approval.approvers = vec![(&cast.group).into()];
        policy.activation.approval.window = Window::Never;
    })
    .await;
    // One of those who approve asks as well: they are not reminded of their own.
    let own = test.assign_eligible(&cast.role, &cast.approvers[0], None).await;
    let for_ever = test.assign_eligible(&ever, &cast.tess, None).await;
    let begin = test.now();
    test.activate(&cast.tess, &for_ever, ask("1")).await.unwrap();
    test.activate(&cast.approvers[0], &own, ask("1")).await.unwrap();
    let decided = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.approve(&cast.approvers[1], &decided).await.unwrap();
    let heard = heard_at(test, &cast.approvers[1], begin.plus(Span::hours(5))).await;
    assert_eq!(
        heard,
        ["StillWaiting"],
        "of the one that still waits, not of the one that was decided or waits for ever"
    );
    assert!(!test.notices(&cast.approvers[0]).await.contains(&"StillWaiting".to_owned()));
    assert_eq!(heard_at(test, &cast.approvers[1], begin.plus(Span::hours(10))).await, ["Lapsed"]);
    // A reminder that the lapse overtook is not given.
    let second = test.activate(&cast.approvers[0], &own, ask("1")).await.unwrap().request;
    let heard = heard_at(test, &cast.approvers[1], test.now().plus(Span::hours(30))).await;
    assert_eq!(heard, ["Lapsed"]);
    assert_eq!(test.status(&second).await, Status::TimedOut);
}

/// The eligibility is looked at again when a later start comes: what has lost it, by whatever way, never begins.
async fn a_start_whose_ground_is_gone_fails_is_recorded_and_told(test: &TestApp) {
    let cast = test.cast().await;
    let start = test.now().plus(Span::hours(5));
    let later = ActivationAsk { starts_at: Some(start), ..ask("2") };
    let request = test.activate(&cast.tess, &cast.eligibility, later).await.unwrap().request;
    test.approve(&cast.approvers[0], &request).await.unwrap();
    // No use case leaves it like this: they take with them what rests on it. A restored row does.
    let mut tx = test.store.write().await.unwrap();
    store::eligibilities::end(&mut tx, &cast.eligibility, test.now(), EndReason::Removed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(heard_at(test, &cast.tess, start).await, ["NotStarted"]);
    assert_eq!(test.status(&request).await, Status::Failed);
    let approval = test.request(&request).await.state.decision().cloned();
    assert_eq!(approval.map(|approval| approval.by), Some(cast.approvers[0].clone()), "who approved it stays known");
    assert!(!test.holds(&cast.tess, &cast.role).await);
    let steps: Vec<Activity> = test.steps(&request).await.into_iter().map(|(_, step)| step).collect();
    assert_eq!(steps.last(), Some(&Activity::ActivationFailed));
    assert!(test.mails("RoleActivated").await.is_empty());
    // Nothing more comes of it.
    assert_eq!(heard_at(test, &cast.tess, start.plus(Span::hours(2))).await, Vec::<String>::new());
    test.assert_intact().await;
}

async fn a_start_of_somebody_disabled_fails(test: &TestApp) {
    let cast = test.cast().await;
    let start = test.now().plus(Span::hours(5));
    let later = ActivationAsk { starts_at: Some(start), ..ask("2") };
    test.policy(&cast.role, |policy| policy.activation.approval.required = false).await;
    let request: RequestId = test.activate(&cast.tess, &cast.eligibility, later).await.unwrap().request;
    test.database.tamper(&format!("update users set enabled = 0 where id = '{}'", cast.tess)).await;
    assert_eq!(
        heard_at(test, &cast.tess, start).await,
        Vec::<String>::new(),
        "they hear nothing while they are kept out"
    );
    assert_eq!(test.status(&request).await, Status::Failed);
    assert_eq!(PrincipalId::from(&cast.tess), test.request(&request).await.principal);
}

/// The migration gives what was there its warnings, by the same rule.
async fn rows_from_before_get_their_warnings(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::days(10))).await;
    test.assign_active(&role("Search Editor"), &uma, Some(Span::hours(2))).await;
    test.assign_active(&role("Directory Readers"), &uma, None).await;
    test.policy(&role("Security Reader"), |policy| policy.activation.approval.required = false).await;
    let own = test.assign_eligible(&role("Security Reader"), &uma, Some(Span::days(40))).await;
    test.activate(&uma, &own, ask("3")).await.unwrap();
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    let columns = [
        "select coalesce(cast(warn_at as text), '-') from eligibility_schedules order by id",
        "select coalesce(cast(warn_at as text), '-') from assignment_schedules order by id",
        "select coalesce(cast(remind_at as text), '-') from requests order by id",
    ];
    let mut made = Vec::new();
    for column in columns {
        made.push(test.database.texts(column).await);
    }
    assert!(made.iter().all(|rows| rows.iter().any(|at| at != "-")));
    // As if the columns had just been added.
    for table in ["eligibility_schedules set warn_at", "assignment_schedules set warn_at", "requests set remind_at"] {
        test.database.tamper(&format!("update {table} = null")).await;
    }
    let migration = include_str!("../../../migrations/0010_clockwork.sql");
    for statement in migration.split(';').filter(|statement| statement.contains("update ")) {
        test.database.tamper(statement).await;
    }
    for (column, made) in columns.iter().zip(made) {
        assert_eq!(test.database.texts(column).await, made, "{column}");
    }
}

on_both_engines!(
    an_assignment_warns_14_days_and_a_day_before_its_end_and_ends,
    the_worker_sleeps_until_the_next_warning,
    a_group_is_its_members_at_that_moment,
    after_20_days_of_downtime_only_what_is_true_is_told,
    a_clock_that_jumps_back_repeats_and_loses_nothing,
    an_activation_warns_15_and_5_minutes_before_its_end_and_leads_to_itself,
    approvers_are_reminded_once_at_half_of_the_window,
    a_start_whose_ground_is_gone_fails_is_recorded_and_told,
    a_start_of_somebody_disabled_fails,
    rows_from_before_get_their_warnings,
);
