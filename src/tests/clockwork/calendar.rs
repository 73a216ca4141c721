//! Ends that people type as local times: a leap day, the end of a month, and both changes of the clocks, from the form to the moment at
//! which access stops.

use ostiary::{
    app::{assign_role::assign_role, settle::settle_all},
    domain::{
        assignment::AssignAsk,
        ids::{PrincipalId, UserId},
        request::Kind,
        schedule::AssignmentType,
        time::{Instant, Span},
    },
    store,
    ui::time::Zone,
};

use crate::harness::{
    TestApp,
    company::{assignment, role},
};

fn berlin(typed: &str) -> Instant {
    Zone::named("Europe/Berlin").parse("ends_at", typed).unwrap()
}

fn utc(typed: &str) -> Instant {
    Zone::named("UTC").parse("ends_at", typed).unwrap()
}

async fn assign_until(test: &TestApp, name: &str, user: &UserId, end: Instant) {
    let ask = AssignAsk { ends_at: Some(end), ..assignment(test, Kind::Assignment, None) };
    assign_role(test, &test.admin().await, &role(name), &[PrincipalId::from(user)], &ask).await.unwrap();
}

/// The person holds the role up to the last millisecond before the end, and the book is closed with that end.
async fn ends_exactly(test: &TestApp, name: &str, user: &UserId, end: Instant) {
    test.clock.set(end.minus(Span::from_millis(1)));
    settle_all(test, "trace").await.unwrap();
    assert!(test.holds(user, &role(name)).await);
    test.clock.set(end);
    assert!(!test.holds(user, &role(name)).await, "before anybody settled");
    settle_all(test, "trace").await.unwrap();
    let statement = format!(
        "select cast(ended_at as text) from assignment_schedules where role_id = '{}' and principal_id = '{user}'",
        role(name)
    );
    assert_eq!(test.database.texts(&statement).await, [end.millis().to_string()]);
}

async fn a_leap_day_and_the_end_of_a_month_are_days_like_others(test: &TestApp) {
    test.clock.set(utc("2027-12-31T08:00"));
    let uma = test.user("Uma Roy").await;
    // 2028 has a 29th of February.
    let leap = berlin("2028-02-29T23:59");
    assert_eq!(leap, utc("2028-02-29T22:59"));
    assert!(Zone::named("Europe/Berlin").parse("ends_at", "2027-02-29T12:00").is_err());
    assert!(Zone::named("Europe/Berlin").parse("ends_at", "2028-04-31T12:00").is_err());
    let month = berlin("2028-01-31T23:59");
    assign_until(test, "Reports Reader", &uma, month).await;
    assign_until(test, "Search Editor", &uma, leap).await;
    ends_exactly(test, "Reports Reader", &uma, month).await;
    // Fourteen days before the leap day is the 15th.
    test.clock.set(utc("2028-02-15T22:58"));
    settle_all(test, "trace").await.unwrap();
    let soon = |heard: &[String]| heard.iter().filter(|kind| *kind == "AssignmentEndsSoon").count();
    let before = soon(&test.notices(&uma).await);
    test.clock.set(utc("2028-02-15T22:59"));
    settle_all(test, "trace").await.unwrap();
    assert_eq!(soon(&test.notices(&uma).await), before + 1);
    ends_exactly(test, "Search Editor", &uma, leap).await;
}

