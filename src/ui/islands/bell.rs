//! The bell: how many notices are new, live, and the newest of them.

use super::live;
use crate::domain::live::Topic;
use crate::ui::{
    calls::bell,
    parts::{Icon, News, NewsLine},
};
use leptos::{ev::KeyboardEvent, html::Details, prelude::*, task::spawn_local};

/// Opens without script, too: then it leads to the page of all notifications.
#[island]
pub fn Bell(
    /// How many are new when the page opens.
    unread: u64,
    /// Where the form comes back to.
    here: String,
) -> impl IntoView {
    let count = RwSignal::new(unread);
    let lines = RwSignal::new(None::<Vec<News>>);
    let said = RwSignal::new(String::new());
    let is_asking = StoredValue::new(false);
    let ask_again = StoredValue::new(false);
    let root = NodeRef::<Details>::new();

    let refresh = move || {
        if is_asking.get_value() {
            ask_again.set_value(true);
            return;
        }
        is_asking.set_value(true);
        spawn_local(async move {
            loop {
                ask_again.set_value(false);
                // What cannot be asked now stays as it is; the next change asks again.
                if let Ok(news) = bell().await {
                    let known = lines.get_untracked();
                    let is_other = known.map_or(count.get_untracked() != news.unread, |known| {
                        known.first().map(|line| &line.id) != news.lines.first().map(|line| &line.id)
                    });
                    if news.unread > count.get_untracked() {
                        said.set(words(news.unread));
                    }
                    count.set(news.unread);
                    lines.set(Some(news.lines));
                    if is_other {
                        live::tell(&[Topic::Mine]);
                    }
                }
                if !ask_again.get_value() {
                    break;
                }
            }
            is_asking.set_value(false);
        });
    };
    Effect::new(move || {
        live::on_change(move |topics| {
            if topics.contains(&Topic::Bell) {
                refresh();
            }
        });
    });
    let escape = move |key: KeyboardEvent| {
        if key.key() == "Escape"
            && let Some(root) = root.get_untracked()
        {
            root.set_open(false);
        }
    };
    let newest = move || lines.get().and_then(|lines| lines.into_iter().next()).map(|line| line.id);

    view! {
        <details class="bell" name="top" node_ref=root on:keydown=escape>
            <summary aria-label=move || words(count.get())>
                <Icon name="bell"/>
                <b class="count" aria-hidden="true">
                    {move || Some(count.get()).filter(|count| *count > 0).map(|count| count.to_string())}
                </b>
            </summary>
            <div>
                <div class="h"><h2>"Notifications"</h2> <a href="/notifications">"See all"</a></div>
                {move || lines.get().map(list)}
                {move || {
                    newest().filter(|_| count.get() > 0).map(|newest| {
                        view! {
                            <form class="foot" method="post" action="/notifications">
                                <input type="hidden" name="up_to" value=newest/>
                                <input type="hidden" name="back" value=here.clone()/>
                                <button type="submit" class="btn plain small">"Mark all as read"</button>
                            </form>
                        }
                    })
                }}
                <p class="visually-hidden" role="status">{move || said.get()}</p>
            </div>
        </details>
    }
}

fn list(lines: Vec<News>) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="empty">"Nothing yet. What concerns you will ring here."</p> }.into_any();
    }
    let lines: Vec<_> = lines.into_iter().map(|news| view! { <NewsLine news=news/> }).collect();
    view! { <ol class="news">{lines}</ol> }.into_any()
}

fn words(count: u64) -> String {
    match count {
        0 => "Notifications, nothing new".to_owned(),
        many => format!("Notifications, {many} new"),
    }
}
