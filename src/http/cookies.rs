//! Cookies that are no session: the theme, and the sentence for the next page.

use crate::ui::{
    answer::{Flash, Mood},
    visit::Cookie,
};
use axum::http::{HeaderMap, HeaderValue, header};

const FLASH: &str = "flash";

/// How long a sentence waits for its page, in seconds.
const FLASH_SECONDS: u32 = 60;

/// The longest sentence that is carried.
const LONGEST_FLASH: usize = 1_000;

/// The decoded value of a cookie. The first one of a name wins: it has the most specific path.
pub fn get(headers: &HeaderMap, name: &str) -> Option<String> {
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
        // A script writes its cookie under the plain name, so the server does too.
        let name = if cookie.script_may_read { cookie.name.to_owned() } else { guarded(cookie.name, secure) };
        let http_only = if cookie.script_may_read { "" } else { "; HttpOnly" };
        append(headers, &name, &encoded(&cookie.value), cookie.max_age_seconds, http_only, secure);
    }
}

/// The sentence that the last change left.
pub fn flash(headers: &HeaderMap, secure: bool) -> Option<Flash> {
    let value = get(headers, &guarded(FLASH, secure))?;
    let (mood, sentence) = value.split_once(':')?;
    let sentence = sentence.chars().filter(|letter| !letter.is_control()).take(LONGEST_FLASH).collect();
    Some(Flash { mood: Mood::parse(mood)?, sentence })
}

/// Leaves a sentence for the next page.
pub fn leave_flash(headers: &mut HeaderMap, secure: bool, flash: &Flash) {
    let sentence: String = flash.sentence.chars().take(LONGEST_FLASH).collect();
    let value = encoded(&format!("{}:{sentence}", flash.mood.class()));
    append(headers, &guarded(FLASH, secure), &value, FLASH_SECONDS, "; HttpOnly", secure);
}

/// The sentence was shown.
pub fn forget_flash(headers: &mut HeaderMap, secure: bool) {
    append(headers, &guarded(FLASH, secure), "", 0, "; HttpOnly", secure);
}

/// Behind https no other host of the domain may set a cookie of ours.
fn guarded(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

fn append(headers: &mut HeaderMap, name: &str, value: &str, max_age: u32, http_only: &str, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; Max-Age={max_age}; SameSite=Lax{http_only}{secure}");
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
    fn behind_https_a_plain_cookie_is_not_believed() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "flash=good:hello".parse().unwrap())]);
        assert_eq!(flash(&headers, true), None);
    }
}
