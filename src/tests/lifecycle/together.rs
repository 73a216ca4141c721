//! Administrators extend and renew by themselves: at any time, several at once, all or none.

use ostiary::{
    app::extend_assignments::{TogetherAsk, extend_assignments},
    domain::{
        audit::Activity,
        ids::ScheduleId,
        lifecycle::Sought,
        policy::{Expiry, Longest},
        request::Action,
        time::{Instant, Span},
    },
    store,
};

use super::{second_administrator, subject, term};
use crate::harness::{
    TestApp, codes,
    company::{ask, role},
    refusals,
};

fn until(ends_at: Option<Instant>) -> TogetherAsk {
    TogetherAsk { ends_at, justification: "Yearly round".to_owned() }
}

async fn assignments_are_extended_together_at_any_time_and_nobody_loses_access(test: &TestApp) {
    let (operator, reader) = (role("Security Operator"), role("Reports Reader"));
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let pria = second_administrator(test).await;
    test.policy(&operator, |policy| policy.assignment.eligible = Expiry::Within(Longest::Months3)).await;
    let of_tess = test.assign_eligible(&operator, &tess, Some(Span::days(80))).await;
    let of_uma = test.assign_active(&reader, &uma, Some(Span::days(5))).await;
    test.activate(&tess, &of_tess, ask("2")).await.unwrap();
    test.advance(Span::hours(1));
    let both = [of_tess.clone(), of_uma.clone(), of_tess.clone()];
    let admin = test.admin().await;
    let count = extend_assignments(test, &admin, Sought::Extension, &both, &until(None)).await.unwrap();
    assert_eq!(count, 2, "each once");
    let usual = |days| Some(test.now().plus(Span::days(days)));
    assert_eq!(term(test, &of_tess).await.ends_at, usual(90), "the most that the settings allow");
    assert_eq!(term(test, &of_uma).await.ends_at, usual(180), "the usual length");
    assert!(test.holds(&tess, &operator).await && test.holds(&uma, &reader).await);
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Extended");
    assert_eq!(test.notices(&pria).await.pop().unwrap(), "ExtendedByOther");
    let events = test.events().await;
    let extended: Vec<_> = events.iter().rev().take(2).map(|event| event.activity).collect();
    assert_eq!(extended, [Activity::AssignmentExtended, Activity::EligibilityExtended]);
    let request = events.last().unwrap().request.clone().unwrap();
    let stored = test.request(&request).await;
    assert_eq!((stored.action, stored.schedule, stored.ends_at), (Action::AdminExtend, Some(of_uma), usual(180)));
    test.assert_intact().await;
}

async fn all_of_them_or_none_each_refusal_by_name(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let (tess, uma, olu) = (test.user("Tess Ng").await, test.user("Uma Roy").await, test.user("Olu Ade").await);
    let good = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    let permanent = test.assign_eligible(&operator, &uma, None).await;
    let later = test.assign_eligible(&operator, &olu, Some(Span::days(300))).await;
    let activated = test.activate(&tess, &good, ask("1")).await.unwrap();
    let before = term(test, &good).await;
    let end = until(Some(test.now().plus(Span::days(100))));
    let all = [good.clone(), permanent, later];
    let refused = refusals(extend_assignments(test, &admin, Sought::Extension, &all, &end).await);
    let sentences: Vec<_> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "Uma Roy, Security Operator: This assignment is permanent: there is nothing to extend.",
            "Olu Ade, Security Operator: Choose an end after the present one.",
        ]
    );
    assert_eq!(term(test, &good).await, before, "none");
    assert!(test.last_event().await.contains("Uma Roy, Security Operator: This assignment is permanent"));

    // Activations are none of these, nor is what is not there.
    let activation = test.activation(&tess, &operator).await.unwrap();
    assert_eq!(activation.request, activated.request);
    let of = async |ids: &[ScheduleId]| codes(extend_assignments(test, &admin, Sought::Extension, ids, &end).await);
    assert_eq!(of(&[activation.id]).await, ["NotFound"]);
    assert_eq!(of(&[]).await, ["FieldMissing"]);
    let many: Vec<_> = (0..101).map(|_| good.clone()).collect();
    assert_eq!(of(&many).await, ["ImpossibleSetting"]);
    let stranger = test.caller(&uma);
    let refused = extend_assignments(test, &stranger, Sought::Extension, std::slice::from_ref(&good), &end).await;
    assert_eq!(codes(refused), ["NotPermitted"]);
    let silent = TogetherAsk { justification: String::new(), ..end };
    let active = test.assign_active(&operator, &uma, Some(Span::days(3))).await;
    let refused = extend_assignments(test, &admin, Sought::Extension, &[active], &silent).await;
    assert_eq!(codes(refused), ["JustificationRule"]);
    let event = test.events().await.pop().unwrap();
    assert_eq!(
        (event.activity, event.subject_name.as_str()),
        (Activity::AssignmentExtended, "Uma Roy"),
        "what was tried, on whom"
    );
    let list = test.visitor(&admin.user).get("/resource-audit").await;
    list.says(&["Refused: Active assignment extended"]);
}

