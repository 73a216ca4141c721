//! The nine rows of the Notification tab, and whom mails go to beside them (reference/entra-pim.md sections 2.3 and 6).

use ostiary::{
    app::{
        assign_role::assign_role, cancel_request::cancel_request, reset_password::reset_password,
        reset_second_factor::reset_second_factor, update_mail_settings::update_mail_settings,
    },
    domain::{
        address::MailAddress,
        ids::UserId,
        policy::{NotificationRule, NotificationRuleId},
        request::Kind,
        time::Span,
    },
};

use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
};

impl TestApp {
    /// The mails of one event, as who gets them and how it puts things to them, in alphabetical order.
    async fn letters(&self, event: &str) -> Vec<String> {
        let statement = format!(
            "select coalesce(u.notification_mail, u.mail, o.address) || ' ' || o.audience from outbox o join mails m on m.id = o.mail_id \
             left join users u on u.id = o.user_id where m.event = '{event}' and o.state = 'Queued' order by 1"
        );
        let found = self.database.texts(&statement).await;
        found.iter().map(|one| one.replace("@contoso.example", "")).collect()
    }

    async fn forget_mails(&self) {
        self.database.tamper("delete from outbox").await;
    }
}

/// What each row rules, and to whom it goes by default: the event's word, and the reader with how it is put to them. The two rows
/// about renewals and extensions wait for those.
const ROWS: [(NotificationRuleId, &str, &str); 7] = [
    (NotificationRuleId::AdminAdminEligibility, "RoleAssigned", "gwen Admin"),
    (NotificationRuleId::RequestorAdminEligibility, "RoleAssigned", "tess.ng Person"),
    (NotificationRuleId::AdminAdminAssignment, "RoleAssigned", "gwen Admin"),
    (NotificationRuleId::RequestorAdminAssignment, "RoleAssigned", "tess.ng Person"),
    (NotificationRuleId::AdminEndUserAssignment, "RoleActivated", "gwen Admin"),
    (NotificationRuleId::RequestorEndUserAssignment, "RoleActivated", "tess.ng Person"),
    (NotificationRuleId::ApproverEndUserAssignment, "ApprovalRequested", "bo.lindqvist Approver"),
];

/// Does what each of the seven rows is about, once, and answers with the mails of the row's event.
async fn told(
    test: &TestApp,
    [tess, bo]: &[UserId; 2],
    rule: NotificationRuleId,
    change: impl Fn(&mut NotificationRule),
) -> Vec<String> {
    use NotificationRuleId as Rule;
    let role = role("Security Operator");
    test.policy(&role, |policy| {
        policy.activation.approval.required = rule == Rule::ApproverEndUserAssignment;
        policy.activation.approval.approvers = vec![bo.into()];
        for row in &mut policy.notifications {
            // What the other rows send is not looked at.
            *row = NotificationRule { to_default: row.id == rule, ..NotificationRule::fresh(row.id) };
            if row.id == rule {
                change(row);
            }
        }
    })
    .await;
    // What the set-up told.
    test.forget_mails().await;
    let event = ROWS.iter().find(|(known, _, _)| *known == rule).unwrap().1;
    match rule {
        Rule::AdminAdminAssignment | Rule::RequestorAdminAssignment => {
            test.assign_active(&role, tess, Some(Span::days(30))).await;
        }
        Rule::AdminAdminEligibility | Rule::RequestorAdminEligibility => {
            test.assign_eligible(&role, tess, Some(Span::days(30))).await;
        }
        Rule::AdminEndUserAssignment | Rule::RequestorEndUserAssignment | Rule::ApproverEndUserAssignment => {
            let eligibility = test.assign_eligible(&role, tess, Some(Span::days(30))).await;
            test.forget_mails().await;
            test.activate(tess, &eligibility, ask("1")).await.unwrap();
        }
        Rule::ApproverAdminEligibility | Rule::ApproverAdminAssignment => unreachable!("not among the rows"),
    }
    let letters = test.letters(event).await;
    // The next row begins with nobody assigned.
    for table in ["outbox", "mails", "notices"] {
        test.database.tamper(&format!("delete from {table}")).await;
    }
    test.database.tamper("update eligibility_schedules set ended_at = 1, end_reason = 'Removed'").await;
    test.database
        .tamper("update assignment_schedules set ended_at = 1, end_reason = 'Removed' where ends_at is not null")
        .await;
    test.database.tamper("update requests set status = 'Canceled' where status = 'PendingApproval'").await;
    test.advance(Span::days(1));
    letters
}

