//! What the lists of roles and assignments show, page by page, and what their exports hold.

use ostiary::{
    app::{
        assign_role::assign_role,
        create_user::{CreateUser, create_user},
        crypto::TypedPassword,
        list_assignments::{AssignmentSearch, LineCounts, list_and_count_assignments},
        list_holdings::list_holdings,
        list_roles::{RoleSearch, list_roles, show_role},
        remove_assignment::remove_assignment,
        request_change::request_change,
    },
    domain::{
        ids::{PrincipalId, RoleId},
        lifecycle::{SeekAsk, Sought},
        refusal::Refusal,
        request::Kind,
        role::catalogue,
        time::Span,
    },
    store::assignment_lines::{AssignmentLine, Section},
};

use super::{everything, in_section};
use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
    refusals,
    signing_in::{PASSWORD, profile},
};

fn ids(lines: &[AssignmentLine]) -> Vec<&str> {
    lines.iter().map(|line| line.id.as_str()).collect()
}

fn names(lines: &[AssignmentLine]) -> Vec<(&str, &str)> {
    lines.iter().map(|line| (line.role_name.as_str(), line.holder.name.as_deref().unwrap_or("-"))).collect()
}

/// Four people, two of them namesakes, in three roles, in every section.
async fn fill(test: &TestApp) {
    let mut people = Vec::new();
    for name in ["Ann Lee", "Bo Ek", "Ann Lea", "Cy Ra"] {
        people.push(test.user(name).await);
    }
    let namesake =
        "update principals set display_name = 'Ann Lee', name_key = 'ann lee' where display_name = 'Ann Lea'";
    test.database.tamper(namesake).await;
    for role_name in ["Security Reader", "Helpdesk Administrator", "Groups Administrator"] {
        for person in &people {
            test.assign_eligible(&role(role_name), person, Some(Span::days(40))).await;
            let gone = test.assign_active(&role(role_name), person, Some(Span::days(90))).await;
            test.advance(Span::minutes(6));
            remove_assignment(test, &test.admin().await, Kind::Assignment, &gone, "over").await.unwrap();
            test.assign_active(&role(role_name), person, None).await;
        }
    }
}

/// What the tabs say.
async fn counts(test: &TestApp, role: Option<&RoleId>, typed: &str) -> LineCounts {
    let search = AssignmentSearch { role: role.cloned(), typed: typed.to_owned(), ..AssignmentSearch::default() };
    list_and_count_assignments(test, &test.admin().await, &search, None, 1).await.unwrap().1
}

async fn pages_are_complete_and_without_repeats(test: &TestApp) {
    fill(test).await;
    for section in [Section::Eligible, Section::Active, Section::Expired] {
        let whole = everything(test, &in_section(section), 1_000).await;
        // The administrator of the set-up is active, too.
        assert_eq!(whole.len(), if section == Section::Active { 13 } else { 12 }, "{section:?}");
        for size in [1, 2, 3, 5, 12] {
            assert_eq!(ids(&everything(test, &in_section(section), size).await), ids(&whole), "{section:?} {size}");
        }
        let counts = counts(test, None, "").await;
        let counted = match section {
            Section::Eligible => counts.eligible,
            Section::Active => counts.active,
            Section::Ending => counts.ending,
            Section::Expired => counts.expired,
        };
        assert_eq!(usize::try_from(counted).unwrap(), whole.len());
    }
    let eligible = everything(test, &in_section(Section::Eligible), 5).await;
    let mut sorted = names(&eligible);
    sorted.sort_unstable();
    assert_eq!(names(&eligible), sorted, "by role, then by name");
}

async fn a_list_is_narrowed_by_role_and_by_name(test: &TestApp) {
    fill(test).await;
    let search = |section, role: Option<&str>, typed: &str| AssignmentSearch {
        section,
        role: role.map(crate::harness::company::role),
        typed: typed.to_owned(),
    };
    for section in [Section::Eligible, Section::Active, Section::Expired] {
        for (of, typed, found) in [
            (Some("Security Reader"), "", 4),
            (None, "helpdesk adm", 4),
            (None, "ANN LEE", 6),
            (Some("Security Reader"), "bo ek", 1),
            (None, "cy.ra@", 3),
            (None, "%", 0),
            (None, "nobody", 0),
        ] {
            let search = search(section, of, typed);
            assert_eq!(everything(test, &search, 3).await.len(), found, "{section:?} {of:?} {typed}");
            let counts = counts(test, search.role.as_ref(), typed).await;
            let counted = match section {
                Section::Eligible => counts.eligible,
                Section::Active => counts.active,
                Section::Ending => counts.ending,
                Section::Expired => counts.expired,
            };
            assert_eq!(usize::try_from(counted).unwrap(), found, "{section:?} {of:?} {typed}");
        }
    }
}

