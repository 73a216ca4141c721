//! A mail in words, for one reader: what text and HTML are made of.

use super::{Audience, Mail, compose, html, text};
use crate::domain::time::Instant;

/// Whose mail it is, and where its links lead.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The organization.
    pub organization: &'a str,
    /// The address of the portal, without a slash at its end.
    pub portal: &'a str,
}

/// A table with a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: &'static str,
    /// The columns' heads.
    pub head: Vec<&'static str>,
    /// The rows, each with as many cells.
    pub rows: Vec<Vec<String>>,
}

/// The one thing to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the button says.
    pub label: &'static str,
    /// Where it leads, inside of the portal.
    pub path: String,
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line without anything that could end it.
    pub subject: String,
    pub(super) heading: String,
    pub(super) opening: String,
    /// Name and value of each fact.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tables: Vec<Table>,
    pub(super) closing: Option<String>,
    pub(super) step: Option<Step>,
    pub(super) why: &'static str,
}

impl Letter {
    /// Puts a mail into words for one reader. `when` makes the words of a moment, with the zone named.
    pub fn of(mail: &Mail, audience: Audience, when: &dyn Fn(Instant) -> String) -> Self {
        compose::compose(mail, audience, when)
    }

    /// As plain text.
    pub fn text(&self, sender: Sender<'_>) -> String {
        text::render(self, sender)
    }

    /// As HTML.
    pub fn html(&self, sender: Sender<'_>) -> String {
        html::render(self, sender)
    }
}

/// Not shown by itself, but changes how what is around it is shown: the marks that turn the direction of writing, and the ends of
/// lines that only some programs know.
const fn is_trick(found: char) -> bool {
    matches!(found, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}

/// A text that may have lines, without anything that could reach beyond it.
pub(super) fn prose(value: &str) -> String {
    let plain = value.replace("\r\n", "\n").replace('\r', "\n");
    plain.chars().filter(|found| *found == '\n' || !(found.is_control() || is_trick(*found))).collect()
}

/// A text in one line.
pub(super) fn line(value: &str) -> String {
    let spaced: String = prose(value).chars().map(|found| if found == '\n' { ' ' } else { found }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The longest subject: mail programs cut it off long before.
const LONGEST_SUBJECT: usize = 200;

/// A text as the subject of a mail.
pub(super) fn subject(value: &str) -> String {
    let one = line(value);
    if one.chars().nth(LONGEST_SUBJECT).is_none() {
        return one;
    }
    one.chars().take(LONGEST_SUBJECT - 1).chain(['\u{2026}']).collect()
}
