//! What pages and changes answer: a document, a way to go on, or a fault.

use super::form::{Form, FormFault, Refused};
use crate::{
    app::{AppError, sessions::Secret, sign_in::SignedIn},
    domain::{live::Topic, refusal::Refusal},
};
use leptos::prelude::*;

/// What a page answers.
pub type PageResult = Result<Content, Fault>;

/// One step of the way to a page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// What the person reads.
    pub label: String,
    /// Where it leads; the headings of the navigation lead nowhere.
    pub href: Option<String>,
}

/// How much of the portal stands around a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Top bar, navigation, breadcrumb, heading.
    Portal,
    /// One calm card without navigation: sign-in, set-up, verification.
    Card,
}

/// One page: what it is called, how one got there, and what stands on it.
pub struct Content {
    /// The browser's title, and the page's heading where `heading` is not another.
    pub title: String,
    /// The heading of a page that has a pane before it: it stays the list's.
    pub heading: Option<String>,
    /// The way to it, without the page itself.
    pub crumbs: Vec<Crumb>,
    /// What stands below the heading.
    pub view: AnyView,
    /// A sentence under the heading.
    pub lead: Option<String>,
    /// Buttons beside the heading.
    pub actions: Option<AnyView>,
    /// How much stands around it.
    pub layout: Layout,
    /// What makes this page out of date while it is looked at.
    pub live: &'static [Topic],
    /// Whether the page shows the refusal of its form itself (in a pane, say) instead of above everything.
    pub summary_inside: bool,
    /// Whether it cannot be asked for again: then nothing stands on it that would come back to it.
    pub shown_once: bool,
}

impl Content {
    /// A page of the portal.
    pub fn new(title: impl Into<String>, view: impl IntoAny) -> Self {
        Self {
            title: title.into(),
            heading: None,
            crumbs: Vec::new(),
            view: view.into_any(),
            lead: None,
            actions: None,
            layout: Layout::Portal,
            live: &[],
            summary_inside: false,
            shown_once: false,
        }
    }

    /// Says what makes this page out of date: it then reloads by itself, or offers to.
    #[must_use]
    pub fn live(mut self, topics: &'static [Topic]) -> Self {
        self.live = topics;
        self
    }

    /// Keeps another heading than the title: that of the list behind a pane.
    #[must_use]
    pub fn heading(mut self, heading: impl Into<String>) -> Self {
        self.heading = Some(heading.into());
        self
    }

    /// Adds a step of the way: a heading of the navigation.
    #[must_use]
    pub fn under(mut self, label: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: None });
        self
    }

    /// Adds a step of the way: another page.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: Some(href.into()) });
        self
    }

    /// Sets the sentence under the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = Some(lead.into());
        self
    }

    /// Sets the buttons beside the heading.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoAny) -> Self {
        self.actions = Some(actions.into_any());
        self
    }

    /// Makes it a card without navigation.
    #[must_use]
    pub fn card(mut self) -> Self {
        self.layout = Layout::Card;
        self
    }

    /// Says that the page places its `<ErrorSummary/>` itself.
    #[must_use]
    pub fn with_summary_inside(mut self) -> Self {
        self.summary_inside = true;
        self
    }

    /// Says that it is itself the answer to a change. A form that comes back to where it stood, such as the choice of the theme, would
    /// lose it.
    #[must_use]
    pub fn shown_once(mut self) -> Self {
        self.shown_once = true;
        self
    }
}

/// The mood of a short message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It is done.
    Good,
    /// Something to know.
    Info,
    /// Something is waiting.
    Wait,
    /// Something went wrong.
    Bad,
}

impl Mood {
    /// The CSS class, which is also its name in a cookie.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Wait => "wait",
            Self::Bad => "bad",
        }
    }

    /// The mood of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Good, Self::Info, Self::Wait, Self::Bad].into_iter().find(|mood| mood.class() == name)
    }
}

/// A sentence that the next page shows once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it is shown.
    pub mood: Mood,
    /// The sentence.
    pub sentence: String,
}

impl Flash {
    /// It is done.
    pub fn good(sentence: impl Into<String>) -> Self {
        Self { mood: Mood::Good, sentence: sentence.into() }
    }

    /// It was sent and is waiting for somebody.
    pub fn wait(sentence: impl Into<String>) -> Self {
        Self { mood: Mood::Wait, sentence: sentence.into() }
    }

    /// Something to know.
    pub fn info(sentence: impl Into<String>) -> Self {
        Self { mood: Mood::Info, sentence: sentence.into() }
    }
}

/// What somebody typed, without the fields that hold secrets: passwords, codes, and the sealed secret of a second factor.
pub fn without_secrets(form: &Form) -> Form {
    let is_secret = |name: &str| name.contains("password") || name == "code" || name == "sealed";
    let fields = form.fields().filter(|(name, _)| !is_secret(name));
    Form::from_fields(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The path that leads to the page whose draft has this id.
pub fn kept_at(id: &str) -> String {
    format!("/kept/{id}")
}

/// What a change answers.
pub enum Outcome {
    /// The browser goes on to a page of ours (303), which shows the sentence once.
    Go {
        /// A path of ours, with its query.
        to: String,
        /// What that page says.
        flash: Option<Flash>,
    },
    /// This document is the answer: secrets that are shown once.
    Show(Box<Content>),
    /// The same page once more with what was typed: nothing was sent yet, somebody searched inside the form.
    Again,
    /// Somebody signed in: the browser gets the cookie of their session, and they go on.
    SignedIn {
        /// Who, and the secret of the session.
        signed_in: SignedIn,
        /// A path of ours.
        to: String,
    },
    /// The session goes on under a new secret.
    Moved {
        /// The secret; none when there is no session.
        secret: Option<Secret>,
        /// What comes next.
        then: Box<Outcome>,
    },
    /// The session is over.
    SignedOut {
        /// A path of ours.
        to: String,
    },
}

impl Outcome {
    /// Goes on to a path of ours, with a sentence.
    pub fn go(to: impl Into<String>, flash: Flash) -> Self {
        Self::Go { to: to.into(), flash: Some(flash) }
    }

    /// Answers with this document: secrets that are shown once.
    pub fn show(content: Content) -> Self {
        Self::Show(Box::new(content))
    }

    /// Goes on to a path of ours, without a word.
    pub fn quietly(to: impl Into<String>) -> Self {
        Self::Go { to: to.into(), flash: None }
    }
}

impl From<Vec<Refusal>> for Fault {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::App(AppError::from(refusals))
    }
}

/// Why a page or a change was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The use case said no.
    #[error(transparent)]
    App(#[from] AppError),
    /// The form did not come as the page sends it.
    #[error(transparent)]
    Form(#[from] FormFault),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::App(AppError::from(refusal))
    }
}

impl Fault {
    /// The fault as the page of its form shows it; empty for what a form cannot mend.
    pub fn refused(&self) -> Vec<Refused> {
        match self {
            Self::App(error) => error
                .refusals()
                .iter()
                .map(|refusal| Refused {
                    code: refusal.code().to_owned(),
                    field: refusal.field().map(str::to_owned),
                    sentence: refusal.to_string(),
                })
                .collect(),
            Self::Form(fault) => vec![Refused {
                code: "bad_form".to_owned(),
                field: Some(fault.field().to_owned()),
                sentence: fault.to_string(),
            }],
        }
    }
}
