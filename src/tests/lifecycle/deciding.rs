//! Deciding: who may, what a yes makes of the assignment, and that the first answer counts.

use ostiary::{
    app::settle::settle_all,
    domain::{
        assignment::AssignAsk,
        audit::{Activity, Change},
        lifecycle::Sought,
        policy::{Expiry, Longest},
        refusal::Refusal,
        request::{Kind, Status, Verdict},
        schedule::AssignmentType,
        time::Span,
    },
    store,
};

use super::{WHY, becomes, decide, near_its_end, propose, second_administrator, seek, subject, term};
use crate::harness::{
    TestApp, codes,
    company::{ask, role},
    refusals,
};

async fn scenario_17_an_administrator_sets_start_end_and_type_and_a_no_leaves_the_dates(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let (gwen, pria) = (test.admin().await.user, second_administrator(test).await);
    let operator = role("Security Operator");
    let before = term(test, &id).await;

    // A no: everything stays, and both sides are told.
    let denied = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let page = format!("/approve-requests/{denied}");
    let shown = test.visitor(&gwen).get(&page).await;
    shown.is(200).says(&[
        "Tess Ng asks to extend Security Operator",
        WHY,
        "What the assignment becomes",
        "name=\"kind\"",
    ]);
    let blank = [("verdict", "deny"), ("justification", "")];
    test.visitor(&gwen).post(&page, &blank).await.is(422).says(&["id=\"justification-error\""]);
    let no = test.visitor(&gwen).post(&page, &[("verdict", "deny"), ("justification", "Not any more")]).await;
    assert_eq!((no.status.as_u16(), no.to.as_str()), (303, "/approve-requests"));
    assert_eq!((test.status(&denied).await, term(test, &id).await), (Status::Denied, before));
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "ChangeDenied");
    assert_eq!(test.notices(&pria).await.pop().unwrap(), "ChangeDeniedByOther");
    let mine = test.visitor(&tess).get(&format!("/my-requests/{denied}")).await;
    mine.says(&["Denied by", "Gwen Adams", "Not any more", "The assignment stays as it is"]);

    // A yes with another end: the same assignment, an activation runs on.
    test.activate(&tess, &id, ask("2")).await.unwrap();
    let wished = test.now().plus(Span::days(300));
    let granted = propose(test, &tess, Sought::Extension, &id, Some(wished)).await.unwrap();
    let page = format!("/approve-requests/{granted}");
    let list = test.visitor(&pria).get("/approve-requests").await;
    list.says(&["Requests to renew or extend role assignments", "Requests for role activations", "Tess Ng", "Extend"]);
    assert!(
        list.text.find("Requests to renew or extend") < list.text.find("Requests for role activations"),
        "the first section"
    );
    // The fields start with what is there and what was proposed.
    test.visitor(&pria).get(&page).await.says(&["value=\"2027-01-06T", "It has begun, so its start stays."]);
    let fields = [
        ("verdict", "approve"),
        ("kind", "eligible"),
        ("ends_at", "2026-12-01T12:00"),
        ("justification", "Until the audit"),
    ];
    let yes = test.visitor(&pria).post(&page, &fields).await;
    yes.is(303);
    let after = term(test, &id).await;
    assert_eq!(after.starts_at, before.starts_at);
    assert_eq!(after.ends_at.unwrap().millis(), 1_796_122_800_000);
    assert!(test.holds(&tess, &operator).await, "access goes on");
    assert_eq!(test.status(&granted).await, Status::Provisioned);
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Extended");
    assert_eq!(test.notices(&gwen).await.pop().unwrap(), "ExtendedByOther");
    let steps: Vec<_> = test.steps(&granted).await;
    let activities: Vec<_> = steps.iter().map(|(_, activity)| *activity).collect();
    assert_eq!(activities, [Activity::ExtensionRequested, Activity::RequestApproved, Activity::EligibilityExtended]);
    let extended = test.events().await.pop().unwrap();
    let end = |at: ostiary::domain::time::Instant| at.millis().to_string();
    let change = Change {
        field: "ends_at".to_owned(),
        before: end(before.ends_at.unwrap()),
        after: end(after.ends_at.unwrap()),
    };
    assert_eq!(extended.changes, [change], "before and after");
    let mine = test.visitor(&tess).get(&format!("/my-requests/{granted}")).await;
    mine.says(&["Approved by", "Pria Raman", "Until the audit", "Assignment extended", "eligible until"]);
    test.visitor(&pria).get("/approve-requests?tab=decided").await.says(&["Tess Ng", "Approved"]);
    test.visitor(&pria).get(&page).await.is(200).says(&["Until the audit"]).hides(&["name=\"verdict\""]);
    test.assert_intact().await;
}