async fn what_expired_is_renewed_together_as_it_was(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let eligible = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    let active = test.assign_active(&operator, &uma, Some(Span::days(5))).await;
    let admin = test.admin().await;
    let early = extend_assignments(test, &admin, Sought::Renewal, std::slice::from_ref(&eligible), &until(None)).await;
    assert_eq!(codes(early), ["AssignmentStillRunning"]);
    test.advance(Span::days(10));
    let admin = test.admin().await;
    let late = extend_assignments(test, &admin, Sought::Extension, std::slice::from_ref(&eligible), &until(None)).await;
    assert_eq!(codes(late), ["RoleAssignmentDoesNotExist"]);
    let both = [eligible.clone(), active.clone()];
    assert_eq!(extend_assignments(test, &admin, Sought::Renewal, &both, &until(None)).await.unwrap(), 2);
    assert!(test.holds(&uma, &operator).await && !test.holds(&tess, &operator).await);
    let mut db = test.store.read().await.unwrap();
    let new =
        store::eligibilities::find_of(&mut db, &operator, &(&tess).into()).await.unwrap().unwrap().into_unchecked();
    drop(db);
    assert_ne!(new.id, eligible);
    assert_eq!(test.request(&new.request).await.action, Action::AdminRenew);
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Renewed");
    let again = extend_assignments(test, &admin, Sought::Renewal, &both, &until(None)).await;
    assert_eq!(codes(again), ["RoleAssignmentExists", "RoleAssignmentExists"]);
    assert!(subject(test, &eligible).await.known.ended.is_some());
}

async fn the_pages_list_what_was_ticked_and_what_becomes_of_it(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let of_tess = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    let permanent = test.assign_eligible(&operator, &uma, None).await;
    let browser = test.visitor(&test.admin().await.user);
    let list = browser.get("/assignments").await;
    list.says(&["action=\"/assignments/extend\"", "Extend selected", &format!("value=\"{of_tess}\"")]);
    list.hides(&[&format!("value=\"{permanent}\"")]);
    let reader = test.user("Rea Der").await;
    test.assign_active(&role("Global Reader"), &reader, None).await;
    test.visitor(&reader).get("/assignments").await.says(&["Tess Ng"]).hides(&["Extend selected", "checkbox"]);

    browser.get("/assignments/extend?back=/assignments").await.is(200).says(&["Nothing is ticked"]);
    let path = format!("/assignments/extend?id={of_tess}&back=%2Fassignments%3Ftab%3Deligible");
    let page = browser.get(&path).await;
    page.is(200).says(&[
        "Tess Ng",
        "Security Operator",
        "7 Mar 2026",
        "2 Mar 2027",
        "New end",
        "name=\"justification\"",
    ]);
    let with_permanent = format!("{path}&id={permanent}");
    browser.get(&with_permanent).await.says(&["Not possible", "there is nothing to extend"]);
    let fields = [("until", "date"), ("ends_at", ""), ("justification", "Yearly round")];
    browser.post(&path, &fields).await.is(422).says(&["id=\"ends_at-error\""]);
    let fields = [("until", "date"), ("ends_at", "2026-03-05T12:00"), ("justification", "Yearly round")];
    let short = browser.post(&path, &fields).await;
    short.is(422).says(&["id=\"ends_at-error\"", "Choose an end after the present one.", "2026-03-05T12:00"]);
    // A date that the choice above it would leave aside is asked about, not left aside.
    let fields = [("until", "usual"), ("ends_at", "2026-09-01T12:00"), ("justification", "Yearly round")];
    let unused = browser.post(&path, &fields).await;
    unused.is(422).says(&["id=\"ends_at-error\"", "Until the date below", "2026-09-01T12:00", "Yearly round"]);
    let fields = [("until", "date"), ("ends_at", "2026-09-01T12:00"), ("justification", "Yearly round")];
    let done = browser.post(&path, &fields).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/assignments?tab=eligible"));
    browser.get(&done.to).await.says(&["1 Sep 2026"]);

    test.advance(Span::days(200));
    let browser = test.visitor(&test.admin().await.user);
    let expired = browser.get("/assignments?tab=expired").await;
    expired.says(&["action=\"/assignments/renew\"", &format!("/assignments/renew?id={of_tess}")]);
    let path = format!("/assignments/renew?id={of_tess}");
    browser.get(&path).await.is(200).says(&["Renew assignments", "Tess Ng", "Ended"]);
    let done = browser.post(&path, &[("until", "usual"), ("ends_at", ""), ("justification", "Back")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/assignments?tab=expired"));
    assert_eq!(test.last_event().await, "EligibilityRenewed Success Tess Ng: Back");
}

on_both_engines!(
    assignments_are_extended_together_at_any_time_and_nobody_loses_access,
    all_of_them_or_none_each_refusal_by_name,
    what_expired_is_renewed_together_as_it_was,
    the_pages_list_what_was_ticked_and_what_becomes_of_it,
);
