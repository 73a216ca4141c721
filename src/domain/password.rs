//! What may be a password. Length is what counts; there are no rules about kinds of characters, and no expiry.
//!
//! The text comes in in Unicode normal form (NFKC), as `app` prepares it before hashing too.

use std::fmt;

use super::{
    address::UserPrincipalName,
    name::{DisplayName, comparison_key},
};

/// The fewest characters.
pub const MIN: usize = 12;
/// The most characters: enough for any passphrase, and a bound on the work of hashing.
pub const MAX: usize = 128;

/// The commonest passwords without what people put before and after them; one a line, lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer than [`MIN`] characters.
    TooShort,
    /// More than [`MAX`] characters.
    TooLong,
    /// It has the person's name or user principal name in it.
    ContainsName,
    /// It is among the first that anybody would try.
    TooCommon,
    /// One short piece, repeated or counted up.
    TooSimple,
    /// Control characters, which a keyboard elsewhere may not be able to type.
    Control,
}

impl fmt::Display for PasswordError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(out, "A password needs at least {MIN} characters."),
            Self::TooLong => write!(out, "A password can have at most {MAX} characters."),
            Self::ContainsName => out.write_str("A password must not contain the name of its owner."),
            Self::TooCommon => out.write_str(
                "This password is among the first that others would try. Several unrelated words make a good one.",
            ),
            Self::TooSimple => {
                out.write_str("This password is one short pattern repeated. Several unrelated words make a good one.")
            }
            Self::Control => out.write_str("A password must not contain control characters."),
        }
    }
}

impl std::error::Error for PasswordError {}

/// Decides whether this person may use this text as a password.
pub fn check(password: &str, name: &DisplayName, upn: &UserPrincipalName) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < MIN {
        return Err(PasswordError::TooShort);
    }
    if length > MAX {
        return Err(PasswordError::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordError::Control);
    }
    let folded = comparison_key(password);
    if is_a_pattern(&folded) {
        return Err(PasswordError::TooSimple);
    }
    if contains_name(&folded, name, upn) {
        return Err(PasswordError::ContainsName);
    }
    if is_common(&folded) {
        return Err(PasswordError::TooCommon);
    }
    Ok(())
}

/// One piece of up to four characters over and over, or a straight run such as 123456789012.
fn is_a_pattern(password: &str) -> bool {
    let letters: Vec<char> = password.chars().collect();
    let repeats = |period: usize| letters.iter().zip(letters.iter().skip(period)).all(|(one, next)| one == next);
    let steps = |step: i64| {
        letters.iter().zip(letters.iter().skip(1)).all(|(one, next)| {
            // nine is followed by nought in the runs that people type
            i64::from(u32::from(*next)) - i64::from(u32::from(*one)) == step
                || matches!((one, next), ('9', '0') | ('0', '9'))
        })
    };
    (1..=4).any(repeats) || steps(1) || steps(-1)
}

/// Names of fewer letters turn up inside ordinary words.
const SHORTEST_NAME: usize = 5;

fn contains_name(password: &str, name: &DisplayName, upn: &UserPrincipalName) -> bool {
    let upn = upn.key();
    let local = upn.split_once('@').map_or(upn.as_str(), |(local, _)| local);
    let name = name.key();
    let joined = name.replace(' ', "");
    [local, &name, &joined].into_iter().any(|part| part.chars().count() >= SHORTEST_NAME && password.contains(part))
}

/// True when only a common password is left after taking off digits and signs at the ends and undoing the usual swaps of letters.
fn is_common(password: &str) -> bool {
    let is_extra = |found: char| !found.is_alphabetic();
    let trims = [
        password,
        password.trim_matches(is_extra),
        password.trim_start_matches(is_extra),
        password.trim_end_matches(is_extra),
    ];
    trims.into_iter().any(|text| {
        let unswapped = undo_swaps(text);
        COMMON.lines().any(|common| is_made_of(text, common) || is_made_of(&unswapped, common))
    })
}

fn undo_swaps(text: &str) -> String {
    let letter = |found| match found {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// One or more copies of the word and nothing else.
fn is_made_of(text: &str, word: &str) -> bool {
    !text.is_empty() && !word.is_empty() && text.replace(word, "").trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_for_ada(password: &str) -> Result<(), PasswordError> {
        let name = DisplayName::parse("Ada Lovelace").unwrap();
        let upn = UserPrincipalName::parse("alovelace@contoso.example").unwrap();
        check(password, &name, &upn)
    }

    #[test]
    fn long_and_unrelated_is_enough() {
        for good in [
            "grape lantern copper tide",
            "Tr0ub4dor&3xyz",
            "миру мир навсегда",
            "aaaabbbbccccdddd",
            "keys-under-the-third-pot",
        ] {
            assert_eq!(check_for_ada(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_has_two_ends() {
        assert_eq!(check_for_ada("short12345!"), Err(PasswordError::TooShort));
        assert_eq!(check_for_ada("ab cd ef gh "), Ok(()));
        assert_eq!(check_for_ada(&"grape lantern ".repeat(10)), Err(PasswordError::TooLong));
        assert_eq!(check_for_ada("grape\0lantern copper"), Err(PasswordError::Control));
    }

    #[test]
    fn the_owner_is_not_a_secret() {
        for bad in ["Ada Lovelace 2024", "xAdaLovelacex1", "alovelace-12345", "ALOVELACE@contoso"] {
            assert_eq!(check_for_ada(bad), Err(PasswordError::ContainsName), "{bad}");
        }
    }

    #[test]
    fn the_first_guesses_are_refused() {
        for bad in [
            "Password1234!",
            "P@ssw0rd2024!",
            "passwordpassword",
            "Qwertyuiop123",
            "123welcome2025",
            "administrator1",
            "correct horse battery staple",
            "1q2w3e4r5t6y",
            "Summer2025!!!!",
            "changeme99999",
        ] {
            assert_eq!(check_for_ada(bad), Err(PasswordError::TooCommon), "{bad}");
        }
    }

    #[test]
    fn a_pattern_is_not_a_password() {
        for bad in ["aaaaaaaaaaaa", "abababababab", "abcdefghijklm", "123456789012", "987654321098", "xyzxyzxyzxyzx"] {
            assert_eq!(check_for_ada(bad), Err(PasswordError::TooSimple), "{bad}");
        }
    }
}
