//! The mails of an assignment's later life: warnings before its end, asking, deciding, and what administrators do themselves
//! (reference/entra-pim.md sections 5.3 and 6).

use ostiary::{
    app::{
        extend_assignments::{TogetherAsk, extend_assignments},
        settle::settle_all,
        update_assignment::update_assignment,
    },
    domain::{
        lifecycle::Sought,
        policy::{NotificationRuleId, Window},
        request::{Kind, Verdict},
        time::Span,
    },
};

use super::{becomes, decide, near_its_end, second_administrator, seek, term};
use crate::harness::{
    TestApp,
    company::{ask, role},
};

async fn forget_mails(test: &TestApp) {
    test.database.tamper("delete from outbox").await;
    test.database.tamper("delete from mails").await;
}

/// What the mails of this event say under this name.
async fn facts(test: &TestApp, event: &str, name: &str) -> Vec<String> {
    let all = test.database.texts(&format!("select facts from mails where event = '{event}' order by id")).await;
    let fact = |text: &String| {
        let facts: serde_json::Value = serde_json::from_str(text).unwrap();
        facts.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    all.iter().map(fact).collect()
}

async fn settle_after(test: &TestApp, span: Span) {
    test.advance(span);
    settle_all(test, "trace").await.unwrap();
}

async fn scenario_16_mails_go_out_fourteen_days_and_a_day_before_the_end_and_at_it(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let (uma, olu) = (test.user("Uma Roy").await, test.user("Olu Ade").await);
    let group = test.role_group("Operators", &[&uma, &olu]).await;
    test.assign_eligible(&operator, &tess, Some(Span::days(20))).await;
    test.assign_active(&operator, &group, Some(Span::days(40))).await;
    forget_mails(test).await;

    settle_after(test, Span::days(6)).await;
    assert_eq!(test.mails("AssignmentExpiring").await, ["gwen", "tess.ng"]);
    assert_eq!(facts(test, "AssignmentExpiring", "days").await, ["14"]);
    settle_after(test, Span::minutes(1)).await;
    assert_eq!(test.mails("AssignmentExpiring").await, ["gwen", "tess.ng"], "once");

    // Down for 13 days and a half: of two warnings the one that is still true is given, with the days that are left.
    forget_mails(test).await;
    settle_after(test, Span::hours(13 * 24 + 12)).await;
    assert_eq!(facts(test, "AssignmentExpiring", "days").await, ["1"]);
    assert_eq!(test.mails("AssignmentExpiring").await, ["gwen", "tess.ng"]);
    settle_after(test, Span::days(1)).await;
    assert_eq!(test.mails("AssignmentExpired").await, ["gwen", "tess.ng"]);

    // Down for nine days across the warning of the group: its members hear how many days are left.
    forget_mails(test).await;
    settle_after(test, Span::days(9)).await;
    assert_eq!(facts(test, "AssignmentExpiring", "days").await, ["11"]);
    assert_eq!(test.mails("AssignmentExpiring").await, ["gwen", "olu.ade", "uma.roy"]);
    settle_after(test, Span::days(30)).await;
    assert_eq!(test.mails("AssignmentExpired").await, ["gwen", "olu.ade", "uma.roy"]);
    assert_eq!(test.mails("AssignmentExpiring").await.len(), 3, "what has ended says so itself");
}

async fn an_activation_ends_without_mails(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&role("Security Operator"), &tess, None).await;
    test.activate(&tess, &id, ask("1")).await.unwrap();
    forget_mails(test).await;
    settle_after(test, Span::minutes(50)).await;
    settle_after(test, Span::minutes(20)).await;
    assert_eq!(test.notices(&tess).await.iter().rev().take(2).collect::<Vec<_>>(), ["Ended", "ActivationEndsSoon"]);
    assert_eq!(test.database.texts("select event from mails").await, Vec::<String>::new());
}

