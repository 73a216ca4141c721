//! Fields that are typed into, each with its label, hint and error.

use crate::ui::form::{Form, FormState};
use leptos::{html::ElementChild, prelude::*};

/// The form state of this rendering; empty where no form was sent.
pub(super) fn form_state() -> FormState {
    use_context::<FormState>().unwrap_or_default()
}

/// The label, the control, the hint and the error of one field.
struct Framed {
    id: String,
    label: String,
    optional: bool,
    hint: Option<String>,
    error: Option<String>,
}

impl Framed {
    fn new(name: &str, label: String, hint: Option<String>) -> Self {
        Self { id: name.to_owned(), label, optional: false, hint, error: form_state().error(name) }
    }

    fn hint_id(&self) -> String {
        format!("{}-hint", self.id)
    }

    fn error_id(&self) -> String {
        format!("{}-error", self.id)
    }

    /// What `aria-describedby` names: the error first, then the hint.
    fn described_by(&self) -> Option<String> {
        let ids: Vec<_> = [self.error.as_ref().map(|_| self.error_id()), self.hint.as_ref().map(|_| self.hint_id())]
            .into_iter()
            .flatten()
            .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.is_some().then_some("true")
    }

    fn around(self, control: impl IntoAny) -> AnyView {
        let class = if self.error.is_some() { "field bad" } else { "field" };
        let (hint_id, error_id) = (self.hint_id(), self.error_id());
        view! {
            <div class=class>
                <label for=self.id>{self.label} {self.optional.then(|| view! { " " <small>"optional"</small> })}</label>
                {self.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                {control.into_any()}
                {self.error.map(|error| view! { <p class="err" id=error_id>{error}</p> })}
            </div>
        }
        .into_any()
    }
}

/// A line of text. Passwords are never shown again; everything else keeps what was typed.
#[component]
pub fn TextField(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// A sentence below the label.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What the page starts with.
    #[prop(optional, into)]
    value: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// The browser's hint for filling in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The keyboard of a phone.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// The longest text.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// The smallest number or earliest date.
    #[prop(optional, into)]
    min: Option<String>,
    /// The largest number or latest date.
    #[prop(optional, into)]
    max: Option<String>,
    /// The step between numbers.
    #[prop(optional, into)]
    step: Option<String>,
    /// Whether the form cannot do without it.
    #[prop(optional)]
    required: bool,
    /// Whether the label says that it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Whether the cursor starts here; after a refusal its summary takes the focus.
    #[prop(optional)]
    autofocus: bool,
    /// What is counted, behind the value: "hours".
    #[prop(optional)]
    unit: Option<&'static str>,
    /// Another class beside the usual look, such as `otp`.
    #[prop(optional)]
    class: Option<&'static str>,
) -> impl IntoView {
    let framed = Framed { optional, ..Framed::new(name, label, hint) };
    let secret = kind == "password" || autocomplete == "one-time-code";
    let shown = if secret { String::new() } else { form_state().value_or(name, value) };
    let input = view! {
        <input
            id=name
            name=name
            type=kind
            class=class
            value=shown
            autocomplete=autocomplete
            inputmode=inputmode
            maxlength=maxlength.map(|length| length.to_string())
            min=min
            max=max
            step=step
            required=required
            autofocus=autofocus && form_state().refused().is_empty()
            aria-describedby=framed.described_by()
            aria-invalid=framed.invalid()
        />
    };
    match unit {
        Some(unit) => framed.around(view! { <span class="affix">{input} <span>{unit}</span></span> }),
        None => framed.around(input),
    }
}

/// A text of several lines. The only place that may write the raw element: its children are not escaped by the
/// renderer, so the text is escaped here and handed over as markup.
#[component]
pub fn TextArea(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// A sentence below the label.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What the page starts with.
    #[prop(optional, into)]
    value: String,
    /// The longest text.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// How many lines are seen at once.
    #[prop(default = 3)]
    rows: u32,
    /// Whether the form cannot do without it.
    #[prop(optional)]
    required: bool,
    /// Whether the label says that it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let framed = Framed { optional, ..Framed::new(name, label, hint) };
    let markup = escaped_text(&form_state().value_or(name, value));
    let area = view! {
        <textarea
            id=name
            name=name
            rows=rows.to_string()
            maxlength=maxlength.map(|length| length.to_string())
            required=required
            aria-describedby=framed.described_by()
            aria-invalid=framed.invalid()
            inner_html=markup
        ></textarea>
    };
    framed.around(area)
}

/// The text as the markup of a text area: nothing in it can end the element, and a first empty line survives parsing.
fn escaped_text(text: &str) -> String {
    let mut markup = String::with_capacity(text.len() + 1);
    markup.push('\n');
    for letter in text.chars() {
        match letter {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            other => markup.push(other),
        }
    }
    markup
}

/// One entry of a select.
#[derive(Clone, Debug)]
pub struct SelectOption {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl SelectOption {
    /// An entry.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a few known values.
#[component]
pub fn SelectField(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// The entries.
    options: Vec<SelectOption>,
    /// A sentence below the label.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What the page starts with.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let framed = Framed::new(name, label, hint);
    let chosen = form_state().value_or(name, value);
    let entries: Vec<_> = options
        .into_iter()
        .map(|option| {
            let selected = option.value == chosen;
            view! { <option value=option.value selected=selected>{option.label}</option> }
        })
        .collect();
    let select = view! {
        <select id=name name=name aria-describedby=framed.described_by() aria-invalid=framed.invalid()>{entries}</select>
    };
    framed.around(select)
}

/// A day and a time of day in a named zone, as `2026-11-23T18:30`.
#[component]
pub fn DateTimeField(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// The zone in which it is meant, as people call it.
    #[prop(into)]
    zone: String,
    /// A sentence below the label; the zone is added to it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What the page starts with.
    #[prop(optional, into)]
    value: String,
    /// The earliest moment that can be chosen.
    #[prop(optional, into)]
    min: Option<String>,
    /// The latest moment that can be chosen.
    #[prop(optional, into)]
    max: Option<String>,
    /// Whether the label says that it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let hint = hint.map_or_else(|| format!("Time in {zone}"), |hint| format!("{hint} Time in {zone}."));
    let framed = Framed { optional, ..Framed::new(name, label, Some(hint)) };
    let input = view! {
        <input
            id=name
            name=name
            type="datetime-local"
            value=form_state().value_or(name, value)
            min=min
            max=max
            aria-describedby=framed.described_by()
            aria-invalid=framed.invalid()
        />
    };
    framed.around(input)
}

/// A value that the form carries unseen.
#[component]
pub fn Hidden(
    /// The field's name in the form.
    name: &'static str,
    /// Its value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// A whole form carried unseen through another page, such as a verification on the way.
#[component]
pub fn HiddenFields(
    /// The form to carry.
    form: Form,
    /// Fields that this page has of its own and that are not carried.
    #[prop(optional)]
    except: Vec<&'static str>,
) -> impl IntoView {
    form.fields()
        .filter(|(name, _)| !except.contains(name))
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned()/> })
        .collect::<Vec<_>>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::markup::without_markers;

