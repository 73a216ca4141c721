//! One notice, in the bell and on its page alike. In both builds.

use super::icon::Icon;
use crate::domain::notice::NoticeKind;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A notice as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Its id.
    pub id: String,
    /// The word of its kind.
    pub kind: String,
    /// What it says.
    pub sentence: String,
    /// When, in the reader's zone.
    pub when: String,
    /// Whether nobody read it yet.
    pub is_new: bool,
}

impl News {
    fn icon(&self) -> &'static str {
        self.kind.parse().map_or("info", NoticeKind::icon)
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
