//! One's own account and those of others, through the whole front door as a browser without script sees it.

use axum::http::StatusCode;
use ostiary::app::{drafts, set_up::open_set_up};
use ostiary::domain::{policy::MfaRule, request::Kind, time::Span};

use crate::harness::{
    TestApp,
    company::role,
    form_browser::{Answer, Browser},
    signing_in::{Device, PASSWORD, caller},
};

const OTHER_PASSWORD: &str = "marble harvest violin stove";

async fn the_set_up_code_works_once(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    browser.get("/sign-in").await.says("not set up yet");
    let code = open_set_up(&test.app).await.unwrap().unwrap();
    let page = browser.get("/set-up").await;
    assert_eq!(page.status, StatusCode::OK);
    page.never_says(&code);
    let guessed = browser.post("/set-up", &TestApp::set_up_fields("ABCD-EFGH-IJKL-MNOP")).await;
    assert_eq!(guessed.status, StatusCode::NOT_FOUND);
    guessed.says("This set-up code was used, or never existed.");
    guessed.says("value=\"Ada Lovelace\"");

    let mut slips = TestApp::set_up_fields(&code);
    slips.retain(|(name, _)| !name.starts_with("password"));
    slips.extend([("password", "short"), ("password_again", "short")]);
    let refused = browser.post("/set-up", &slips).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("A password needs at least 12 characters.");
    for kept in ["value=\"Contoso\"", "value=\"Ada Lovelace\"", "value=\"ada@contoso.example\""] {
        refused.says(kept);
    }
    refused.never_says("value=\"short\"");
    slips.retain(|(name, _)| !name.starts_with("password"));
    slips.extend([("password", PASSWORD), ("password_again", OTHER_PASSWORD)]);
    browser.post("/set-up", &slips).await.says("Type the new password the same way twice.");

    let done = browser.post("/set-up", &TestApp::set_up_fields(&code)).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, "/second-factor?to=%2F"));
    for again in [browser.get("/set-up").await, browser.post("/set-up", &TestApp::set_up_fields(&code)).await] {
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        again.says("This set-up code was used, or never existed.");
    }
    assert!(open_set_up(&test.app).await.unwrap().is_none(), "there is no other code");
}

