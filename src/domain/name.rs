//! Names people give to people and things, and the addresses they are reached at: parsed at the door, true inside.
//!
//! Refused: what a reader cannot see (control characters, bidirectional marks and other invisible characters), what makes two
//! names look alike, and what is too long. The text comes in already in Unicode normal form (NFKC): `app` does that, because
//! this room has no tables.

use std::{fmt, str::FromStr};

use super::refusal::Refusal;

/// Why a text cannot be taken as a name or an address. Each one is a sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing was typed.
    Empty,
    /// More characters than the field takes.
    TooLong {
        /// The most it takes.
        max: usize,
    },
    /// A space before the first or after the last character.
    SpaceAtEdge,
    /// Two spaces in a row, which a page shows as one.
    DoubleSpace,
    /// A control character, such as a line break in a one-line field.
    Control,
    /// A control character in a text that may have line breaks.
    ControlInProse,
    /// A character that is not seen but changes what is: a bidirectional mark, a zero-width space and their kind.
    Invisible(char),
    /// A character with no agreed meaning: private use, or not a character at all.
    Meaningless(char),
    /// Accents piled up so that they run into the lines around them, or an accent with nothing to stand on.
    PiledMarks,
    /// Not of the form name@domain.
    NotAnAddress,
    /// The part before the @ has a character that is not allowed there.
    LocalPart,
    /// The part after the @ is not a domain name.
    Domain,
}

impl fmt::Display for NameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("This must not be empty."),
            Self::TooLong { max } => write!(out, "This can have at most {max} characters."),
            Self::SpaceAtEdge => out.write_str("This must not begin or end with a space."),
            Self::DoubleSpace => out.write_str("This must not contain two spaces in a row."),
            Self::Control => out.write_str("This must not contain line breaks, tabs or other control characters."),
            Self::ControlInProse => out.write_str("This must not contain control characters other than line breaks."),
            Self::Invisible(found) => {
                write!(out, "This contains an invisible character (U+{:04X}). Please type it without.", u32::from(*found))
            }
            Self::Meaningless(found) => {
                write!(out, "This contains a character without a meaning (U+{:04X}).", u32::from(*found))
            }
            Self::PiledMarks => out.write_str("This has too many accents on one letter."),
            Self::NotAnAddress => out.write_str("This must have the form name@example.com."),
            Self::LocalPart => out.write_str(
                "The part before the @ can have the letters a to z, digits and . _ - ' +, and no dot at its ends or twice in a row.",
            ),
            Self::Domain => out.write_str("The part after the @ must be a domain name, such as example.com."),
        }
    }
}

impl std::error::Error for NameError {}

impl NameError {
    /// The refusal of the form whose field held the text.
    pub fn at(self, field: &'static str) -> Refusal {
        match self {
            Self::TooLong { max } => Refusal::TooLong { field, limit: max },
            Self::Invisible(_) => Refusal::HiddenCharacters { field },
            Self::Empty
            | Self::SpaceAtEdge
            | Self::DoubleSpace
            | Self::Control
            | Self::ControlInProse
            | Self::Meaningless(_)
            | Self::PiledMarks
            | Self::NotAnAddress
            | Self::LocalPart
            | Self::Domain => Refusal::Unreadable { field, sentence: self.to_string() },
        }
    }
}

/// Not seen, but changes what is seen or how it compares.
const fn is_invisible(found: char) -> bool {
    matches!(
        found,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Invisible, yet part of how prose is written: the joiners of Persian and Indic scripts, and the emoji selector.
const fn is_needed_in_prose(found: char) -> bool {
    matches!(found, '\u{200c}' | '\u{200d}' | '\u{fe0f}')
}

/// Private use, or not a character.
const fn is_meaningless(found: char) -> bool {
    matches!(found, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffc}'..='\u{ffff}')
        || (found as u32) & 0xfffe == 0xfffe
}

/// An accent that goes on top of the character before it.
const fn is_mark(found: char) -> bool {
    matches!(found, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The longest run of accents that a real word needs in normal form.
const MARKS_IN_A_ROW: usize = 3;

fn no_piled_marks(text: &str) -> Result<(), NameError> {
    let mut run = MARKS_IN_A_ROW; // nothing to stand on yet
    for found in text.chars() {
        if !is_mark(found) {
            run = 0;
        } else if run >= MARKS_IN_A_ROW {
            return Err(NameError::PiledMarks);
        } else {
            run += 1;
        }
    }
    Ok(())
}

pub(super) fn one_line(text: &str, max: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().nth(max).is_some() {
        return Err(NameError::TooLong { max });
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(if text.trim().is_empty() { NameError::Empty } else { NameError::SpaceAtEdge });
    }
    for found in text.chars() {
        if is_invisible(found) {
            return Err(NameError::Invisible(found));
        }
        if found.is_control() || (found.is_whitespace() && found != ' ') {
            return Err(NameError::Control);
        }
        if is_meaningless(found) {
            return Err(NameError::Meaningless(found));
        }
    }
    if text.contains("  ") {
        return Err(NameError::DoubleSpace);
    }
    no_piled_marks(text)
}

/// The key by which names are compared, sorted and searched: the same for "Ada" and "ADA". Takes text in normal form.
pub fn comparison_key(text: &str) -> String {
    // Upper case first: it folds letters that lower case alone keeps apart, such as final sigma and sharp s.
    text.to_uppercase().to_lowercase()
}

/// One line of text that is not empty and has at most `MAX` characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes the text if it is one visible line of at most `MAX` characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        one_line(text, MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The same, where nothing typed is an answer too.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, NameError> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How it compares, sorts and is searched.
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

/// How a person is called on every page. Not unique, and never what decides who somebody is.
pub type DisplayName = Text<120>;

/// How a group is called. Not unique, and never what decides which group it is.
pub type GroupName = Text<120>;

/// The name of the organisation.
pub type OrganizationName = Text<120>;

/// Prose of at most `MAX` characters: a reason, a description. Line breaks are kept as `\n`; what surrounds the text is trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Prose<MAX> {
    /// Takes the text unless it has control or direction-changing characters. Nothing typed is an empty text.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim();
        if text.chars().nth(MAX).is_some() {
            return Err(NameError::TooLong { max: MAX });
        }
        for found in text.chars() {
            if is_invisible(found) && !is_needed_in_prose(found) {
                return Err(NameError::Invisible(found));
            }
            if found.is_control() && found != '\n' && found != '\t' {
                return Err(NameError::ControlInProse);
            }
            if is_meaningless(found) {
                return Err(NameError::Meaningless(found));
            }
        }
        no_piled_marks(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<const MAX: usize> FromStr for Prose<MAX> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