async fn scenario_18_a_renewal_makes_a_new_assignment_and_after_thirty_days_the_row_is_gone(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let operator = role("Security Operator");
    let old = test.assign_eligible(&operator, &tess, Some(Span::days(20))).await;
    test.advance(Span::days(30));
    let path = format!("/my-roles/{old}/renew");
    let browser = test.visitor(&tess);
    browser.get("/my-roles?tab=expired").await.says(&[&path, "Its time ran out"]);
    browser.get(&path).await.is(200).says(&["Renew Security Operator", "Expired", "Send request"]);
    let sent = browser.post(&path, &[("justification", WHY), ("ends_at", "")]).await;
    sent.is(303);
    let request = ostiary::domain::ids::RequestId::parse(sent.to.rsplit('/').next().unwrap()).unwrap();
    let admin = test.admin().await.user;
    assert_eq!(test.notices(&admin).await.pop().unwrap(), "RenewalRequested");

    // The decider has to set dates and type.
    let page = format!("/approve-requests/{request}");
    let decider = test.visitor(&admin);
    decider.get(&page).await.says(&["Tess Ng asks to renew Security Operator", "Expired", "name=\"starts_at\""]);
    let blank =
        [("verdict", "approve"), ("kind", "eligible"), ("starts_at", ""), ("ends_at", ""), ("justification", "ok")];
    decider.post(&page, &blank).await.is(422).says(&["id=\"ends_at-error\""]);
    let untyped = [("verdict", "approve"), ("ends_at", "2026-06-01T12:00"), ("justification", "ok")];
    decider.post(&page, &untyped).await.is(422).says(&["id=\"kind-error\""]);
    let fields = [
        ("verdict", "approve"),
        ("kind", "eligible"),
        ("starts_at", ""),
        ("ends_at", "2026-06-01T12:00"),
        ("justification", "Still on the team"),
    ];
    decider.post(&page, &fields).await.is(303);
    assert_eq!(test.status(&request).await, Status::Provisioned);
    let mut db = test.store.read().await.unwrap();
    let new =
        store::eligibilities::find_of(&mut db, &operator, &(&tess).into()).await.unwrap().unwrap().into_unchecked();
    drop(db);
    assert_ne!(new.id, old);
    assert_eq!((new.request, new.term.starts_at), (request.clone(), test.now()), "linked to the request");
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Renewed");
    assert_eq!(test.steps(&request).await.pop().unwrap().1, Activity::EligibilityRenewed);
    test.activate(&tess, &new.id, ask("1")).await.unwrap();
    test.visitor(&tess).get("/my-roles?tab=expired").await.says(&["Its time ran out"]).hides(&[&path]);

    test.advance(Span::days(20));
    test.visitor(&tess).get("/my-roles?tab=expired").await.hides(&["data-label=\"Kind\">Eligible<"]);
}

async fn only_administrators_decide_never_the_approvers_of_the_role_nor_whoever_asked(test: &TestApp) {
    let cast = test.cast().await;
    test.advance(Span::days(170));
    let request = seek(test, &cast.tess, Sought::Extension, &cast.eligibility).await.unwrap();
    let page = format!("/approve-requests/{request}");
    let later = becomes(test, Kind::Eligibility, Some(Span::days(60)));
    for stranger in &cast.approvers[..2] {
        assert_eq!(codes(decide(test, stranger, &request, Verdict::Approve, &later).await), ["NotFound"]);
        let event = test.events().await.pop().unwrap();
        assert_eq!((event.role, event.subject), (None, None), "their own audit tells nothing of it");
        assert_eq!(codes(test.approve(stranger, &request).await), ["NotFound"], "nor is it an activation");
        test.visitor(stranger).get(&page).await.is(404);
        test.visitor(stranger).get("/approve-requests").await.hides(&["Tess Ng", "Requests to renew"]);
    }
    let reader = test.user("Rea Der").await;
    test.assign_active(&role("Global Reader"), &reader, None).await;
    assert_eq!(codes(decide(test, &reader, &request, Verdict::Deny, &later).await), ["NotFound"]);
    assert_eq!(codes(decide(test, &cast.tess, &request, Verdict::Approve, &later).await), ["OwnRequest"]);

    // An administrator who asks does not decide, and does not find it in the list.
    let pria = second_administrator(test).await;
    let own = test.assign_eligible(&role("Reports Reader"), &pria, Some(Span::days(2))).await;
    let of_pria = seek(test, &pria, Sought::Extension, &own).await.unwrap();
    assert_eq!(codes(decide(test, &pria, &of_pria, Verdict::Approve, &later).await), ["OwnRequest"]);
    test.visitor(&pria).get("/approve-requests").await.says(&["Tess Ng"]).hides(&["Reports Reader"]);
    test.visitor(&pria).get(&format!("/approve-requests/{of_pria}")).await.says(&["This is your own request."]);

    // Power is used with a second factor only.
    let mut unverified = test.caller(&pria);
    unverified.verified_at = None;
    let refused =
        ostiary::app::decide_change::decide_change(test, &unverified, &request, Verdict::Approve, &later).await;
    assert_eq!(codes(refused), ["MfaRule"]);
    assert_eq!(test.status(&request).await, Status::PendingAdminDecision);
    decide(test, &pria, &request, Verdict::Approve, &later).await.unwrap();
}