async fn approvers_are_reminded_by_mail_at_half_of_the_window_unless_it_was_decided(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    test.policy(&operator, |policy| {
        policy.activation.approval.required = true;
        policy.activation.approval.approvers = vec![(&bo).into()];
        policy.activation.approval.window = Window::Minutes(600);
    })
    .await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let request = test.activate(&tess, &id, ask("1")).await.unwrap().request;
    settle_after(test, Span::minutes(299)).await;
    assert_eq!(test.mails("ApprovalReminder").await, Vec::<String>::new());
    settle_after(test, Span::minutes(1)).await;
    assert_eq!(test.mails("ApprovalReminder").await, ["bo.lindqvist"]);
    test.approve(&bo, &request).await.unwrap();
    assert_eq!(test.mails("ApprovalReminder").await, Vec::<String>::new(), "not sent any more");
}

async fn scenario_17_asking_and_deciding_is_mailed_to_administrators_and_to_the_person(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let pria = second_administrator(test).await;
    forget_mails(test).await;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    assert_eq!(test.mails("ChangeRequested").await, ["gwen", "pria.raman"]);
    let before = term(test, &id).await;
    decide(test, &pria, &request, Verdict::Approve, &becomes(test, Kind::Eligibility, Some(Span::days(60))))
        .await
        .unwrap();
    assert_eq!(test.mails("ChangeRequested").await, Vec::<String>::new(), "nobody is asked any more");
    assert_eq!(test.mails("ChangeDecided").await, ["gwen", "tess.ng"], "whoever decided knows");
    let moment = |at: ostiary::domain::time::Instant| at.millis().to_string();
    assert_eq!(facts(test, "ChangeDecided", "before.ends_at").await, [moment(before.ends_at.unwrap())]);
    assert_eq!(facts(test, "ChangeDecided", "after.ends_at").await, [moment(term(test, &id).await.ends_at.unwrap())]);

    test.advance(Span::days(50));
    forget_mails(test).await;
    let again = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    decide(test, &test.admin().await.user, &again, Verdict::Deny, &becomes(test, Kind::Eligibility, None))
        .await
        .unwrap();
    assert_eq!(test.mails("ChangeDecided").await, ["pria.raman", "tess.ng"]);
    assert_eq!(facts(test, "ChangeDecided", "verdict").await, ["Deny"]);
    assert_eq!(facts(test, "ChangeDecided", "after.ends_at").await, [""]);
}

/// Nobody answered until it was too late to renew: both sides get a mail, so that somebody assigns it anew where it is needed.
async fn what_nobody_decided_is_mailed_to_the_person_and_to_the_administrators(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let end = term(test, &id).await.ends_at.unwrap();
    test.clock.set(end.plus(Span::days(30)).minus(Span::minutes(1)));
    settle_all(test, "trace").await.unwrap();
    assert_eq!(test.mails("ChangeLapsed").await, Vec::<String>::new());
    settle_after(test, Span::minutes(1)).await;
    assert_eq!(test.mails("ChangeRequested").await, Vec::<String>::new(), "nobody is asked any more");
    assert_eq!(test.mails("ChangeLapsed").await, ["gwen", "tess.ng"]);
    assert_eq!(facts(test, "ChangeLapsed", "held.ends_at").await, [end.millis().to_string()]);
}

