//! What happened, and what is new: reading the audit, the bell, live streams, the search, the first page.

mod pages;
pub mod verify;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use ostiary::{
    app::{
        App, Caller,
        disable_user::disable_user,
        end_session::end_session,
        export_audit::{Format, export_audit},
        live::{self, Heard, Listening, Over},
        notices::{list_notices, open_notice, read_notices, show_bell},
        read_audit::{Line, Scope, list_audit, show_event, show_timeline},
        remove_assignment::remove_assignment,
        search::search,
        sessions::SignedInSession,
        show_overview::show_overview,
    },
    domain::{
        audit::{Activity, Event, Outcome},
        audit_filter::{Filter, activities_of},
        ids::{RequestId, SessionId, UserId},
        live::Topic,
        notice::NoticeKind,
        request::Kind,
        time::Span,
    },
    http::routes,
    store,
};

use crate::harness::{
    TestApp, codes,
    company::{Cast, ask, role},
};

/// A story with a denied, an approved and a waiting request.
pub async fn story(test: &TestApp) -> (Cast, RequestId) {
    let cast = test.cast().await;
    let first = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.advance(Span::minutes(10));
    test.deny(&cast.approvers[0], &first).await.unwrap();
    let mut second = ask("1");
    second.justification = String::from("=HYPERLINK(\"https://evil.example\")");
    let second = test.activate(&cast.tess, &cast.eligibility, second).await.unwrap().request;
    test.advance(Span::minutes(30));
    test.approve(&cast.approvers[1], &second).await.unwrap();
    test.advance(Span::hours(2));
    test.assign_active(&role("Reports Reader"), &cast.approvers[2], Some(Span::days(10))).await;
    (cast, second)
}

fn places(lines: &[Line]) -> Vec<i64> {
    lines.iter().map(Line::seq).collect()
}

async fn all(test: &TestApp, caller: &Caller, scope: Scope, filter: &Filter) -> Vec<i64> {
    places(&list_audit(test, caller, scope, filter, None, 10_000).await.unwrap().lines)
}

/// What a filter should let through, by looking at every event.
async fn expected(test: &TestApp, fits: impl Fn(&Event) -> bool) -> Vec<i64> {
    let mut found: Vec<i64> = test.events().await.iter().filter(|event| fits(event)).map(|event| event.seq).collect();
    found.reverse();
    found
}

async fn paging_shows_every_event_once_and_in_order(test: &TestApp) {
    story(test).await;
    let admin = test.admin().await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = list_audit(test, &admin, Scope::Resource, &Filter::default(), before, 3).await.unwrap();
        assert!(page.lines.len() <= 3);
        seen.extend(places(&page.lines));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected(test, |_| true).await);
}

async fn every_filter_lets_through_what_fits_and_nothing_else(test: &TestApp) {
    let (cast, _) = story(test).await;
    let admin = test.admin().await;
    let is_tess = |event: &Event| {
        event.actor.as_ref() == Some(&cast.tess) || event.subject.as_ref().is_some_and(|id| id.is_user(&cast.tess))
    };
    let (from, to) = (test.now().minus(Span::minutes(150)), test.now().minus(Span::minutes(1)));
    let kinds = activities_of("Activations").unwrap();
    let with = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let cases: [(Filter, Vec<i64>); 7] = [
        (with(&|f| f.person = Some((&cast.tess).into())), expected(test, is_tess).await),
        (with(&|f| f.role = Some(cast.role.clone())), expected(test, |e| e.role.as_ref() == Some(&cast.role)).await),
        (with(&|f| f.activities.clone_from(&kinds)), expected(test, |e| kinds.contains(&e.activity)).await),
        (with(&|f| f.outcome = Some(Outcome::Refused)), expected(test, |e| e.outcome == Outcome::Refused).await),
        (with(&|f| f.text = String::from("hyperlink")), expected(test, |e| e.reason.contains("HYPERLINK")).await),
        (with(&|f| f.text = String::from("100%")), Vec::new()),
        (with(&|f| (f.from, f.to) = (Some(from), Some(to))), expected(test, |e| from <= e.at && e.at < to).await),
    ];
    for (at, (filter, fits)) in cases.into_iter().enumerate() {
        assert_eq!(all(test, &admin, Scope::Resource, &filter).await, fits, "case {at}");
        assert!(at >= 3 && at != 4 || !fits.is_empty(), "case {at} finds something");
    }
    let together = with(&|f| {
        f.person = Some((&cast.tess).into());
        f.activities = vec![Activity::RequestDenied];
        f.role = Some(cast.role.clone());
    });
    let fits = expected(test, |e| is_tess(e) && e.activity == Activity::RequestDenied).await;
    assert_eq!(all(test, &admin, Scope::Resource, &together).await, fits);
}

