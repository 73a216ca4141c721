//! One notice, in the bell and on its page alike. In both builds.

use super::icon::Icon;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A notice as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Its id.
    pub id: String,
    /// The name of its symbol; the kinds of notice themselves stay out of the browser's code.
    pub icon: String,
    /// What it says.
    pub sentence: String,
    /// When, in the reader's zone.
    pub when: String,
    /// Whether nobody read it yet.
    pub is_new: bool,
}

impl News {
    fn icon(&self) -> &'static str {
        match self.icon.as_str() {
            "good" => "good",
            "wait" => "wait",
            "denied" => "denied",
            "key" => "key",
            _ => "info",
        }
    }

    /// The colour repeats what the symbol says.
    fn mood(&self) -> &'static str {
        match self.icon() {
            "good" => "good",
            "wait" => "wait",
            "denied" => "bad",
            _ => "",
        }
    }
}

/// The line. It leads through `/notifications/{id}`, which marks it as read.
#[component]
pub fn NewsLine(
    /// What it says.
    news: News,
) -> impl IntoView {
    let class = if news.is_new { format!("new {}", news.mood()) } else { news.mood().to_owned() };
    let icon = news.icon();
    view! {
        <li class=class>
            <a href=format!("/notifications/{}", news.id)>
                <Icon name=icon/>
                <span><b>{news.sentence}</b>{news.is_new.then(|| view! { <small>"New"</small> })}</span>
                <time>{news.when}</time>
            </a>
        </li>
    }
}
