//! What one person may do: the rest is refused, costs nobody else anything, and comes back with time.

use std::time::Duration;

use axum::http::StatusCode;
use ostiary::{
    app::{
        cancel_request::cancel_request,
        enrol_totp::{make_recovery_codes, start_enrolment},
        export_audit::{Format, export_audit},
        read_audit::{Line, Scope, list_audit_within},
    },
    domain::{
        audit::Outcome,
        audit_filter::Filter,
        limits::{Costly, LONGEST_SEARCH, READS_AT_ONCE},
        refusal::Refusal,
        time::Span,
    },
};

use crate::harness::{TestApp, codes, company::ask, refusals, signing_in::caller};

fn at_once(what: Costly) -> u32 {
    what.allowance().at_once
}

/// Filing and canceling again and again, as fast as it goes.
async fn filing_and_canceling_comes_to_an_end(test: &TestApp) {
    let cast = test.cast().await;
    let tess = test.caller(&cast.tess);
    for _ in 0..at_once(Costly::Cancellation) {
        let filed = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
        cancel_request(test, &tess, &filed.request, "").await.unwrap();
    }
    let last = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let rows = test.events().await.len();
    let refused = refusals(cancel_request(test, &tess, &last, "").await);
    assert_eq!(refused, [Refusal::TooOften { wait: Costly::Cancellation.allowance().one_every }]);
    // What is asked for in vain counts as well, and leaves rows only as long as it may.
    let mut answers = Vec::new();
    for _ in 0..2 * at_once(Costly::Request) {
        answers.push(codes(test.activate(&cast.tess, &cast.eligibility, ask("1")).await)[0]);
    }
    let tried = answers.iter().filter(|code| **code == "PendingRoleAssignmentRequest").count();
    assert_eq!(
        tried,
        at_once(Costly::RefusedAttempt).min(at_once(Costly::Request) - at_once(Costly::Cancellation) - 1) as usize
    );
    assert_eq!(answers.last(), Some(&"TooOften"));
    assert_eq!(test.events().await.len(), rows + tried);

    // Nobody else is held up by that.
    let approver = test.caller(&cast.approvers[0]);
    assert_eq!(codes(cancel_request(test, &approver, &last, "").await), ["NotFound"]);
    test.approve(&cast.approvers[0], &last).await.unwrap();
    // And it comes back.
    test.advance(Span::hours(9));
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
}

async fn refused_attempts_do_not_fill_the_audit(test: &TestApp) {
    let cast = test.cast().await;
    let other = test.caller(&cast.approvers[0]);
    let filed = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let before = test.events().await.len();
    let allowed = at_once(Costly::RefusedAttempt) as usize;
    for attempt in 0..2 * allowed {
        // What they may do is not counted.
        let answer = codes(cancel_request(test, &other, &filed, "").await);
        assert_eq!(answer, [if attempt < allowed { "NotFound" } else { "TooOften" }], "{attempt}");
    }
    assert_eq!(test.events().await.len(), before + allowed);
    test.advance(Costly::RefusedAttempt.allowance().one_every);
    assert_eq!(codes(cancel_request(test, &other, &filed, "").await), ["NotFound"]);
    assert_eq!(codes(cancel_request(test, &other, &filed, "").await), ["TooOften"]);
    assert_eq!(test.events().await.len(), before + allowed + 1);
    test.approve(&cast.approvers[0], &filed).await.unwrap();
}

async fn enrolments_and_exports_are_limited(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    for _ in 0..at_once(Costly::Enrolment) {
        make_recovery_codes(test, &ada).await.unwrap();
    }
    assert_eq!(codes(make_recovery_codes(test, &ada).await), ["TooOften"]);
    start_enrolment(test, &ada, None).await.unwrap();
    for _ in 0..at_once(Costly::Export) {
        export_audit(test, &ada, Scope::Mine, Filter::default(), Format::Csv).await.map(drop).unwrap();
    }
    let rows = test.events().await.len();
    let answer = export_audit(test, &ada, Scope::Mine, Filter::default(), Format::Csv).await.map(drop);
    assert_eq!(codes(answer), ["TooOften"]);
    assert_eq!(test.events().await.len(), rows);

    // In a browser: what to do, and when.
    let mut browser = test.browser(&ada.user).await;
    let answer = browser.post("/my-audit.csv", &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "60");
    assert!(answer.text.contains("Try again in 1 minute"), "{}", answer.text);
}

/// Two at a time: a third waits for one of them, and nobody else waits.
async fn one_person_reads_twice_at_the_same_time(test: &TestApp) {
    let cast = test.cast().await;
    let mut turns = Vec::new();
    for _ in 0..READS_AT_ONCE {
        turns.push(test.turn_to_read(&cast.tess).await.unwrap());
    }
    let moment = Duration::from_millis(100);
    assert!(tokio::time::timeout(moment, test.turn_to_read(&cast.tess)).await.is_err(), "she waits");
    let mut tess = test.browser(&cast.tess).await;
    assert!(tokio::time::timeout(moment, tess.get("/my-roles")).await.is_err(), "and so does her page");
    let mut other = test.browser(&cast.approvers[0]).await;
    assert_eq!(other.get("/approve-requests").await.status, StatusCode::OK);
    turns.pop();
    assert_eq!(tess.get("/my-roles").await.status, StatusCode::OK);
    drop(test.turn_to_read(&cast.tess).await.unwrap());
}

