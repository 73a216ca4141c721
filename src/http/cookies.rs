//! Cookies: their names, which are ours alone, and the attributes with which each is set and removed.

use crate::ui::{
    answer::{Flash, Mood},
    visit::Cookie,
};
use axum::http::{HeaderMap, HeaderValue, header};

const FLASH: &str = "ostiary_flash";

/// How long a sentence waits for its page, in seconds.
const FLASH_SECONDS: u32 = 60;

/// The longest sentence that is carried.
const LONGEST_FLASH: usize = 1_000;

/// The decoded value of a cookie of ours. The first one of a name wins: it has the most specific path.
pub fn get(headers: &HeaderMap, name: &str, secure: bool) -> Option<String> {
    let name = guarded(name, secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| decoded(value))
}

/// Adds the cookies to an answer.
pub fn set(headers: &mut HeaderMap, secure: bool, cookies: Vec<Cookie>) {
    for cookie in cookies {
        let http_only = if cookie.script_may_read { "" } else { "; HttpOnly" };
        let value = encoded(&cookie.value);
        append(headers, cookie.name, &value, Some(cookie.max_age_seconds), http_only, secure);
    }
}

/// Sets a cookie that no script may read, for as long as the browser is open.
pub fn keep(headers: &mut HeaderMap, name: &str, value: &str, secure: bool) {
    append(headers, name, value, None, "; HttpOnly", secure);
}

/// Removes a cookie that no script may read. With the attributes with which it was set: a browser keeps one whose removal has others.
pub fn forget(headers: &mut HeaderMap, name: &str, secure: bool) {
    append(headers, name, "", Some(0), "; HttpOnly", secure);
}

/// The sentence that the last change left.
pub fn flash(headers: &HeaderMap, secure: bool) -> Option<Flash> {
    let value = get(headers, FLASH, secure)?;
    let (mood, sentence) = value.split_once(':')?;
    let sentence = sentence.chars().filter(|letter| !letter.is_control()).take(LONGEST_FLASH).collect();
    Some(Flash { mood: Mood::parse(mood)?, sentence })
}

/// Leaves a sentence for the next page.
pub fn leave_flash(headers: &mut HeaderMap, secure: bool, flash: &Flash) {
    let sentence: String = flash.sentence.chars().take(LONGEST_FLASH).collect();
    let value = encoded(&format!("{}:{sentence}", flash.mood.class()));
    append(headers, FLASH, &value, Some(FLASH_SECONDS), "; HttpOnly", secure);
}

/// The sentence was shown.
pub fn forget_flash(headers: &mut HeaderMap, secure: bool) {
    forget(headers, FLASH, secure);
}

/// Behind https no other host of the domain may set a cookie of ours.
fn guarded(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

fn append(headers: &mut HeaderMap, name: &str, value: &str, max_age: Option<u32>, http_only: &str, secure: bool) {
    let name = guarded(name, secure);
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/{max_age}; SameSite=Lax{http_only}{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        headers.append(header::SET_COOKIE, line);
    }
}

fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

fn decoded(value: &str) -> String {
    let pair = format!("v={value}");
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_back(headers: &HeaderMap) -> HeaderMap {
        let line = headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        let pair = line.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, format!("a=b; {pair}").parse().unwrap())])
    }

    #[test]
    fn a_sentence_survives_the_way_through_the_browser() {
        let flash = Flash::good("Saved; \u{201c}R\u{e9}sum\u{e9}\u{201d} = 100 %.");
        for secure in [false, true] {
            let mut headers = HeaderMap::new();
            leave_flash(&mut headers, secure, &flash);
            assert_eq!(super::flash(&sent_back(&headers), secure), Some(flash.clone()));
        }
    }

    #[test]
    fn a_cookie_goes_with_the_attributes_it_came_with() {
        for secure in [false, true] {
            let (mut kept, mut gone) = (HeaderMap::new(), HeaderMap::new());
            keep(&mut kept, "name", "value", secure);
            forget(&mut gone, "name", secure);
            let line = |headers: &HeaderMap| headers[header::SET_COOKIE].to_str().unwrap().to_owned();
            assert_eq!(line(&gone), line(&kept).replace("name=value; Path=/;", "name=; Path=/; Max-Age=0;"));
            assert_eq!(line(&gone).ends_with("; Secure"), secure);
        }
    }

    #[test]
    fn behind_https_a_plain_cookie_is_not_believed() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "ostiary_flash=good:hello".parse().unwrap())]);
        assert_eq!(flash(&headers, true), None);
    }
}