async fn the_sample_directory_is_loaded_when_it_is_asked_for(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    let code = open_set_up(&test.app).await.unwrap().unwrap();
    let mut fields = TestApp::set_up_fields(&code);
    fields.push(("sample", "true"));
    let done = browser.post("/set-up", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    browser.enrol(test).await;
    let groups = browser.get("/groups").await;
    assert!(groups.text.matches("/groups/0").count() >= 4, "{}", groups.text);
}

async fn the_second_factor_is_confirmed_before_it_counts_and_its_codes_are_shown_once(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    let code = open_set_up(&test.app).await.unwrap().unwrap();
    browser.post("/set-up", &TestApp::set_up_fields(&code)).await;
    let page = browser.get("/second-factor?to=%2Fusers").await;
    page.says("<svg");
    page.says("otpauth://totp/");
    let secret = page.codes()[0].clone();
    let sealed = page.field("sealed");
    let wrong = browser.post("/second-factor?to=%2Fusers", &[("sealed", &sealed), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.codes()[0], secret, "the device does not have to be set up again");

    let device = crate::harness::signing_in::Device::with_secret(&secret);
    let code = device.code(test.advance(Span::minutes(1)));
    let form = [("sealed", sealed.as_str()), ("code", code.as_str())];
    let shown = browser.post("/second-factor?to=%2Fusers", &form).await;
    let codes = shown.codes();
    assert_eq!(codes.len(), 10);
    shown.says("href=\"/users\"");
    let again = browser.post("/second-factor?to=%2Fusers", &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the same form sent twice");
    for page in [again, browser.get("/second-factor").await, browser.get("/recovery-codes").await] {
        page.never_says(&codes[0]);
    }
    browser.get("/recovery-codes").await.says("You have 10 left.");
}

async fn who_is_unknown_learns_as_much_as_who_mistypes(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    let stranger = Browser::new(test, "Chrome/150 (Windows)");
    let wrong = stranger.sign_in("ada@contoso.example", "wrong").await;
    let unknown = stranger.sign_in("who@contoso.example", "wrong").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    for answer in [&wrong, &unknown] {
        answer.says("The name or the password is wrong.");
        answer.never_says("value=\"wrong\"");
    }
    wrong.says("value=\"ada@contoso.example\"");

    let throttled = loop {
        let answer = stranger.sign_in("ada@contoso.example", "wrong").await;
        if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
            break answer;
        }
    };
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    throttled.says("Too many attempts failed. Try again in");
}

async fn whoever_holds_power_is_asked_for_the_second_factor_and_comes_back(test: &TestApp) {
    let first = Browser::new(test, "Firefox/140.0 (Linux)");
    let device = test.set_up_in(&first).await;
    let browser = Browser::new(test, "Chrome/150 (Windows)");
    let away = browser.get("/users?q=a&state=enabled").await;
    assert_eq!(away.to, "/sign-in?to=%2Fusers%3Fq%3Da%26state%3Denabled");
    let fields = [("user_principal_name", "ada@contoso.example"), ("password", PASSWORD)];
    let verify = browser.post(&away.to, &fields).await;
    assert_eq!(verify.to, "/verify?to=%2Fusers%3Fq%3Da%26state%3Denabled");
    assert_eq!(browser.get("/users").await.to, "/verify?to=%2Fusers", "power is not used without it");

    let code = device.code(test.advance(Span::minutes(1)));
    let back = browser.post(&verify.to, &[("code", &code)]).await;
    assert_eq!(back.to, "/users?q=a&state=enabled");
    assert_eq!(browser.get(&back.to).await.status, StatusCode::OK);
    let again = browser.post(&verify.to, &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a code counts once");
    assert_eq!(browser.post("/verify?to=%2F%2Fevil.example", &[("code", "1")]).await.to, "");
    let safe = browser.verify(test, &device, "//evil.example").await;
    assert_eq!(safe.to, "/", "nobody is sent to another host");
}

async fn a_recovery_code_stands_in_once(test: &TestApp) {
    let first = Browser::new(test, "Firefox/140.0 (Linux)");
    let code = open_set_up(&test.app).await.unwrap().unwrap();
    first.post("/set-up", &TestApp::set_up_fields(&code)).await;
    let codes = first.enrol(test).await.1.codes();
    let browser = Browser::new(test, "Chrome/150 (Windows)");
    let verify = browser.sign_in("ada@contoso.example", PASSWORD).await.to;
    let used = browser.post(&verify, &[("code", &codes[3].to_lowercase().replace('-', " "))]).await;
    assert_eq!(used.to, "/");
    browser.get("/security").await.says("You have 9 recovery codes left.");
    assert_eq!(browser.post("/verify?to=%2F", &[("code", &codes[3])]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let fresh = browser.post("/recovery-codes", &[]).await.codes();
    assert_eq!(fresh.len(), 10);
    for old in &codes {
        assert!(!fresh.contains(old));
    }
    let void = browser.post("/verify?to=%2F", &[("code", &codes[4])]).await;
    assert_eq!(void.status, StatusCode::UNPROCESSABLE_ENTITY, "new codes make the others void");
}

async fn what_was_typed_waits_behind_the_verification(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    let device = test.set_up_in(&admin).await;
    let browser = Browser::new(test, "Chrome/150 (Windows)");
    browser.sign_in("ada@contoso.example", PASSWORD).await;
    let fields = [("display_name", "Night watch"), ("description", "Two\nlines"), ("role_assignable", "yes")];
    let away = browser.post("/groups/add", &fields).await;
    let page = browser.back_from(test, &device, &away.to).await;
    page.says("value=\"Night watch\"");
    page.says("Two\nlines</textarea>");
    assert!(page.text.contains("value=\"yes\" checked"), "{}", page.text);
    browser.get("/groups/add").await.never_says("Night watch");
}

async fn what_was_typed_is_kept_when_the_session_was_over(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    let device = test.set_up_in(&browser).await;
    test.advance(Span::minutes(31));
    let fields = [("display_name", "Night & <watch>"), ("description", "Two\nlines"), ("current_password", PASSWORD)];
    let asked = browser.post("/groups/add?from=here", &fields).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    asked.says("Your session is over. Sign in again: what you typed is kept, and nothing was changed.");
    asked.never_says(PASSWORD);
    asked.says("action=\"/sign-in\"");
    let (draft, at) = (asked.field("draft"), asked.field("draft_at"));
    assert_eq!(at, "/groups/add?from=here");

    let typed = |password| {
        let (draft, at) = (("draft", draft.as_str()), ("draft_at", at.as_str()));
        [("user_principal_name", "ada@contoso.example"), ("password", password), draft, at]
    };
    let refused = browser.post("/sign-in", &typed("wrong")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.field("draft"), draft, "a slip loses nothing");
    refused.says("The name or the password is wrong.");
    let away = browser.post("/sign-in", &typed(PASSWORD)).await;
    let page = browser.back_from(test, &device, &away.to).await;
    page.says("value=\"Night &amp; &lt;watch&gt;\"");
    page.says("Two\nlines</textarea>");
    browser.get("/groups/add").await.never_says("Night");
}

async fn what_an_open_page_asks_by_itself_keeps_no_session(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&browser).await;
    for _ in 0..3 {
        test.advance(Span::minutes(8));
        assert_eq!(browser.post("/call/bell", &[]).await.status, StatusCode::OK);
    }
    test.advance(Span::minutes(8));
    assert_eq!(browser.post("/call/bell", &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get("/users").await.to, "/sign-in?to=%2Fusers");
}

async fn a_role_that_asks_for_a_second_factor_gives_the_reason_back(test: &TestApp) {
    let reader = role("Security Operator");
    test.policy(&reader, |policy| policy.activation.mfa = MfaRule::Session).await;
    let user = test.user("Tess Tester").await;
    let eligibility = test.assign_eligible(&reader, &user, None).await;
    let browser = Browser::new(test, "Chrome/150 (Windows)");
    browser.sign_in("tess.tester@contoso.example", PASSWORD).await;
    let chosen = [("current_password", PASSWORD), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
    browser.post("/change-password?to=%2Fmy-roles", &chosen).await;
    let (device, _) = browser.enrol(test).await;
    browser.post("/sign-out", &[]).await;
    assert_eq!(browser.sign_in("tess.tester@contoso.example", OTHER_PASSWORD).await.to, "/", "no power, no question");
    let pane = format!("/my-roles/activate?id={eligibility}");
    let fields = [("duration", "1"), ("justification", "Triage of incident 42")];
    let away = browser.post(&pane, &fields).await;
    browser.back_from(test, &device, &away.to).await.says("Triage of incident 42");
}

/// Each form of each window has what was typed in it, whichever comes first, until it is sent.
async fn what_was_typed_in_several_windows_is_kept_apart(test: &TestApp) {
    let tess = test.user("Tess Tester").await;
    test.keep_password(&tess).await;
    let (device, _) = test.enrol(&caller(&tess)).await;
    let mut panes = Vec::new();
    for name in ["Security Operator", "Search Editor"] {
        test.policy(&role(name), |policy| policy.activation.mfa = MfaRule::Session).await;
        panes.push(format!("/my-roles/activate?id={}", test.assign_eligible(&role(name), &tess, None).await));
    }
    let browser = Browser::new(test, "Chrome/150 (Windows)");
    browser.sign_in("tess.tester@contoso.example", PASSWORD).await;
    let typed = |reason| [("duration", "1"), ("justification", reason)];
    let one = browser.post(&panes[0], &typed("REASON-ONE")).await;
    let two = browser.post(&panes[1], &typed("REASON-TWO")).await;
    let page = browser.back_from(test, &device, &one.to).await;
    page.says("REASON-ONE");
    page.never_says("REASON-TWO");
    let kept = browser.get(&destination(&two.to)).await.to;
    assert!(kept.starts_with(&panes[1]), "{kept}");
    for _ in 0..2 {
        browser.get(&kept).await.says("REASON-TWO");
    }
    browser.get(&panes[1]).await.never_says("REASON");
    // Sent, it is gone.
    assert_eq!(browser.post(&kept, &typed("REASON-TWO")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(test.database.texts("select id_hash from drafts").await.len(), 1);
}

/// Seen elsewhere: with many lines in it, the address was too long to be come back to.
async fn an_address_with_very_many_lines_is_come_back_to(test: &TestApp) {
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    let device = test.set_up_in(&browser).await;
    let lines: Vec<_> = (0..400).map(|number| format!("id=019cae11-0000-7000-8000-{number:012}")).collect();
    let address = format!("/groups/add?{}", lines.join("&"));
    test.advance(Span::minutes(31));
    let asked = browser.post(&address, &[("display_name", "Night watch")]).await;
    let (draft, at) = (asked.field("draft"), asked.field("draft_at"));
    let (draft, at) = (("draft", draft.as_str()), ("draft_at", at.as_str()));
    let fields = [("user_principal_name", "ada@contoso.example"), ("password", PASSWORD), draft, at];
    let away = browser.post("/sign-in", &fields).await;
    assert!(away.to.len() < 100, "{}", away.to);
    let page = browser.back_from(test, &device, &away.to).await;
    page.says("value=\"Night watch\"");
    page.says("019cae11-0000-7000-8000-000000000399");
    // What is no address of ours is not gone to.
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let fields = [fields[0], fields[1], draft, ("draft_at", elsewhere)];
        assert_eq!(browser.post("/sign-in", &fields).await.to, "/verify?to=%2F");
    }
}

/// A draft is sealed, opens for its person alone, holds no password, goes after an hour, and there are not many.
async fn a_draft_is_its_persons_alone_and_not_for_long(test: &TestApp) {
    let (tess, uma) = (test.admin().await.user.clone(), test.user("Uma Roy").await);
    let form = [("display_name", "QUITE-SECRET"), ("code", "123456"), ("new_password", "HUSH"), ("sealed", "HUSH")];
    let away = test.visitor_of(caller(&tess)).post("/groups/add", &form).await;
    let kept = destination(&away.to);
    let id = kept.rsplit('/').next().unwrap();
    let draft = drafts::find(test, &tess, id).await.unwrap().unwrap();
    assert!(draft.form.contains("QUITE-SECRET"), "{draft:?}");
    assert!(!draft.form.contains("HUSH") && !draft.form.contains("123456"), "{draft:?}");
    let rows = test.database.texts("select id_hash || user_id || sealed from drafts").await;
    assert!(!rows[0].contains("QUITE") && !rows[0].contains(id), "{rows:?}");
    assert_eq!(drafts::find(test, &uma, id).await.unwrap(), None);
    test.visitor(&uma).get(&kept).await.is(404);
    // Given to somebody else in the database, it opens for nobody.
    test.database.tamper(&format!("update drafts set user_id = '{uma}'")).await;
    assert_eq!(drafts::find(test, &uma, id).await.unwrap(), None);
    assert_eq!(drafts::find(test, &tess, id).await.unwrap(), None);
    let mut ids = Vec::new();
    for _ in 0..25 {
        test.advance(Span::seconds(1));
        ids.push(drafts::keep(test, &tess, &draft).await.unwrap());
    }
    let count = format!("select id_hash from drafts where user_id = '{tess}'");
    assert_eq!(test.database.texts(&count).await.len(), 20);
    assert_eq!(drafts::find(test, &tess, &ids[4]).await.unwrap(), None, "the oldest go first");
    assert_eq!(drafts::find(test, &tess, &ids[5]).await.unwrap(), Some(draft.clone()));
    test.advance(drafts::LASTS);
    assert_eq!(drafts::find(test, &tess, &ids[24]).await.unwrap(), None);
    ostiary::app::tidy::tidy(test).await.unwrap();
    assert!(test.database.texts("select id_hash from drafts").await.is_empty());
}

/// Where somebody goes on to behind the page for the second factor.
fn destination(away: &str) -> String {
    let (page, query) = away.split_once('?').unwrap();
    assert_eq!(page, "/verify");
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to").unwrap().1.into_owned()
}

impl Browser {
    /// Shows the second factor on the page that this leads to, and goes on to the page whose form was kept.
    async fn back_from(&self, test: &TestApp, device: &Device, away: &str) -> Answer {
        let kept = destination(away);
        let back = self.verify(test, device, &kept).await;
        assert_eq!(back.to, kept);
        let page = self.get(&self.get(&kept).await.to).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page
    }
}

async fn a_password_set_by_somebody_else_is_replaced_first(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    let fields = [("display_name", "Bo Lindqvist"), ("user_principal_name", "bo@contoso.example"), ("mail", "")];
    let shown = admin.post("/users/add", &fields).await;
    let password = shown.codes()[0].clone();
    let bo = Browser::new(test, "Chrome/150 (Windows)");
    assert_eq!(bo.sign_in("bo@contoso.example", &password).await.to, "/change-password?to=%2F");
    assert_eq!(bo.get("/my-roles").await.to, "/change-password?to=%2Fmy-roles");
    assert_eq!(bo.get("/second-factor").await.to, "/change-password?to=%2Fsecond-factor");

    let path = "/change-password?to=%2Fmy-roles";
    let wrong = [("current_password", "no"), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
    bo.post(path, &wrong).await.says("id=\"current_password-error\"");
    let same = [("current_password", &*password), ("password", &*password), ("password_again", &*password)];
    bo.post(path, &same).await.says("This is the password you have.");
    let good = [("current_password", &*password), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
    assert_eq!(bo.post(path, &good).await.to, "/my-roles");
    let again = Browser::new(test, "Safari/18 (Mac OS X)");
    assert_eq!(again.sign_in("bo@contoso.example", &password).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let user = admin.get("/users?q=bo").await.link("/users/0");
    let reset = admin.post(&format!("{user}/reset-password"), &[]).await;
    let second = reset.codes()[0].clone();
    assert_ne!(second, password);
    assert!(bo.get("/my-roles").await.to.starts_with("/sign-in"), "a reset signs out everywhere");
    admin.get(&user).await.never_says(&second);
}

async fn sessions_are_listed_and_ended(test: &TestApp) {
    let here = Browser::new(test, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    test.set_up_in(&here).await;
    let there = Browser::new(test, "Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36");
    let third = Browser::new(test, "Mozilla/5.0 (iPhone) Safari/605");
    there.sign_in("ada@contoso.example", PASSWORD).await;
    third.sign_in("ada@contoso.example", PASSWORD).await;
    let page = here.get("/security").await;
    for device in ["Firefox on Linux", "Chrome on Windows", "Safari on iPhone", "This session"] {
        page.says(device);
    }
    let done = here.post("/security", &[("end", &page.field("end"))]).await;
    assert_eq!(done.to, "/security");
    here.get("/security").await.says("The session has ended.");
    let signed_out = [there.get("/security").await, third.get("/security").await];
    assert_eq!(signed_out.iter().filter(|answer| answer.to.starts_with("/sign-in")).count(), 1);

    there.sign_in("ada@contoso.example", PASSWORD).await;
    here.post("/security", &[("end_others", "true")]).await;
    for other in [&there, &third] {
        assert!(other.get("/security").await.to.starts_with("/sign-in"));
    }
    assert_eq!(here.post("/sign-out", &[]).await.to, "/sign-in?signed-out=true");
    assert!(here.get("/security").await.to.starts_with("/sign-in"));
}

async fn a_new_password_replaces_the_secret_of_its_session(test: &TestApp) {
    let ada = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&ada).await;
    let thief = ada.copy();
    assert_eq!(thief.get("/security").await.status, StatusCode::OK);
    let good = [("current_password", PASSWORD), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
    assert_eq!(ada.post("/change-password", &good).await.to, "/security");
    ada.get("/security").await.says("Your password is changed.");
    assert!(thief.get("/security").await.to.starts_with("/sign-in"), "a copy from before is worth nothing");
}

async fn nobody_ends_the_session_of_another(test: &TestApp) {
    let ada = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&ada).await;
    let second = Browser::new(test, "Chrome/150 (Windows)");
    second.sign_in("ada@contoso.example", PASSWORD).await;
    let of_ada = ada.get("/security").await.field("end");
    let fields = [("display_name", "Bo Lindqvist"), ("user_principal_name", "bo@contoso.example"), ("mail", "")];
    let password = ada.post("/users/add", &fields).await.codes()[0].clone();
    let bo = Browser::new(test, "Safari/18 (Mac OS X)");
    bo.sign_in("bo@contoso.example", &password).await;
    let good = [("current_password", &*password), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
    bo.post("/change-password", &good).await;
    assert_eq!(bo.post("/security", &[("end", &of_ada)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(second.get("/security").await.status, StatusCode::OK);
}

async fn readers_see_people_and_no_buttons_and_others_see_nothing(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    let mut people = Vec::new();
    for name in ["Rita Reader", "Uma User"] {
        let upn = format!("{}@contoso.example", name.to_lowercase().replace(' ', "."));
        let fields = [("display_name", name), ("user_principal_name", upn.as_str()), ("mail", "")];
        let password = admin.post("/users/add", &fields).await.codes()[0].clone();
        people.push((upn, password));
    }
    let rita = admin.get("/users?q=rita").await.link("/users/0");
    let id = ostiary::domain::ids::UserId::parse(rita.trim_start_matches("/users/")).unwrap();
    let ada = admin.get("/users?q=ada").await.link("/users/0");
    let ada_id = ostiary::domain::ids::UserId::parse(ada.trim_start_matches("/users/")).unwrap();
    let ask = crate::harness::company::assignment(test, Kind::Assignment, None);
    let reader = role("Global Reader");
    ostiary::app::assign_role::assign_role(test, &test.caller(&ada_id), &reader, &[(&id).into()], &ask).await.unwrap();

    let mut browsers = Vec::new();
    for (upn, password) in &people {
        let browser = Browser::new(test, "Chrome/150 (Windows)");
        browser.sign_in(upn, password).await;
        let good =
            [("current_password", &**password), ("password", OTHER_PASSWORD), ("password_again", OTHER_PASSWORD)];
        browser.post("/change-password", &good).await;
        browser.enrol(test).await;
        browsers.push(browser);
    }
    let list = browsers[0].get("/users").await;
    list.says("Uma User");
    list.never_says("/users/add");
    let page = browsers[0].get(&rita).await;
    page.says("Global Reader");
    for hidden in ["/edit", "/disable", "/reset-password"] {
        page.never_says(&format!("{rita}{hidden}"));
    }
    assert_eq!(browsers[0].post(&format!("{rita}/disable"), &[]).await.status, StatusCode::NOT_FOUND);
    for path in ["/users", &rita, "/groups", "/users/add"] {
        assert_eq!(browsers[1].get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn a_form_about_a_person_loses_nothing(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    let typed = [
        ("display_name", "</textarea><script>alert(1)</script>"),
        ("user_principal_name", "ADA@contoso.example"),
        ("mail", "box@contoso.example"),
        ("notification_mail", "not an address"),
    ];
    let refused = admin.post("/users/add", &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("id=\"notification_mail-error\"");
    refused.says("value=\"box@contoso.example\"");
    refused.never_says("<script>alert");
    let taken = [("display_name", "Another Ada"), ("user_principal_name", "ADA@contoso.example"), ("mail", "")];
    let refused = admin.post("/users/add", &taken).await;
    refused.says("id=\"user_principal_name-error\"");
    refused.says("value=\"Another Ada\"");

    let ada = admin.get("/users?q=ada").await.link("/users/0");
    let edit = format!("{ada}/edit");
    let version = admin.get(&edit).await.field("version");
    let change = |name: &'static str| {
        let version = version.clone();
        let admin = &admin;
        let edit = edit.clone();
        async move {
            let fields =
                [("version", &*version), ("display_name", name), ("user_principal_name", "ada@contoso.example")];
            admin.post(&edit, &fields).await
        }
    };
    assert_eq!(change("Ada King").await.to, ada);
    let stale = change("Ada Byron").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    stale.says("What is saved now");
    stale.says("Ada King");
    stale.says("value=\"Ada Byron\"");
    let myself = admin.post(&format!("{ada}/disable"), &[]).await;
    assert_eq!(myself.status, StatusCode::UNPROCESSABLE_ENTITY);
    admin.get("/users/0190a3c2-7b4e-7000-8000-0123456789ab").await.says("This user does not exist");
    assert_eq!(admin.get("/users/nonsense").await.status, StatusCode::NOT_FOUND);
}

async fn a_group_gets_members_without_script(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    for login in ["bo", "carla"] {
        let upn = format!("{login}@contoso.example");
        let fields = [("display_name", login), ("user_principal_name", &*upn), ("mail", "")];
        admin.post("/users/add", &fields).await;
    }
    let unsaid = admin.post("/groups/add", &[("display_name", "Watch"), ("description", "")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "whether it holds roles has to be said");
    let fields = [("display_name", "Watch"), ("description", "Nights"), ("role_assignable", "yes")];
    let group = admin.post("/groups/add", &fields).await.to;
    let members = format!("{group}/members");
    let found = admin.post(&members, &[("find_members", "car"), ("find", "members")]).await;
    assert_eq!(found.status, StatusCode::OK);
    found.says("carla@contoso.example");
    found.never_says("bo@contoso.example");
    let nobody = admin.post(&members, &[]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    nobody.says("Choose at least one person.");
    let itself = group.trim_start_matches("/groups/").to_owned();
    admin.post(&members, &[("members", &itself)]).await.says("Only people can be members of a group.");

    let carla = admin.get("/users?q=carla").await.link("/users/0");
    let id = carla.trim_start_matches("/users/");
    assert_eq!(admin.post(&members, &[("members", id)]).await.to, group);
    admin.get(&group).await.says("carla@contoso.example");
    admin.get(&carla).await.says("Watch");
    let remove = format!("{group}/members/{id}/remove");
    admin.get(&remove).await.says("Remove carla from Watch?");
    assert_eq!(admin.post(&remove, &[]).await.to, group);
    assert_eq!(admin.get(&remove).await.status, StatusCode::NOT_FOUND);
}

async fn a_disabled_person_is_out_at_once(test: &TestApp) {
    let admin = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&admin).await;
    let fields = [("display_name", "Bo Lindqvist"), ("user_principal_name", "bo@contoso.example"), ("mail", "")];
    let password = admin.post("/users/add", &fields).await.codes()[0].clone();
    let bo = Browser::new(test, "Chrome/150 (Windows)");
    bo.sign_in("bo@contoso.example", &password).await;
    assert!(bo.get("/").await.to.starts_with("/change-password"));
    let page = admin.get("/users?q=bo").await.link("/users/0");
    admin.get(&format!("{page}/disable")).await.says("They are signed out of 1 session at once");
    admin.post(&format!("{page}/disable"), &[]).await;
    assert!(bo.get("/security").await.to.starts_with("/sign-in"));
    let refused = bo.sign_in("bo@contoso.example", &password).await;
    refused.says("The name or the password is wrong.");
    admin.get("/users?state=disabled").await.says("Bo Lindqvist");
    admin.get("/users?state=enabled").await.never_says("Bo Lindqvist");
    admin.post(&format!("{page}/enable"), &[]).await;
    assert_eq!(bo.sign_in("bo@contoso.example", &password).await.status, StatusCode::SEE_OTHER);
}

on_both_engines!(
    the_set_up_code_works_once,
    the_sample_directory_is_loaded_when_it_is_asked_for,
    the_second_factor_is_confirmed_before_it_counts_and_its_codes_are_shown_once,
    who_is_unknown_learns_as_much_as_who_mistypes,
    whoever_holds_power_is_asked_for_the_second_factor_and_comes_back,
    a_recovery_code_stands_in_once,
    what_was_typed_waits_behind_the_verification,
    what_was_typed_is_kept_when_the_session_was_over,
    what_an_open_page_asks_by_itself_keeps_no_session,
    a_role_that_asks_for_a_second_factor_gives_the_reason_back,
    what_was_typed_in_several_windows_is_kept_apart,
    an_address_with_very_many_lines_is_come_back_to,
    a_draft_is_its_persons_alone_and_not_for_long,
    a_password_set_by_somebody_else_is_replaced_first,
    sessions_are_listed_and_ended,
    a_new_password_replaces_the_secret_of_its_session,
    nobody_ends_the_session_of_another,
    readers_see_people_and_no_buttons_and_others_see_nothing,
    a_form_about_a_person_loses_nothing,
    a_group_gets_members_without_script,
    a_disabled_person_is_out_at_once,
);