/// No list fails, or is slow, because of what is looked for.
async fn what_is_looked_for_has_a_length(test: &TestApp) {
    let cast = test.cast().await;
    let mut admin = test.browser(&test.admin().await.user).await;
    // Each is eighteen characters long in its normal form.
    let long = form_urlencoded::byte_serialize("\u{fdfa}".repeat(2_000).as_bytes()).collect::<String>();
    for path in [
        "/my-audit?span=all&q=",
        "/resource-audit?span=all&q=",
        "/users?q=",
        "/groups?q=",
        "/roles?q=",
        "/my-roles?q=",
        "/assignments?q=",
        "/settings?q=",
        "/mail?q=",
        "/search?q=",
        "/my-requests?q=",
        "/resource-audit?person=",
    ] {
        let answer = admin.get(&format!("{path}{long}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    // What has a meaning in a pattern of SQL has none here.
    for (typed, count) in [("tess", 1), ("%", 0), ("t_ss", 0), ("\\", 0), ("TESS NG", 1), ("tess.ng@", 1)] {
        let typed = form_urlencoded::byte_serialize(typed.as_bytes()).collect::<String>();
        let page = admin.get(&format!("/users?q={typed}")).await;
        assert_eq!(page.text.matches(&format!("/users/{}\"", cast.tess)).count().min(1), count, "{typed}");
    }
    assert_eq!(LONGEST_SEARCH, 200);
}

/// A search that cannot be answered from an index looks at the trail in parts, and finds the same, however often it has to go on.
async fn a_search_goes_on_where_its_time_was_up(test: &TestApp) {
    let cast = test.cast().await;
    let admin = test.admin().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    // Rows that nobody wrote are enough to be looked at: an old trail, 12,000 of them.
    let events = test.events().await;
    let first = events.last().unwrap().seq + 1;
    let copied = "at, action, outcome, actor_id, actor_name, role_id, role_name, subject_id, subject_name, request_id, reason, \
         ticket_number, ticket_system, details, search_key, trace_id, hash";
    let copies = format!(
        "insert into audit_events (seq, id, {copied}) select {first} + n.number, r.id || n.number, {copied} from audit_events r, \
         (with recursive counted(number) as (select 0 union all select number + 1 from counted where number < 11999) \
         select number from counted) n where r.seq = 1"
    );
    test.database.tamper(&copies).await;
    let search = async |filter: &Filter, longest: Duration| {
        let (mut before, mut seen, mut pages) = (None, Vec::new(), 0);
        loop {
            let page = list_audit_within(test, &admin, Scope::Resource, filter, (before, 7), longest).await.unwrap();
            assert!(page.lines.len() <= 7 && (!page.is_cut || page.next.is_some()));
            seen.extend(page.lines.iter().map(Line::seq));
            pages += 1;
            before = page.next;
            if before.is_none() {
                return (seen, pages);
            }
        }
    };
    let tess = Filter { text: "tess ng".to_owned(), ..Filter::default() };
    let mut fits: Vec<i64> = events
        .iter()
        .filter(|event| [&event.actor_name, &event.subject_name].iter().any(|name| name.contains("Tess Ng")))
        .map(|event| event.seq)
        .collect();
    fits.reverse();
    assert!(!fits.is_empty() && fits[0] < first);
    let (seen, pages) = search(&tess, Duration::ZERO).await;
    assert_eq!(seen, fits);
    assert!(pages >= 3, "each page looks at a part: {pages}");
    let (seen, at_leisure) = search(&tess, Duration::from_mins(10)).await;
    assert!(seen == fits && at_leisure < pages, "{at_leisure}");
    let refused = Filter { outcome: Some(Outcome::Refused), ..Filter::default() };
    let (seen, _) = search(&refused, Duration::ZERO).await;
    assert_eq!(seen.len(), events.iter().filter(|event| event.outcome == Outcome::Refused).count());
    let (seen, _) = search(&Filter { text: "nobody at all".to_owned(), ..Filter::default() }, Duration::ZERO).await;
    assert!(seen.is_empty());
    assert!(
        list_audit_within(test, &caller(&cast.tess), Scope::Resource, &tess, (None, 7), Duration::ZERO).await.is_err()
    );
}

on_both_engines!(
    filing_and_canceling_comes_to_an_end,
    refused_attempts_do_not_fill_the_audit,
    enrolments_and_exports_are_limited,
    one_person_reads_twice_at_the_same_time,
    what_is_looked_for_has_a_length,
    a_search_goes_on_where_its_time_was_up,
);