    #[test]
    fn nothing_ends_a_text_area_early() {
        let html = Owner::new().with(|| {
            view! { <TextArea name="reason" label="Reason" value="</textarea><script>alert(1)</script>&amp;"/> }
                .to_html()
        });
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</textarea>"), "{html}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = Owner::new().with(|| {
            let sent = Form::parse(b"password=hunter2");
            provide_context(FormState::carried(sent));
            view! { <TextField name="password" label="Password" kind="password"/> }.to_html()
        });
        assert!(!html.contains("hunter2"), "{html}");
    }

    #[test]
    fn a_refused_field_says_so_and_keeps_its_text() {
        let html = Owner::new().with(|| {
            let refused = crate::ui::form::Refused {
                code: "x".into(),
                field: Some("ticket".into()),
                sentence: "Name the ticket.".into(),
            };
            provide_context(FormState::refused_with(Form::parse(b"ticket=%22%3Cb%3E"), vec![refused]));
            view! { <TextField name="ticket" label="Ticket" hint="As in the tracker"/> }.to_html()
        });
        assert!(html.contains(r#"value="&quot;&lt;b"#), "{html}");
        assert!(html.contains(r#"aria-describedby="ticket-error ticket-hint""#), "{html}");
        assert!(without_markers(&html).contains(r#"<p id="ticket-error" class="err">Name the ticket.</p>"#), "{html}");
    }
}