/// What is over by the clock is over, whether or not the worker has seen it; and it leaves the list after thirty days.
async fn ended_assignments_stay_for_thirty_days(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let reader = role("Security Reader");
    test.assign_eligible(&reader, &tess, Some(Span::days(2))).await;
    let count = async |section| everything(test, &in_section(section), 50).await.len();
    assert_eq!((count(Section::Eligible).await, count(Section::Expired).await), (1, 0));
    test.advance(Span::days(2));
    assert_eq!((count(Section::Eligible).await, count(Section::Expired).await), (0, 1), "before the worker came");
    test.begin_as_itself("trace").await.unwrap().commit().await.unwrap();
    let ended = everything(test, &in_section(Section::Expired), 50).await;
    assert_eq!(ended[0].ended_at, ended[0].term.ends_at);
    test.advance(Span::days(29));
    assert_eq!(count(Section::Expired).await, 1);
    test.advance(Span::days(1));
    assert_eq!(count(Section::Expired).await, 0);
}

/// The tab from which what ends soon is extended in time; the first page leads to it with the same number.
async fn what_ends_soon_is_listed_the_earliest_first(test: &TestApp) {
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let reader = role("Security Reader");
    let third = test.assign_eligible(&reader, &tess, Some(Span::days(14))).await;
    test.assign_eligible(&role("Groups Administrator"), &tess, Some(Span::days(15))).await;
    let first = test.assign_active(&reader, &uma, Some(Span::days(3))).await;
    let second = test.assign_eligible(&role("Helpdesk Administrator"), &uma, Some(Span::days(3))).await;
    test.assign_eligible(&reader, &uma, None).await;
    test.activate(&tess, &third, ask("1")).await.unwrap();
    let listed = [first, second, third].map(|id| id.to_string());
    for size in [1, 2, 50] {
        let ending = everything(test, &in_section(Section::Ending), size).await;
        assert_eq!(ids(&ending), listed, "{size}");
    }
    let admin = test.admin().await;
    assert_eq!(counts(test, None, "").await.ending, 3);
    assert_eq!(counts(test, Some(&reader), "").await.ending, 2);
    assert_eq!(counts(test, None, "uma").await.ending, 2);
    let browser = test.visitor(&admin.user);
    browser.get("/").await.says(&["href=\"/assignments?tab=ending\"", "<b>3</b>", "assignments end within 14 days"]);
    browser.get("/assignments?tab=ending&q=uma").await.says(&["Ending soon", "in 3 days", "Extend selected"]);
    test.advance(Span::days(3));
    assert_eq!(ids(&everything(test, &in_section(Section::Ending), 50).await)[..1], listed[2..]);
}

/// The lists of those who decide lead to what waits, and offer no renewal of what is there again.
async fn a_line_says_what_waits_about_it_and_what_came_after(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let reader = role("Security Reader");
    let id = test.assign_eligible(&reader, &tess, Some(Span::days(10))).await;
    let seek = SeekAsk { justification: "Still on the project".to_owned(), ends_at: None };
    let (request, _) = request_change(test, &test.caller(&tess), Sought::Extension, &id, seek).await.unwrap();
    let admin = test.admin().await;
    let path = format!("/approve-requests/{request}");
    for tab in ["eligible", "ending"] {
        let list = test.visitor(&admin.user).get(&format!("/assignments?tab={tab}")).await;
        list.says(&[&path, "Extension asked by Tess Ng for Security Reader"]);
    }
    let gwen = test.user("Gwen Adams the Reader").await;
    test.assign_active(&role("Global Reader"), &gwen, None).await;
    test.visitor(&gwen).get("/assignments").await.says(&["Security Reader"]).hides(&[&path]);

    test.advance(Span::days(11));
    let expired = async || test.visitor(&test.admin().await.user).get("/assignments?tab=expired").await;
    expired().await.says(&[&path, "Renewal asked by Tess Ng", "Renew Tess Ng as Security Reader"]);
    test.assign_eligible(&reader, &tess, None).await;
    expired().await.says(&["expired, held again"]).hides(&["Renew Tess Ng"]);
}

/// An activation is not the assignment that ended.
async fn what_is_activated_is_not_held_again(test: &TestApp) {
    let (tess, reader) = (test.user("Tess Ng").await, role("Security Reader"));
    test.assign_active(&reader, &tess, Some(Span::days(2))).await;
    let eligible = test.assign_eligible(&reader, &tess, None).await;
    test.advance(Span::days(3));
    test.activate(&tess, &eligible, ask("1")).await.unwrap();
    let list = test.visitor(&test.admin().await.user).get("/assignments?tab=expired").await;
    list.says(&["Renew Tess Ng as Security Reader"]).hides(&["held again"]);
}

async fn an_activation_through_a_group_says_so(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Helpdesk", &[&tess]).await;
    let id = test.assign_eligible(&role("Security Reader"), &group, None).await;
    test.activate(&tess, &id, ask("1")).await.unwrap();
    let search = AssignmentSearch { role: Some(role("Security Reader")), ..in_section(Section::Active) };
    let lines = everything(test, &search, 50).await;
    assert_eq!(lines[0].through.as_deref(), Some("Helpdesk"));
    let mine = test.visitor(&tess);
    mine.get("/my-roles?tab=active").await.says(&["Membership\">Group", "Helpdesk"]).hides(&["Membership\">Direct"]);
    let held = list_holdings(test, &test.admin().await, &(&tess).into()).await.unwrap();
    assert_eq!(held.len(), 2, "eligible and active");
    for holding in held {
        assert_eq!(holding.through, Some((group.clone(), "Helpdesk".to_owned())), "{:?}", holding.active);
    }
    let eligible = everything(test, &in_section(Section::Eligible), 50).await;
    assert_eq!((eligible[0].holder.members, &eligible[0].through), (Some(1), &None));
    test.advance(Span::hours(2));
    let mine = test.visitor(&tess);
    mine.get("/my-roles?tab=expired").await.says(&["Membership\">Group", "Helpdesk"]).hides(&["Membership\">Direct"]);
}