async fn scenario_18_a_renewal_is_mailed_alike_and_a_new_global_administrator_is_told_of(test: &TestApp) {
    let pria = second_administrator(test).await;
    let global = role("Global Administrator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_active(&global, &tess, Some(Span::days(3))).await;
    settle_after(test, Span::days(13)).await;
    forget_mails(test).await;
    let request = seek(test, &tess, Sought::Renewal, &id).await.unwrap();
    assert_eq!(test.mails("ChangeRequested").await, ["gwen", "pria.raman"]);
    decide(test, &pria, &request, Verdict::Approve, &becomes(test, Kind::Assignment, Some(Span::days(9))))
        .await
        .unwrap();
    assert_eq!(test.mails("ChangeDecided").await, ["gwen", "tess.ng"]);
    assert_eq!(facts(test, "ChangeDecided", "change").await, ["Renewal"]);
    assert_eq!(test.mails("NewGlobalAdministrator").await, ["gwen", "pria.raman"]);
}

async fn what_administrators_do_themselves_is_mailed_to_the_others_and_to_the_person(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    second_administrator(test).await;
    let admin = test.admin().await;
    forget_mails(test).await;
    let together = TogetherAsk { ends_at: None, justification: "The project goes on".to_owned() };
    extend_assignments(test, &admin, Sought::Extension, std::slice::from_ref(&id), &together).await.unwrap();
    assert_eq!(test.mails("AssignmentExtended").await, ["pria.raman", "tess.ng"]);

    let seen = term(test, &id).await;
    let active = becomes(test, Kind::Assignment, Some(Span::days(9)));
    update_assignment(test, &admin, (Kind::Eligibility, &id), &seen, &active).await.unwrap();
    assert_eq!(test.mails("AssignmentUpdated").await, ["pria.raman", "tess.ng"]);
    assert_eq!(facts(test, "AssignmentUpdated", "before.kind").await, ["eligibility"]);
    assert_eq!(facts(test, "AssignmentUpdated", "after.kind").await, ["assignment"]);
    assert!(!test.holds(&tess, &role("Global Administrator")).await);
}

/// The two rows about renewals and extensions: default recipients, further addresses, and only what is critical.
async fn the_rows_about_renewals_and_extensions_are_obeyed(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let set = async |to_default: bool, critical_only: bool| {
        test.policy(&role("Security Operator"), |policy| {
            for row in &mut policy.notifications {
                if row.id == NotificationRuleId::ApproverAdminEligibility {
                    row.to_default = to_default;
                    row.critical_only = critical_only;
                    row.additional = vec!["desk@contoso.example".parse().unwrap()];
                } else {
                    row.critical_only = true;
                }
            }
        })
        .await;
        forget_mails(test).await;
    };
    set(true, true).await;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    assert_eq!(test.mails("ChangeRequested").await, ["desk", "gwen"], "somebody has to act on it now");
    let admin = test.admin().await;
    decide(test, &admin.user, &request, Verdict::Deny, &becomes(test, Kind::Eligibility, None)).await.unwrap();
    assert_eq!(test.mails("ChangeDecided").await, Vec::<String>::new(), "only critical ones");

    set(false, false).await;
    seek(test, &tess, Sought::Extension, &id).await.unwrap();
    assert_eq!(test.mails("ChangeRequested").await, ["desk"]);
}

/// Who is only eligible to administer gets the mails where the settings include them, and no bell about what they cannot decide.
async fn eligible_administrators_get_the_mails_and_not_the_bell(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let eli = test.user("Eli Gible").await;
    test.assign_eligible(&role("Privileged Role Administrator"), &eli, None).await;
    let heard = test.notices(&eli).await.len();
    test.database.tamper("insert into mail_settings (id, include_eligible) values (1, 1)").await;
    forget_mails(test).await;
    seek(test, &tess, Sought::Extension, &id).await.unwrap();
    assert_eq!(test.mails("ChangeRequested").await, ["eli.gible", "gwen"]);
    assert_eq!(test.notices(&eli).await.len(), heard);
}

on_both_engines!(
    scenario_16_mails_go_out_fourteen_days_and_a_day_before_the_end_and_at_it,
    an_activation_ends_without_mails,
    approvers_are_reminded_by_mail_at_half_of_the_window_unless_it_was_decided,
    scenario_17_asking_and_deciding_is_mailed_to_administrators_and_to_the_person,
    what_nobody_decided_is_mailed_to_the_person_and_to_the_administrators,
    scenario_18_a_renewal_is_mailed_alike_and_a_new_global_administrator_is_told_of,
    what_administrators_do_themselves_is_mailed_to_the_others_and_to_the_person,
    the_rows_about_renewals_and_extensions_are_obeyed,
    eligible_administrators_get_the_mails_and_not_the_bell,
);