/// In the night in which the clocks skip an hour, and in the one in which an hour comes twice.
async fn the_clocks_are_changed_in_both_directions(test: &TestApp) {
    test.clock.set(utc("2026-03-28T20:00"));
    let uma = test.user("Uma Roy").await;
    // 02:30 does not exist; the moment of 03:00 is the one at which the hour was skipped.
    assert!(Zone::named("Europe/Berlin").parse("ends_at", "2026-03-29T02:30").is_err());
    let spring = berlin("2026-03-29T03:00");
    assert_eq!(spring, berlin("2026-03-29T01:59").plus(Span::minutes(1)));
    assign_until(test, "Reports Reader", &uma, spring).await;
    ends_exactly(test, "Reports Reader", &uma, spring).await;

    test.clock.set(utc("2026-10-24T20:00"));
    let autumn = berlin("2026-10-25T02:30");
    assert_eq!(
        autumn,
        utc("2026-10-25T00:30"),
        "of the two, the first: access never lasts longer than what was typed can mean"
    );
    let after = berlin("2026-10-25T03:00");
    assert_eq!(after, utc("2026-10-25T02:00"));
    assign_until(test, "Search Editor", &uma, autumn).await;
    assign_until(test, "Directory Readers", &uma, after).await;
    ends_exactly(test, "Search Editor", &uma, autumn).await;
    assert!(test.holds(&uma, &role("Directory Readers")).await, "an hour and a half is left by every clock");
    ends_exactly(test, "Directory Readers", &uma, after).await;
    // A warning of a day is 24 hours, whatever the clocks on the wall did.
    test.clock.set(utc("2026-10-24T00:00"));
    let end = berlin("2026-10-25T12:00");
    assign_until(test, "License Administrator", &uma, end).await;
    let warned = async |at| {
        test.clock.set(at);
        settle_all(test, "trace").await.unwrap();
        test.notices(&uma).await.into_iter().filter(|kind| kind == "AssignmentEndsTomorrow").count()
    };
    let before = warned(end.minus(Span::hours(24)).minus(Span::from_millis(1))).await;
    assert_eq!(warned(end.minus(Span::hours(24))).await, before + 1);
}

/// Through the wizard, by somebody in Zurich: a time that the clocks skip is refused in a sentence, with everything that was typed; of
/// one that comes twice it is the first; and what the page shows of it is what was typed.
async fn an_end_that_is_typed_survives_the_form(test: &TestApp) {
    let (tess, gwen) = (test.user("Tess Ng").await, test.admin().await);
    let member = tess.to_string();
    let assign = async |name: &str, typed: &str| {
        let id = role(name).to_string();
        let fields = [
            ("role", id.as_str()),
            ("members", &member),
            ("kind", "active"),
            ("starts_at", ""),
            ("ends_at", typed),
            ("justification", "Until the move is over"),
            ("set", &id),
            ("go", "assign"),
        ];
        test.visitor(&gwen.user).post(&format!("/assignments/add?role={id}"), &fields).await
    };
    let skipped = assign("Reports Reader", "2026-03-29T02:30").await;
    skipped.is(422).says(&["The clocks of Europe/Zurich skip this time. Choose another.", "2026-03-29T02:30"]);
    skipped.says(&["Until the move is over"]);

    let ends = [
        ("Reports Reader", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Search Editor", "2026-03-29T01:59", "2026-03-29T00:59"),
    ];
    for (name, typed, moment) in ends {
        assign(name, typed).await.is(303);
        assert_eq!(ends_at(test, name, &tess).await, utc(moment));
    }
    test.clock.set(utc("2026-10-20T08:00"));
    let ends = [
        ("License Administrator", "2026-10-25T01:59", "2026-10-24T23:59"),
        ("Directory Readers", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Message Center Reader", "2026-10-25T03:00", "2026-10-25T02:00"),
    ];
    for (name, typed, moment) in ends {
        assign(name, typed).await.is(303);
        assert_eq!(ends_at(test, name, &tess).await, utc(moment));
        assert_eq!(Zone::named("Europe/Zurich").input(utc(moment)), typed, "the field shows what was typed");
    }
    let page = test.visitor(&gwen.user).get("/assignments?tab=active&q=tess").await;
    page.is(200).says(&["25 Oct 2026", "01:59", "02:30", "03:00"]);
}

async fn ends_at(test: &TestApp, name: &str, user: &UserId) -> Instant {
    let mut db = test.store.read().await.unwrap();
    let found =
        store::assignments::find_of(&mut db, &role(name), &user.into(), AssignmentType::Assigned).await.unwrap();
    found.unwrap().into_unchecked().term.ends_at.unwrap()
}

on_both_engines!(
    a_leap_day_and_the_end_of_a_month_are_days_like_others,
    the_clocks_are_changed_in_both_directions,
    an_end_that_is_typed_survives_the_form,
);
