//! Scenarios 3, 4, 5 and 19: assigning, and what cannot be removed.

use ostiary::{
    app::{assign_role::assign_role, remove_assignment::remove_assignment},
    domain::{
        assignment::AssignAsk,
        audit::{Activity, Outcome},
        ids::PrincipalId,
        my_role::{Condition, Extension, condition, extension},
        policy::{Expiry, Longest},
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
        schedule::AssignmentType,
        time::Span,
    },
    store,
};

use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
    refusals,
};

async fn scenario_03_longer_than_the_settings_allow_is_refused_and_the_rule_is_named(test: &TestApp) {
    let (admin, operator) = (test.admin().await, role("Security Operator"));
    let tess = PrincipalId::from(&test.user("Tess Ng").await);
    test.policy(&operator, |policy| policy.assignment.eligible = Expiry::Within(Longest::Months3)).await;
    let four_months = assignment(test, Kind::Eligibility, Some(Span::days(120)));
    let permanent = assignment(test, Kind::Eligibility, None);
    for (wrong, sentence) in [
        (four_months, "This role's settings allow at most 90 days from start to end."),
        (permanent, "This role's settings forbid permanent assignments. Choose an end within 90 days of the start."),
    ] {
        let refused =
            refusals(assign_role(test, &admin, &operator, std::slice::from_ref(&tess), &wrong).await).remove(0);
        assert_eq!((refused.code(), refused.field()), ("ExpirationRule", Some("ends_at")));
        assert_eq!(refused.to_string(), sentence);
        let event = test.events().await.pop().unwrap();
        assert_eq!((event.activity, event.outcome), (Activity::EligibilityAssigned, Outcome::Refused));
        assert_eq!(event.reason, sentence);
    }
    assert!(test.database.texts("select id from eligibility_schedules").await.is_empty());
    let three_months = assignment(test, Kind::Eligibility, Some(Span::days(90)));
    assert_eq!(assign_role(test, &admin, &operator, &[tess], &three_months).await.unwrap(), 1);
}

async fn scenario_04_only_people_and_groups_made_for_roles_can_be_assigned(test: &TestApp) {
    let (admin, operator) = (test.admin().await, role("Security Operator"));
    let tess = test.user("Tess Ng").await;
    let helpdesk = PrincipalId::from(&test.group("Helpdesk", &[&tess]).await);
    let operators = PrincipalId::from(&test.role_group("Operators", &[&tess]).await);
    for kind in [Kind::Eligibility, Kind::Assignment] {
        let ask = assignment(test, kind, None);
        // Together with one that could be: all or nothing.
        let both = [operators.clone(), helpdesk.clone()];
        let refused = refusals(assign_role(test, &admin, &operator, &both, &ask).await);
        assert_eq!(refused, [Refusal::GroupNotAssignable { group: "Helpdesk".to_owned() }]);
        assert_eq!(assign_role(test, &admin, &operator, std::slice::from_ref(&operators), &ask).await.unwrap(), 1);
        let again = refusals(assign_role(test, &admin, &operator, std::slice::from_ref(&operators), &ask).await);
        assert_eq!(again, [Refusal::AssignmentExists { name: "Operators".to_owned() }]);
    }
    assert!(test.holds(&tess, &operator).await, "a member holds what the group holds");
}

async fn scenario_05_an_eligible_person_has_no_access_and_can_activate(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, Some(Span::days(180))).await;
    let mut db = test.store.read().await.unwrap();
    let found = store::eligibilities::find_live(&mut db, &id).await.unwrap().unwrap().into_unchecked();
    drop(db);
    assert_eq!(found.term.ends_at, Some(test.now().plus(Span::days(180))));
    assert!(!test.holds(&tess, &operator).await, "eligible is not active");

    let mut db = test.store.read().await.unwrap();
    let mine = store::my_roles::list_eligible(&tess, test.now(), "", ("", ""), 10).ask(&mut db).await.unwrap();
    drop(db);
    assert_eq!(mine.iter().map(|row| &row.eligibility).collect::<Vec<_>>(), [&found]);
    assert_eq!(condition(&mine[0].facts, test.now()), Condition::Off, "it can be activated");
    // Extend is greyed until two weeks before the end, and says so.
    let from = test.now().plus(Span::days(166));
    assert_eq!(extension(&found.term, false, test.now()), Extension::From(from));
    assert_eq!(extension(&found.term, false, from), Extension::Open);
    test.activate(&tess, &id, ask("1")).await.unwrap();
    assert!(test.holds(&tess, &operator).await);
    assert_eq!(test.notices(&tess).await, ["MadeEligible", "Activated"]);
}