/// Somebody else assigns while this page is open: all or nothing still holds.
async fn a_line_stays_when_its_holder_is_disabled(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Reader"), &tess, None).await;
    ostiary::app::disable_user::disable_user(test, &test.admin().await, &tess).await.unwrap();
    let lines = everything(test, &in_section(Section::Eligible), 50).await;
    assert!(!lines[0].holder.enabled);
    let who = PrincipalId::from(&tess);
    let again = assignment(test, Kind::Assignment, None);
    let refused = assign_role(test, &test.admin().await, &role("Security Reader"), &[who], &again).await;
    assert_eq!(codes(refused), ["SubjectDisabled"]);
}

async fn roles_are_listed_with_how_many_have_them(test: &TestApp) {
    let (admin, reader) = (test.admin().await, role("Security Reader"));
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&reader, &tess, None).await;
    let mut seen = Vec::new();
    let mut after: Option<RoleId> = None;
    loop {
        let page = list_roles(test, &admin, &RoleSearch::default(), after.as_ref(), 50).await.unwrap();
        seen.extend(page.lines);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), catalogue().unwrap().iter().filter(|role| !role.is_hidden).count());
    assert!(seen.iter().all(|line| !line.role.is_hidden), "hidden roles are not offered");
    let line = seen.iter().find(|line| line.role.id == reader).unwrap();
    assert_eq!((line.eligible, line.active), (1, 0));
    let search = RoleSearch { assigned: true, ..RoleSearch::default() };
    let some = list_roles(test, &admin, &search, None, 50).await.unwrap();
    let some: Vec<_> = some.lines.iter().map(|line| line.role.display_name.as_str()).collect();
    assert_eq!(some, ["Global Administrator", "Security Reader"]);
    let hidden = catalogue().unwrap().into_iter().find(|role| role.is_hidden).unwrap();
    assert_eq!(refusals(show_role(test, &admin, &hidden.id).await), [Refusal::NotFound("role")]);
}

async fn the_export_is_the_list_and_formulas_in_it_are_inert(test: &TestApp) {
    fill(test).await;
    let evil = CreateUser {
        profile: profile("=cmd|'/C calc'!A0", "evil@contoso.example"),
        password: Some(TypedPassword::new(PASSWORD)),
    };
    let evil = create_user(test, &test.admin().await, evil).await.unwrap().id;
    test.assign_eligible(&role("Security Reader"), &evil, None).await;
    // The four who are eligible for each role end soon now.
    test.advance(Span::days(27));
    let mut browser = test.browser(&test.admin().await.user).await;
    for (section, word) in [
        (Section::Eligible, "eligible"),
        (Section::Active, "active"),
        (Section::Ending, "ending"),
        (Section::Expired, "expired"),
    ] {
        let file = browser.get(&format!("/assignments.csv?tab={word}")).await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert!(file.text.starts_with("\u{feff}\"Role\""));
        let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().skip(1).collect();
        let listed = everything(test, &in_section(section), 7).await;
        assert_eq!(lines.len(), listed.len(), "{word}");
        for (line, listed) in lines.iter().zip(&listed) {
            assert!(
                line.contains(listed.holder.id.as_str()) && line.starts_with(&format!("\"{}\"", listed.role_name)),
                "{line}"
            );
        }
    }
    let file = browser.get("/assignments.csv?q=calc").await;
    assert!(file.text.contains("\"'=cmd|'/C calc'!A0\""), "{}", file.text);
    assert_eq!(file.text.lines().count(), 2, "the export honours the search");
    let of_role = browser.get(&format!("/assignments.csv?role={}", role("Groups Administrator"))).await;
    assert_eq!(of_role.text.lines().count(), 5);
    let roles = browser.get("/roles.csv?q=security%20reader").await;
    assert!(
        roles.text.lines().any(|line| line.starts_with("\"Security Reader\"") && line.ends_with("\"4\",\"5\"")),
        "{}",
        roles.text
    );
}

on_both_engines!(
    pages_are_complete_and_without_repeats,
    a_list_is_narrowed_by_role_and_by_name,
    ended_assignments_stay_for_thirty_days,
    what_ends_soon_is_listed_the_earliest_first,
    a_line_says_what_waits_about_it_and_what_came_after,
    what_is_activated_is_not_held_again,
    an_activation_through_a_group_says_so,
    a_line_stays_when_its_holder_is_disabled,
    roles_are_listed_with_how_many_have_them,
    the_export_is_the_list_and_formulas_in_it_are_inert,
);
