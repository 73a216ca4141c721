//! What a person signs in with, and where mail for them goes: addresses of the plain form name@domain.

use std::{fmt, str::FromStr};

use super::name::{NameError, comparison_key, one_line};

/// Splits name@domain and checks the domain: labels of letters, digits and inner hyphens, at least two of them.
fn split_address(text: &str, max: usize) -> Result<(&str, &str), NameError> {
    one_line(text, max)?;
    let (local, domain) = text.split_once('@').ok_or(NameError::NotAnAddress)?;
    if local.is_empty() || domain.is_empty() || domain.contains('@') {
        return Err(NameError::NotAnAddress);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !domain.contains('.') || !domain.split('.').all(label) {
        return Err(NameError::Domain);
    }
    Ok((local, domain))
}

fn local_part(local: &str, also: &str) -> Result<(), NameError> {
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    let known = |found: char| found.is_ascii_alphanumeric() || "._-'+".contains(found) || also.contains(found);
    if dots || local.len() > 64 || !local.chars().all(known) { Err(NameError::LocalPart) } else { Ok(()) }
}

/// What a person signs in with. ASCII only, so that no two of them can look alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserPrincipalName(String);

impl UserPrincipalName {
    /// At most this many characters, as in the directory that administrators know.
    pub const MAX: usize = 113;

    /// Takes name@domain: letters, digits and `. _ - ' +` before the @.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (local, _) = split_address(text, Self::MAX)?;
        local_part(local, "")?;
        Ok(Self(text.to_owned()))
    }

    /// As it was typed when the person was created.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the @.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// How it compares: capital letters do not make another person.
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

impl FromStr for UserPrincipalName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl fmt::Display for UserPrincipalName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Where mail for a person goes. Plain `name@domain`: no display name, no comment, nothing that could end a mail header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailAddress(String);

impl MailAddress {
    /// At most this many characters (RFC 5321, the longest path that can be delivered to).
    pub const MAX: usize = 254;

    /// Takes name@domain with an unquoted name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (local, _) = split_address(text, Self::MAX)?;
        local_part(local, "!#$%&*/=?^`{|}~")?;
        Ok(Self(text.to_owned()))
    }

    /// The same, where nothing typed means: none.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, NameError> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_letters_do_not_make_another_person() {
        let ada = UserPrincipalName::parse("Ada@Contoso.example").unwrap();
        assert_eq!(
            (ada.as_str(), ada.key().as_str(), ada.local()),
            ("Ada@Contoso.example", "ada@contoso.example", "Ada")
        );
    }

    #[test]
    fn principal_names_are_plain() {
        for good in ["ada@contoso.example", "a.b-c_d'e+f@x-1.example.com", "A@B.C"] {
            assert!(UserPrincipalName::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("ada", NameError::NotAnAddress),
            ("@contoso.example", NameError::NotAnAddress),
            ("ada@", NameError::NotAnAddress),
            ("ada@b@c.example", NameError::NotAnAddress),
            ("аda@contoso.example", NameError::LocalPart), // a Cyrillic а
            ("ada @contoso.example", NameError::LocalPart),
            (".ada@contoso.example", NameError::LocalPart),
            ("a..da@contoso.example", NameError::LocalPart),
            ("ada/x@contoso.example", NameError::LocalPart),
            ("ada@contoso", NameError::Domain),
            ("ada@-x.example", NameError::Domain),
            ("ada@x..example", NameError::Domain),
            ("ada@contoso.exаmple", NameError::Domain), // a Cyrillic а
            ("ada@contoso.example\u{200b}", NameError::Invisible('\u{200b}')),
        ] {
            assert_eq!(UserPrincipalName::parse(bad), Err(why), "{bad}");
        }
        let long = format!("{}@contoso.example", "a".repeat(65));
        assert_eq!(UserPrincipalName::parse(&long), Err(NameError::LocalPart));
    }

    #[test]
    fn mail_cannot_end_a_header() {
        assert!(MailAddress::parse("ada+pim@contoso.example").is_ok());
        assert_eq!(MailAddress::parse("ada@contoso.example\nBcc: all@x.example"), Err(NameError::Control));
        assert_eq!(MailAddress::parse("Ada <ada@contoso.example>"), Err(NameError::Domain));
        assert_eq!(MailAddress::parse("Ada <ada@contoso.example"), Err(NameError::LocalPart));
        assert_eq!(MailAddress::parse_optional("  "), Ok(None));
    }
}