async fn the_first_answer_counts_and_the_second_is_told_who_was_first(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let (gwen, pria) = (test.admin().await.user, second_administrator(test).await);
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let later = becomes(test, Kind::Eligibility, Some(Span::days(60)));
    decide(test, &pria, &request, Verdict::Approve, &later).await.unwrap();
    let end = term(test, &id).await.ends_at;
    let longer = becomes(test, Kind::Eligibility, Some(Span::days(90)));
    for verdict in [Verdict::Approve, Verdict::Deny] {
        let second = refusals(decide(test, &gwen, &request, verdict, &longer).await);
        assert_eq!(second, [Refusal::AlreadyClosed { how: "approved by Pria Raman".to_owned() }]);
    }
    assert_eq!(term(test, &id).await.ends_at, end);
}

async fn the_settings_hold_for_whoever_decides(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let gwen = test.admin().await.user;
    test.policy(&role("Security Operator"), |policy| {
        policy.assignment.eligible = Expiry::Within(Longest::Month1);
        policy.assignment.active = Expiry::Within(Longest::Days15);
    })
    .await;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let with = async |kind, days: Option<i64>| {
        codes(decide(test, &gwen, &request, Verdict::Approve, &becomes(test, kind, days.map(Span::days))).await)
    };
    assert_eq!(with(Kind::Eligibility, Some(31)).await, ["ExpirationRule"]);
    assert_eq!(with(Kind::Eligibility, None).await, ["ExpirationRule"]);
    assert_eq!(with(Kind::Assignment, Some(16)).await, ["ExpirationRule"]);
    assert_eq!(with(Kind::Eligibility, Some(10)).await, ["ExpirationRule"], "not later");
    let silent = AssignAsk { justification: String::new(), ..becomes(test, Kind::Eligibility, Some(Span::days(30))) };
    assert_eq!(codes(decide(test, &gwen, &request, Verdict::Approve, &silent).await), ["FieldMissing"]);
    let early = AssignAsk {
        starts_at: Some(test.now().plus(Span::days(1))),
        ..becomes(test, Kind::Eligibility, Some(Span::days(30)))
    };
    assert_eq!(refusals(decide(test, &gwen, &request, Verdict::Approve, &early).await), [Refusal::StartFixed]);
    assert_eq!(test.status(&request).await, Status::PendingAdminDecision);
    // What is offered passes.
    let page = format!("/approve-requests/{request}");
    test.visitor(&gwen).get(&page).await.says(&["value=\"2026-04-11T", "This role's settings ask for an end."]);
    decide(test, &gwen, &request, Verdict::Approve, &becomes(test, Kind::Eligibility, Some(Span::days(30))))
        .await
        .unwrap();
}

async fn an_extension_may_turn_it_into_the_other_type(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let operator = role("Security Operator");
    let gwen = test.admin().await.user;
    let activated = test.activate(&tess, &id, ask("2")).await.unwrap().request;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let active = becomes(test, Kind::Assignment, Some(Span::days(60)));
    decide(test, &gwen, &request, Verdict::Approve, &active).await.unwrap();
    assert!(test.holds(&tess, &operator).await, "without a gap");
    assert_eq!(test.status(&activated).await, Status::Revoked);
    assert!(subject(test, &id).await.known.ended.is_some());
    let mut db = test.store.read().await.unwrap();
    let new = store::assignments::find_of(&mut db, &operator, &(&tess).into(), AssignmentType::Assigned).await.unwrap();
    assert_eq!(new.unwrap().into_unchecked().term.ends_at, active.ends_at);
}

async fn what_expired_while_it_waited_is_made_again_by_a_yes(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let operator = role("Security Operator");
    let gwen = test.admin().await.user;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    test.advance(Span::days(12));
    settle_all(test, "trace").await.unwrap();
    let page = format!("/approve-requests/{request}");
    test.visitor(&gwen).get(&page).await.says(&["It expired while the request waited."]);
    decide(test, &gwen, &request, Verdict::Approve, &becomes(test, Kind::Eligibility, Some(Span::days(60))))
        .await
        .unwrap();
    let mut db = test.store.read().await.unwrap();
    let new =
        store::eligibilities::find_of(&mut db, &operator, &(&tess).into()).await.unwrap().unwrap().into_unchecked();
    assert_eq!((new.request, new.term.starts_at), (request.clone(), test.now()));
    assert_ne!(new.id, id);
    assert_eq!(test.steps(&request).await.pop().unwrap().1, Activity::EligibilityRenewed);
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Renewed");
}

