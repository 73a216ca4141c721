//! Forms as the browser sends them, and what a page shows of a form that came back refused.

use std::{fmt, sync::Arc};

/// The fields of a form body or of a query string, in the order they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(Arc<[(String, String)]>);

/// A field that did not come as the form sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// The field is not in the form at all.
    #[error("This part of the form is missing. Fill it in and send it again.")]
    Missing(&'static str),
    /// The field came more than once where one value is meant.
    #[error("This part of the form came more than once. Send it again with one value.")]
    Doubled(&'static str),
}

impl FormFault {
    /// The field's name.
    pub fn field(self) -> &'static str {
        match self {
            Self::Missing(name) | Self::Doubled(name) => name,
        }
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded` text.
    pub fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The form with these fields.
    pub fn from_fields(fields: Vec<(String, String)>) -> Self {
        Self(fields.into())
    }

    /// The one value of a field that must be there; it may be blank.
    pub fn one(&self, name: &'static str) -> Result<&str, FormFault> {
        self.at_most_one(name)?.ok_or(FormFault::Missing(name))
    }

    /// The one value of a field that may be absent; blank counts as absent.
    pub fn optional(&self, name: &'static str) -> Result<Option<&str>, FormFault> {
        Ok(self.at_most_one(name)?.filter(|value| !value.trim().is_empty()))
    }

    /// Every value of a field that may come many times, such as ticks in a list.
    pub fn many<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the field came at all: a ticked box, the button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.many(name).next().is_some()
    }

    /// All fields, for a form that must be carried through another page.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The same fields in the shape of a query string, without the leading `?`.
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.fields()).finish()
    }

    /// The same fields with one of them replaced, encoded: what the link of another tab or page of a list needs.
    pub fn encoded_with(&self, name: &str, value: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.fields().filter(|(key, _)| *key != name))
            .append_pair(name, value)
            .finish()
    }

    /// The same fields without one of them, encoded.
    pub fn encoded_without(&self, name: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.fields().filter(|(key, _)| *key != name))
            .finish()
    }

    fn at_most_one(&self, name: &'static str) -> Result<Option<&str>, FormFault> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() { Err(FormFault::Doubled(name)) } else { Ok(first) }
    }
}

impl fmt::Debug for Form {
    /// Names only: a form holds passwords and codes, and this text ends in logs.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

/// A refusal as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What machines read; also in the page, for tests.
    pub code: String,
    /// The field it concerns, where there is one.
    pub field: Option<String>,
    /// What the person reads.
    pub sentence: String,
}

/// The form that was just sent and refused, if this rendering answers one. It is in every page's context,
/// so that the fields of `ui::parts` show what was typed and what was wrong with it on their own.
#[derive(Clone, Debug, Default)]
pub struct FormState {
    sent: Option<Form>,
    refused: Vec<Refused>,
}

impl FormState {
    /// The state after a refusal, with every reason for it.
    pub fn refused_with(sent: Form, refused: Vec<Refused>) -> Self {
        Self { sent: Some(sent), refused }
    }

    /// The state of a form that was carried through another page and comes back as it was typed.
    pub fn carried(sent: Form) -> Self {
        Self { sent: Some(sent), refused: Vec::new() }
    }

    /// The form as it was sent.
    pub fn sent(&self) -> Option<&Form> {
        self.sent.as_ref()
    }

    /// Why it was refused, reason by reason; empty when it was not.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// What the field shows: what was typed, else the value the page starts with.
    pub fn value_or(&self, name: &str, initial: String) -> String {
        match self.sent.as_ref() {
            Some(form) => form.many(name).next().map_or(initial, str::to_owned),
            None => initial,
        }
    }

    /// Whether a box or a choice is on: as it was sent, else as the page starts.
    pub fn ticked_or(&self, name: &str, value: &str, initial: bool) -> bool {
        match self.sent.as_ref() {
            Some(form) => form.many(name).any(|sent| sent == value),
            None => initial,
        }
    }

    /// What was wrong with this field.
    pub fn error(&self, name: &str) -> Option<String> {
        let sentences: Vec<&str> = self
            .refused
            .iter()
            .filter(|refused| refused.field.as_deref() == Some(name))
            .map(|refused| refused.sentence.as_str())
            .collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_field_is_there_once() {
        let form = Form::parse(b"reason=Fix+%E2%9C%93&tick=1&tick=2&blank=+");
        assert_eq!(form.one("reason"), Ok("Fix \u{2713}"));
        assert_eq!(form.one("ticket"), Err(FormFault::Missing("ticket")));
        assert_eq!(form.one("tick"), Err(FormFault::Doubled("tick")));
        assert_eq!(form.optional("tick"), Err(FormFault::Doubled("tick")));
        assert_eq!(form.optional("blank"), Ok(None));
        assert_eq!(form.many("tick").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.encoded_with("tick", "3"), "reason=Fix+%E2%9C%93&blank=+&tick=3");
    }

    #[test]
    fn logs_never_hold_what_was_typed() {
        let form = Form::parse(b"password=hunter2");
        assert_eq!(format!("{form:?}"), r#"["password"]"#);
    }

    #[test]
    fn an_unticked_box_stays_unticked_after_a_refusal() {
        let refused = Refused { code: "x".into(), field: Some("reason".into()), sentence: "Say why.".into() };
        let state = FormState::refused_with(Form::parse(b"reason=a"), vec![refused]);
        assert!(!state.ticked_or("later", "true", true));
        assert!(FormState::default().ticked_or("later", "true", true));
        assert_eq!(state.value_or("reason", "b".into()), "a");
        assert_eq!(state.error("reason").as_deref(), Some("Say why."));
        assert_eq!(state.error("other"), None);
    }
}