async fn scenario_19_the_last_global_administrator_cannot_be_removed(test: &TestApp) {
    let (admin, global) = (test.admin().await, role("Global Administrator"));
    let mut db = test.store.read().await.unwrap();
    let own = PrincipalId::from(&admin.user);
    let own = store::assignments::find_of(&mut db, &global, &own, AssignmentType::Assigned);
    let own = own.await.unwrap().unwrap().into_unchecked().id;
    drop(db);
    test.advance(Span::days(1));
    let admin = test.admin().await;
    let refused = refusals(remove_assignment(test, &admin, Kind::Assignment, &own, "leaving").await);
    assert_eq!(refused, [Refusal::LastAdministrator { role: PortalRole::GlobalAdministrator.display_name() }]);
    assert!(test.holds(&admin.user, &global).await);

    // With a second one it can be removed, and then that one is the last.
    let bo = test.user("Bo Lindqvist").await;
    let of_bo = test.assign_active(&global, &bo, None).await;
    test.advance(Span::minutes(5));
    let unknown = remove_assignment(test, &test.admin().await, Kind::Assignment, &own, "leaving").await;
    assert_eq!(codes(unknown), ["NobodyLeftToAdminister"], "Bo has never signed in");
    test.has_signed_in(&bo).await;
    remove_assignment(test, &test.admin().await, Kind::Assignment, &own, "leaving").await.unwrap();
    assert!(!test.holds(&admin.user, &global).await);
    let refused = refusals(remove_assignment(test, &test.caller(&bo), Kind::Assignment, &of_bo, "leaving").await);
    assert_eq!(refused.iter().map(Refusal::code).collect::<Vec<_>>(), ["LastAdministrator"]);
    // Who lost the role lost the power to use it.
    let powerless = remove_assignment(test, &test.admin().await, Kind::Assignment, &of_bo, "revenge").await;
    assert_eq!(refusals(powerless), [Refusal::NotPermitted]);
}

/// A holder who is disabled, or who only activated the role, or whose own assignment starts later, keeps nobody from being the last.
async fn scenario_19_only_standing_holders_count(test: &TestApp) {
    let (admin, global) = (test.admin().await, role("Global Administrator"));
    let own = test.database.texts("select id from assignment_schedules").await.remove(0).parse().unwrap();
    let (bo, cleo, tess) = (test.user("Bo Lindqvist").await, test.user("Cleo Diaz").await, test.user("Tess Ng").await);
    test.assign_active(&global, &bo, None).await;
    ostiary::app::disable_user::disable_user(test, &admin, &bo).await.unwrap();
    let eligible = test.assign_eligible(&global, &cleo, None).await;
    test.activate(&cleo, &eligible, ask("8")).await.unwrap();
    let later =
        AssignAsk { starts_at: Some(test.now().plus(Span::days(1))), ..assignment(test, Kind::Assignment, None) };
    assign_role(test, &admin, &global, &[(&tess).into()], &later).await.unwrap();
    test.advance(Span::hours(1));
    let remove = async || remove_assignment(test, &test.admin().await, Kind::Assignment, &own, "leaving").await;
    assert_eq!(codes(remove().await), ["LastAdministrator"]);
    test.advance(Span::days(1));
    test.has_signed_in(&tess).await;
    remove().await.unwrap();
}

async fn scenario_19_nothing_younger_than_five_minutes_is_removed(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let eligible = test.assign_eligible(&operator, &tess, None).await;
    let active = test.assign_active(&role("Security Reader"), &tess, None).await;
    test.advance(Span::seconds(299));
    let admin = test.admin().await;
    for (kind, id) in [(Kind::Eligibility, &eligible), (Kind::Assignment, &active)] {
        let refused = remove_assignment(test, &admin, kind, id, "mistake").await;
        assert_eq!(codes(refused), ["ActiveDurationTooShort"]);
    }
    test.advance(Span::seconds(1));
    for (kind, id) in [(Kind::Eligibility, &eligible), (Kind::Assignment, &active)] {
        remove_assignment(test, &admin, kind, id, "mistake").await.unwrap();
        assert_eq!(
            refusals(remove_assignment(test, &admin, kind, id, "mistake").await),
            [Refusal::NotFound("assignment")]
        );
    }
    assert!(!test.holds(&tess, &role("Security Reader")).await);
    assert_eq!(refusals(test.activate(&tess, &eligible, ask("1")).await), [Refusal::NotEligible]);
}

on_both_engines!(
    scenario_03_longer_than_the_settings_allow_is_refused_and_the_rule_is_named,
    scenario_04_only_people_and_groups_made_for_roles_can_be_assigned,
    scenario_05_an_eligible_person_has_no_access_and_can_activate,
    scenario_19_the_last_global_administrator_cannot_be_removed,
    scenario_19_only_standing_holders_count,
    scenario_19_nothing_younger_than_five_minutes_is_removed,
);