async fn somebody_who_is_disabled_or_holds_it_again_gets_nothing(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let operator = role("Security Operator");
    let gwen = test.admin().await.user;
    let old = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    test.advance(Span::days(6));
    let request = seek(test, &tess, Sought::Renewal, &old).await.unwrap();
    test.assign_eligible(&operator, &tess, None).await;
    let later = becomes(test, Kind::Eligibility, Some(Span::days(60)));
    assert_eq!(codes(decide(test, &gwen, &request, Verdict::Approve, &later).await), ["RoleAssignmentExists"]);
    decide(test, &gwen, &request, Verdict::Deny, &later).await.unwrap();

    // Disabled beside the portal, so that the request still waits.
    let uma = test.user("Uma Roy").await;
    let of_uma = test.assign_eligible(&operator, &uma, Some(Span::days(5))).await;
    let request = seek(test, &uma, Sought::Extension, &of_uma).await.unwrap();
    test.database.tamper(&format!("update users set enabled = 0 where id = '{uma}'")).await;
    assert_eq!(codes(decide(test, &gwen, &request, Verdict::Approve, &later).await), ["SubjectDisabled"]);
}

async fn several_are_decided_together_as_they_are_shown(test: &TestApp) {
    let gwen = test.admin().await.user;
    let pria = second_administrator(test).await;
    let operator = role("Security Operator");
    let mut requests = Vec::new();
    for name in ["Tess Ng", "Uma Roy", "Olu Ade"] {
        let user = test.user(name).await;
        let id = test.assign_eligible(&operator, &user, Some(Span::days(10))).await;
        let wish = test.now().plus(Span::days(40));
        requests.push((propose(test, &user, Sought::Extension, &id, Some(wish)).await.unwrap(), id));
    }
    let list = test.visitor(&gwen).get("/approve-requests").await;
    list.says(&["action=\"/approve-requests/together\"", "Review ticked"]);
    let query: Vec<_> = requests.iter().map(|(request, _)| format!("request={request}")).collect();
    let path = format!("/approve-requests/together?{}", query.join("&"));
    let page = test.visitor(&gwen).get(&path).await;
    page.is(200).says(&["Tess Ng", "Uma Roy", "Olu Ade", "until 12 Mar 2026", "until 11 Apr 2026"]);
    let offers: Vec<String> = page
        .text
        .split("name=\"offer\"")
        .skip(1)
        .map(|rest| rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(offers.len(), 3);
    // Meanwhile somebody decides one of them.
    let other = becomes(test, Kind::Eligibility, Some(Span::days(20)));
    decide(test, &pria, &requests[1].0, Verdict::Deny, &other).await.unwrap();
    let mut fields: Vec<_> = offers.iter().map(|offer| ("offer", offer.as_str())).collect();
    let silent = test.visitor(&gwen).post(&path, &[&fields[..], &[("verdict", "approve")]].concat()).await;
    silent.is(422).says(&["id=\"justification-error\""]);
    fields.extend([("verdict", "approve"), ("justification", "Agreed in the round")]);
    let done = test.visitor(&gwen).post(&path, &fields).await;
    done.is(200).says(&["2 requests are approved.", "Uma Roy, Security Operator", "already denied by Pria Raman"]);
    for at in [0, 2] {
        assert_eq!(test.status(&requests[at].0).await, Status::Provisioned);
        assert_eq!(term(test, &requests[at].1).await.ends_at, Some(test.now().plus(Span::days(40))));
    }
    let stranger = test.user("Sam Stranger").await;
    test.visitor(&stranger).get(&path).await.is(404);
}

async fn what_waits_counts_in_the_navigation_of_administrators_alone(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let gwen = test.admin().await.user;
    test.visitor(&gwen).get("/").await.says(&["1 request waits for your decision."]);
    test.visitor(&tess).get("/approve-requests").await.says(&["Nothing waits for your approval"]);
}

on_both_engines!(
    scenario_17_an_administrator_sets_start_end_and_type_and_a_no_leaves_the_dates,
    scenario_18_a_renewal_makes_a_new_assignment_and_after_thirty_days_the_row_is_gone,
    only_administrators_decide_never_the_approvers_of_the_role_nor_whoever_asked,
    the_first_answer_counts_and_the_second_is_told_who_was_first,
    the_settings_hold_for_whoever_decides,
    an_extension_may_turn_it_into_the_other_type,
    what_expired_while_it_waited_is_made_again_by_a_yes,
    somebody_who_is_disabled_or_holds_it_again_gets_nothing,
    several_are_decided_together_as_they_are_shown,
    what_waits_counts_in_the_navigation_of_administrators_alone,
);