async fn each_row_tells_its_default_recipients(test: &TestApp) {
    let people = [test.user("Tess Ng").await, test.user("Bo Lindqvist").await];
    for (rule, event, reader) in ROWS {
        assert_eq!(told(test, &people, rule, |_| {}).await, [reader], "{rule:?} {event}");
    }
}

async fn each_row_can_be_switched_off_and_sent_elsewhere(test: &TestApp) {
    let people = [test.user("Tess Ng").await, test.user("Bo Lindqvist").await];
    for (rule, event, reader) in ROWS {
        let off = told(test, &people, rule, |row| row.to_default = false).await;
        assert!(off.is_empty(), "{rule:?} {event}: {off:?}");
        if !rule.takes_additional() {
            continue;
        }
        let further = [MailAddress::parse("soc@example.com").unwrap(), MailAddress::parse("log@example.com").unwrap()];
        let both = told(test, &people, rule, |row| row.additional = further.to_vec()).await;
        // Whoever reads there is not the person it is about.
        let mut everybody = [reader, "log@example.com Admin", "soc@example.com Admin"];
        everybody.sort_unstable();
        assert_eq!(both, everybody, "{rule:?} {event}");
        let elsewhere = told(test, &people, rule, |row| {
            row.to_default = false;
            row.additional = further.to_vec();
        })
        .await;
        assert_eq!(elsewhere, ["log@example.com Admin", "soc@example.com Admin"], "{rule:?} {event}");
    }
}

async fn critical_only_sends_requests_to_decide_and_nothing_else(test: &TestApp) {
    let people = [test.user("Tess Ng").await, test.user("Bo Lindqvist").await];
    for (rule, event, reader) in ROWS {
        let letters = told(test, &people, rule, |row| {
            row.critical_only = true;
            if rule.takes_additional() {
                row.additional = vec![MailAddress::parse("soc@example.com").unwrap()];
            }
        })
        .await;
        if rule == NotificationRuleId::ApproverEndUserAssignment {
            assert_eq!(letters, [reader], "{rule:?} {event}");
        } else {
            assert!(letters.is_empty(), "{rule:?} {event}: {letters:?}");
        }
    }
}

async fn a_decision_and_a_lapse_follow_the_rows_of_activations(test: &TestApp) {
    let cast = test.cast().await;
    let everybody = ["ada.approver Approver", "cleo.diaz Approver", "tess.ng Person"];
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.approve(&cast.approvers[1], &request).await.unwrap();
    assert_eq!(test.letters("RequestDecided").await, everybody);
    assert_eq!(test.letters("RoleActivated").await, ["gwen Admin", "tess.ng Person"]);

    test.forget_mails().await;
    test.advance(Span::hours(2));
    test.policy(&cast.role, |policy| {
        for row in &mut policy.notifications {
            row.critical_only = row.id == NotificationRuleId::ApproverEndUserAssignment;
        }
    })
    .await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    test.advance(Span::days(2));
    test.user("Somebody Else").await;
    assert_eq!(test.letters("RequestLapsed").await, ["tess.ng Person"], "the approvers want only what is critical");
}

async fn one_event_is_one_mail_to_a_person(test: &TestApp) {
    let admin = test.admin().await;
    let eligibility = test.assign_eligible(&role("Reports Reader"), &admin.user, None).await;
    assert_eq!(test.letters("RoleAssigned").await, ["gwen Person", "gwen Person"], "at the set-up, and now");
    test.activate(&admin.user, &eligibility, ask("1")).await.unwrap();
    assert_eq!(test.letters("RoleActivated").await, ["gwen Person"]);
    // One row says what is said, however many it is said to.
    let cast = test.cast().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    let bodies = "select cast(count(*) as text) from mails where event = 'ApprovalRequested'";
    assert_eq!(test.database.texts(bodies).await, ["1"]);
    assert_eq!(test.letters("ApprovalRequested").await.len(), 3);
}

