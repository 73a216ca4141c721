//! Scenarios 1 and 2: what a role's settings are, and what they can be.

use ostiary::{
    app::update_policy::update_policy,
    domain::{
        address::MailAddress,
        audit::Activity,
        policy::{Expiry, HalfHours, MfaRule, NotificationRuleId, Policy, Window},
        refusal::Refusal,
    },
    store::{self, policies::StoredPolicy},
};

use crate::harness::{TestApp, company::role, refusals};

async fn settings(test: &TestApp, name: &str) -> StoredPolicy {
    store::policies::get(&mut test.store.read().await.unwrap(), &role(name)).await.unwrap()
}

async fn scenario_01_a_fresh_role_has_the_documented_settings(test: &TestApp) {
    let StoredPolicy { policy, version, modified, seal: _, are_gone: _ } = settings(test, "Security Operator").await;
    assert_eq!((version, modified), (0, None));
    assert_eq!(policy.activation.longest, HalfHours::parse_hours("8").unwrap());
    assert_eq!(policy.activation.mfa, MfaRule::Session);
    assert!(policy.activation.justification);
    assert!(!policy.activation.ticket);
    assert!(!policy.activation.approval.required);
    assert_eq!((policy.activation.approval.approvers.len(), policy.activation.approval.window), (0, Window::DAY));
    assert_eq!(policy.assignment.eligible, Expiry::PermanentAllowed);
    assert_eq!(policy.assignment.active, Expiry::PermanentAllowed);
    assert!(policy.assignment.active_justification);
    assert!(!policy.assignment.active_mfa);
    let on = policy.notifications.iter().filter(|rule| rule.to_default && !rule.critical_only);
    assert_eq!(on.map(|rule| rule.id).collect::<Vec<_>>(), NotificationRuleId::ALL);
}

async fn scenario_02_durations_go_from_half_an_hour_to_a_day_in_half_hours(test: &TestApp) {
    let operator = role("Security Operator");
    for steps in [1, 2, 17, 47, 48] {
        let longest = HalfHours::from_minutes(steps * 30).unwrap();
        test.policy(&operator, |policy| policy.activation.longest = longest).await;
        assert_eq!(settings(test, "Security Operator").await.policy.activation.longest, longest);
    }
    for minutes in [0, 15, 45, 1_441, 1_470] {
        assert_eq!(HalfHours::from_minutes(minutes), Err(Refusal::DurationNotAStep));
    }
    let beyond = "update role_policies set activation_max_minutes = 1470";
    assert!(test.database.try_to_tamper(beyond).await.is_err(), "the database holds the bounds too");
}

/// Every setting that a role has, each away from its default, comes back as it was saved.
async fn all_settings_are_saved_in_one_act_and_before_and_after_are_recorded(test: &TestApp) {
    let operator = role("Security Operator");
    let (ada, group) = (test.user("Ada Approver").await, test.group("Approvers", &[]).await);
    let mut saved = Policy::default();
    test.policy(&operator, |policy| {
        policy.activation.longest = HalfHours::parse_hours("1.5").unwrap();
        policy.activation.mfa = MfaRule::fresh(15).unwrap();
        policy.activation.justification = false;
        policy.activation.ticket = true;
        policy.activation.approval.required = true;
        policy.activation.approval.approvers = vec![(&ada).into(), (&group).into()];
        policy.activation.approval.window = Window::Never;
        policy.assignment.eligible = Expiry::Within(ostiary::domain::policy::Longest::Months3);
        policy.assignment.active = Expiry::Within(ostiary::domain::policy::Longest::Days15);
        policy.assignment.active_mfa = true;
        policy.assignment.active_justification = false;
        for (at, rule) in policy.notifications.iter_mut().enumerate() {
            rule.to_default = at % 2 == 0;
            rule.critical_only = true;
            if rule.id.takes_additional() {
                rule.additional =
                    ["soc@contoso.example", "cio@contoso.example"].map(|to| MailAddress::parse(to).unwrap()).to_vec();
            }
        }
        policy.activation.approval.approvers.sort();
        saved = policy.clone();
    })
    .await;
    let stored = settings(test, "Security Operator").await;
    assert_eq!((stored.policy, stored.version), (saved, 1));
    assert_eq!(settings(test, "Security Reader").await.policy, Policy::default(), "roles do not share settings");

    let event = test.events().await.pop().unwrap();
    assert_eq!((event.activity, event.role_name.as_str()), (Activity::SettingsUpdated, "Security Operator"));
    let duration = event.changes.iter().find(|change| change.field == "Activation maximum duration").unwrap();
    assert_eq!((duration.before.as_str(), duration.after.as_str()), ("8 hours", "1 hour 30 minutes"));
    let approvers = event.changes.iter().find(|change| change.field == "Approvers").unwrap();
    assert_eq!(approvers.after, "Ada Approver, Approvers");
    assert_eq!(event.changes.len(), 20, "everything was changed");
}

async fn saving_over_somebody_elses_change_is_refused_and_nothing_is_lost(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let seen = settings(test, "Security Operator").await;
    test.policy(&operator, |policy| policy.activation.ticket = true).await;
    let mut mine = seen.policy.clone();
    mine.activation.justification = false;
    assert_eq!(refusals(update_policy(test, &admin, &operator, seen.version, mine).await), [Refusal::Stale]);
    let now = settings(test, "Security Operator").await.policy;
    assert!(now.activation.ticket && now.activation.justification);
}

async fn settings_that_nobody_could_fulfil_are_refused_at_their_field(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let empty = test.group("Nobody in here", &[]).await;
    let mut policy = Policy::default();
    policy.activation.approval.required = true;
    policy.activation.approval.approvers = vec![(&empty).into()];
    let refused = refusals(update_policy(test, &admin, &operator, 0, policy.clone()).await);
    assert_eq!(refused.iter().map(Refusal::field).collect::<Vec<_>>(), [Some("approvers")]);
    policy.activation.approval.approvers.clear();
    update_policy(test, &admin, &operator, 0, policy).await.unwrap();
}

on_both_engines!(
    scenario_01_a_fresh_role_has_the_documented_settings,
    scenario_02_durations_go_from_half_an_hour_to_a_day_in_half_hours,
    all_settings_are_saved_in_one_act_and_before_and_after_are_recorded,
    saving_over_somebody_elses_change_is_refused_and_nothing_is_lost,
    settings_that_nobody_could_fulfil_are_refused_at_their_field,
);