async fn my_audit_is_what_i_did_and_what_concerns_me(test: &TestApp) {
    let (cast, _) = story(test).await;
    let tess = test.caller(&cast.tess);
    let mine = expected(test, |event| {
        event.actor.as_ref() == Some(&cast.tess) || event.subject.as_ref().is_some_and(|id| id.is_user(&cast.tess))
    })
    .await;
    assert_eq!(all(test, &tess, Scope::Mine, &Filter::default()).await, mine);
    let of_others = Filter { person: Some((&cast.approvers[2]).into()), ..Filter::default() };
    assert_eq!(all(test, &tess, Scope::Mine, &of_others).await, Vec::<i64>::new());
    for event in test.events().await {
        let shown = show_event(test, &tess, Scope::Mine, event.seq).await;
        if mine.contains(&event.seq) {
            assert_eq!(shown.unwrap(), event);
        } else {
            assert_eq!(codes(shown), ["NotFound"]);
        }
    }
}

async fn the_resource_audit_is_for_its_readers(test: &TestApp) {
    let (cast, _) = story(test).await;
    let tess = test.caller(&cast.tess);
    let filter = Filter::default();
    assert_eq!(codes(list_audit(test, &tess, Scope::Resource, &filter, None, 50).await), ["NotPermitted"]);
    assert_eq!(codes(show_event(test, &tess, Scope::Resource, 1).await), ["NotPermitted"]);
    let before = test.events().await.len();
    let refused = export_audit(test, &tess, Scope::Resource, filter, Format::Csv).await.map(drop);
    assert_eq!(codes(refused), ["NotPermitted"]);
    assert_eq!(test.events().await.len(), before, "nothing was exported");
    test.assign_active(&role("Security Reader"), &cast.approvers[0], None).await;
    let reader = test.caller(&cast.approvers[0]);
    assert!(!all(test, &reader, Scope::Resource, &Filter::default()).await.is_empty());
    let unverified = Caller { verified_at: None, ..reader };
    let refused = list_audit(test, &unverified, Scope::Resource, &Filter::default(), None, 50).await;
    assert_eq!(codes(refused), ["MfaRule"]);
}

async fn text_of(test: &TestApp, caller: &Caller, filter: &Filter, format: Format) -> String {
    let pieces = export_audit(test, caller, Scope::Resource, filter.clone(), format).await.unwrap();
    let pieces: Vec<String> = pieces.boxed().try_collect().await.unwrap();
    pieces.concat()
}

async fn an_export_equals_the_list_is_inert_and_is_on_record(test: &TestApp) {
    story(test).await;
    let admin = test.admin().await;
    let filter = Filter { activities: activities_of("Activations").unwrap(), ..Filter::default() };
    let list = all(test, &admin, Scope::Resource, &filter).await;
    let json: serde_json::Value = serde_json::from_str(&text_of(test, &admin, &filter, Format::Json).await).unwrap();
    let numbers: Vec<i64> = json.as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, list);

    let csv = text_of(test, &admin, &filter, Format::Csv).await;
    assert_eq!(csv.matches("\r\n").count(), list.len() + 1);
    assert!(csv.contains("\"'=HYPERLINK(\"\"https://evil.example\"\")\""), "{csv}");
    assert!(!csv.contains(",=") && !csv.contains("\"="), "{csv}");

    let event = test.events().await.pop().unwrap();
    assert_eq!((event.activity, event.actor), (Activity::AuditExported, Some(admin.user.clone())));
    assert_eq!(event.reason, "Resource audit as CSV; Activations");
    // The whole of it does not hold the export's own event.
    let everything = text_of(test, &admin, &Filter::default(), Format::Json).await;
    let rows: serde_json::Value = serde_json::from_str(&everything).unwrap();
    assert_eq!(rows.as_array().unwrap().len() + 1, test.events().await.len());
    test.assert_intact().await;
}

/// An export can take as long as its reader likes: it ends when they may not read any more.
async fn an_export_ends_with_the_power_of_its_reader(test: &TestApp) {
    let (cast, _) = story(test).await;
    let held = test.assign_active(&role("Global Reader"), &cast.tess, None).await;
    let reader = test.caller(&cast.tess);
    let pieces = export_audit(test, &reader, Scope::Resource, Filter::default(), Format::Csv).await.unwrap();
    let mut pieces = std::pin::pin!(pieces);
    assert!(pieces.next().await.unwrap().is_ok(), "the head");
    test.advance(Span::minutes(6));
    remove_assignment(test, &test.admin().await, Kind::Assignment, &held, "over").await.unwrap();
    assert_eq!(codes(pieces.next().await.unwrap()), ["NotPermitted"]);
    assert!(pieces.next().await.is_none());
}