async fn eligible_administrators_get_mails_where_the_settings_say_so(test: &TestApp) {
    let admin = test.admin().await;
    let (ines, tess) = (test.user("Ines Moreau").await, test.user("Tess Ng").await);
    let group = test.role_group("Stand-ins", &[&ines]).await;
    test.assign_eligible(&role("Privileged Role Administrator"), &group, None).await;
    test.forget_mails().await;
    let to_operate = role("Security Operator");
    test.assign_eligible(&to_operate, &tess, None).await;
    assert_eq!(test.letters("RoleAssigned").await, ["gwen Admin", "tess.ng Person"]);

    assert_eq!(codes(update_mail_settings(test, &test.caller(&tess), true).await), ["NotPermitted"]);
    update_mail_settings(test, &admin, true).await.unwrap();
    test.forget_mails().await;
    test.assign_active(&to_operate, &tess, None).await;
    assert_eq!(test.letters("RoleAssigned").await, ["gwen Admin", "ines.moreau Admin", "tess.ng Person"]);
    // Mails alone: whoever is eligible still has no say.
    assert_eq!(test.to_decide(&ines).await, 0);
    update_mail_settings(test, &test.admin().await, false).await.unwrap();
    test.forget_mails().await;
    test.assign_active(&role("Reports Reader"), &tess, None).await;
    assert_eq!(test.letters("RoleAssigned").await, ["gwen Admin", "tess.ng Person"]);
}

async fn a_new_global_administrator_is_told_whatever_the_settings_say(test: &TestApp) {
    test.admin().await;
    let global = role("Global Administrator");
    test.policy(&global, |policy| {
        for row in &mut policy.notifications {
            row.to_default = false;
        }
    })
    .await;
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    let eligibility = test.assign_eligible(&global, &tess, None).await;
    assert!(test.letters("NewGlobalAdministrator").await.is_empty(), "nobody became one yet");
    test.activate(&tess, &eligibility, ask("1")).await.unwrap();
    assert_eq!(test.letters("NewGlobalAdministrator").await, ["gwen Admin"], "not to whoever became one");
    test.forget_mails().await;
    let member = [(&bo).into()];
    assign_role(test, &test.admin().await, &global, &member, &assignment(test, Kind::Assignment, None)).await.unwrap();
    assert_eq!(test.letters("NewGlobalAdministrator").await, ["gwen Admin", "tess.ng Admin"]);
    assert!(test.letters("RoleAssigned").await.is_empty(), "that row is off");
}

async fn the_reset_of_an_administrators_sign_in_is_told(test: &TestApp) {
    let admin = test.admin().await;
    let (ines, tess) = (test.user("Ines Moreau").await, test.user("Tess Ng").await);
    test.assign_eligible(&role("Global Administrator"), &ines, None).await;
    reset_password(test, &admin, &tess).await.unwrap();
    reset_second_factor(test, &admin, &tess).await.unwrap();
    assert!(test.letters("CredentialReset").await.is_empty(), "nobody's concern but their own");
    reset_password(test, &admin, &ines).await.unwrap();
    assert_eq!(test.letters("CredentialReset").await, ["gwen Admin"]);
    reset_second_factor(test, &admin, &ines).await.unwrap();
    assert_eq!(test.letters("CredentialReset").await, ["gwen Admin", "gwen Admin"]);
}

async fn what_asks_for_a_decision_is_dropped_with_its_request(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    cancel_request(test, &test.caller(&cast.tess), &request, "").await.unwrap();
    assert!(test.letters("ApprovalRequested").await.is_empty());
    let notes = "select distinct o.state || ': ' || o.note from outbox o join mails m on m.id = o.mail_id where m.event = 'ApprovalRequested'";
    assert_eq!(test.database.texts(notes).await, ["Dropped: The request was closed before the mail went out."]);
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.deny(&cast.approvers[0], &request).await.unwrap();
    assert!(test.letters("ApprovalRequested").await.is_empty());
    assert_eq!(test.letters("RequestDecided").await.len(), 3, "what tells of the decision stays");
}

async fn the_end_of_an_assignment_is_told(test: &TestApp) {
    test.admin().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, Some(Span::days(1))).await;
    test.assign_active(&role("Reports Reader"), &tess, Some(Span::days(1))).await;
    test.advance(Span::days(2));
    test.user("Somebody Else").await;
    assert_eq!(
        test.letters("AssignmentExpired").await,
        ["gwen Admin", "gwen Admin", "tess.ng Person", "tess.ng Person"]
    );
}

on_both_engines! {
    each_row_tells_its_default_recipients,
    each_row_can_be_switched_off_and_sent_elsewhere,
    critical_only_sends_requests_to_decide_and_nothing_else,
    a_decision_and_a_lapse_follow_the_rows_of_activations,
    one_event_is_one_mail_to_a_person,
    eligible_administrators_get_mails_where_the_settings_say_so,
    a_new_global_administrator_is_told_whatever_the_settings_say,
    the_reset_of_an_administrators_sign_in_is_told,
    what_asks_for_a_decision_is_dropped_with_its_request,
    the_end_of_an_assignment_is_told,
}
