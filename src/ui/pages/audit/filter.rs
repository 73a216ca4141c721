//! The filter of the audit, as it stands in the address.

use crate::app::normal_form::search_key;
use crate::domain::audit::Outcome;
use crate::domain::audit_filter::{Filter, Lookback, activities_of};
use crate::domain::ids::{PrincipalId, RoleId};
use crate::domain::refusal::Refusal;
use crate::ui::answer::Fault;
use crate::ui::form::Form;
use crate::ui::time::Zone;
use crate::ui::visit::Visit;

/// The span that is shown when nobody chose one.
pub const USUAL: Lookback = Lookback::Month;

/// The word for a span of one's own.
pub const CUSTOM: &str = "custom";

/// What the address asks for.
pub struct Asked {
    /// What can be read of it.
    pub filter: Filter,
    /// The span's word.
    pub span: String,
    /// A name that was typed where a person has to be chosen.
    pub typed_person: Option<String>,
    /// What cannot be read of it.
    pub refused: Vec<Refusal>,
}

/// Reads the address. Whatever cannot be read is named and does not narrow.
pub fn ask(visit: &Visit) -> Result<Asked, Fault> {
    let query = &visit.query;
    let zone = Zone::of(visit.viewer()?);
    let mut refused = Vec::new();
    let mut moment = |field: &'static str| -> Result<_, Fault> {
        Ok(query.optional(field)?.and_then(|typed| zone.parse(field, typed).map_err(|no| refused.push(no)).ok()))
    };
    let (from, to) = (moment("from")?, moment("to")?);
    let is_custom = query.optional("from")?.is_some() || query.optional("to")?.is_some();
    let span = query.optional("span")?;
    let lookback = match span {
        None | Some(CUSTOM) => USUAL,
        Some(word) => Lookback::parse(word).unwrap_or_else(|| {
            refused.push(unreadable("span", "Choose one of the spans of time."));
            USUAL
        }),
    };
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        refused.push(unreadable("to", "The end must lie after the beginning."));
    }
    let (from, to) = if is_custom { (from, to) } else { (lookback.from(visit.now()), None) };
    let activities = query.optional("kind")?.map_or_else(Vec::new, |word| {
        activities_of(word).unwrap_or_else(|| {
            refused.push(unreadable("kind", "Choose one of the kinds of event."));
            Vec::new()
        })
    });
    let role = query.optional("role")?.and_then(|id| {
        RoleId::parse(id).map_err(|_| refused.push(unreadable("role", "Choose one of the roles."))).ok()
    });
    let outcome = query.optional("outcome")?.and_then(|word| {
        word.parse::<Outcome>().map_err(|_| refused.push(unreadable("outcome", "Choose one of the outcomes."))).ok()
    });
    let typed = query.optional("person")?;
    let person = typed.and_then(|typed| PrincipalId::parse(typed).ok());
    let typed_person = if person.is_some() { None } else { typed.map(|typed| typed.trim().to_owned()) };
    let text = search_key(query.optional("q")?.unwrap_or_default());
    let filter = Filter { from, to, activities, person, role, text, outcome };
    let span = if is_custom { CUSTOM } else { lookback.word() };
    Ok(Asked { filter, span: span.to_owned(), typed_person, refused })
}

/// Reads the address for an export, where nothing may be passed over.
pub fn read(visit: &Visit) -> Result<Filter, Fault> {
    let mut asked = ask(visit)?;
    if asked.typed_person.is_some() {
        asked.refused.push(unreadable("person", "Choose one of the people who were found."));
    }
    if asked.refused.is_empty() { Ok(asked.filter) } else { Err(asked.refused.into()) }
}

fn unreadable(field: &'static str, sentence: &str) -> Refusal {
    Refusal::Unreadable { field, sentence: sentence.to_owned() }
}

/// The address without these fields, and at its first page.
pub fn without(path: &str, query: &Form, names: &[&str]) -> String {
    let kept = query.fields().filter(|(name, value)| *name != "after" && !names.contains(name) && !value.is_empty());
    let kept = Form::from_fields(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()).encoded();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
}