async fn a_timeline_is_for_who_asked_and_for_readers_of_the_audit(test: &TestApp) {
    let (cast, request) = story(test).await;
    let steps = |events: Vec<Event>| events.into_iter().map(|event| event.activity).collect::<Vec<_>>();
    let own = steps(show_timeline(test, &test.caller(&cast.tess), &request).await.unwrap());
    assert_eq!(
        own.get(..4).unwrap(),
        [
            Activity::ActivationRequested,
            Activity::ApprovalRequested,
            Activity::RequestApproved,
            Activity::ActivationCompleted
        ]
    );
    assert_eq!(steps(show_timeline(test, &test.admin().await, &request).await.unwrap()), own);
    let other = show_timeline(test, &test.caller(&cast.approvers[2]), &request).await;
    assert_eq!(codes(other), ["NotFound"]);
    // Who else tried something and was refused is told to the readers of the audit alone, as on the page of the request.
    let late = test.deny(&cast.approvers[0], &request).await;
    assert!(late.is_err());
    let all = show_timeline(test, &test.admin().await, &request).await.unwrap();
    assert_eq!(all.last().unwrap().outcome, Outcome::Refused);
    assert_eq!(steps(all).len(), own.len() + 1);
    assert_eq!(steps(show_timeline(test, &test.caller(&cast.tess), &request).await.unwrap()), own);
    let nothing = RequestId::parse("0190a3c2-7b4e-7000-8000-0123456789ab").unwrap();
    assert_eq!(codes(show_timeline(test, &test.admin().await, &nothing).await), ["NotFound"]);
}

async fn the_bell_is_ones_own_and_keeps_what_came_meanwhile_new(test: &TestApp) {
    let (cast, _) = story(test).await;
    let tess = test.caller(&cast.tess);
    let bell = show_bell(test, &tess).await.unwrap();
    assert_eq!(bell.unread, test.notices(&cast.tess).await.len() as u64);
    assert!(bell.newest.is_sorted_by(|newer, older| newer.id > older.id));

    let first = bell.newest.first().unwrap().clone();
    let other = test.caller(&cast.approvers[0]);
    assert_eq!(codes(open_notice(test, &other, &first.id).await), ["NotFound"]);
    assert_eq!(read_notices(test, &other, &first.id).await.unwrap(), show_unread_before(test, &other, &first.id).await);
    assert_eq!(show_bell(test, &tess).await.unwrap().unread, bell.unread, "nobody reads for somebody else");

    let oldest = bell.newest.last().unwrap();
    assert_eq!(open_notice(test, &tess, &oldest.id).await.unwrap(), oldest.kind.link(oldest.request.as_ref()));
    assert_eq!(show_bell(test, &tess).await.unwrap().unread, bell.unread - 1);
    open_notice(test, &tess, &oldest.id).await.unwrap();

    test.advance(Span::minutes(1));
    test.assign_eligible(&role("Reports Reader"), &cast.tess, None).await;
    read_notices(test, &tess, &first.id).await.unwrap();
    let now = show_bell(test, &tess).await.unwrap();
    assert_eq!(now.unread, 1);
    assert!(!now.newest.first().unwrap().is_read, "what came meanwhile is still new");

    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = list_notices(test, &tess, before.as_ref(), 2).await.unwrap();
        seen.extend(page.lines.into_iter().map(|line| line.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), test.notices(&cast.tess).await.len());
    assert!(seen.is_sorted_by(|newer, older| newer > older));
}

/// What marking as read up to there counts for somebody who has read all of it by now.
async fn show_unread_before(test: &TestApp, caller: &Caller, up_to: &ostiary::domain::ids::NotificationId) -> u64 {
    let seen = list_notices(test, caller, None, 1_000).await.unwrap();
    assert!(seen.lines.iter().all(|line| line.is_read || line.id > *up_to));
    seen.lines.iter().filter(|line| line.id <= *up_to).count() as u64
}

#[test]
fn every_notice_leads_to_a_page_that_is_there() {
    let routes = routes();
    let id = RequestId::parse("0190a3c2-7b4e-7000-8000-0123456789ab").unwrap();
    for kind in NoticeKind::ALL {
        for request in [None, Some(&id)] {
            let link = kind.link(request);
            let path = link.split('?').next().unwrap();
            let is_there = routes.iter().any(|route| {
                let (wanted, found): (Vec<_>, Vec<_>) = (route.path.split('/').collect(), path.split('/').collect());
                wanted.len() == found.len()
                    && wanted.iter().zip(&found).all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
            });
            assert!(is_there, "{kind:?} leads to {link}");
        }
    }
}

/// A session of this person, as sign-in makes one.
async fn session(app: &App, user: &UserId, secret: &str) -> (Caller, SessionId) {
    let mut begun = SignedInSession::begin(app, user.clone(), app.now(), "192.0.2.7", "Browser");
    begun.verified_at = Some(app.now());
    let mut tx = app.store.write().await.unwrap();
    store::sessions::insert(&mut tx, &begun.row(app, secret).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let session = Some(begun.session.clone());
    (Caller { user: user.clone(), session, verified_at: begun.verified_at, trace: "trace".to_owned() }, begun.session)
}

/// The next thing that is said, within a few seconds.
async fn next(stream: &mut Listening) -> Option<Heard> {
    tokio::time::timeout(Duration::from_secs(10), stream.next()).await.expect("something is said")
}

/// True when nothing is said for a moment.
async fn is_silent(stream: &mut Listening) -> bool {
    tokio::time::timeout(Duration::from_millis(200), stream.next()).await.is_err()
}

fn topics(topics: impl IntoIterator<Item = Topic>) -> Heard {
    Heard::Topics(topics.into_iter().collect::<BTreeSet<_>>())
}

async fn a_stream_tells_whom_it_concerns_and_nobody_else(test: &TestApp) {
    let cast = test.cast().await;
    let admin = test.admin().await;
    let mut streams = Vec::new();
    for (user, secret) in [(&cast.tess, "tess"), (&cast.approvers[0], "ada"), (&admin.user, "gwen")] {
        let (caller, session) = session(test, user, secret).await;
        let mut stream = test.listen(&caller, &session).unwrap();
        assert_eq!(next(&mut stream).await, Some(Heard::Quiet));
        streams.push(stream);
    }
    let [tess, approver, gwen] = streams.as_mut_slice() else { panic!("three streams") };
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(next(tess).await, Some(topics([Topic::Bell, Topic::Mine])));
    assert_eq!(next(approver).await, Some(topics([Topic::Bell, Topic::Mine])));
    assert_eq!(next(gwen).await, Some(topics([Topic::Requests])), "an administrator hears of requests");

    let notice = show_bell(test, &test.caller(&cast.tess)).await.unwrap().newest.into_iter().next().unwrap();
    open_notice(test, &test.caller(&cast.tess), &notice.id).await.unwrap();
    assert_eq!(next(tess).await, Some(topics([Topic::Bell, Topic::Mine])), "the other tabs hear that it was read");
    assert!(is_silent(approver).await && is_silent(gwen).await);
}

async fn a_stream_ends_with_its_session_and_with_its_person(test: &TestApp) {
    let cast = test.cast().await;
    let (caller, ended) = session(test, &cast.tess, "first").await;
    let (other, kept) = session(test, &cast.tess, "second").await;
    let (mut first, mut second) = (test.listen(&caller, &ended).unwrap(), test.listen(&other, &kept).unwrap());
    assert_eq!((next(&mut first).await, next(&mut second).await), (Some(Heard::Quiet), Some(Heard::Quiet)));
    end_session(test, &other, &ended).await.unwrap();
    assert_eq!(next(&mut first).await, Some(Heard::Over(Over::Ended)));
    assert_eq!(next(&mut first).await, None);
    assert_eq!(next(&mut second).await, Some(topics([Topic::Mine])));

    disable_user(test, &test.admin().await, &cast.tess).await.unwrap();
    assert_eq!(next(&mut second).await, Some(Heard::Over(Over::Ended)));

    let (caller, idle) = session(test, &cast.approvers[0], "third").await;
    test.advance(Span::minutes(31));
    let mut stream = test.listen(&caller, &idle).unwrap();
    let said = next(&mut stream).await;
    assert_eq!(said, Some(Heard::Over(Over::TimedOut)), "a session that was idle for too long hears nothing");
}

async fn one_person_has_so_many_streams_and_no_more(test: &TestApp) {
    let cast = test.cast().await;
    let (caller, session) = session(test, &cast.tess, "tess").await;
    let mut open: Vec<Listening> = (0..12).map(|_| test.listen(&caller, &session).unwrap()).collect();
    assert_eq!(codes(test.listen(&caller, &session).map(drop)), ["Throttled"]);
    open.pop();
    open.push(test.listen(&caller, &session).unwrap());
    test.close_streams();
    for mut stream in open {
        assert_eq!(next(&mut stream).await, None, "a server that stops ends its streams");
    }
}

async fn servers_on_one_database_hear_of_each_other(test: &TestApp) {
    let cast = test.cast().await;
    let (caller, session) = session(test, &cast.tess, "tess").await;
    let watcher = tokio::spawn(live::watch(test.app.clone()));
    let mut stream = test.listen(&caller, &session).unwrap();
    assert_eq!(next(&mut stream).await, Some(Heard::Quiet));
    // The watcher has looked once by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let other = test.another_node().await;
    ostiary::app::activate_role::activate_role(&other, &caller, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(next(&mut stream).await, Some(topics([Topic::Bell, Topic::Mine])));
    // What this server wrote itself is told once.
    test.assign_eligible(&role("Reports Reader"), &cast.tess, None).await;
    assert_eq!(next(&mut stream).await, Some(topics([Topic::Bell, Topic::Mine])));
    let again = tokio::time::timeout(Duration::from_millis(2_500), stream.next()).await;
    assert!(again.is_err(), "{again:?}");
    watcher.abort();
    other.store.close().await;
}

async fn the_search_finds_what_one_may_see(test: &TestApp) {
    let cast = test.cast().await;
    let tess = search(test, &test.caller(&cast.tess), "SECURITY").await.unwrap();
    assert_eq!(tess.roles.iter().map(|role| &role.id).collect::<Vec<_>>(), [&cast.role], "her own role, and no other");
    let tess = search(test, &test.caller(&cast.tess), "Approve").await.unwrap();
    assert!(tess.users.is_empty() && tess.groups.is_empty());

    let admin = test.admin().await;
    let found = search(test, &admin, "security").await.unwrap();
    assert!(found.roles.len() > 1 && found.sees_all_roles);
    let found = search(test, &admin, "approve").await.unwrap();
    assert_eq!((found.users.len(), found.groups.len()), (1, 1));
    assert!(search(test, &admin, "  ").await.unwrap().roles.is_empty());
    let unverified = Caller { verified_at: None, ..admin };
    let found = search(test, &unverified, "approve").await.unwrap();
    assert!(found.users.is_empty() && found.needs_verification);
}

async fn the_first_page_counts_what_is(test: &TestApp) {
    let (cast, _) = story(test).await;
    let since = test.now().minus(Span::days(13));
    let tess = show_overview(test, &test.caller(&cast.tess), since).await.unwrap();
    assert!(tess.figures.is_none() && !tess.figures_need_verification);
    assert!(tess.active.is_empty() && tess.waiting.is_empty(), "the activation has ended");
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    test.advance(Span::minutes(5));
    let tess = show_overview(test, &test.caller(&cast.tess), since).await.unwrap();
    assert_eq!(tess.waiting.len(), 1);
    let approver = show_overview(test, &test.caller(&cast.approvers[2]), since).await.unwrap();
    assert_eq!((approver.to_decide, approver.active.len(), approver.ending.len()), (1, 1, 1));

    let figures = show_overview(test, &test.admin().await, since).await.unwrap().figures.unwrap();
    assert_eq!(figures.waiting.unwrap().0, 1);
    assert_eq!((figures.on_now, figures.eligible, figures.ending), (0, 1, 1));
    assert_eq!(figures.median_decision, Some(Span::minutes(10)), "of 10 and 30 minutes, the lower one");
    assert_eq!(figures.activations.iter().map(|(_, count)| count).sum::<u64>(), 1);
    let request = tess.waiting.first().unwrap().id.clone();
    test.approve(&cast.approvers[0], &request).await.unwrap();
    let figures = show_overview(test, &test.admin().await, since).await.unwrap().figures.unwrap();
    assert_eq!((figures.waiting.unwrap(), figures.on_now, figures.list.len()), ((0, None), 1, 1));
}

on_both_engines!(
    paging_shows_every_event_once_and_in_order,
    every_filter_lets_through_what_fits_and_nothing_else,
    my_audit_is_what_i_did_and_what_concerns_me,
    the_resource_audit_is_for_its_readers,
    an_export_ends_with_the_power_of_its_reader,
    an_export_equals_the_list_is_inert_and_is_on_record,
    a_timeline_is_for_who_asked_and_for_readers_of_the_audit,
    the_bell_is_ones_own_and_keeps_what_came_meanwhile_new,
    a_stream_tells_whom_it_concerns_and_nobody_else,
    a_stream_ends_with_its_session_and_with_its_person,
    one_person_has_so_many_streams_and_no_more,
    servers_on_one_database_hear_of_each_other,
    the_search_finds_what_one_may_see,
    the_first_page_counts_what_is,
);
