//! The document: everything outside of `<body>`'s content.

use super::{markup::without_markers, theme::Theme, visit::Arrival};
use leptos::prelude::*;

/// The addresses of the files that every page loads, under their hashed names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The stylesheet.
    pub style: String,
    /// The boot script, which knows where the islands' code is and loads it when the browser has time.
    pub boot: String,
    /// The sprite of symbols.
    pub icons: String,
    /// The picture in the browser's tab.
    pub favicon: String,
}

/// One whole document as text.
pub fn document(title: &str, files: &Files, arrival: &Arrival, body: AnyView) -> String {
    let nonce = arrival.nonce.to_string();
    let scheme = match arrival.theme {
        Theme::System => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let page = view! {
        <html
            lang="en" data-theme=arrival.theme.attribute() data-icons=files.icons.clone() data-now=arrival.now.millis().to_string()
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=scheme/>
                <title>{title.to_owned()}</title>
                <link rel="stylesheet" href=files.style.clone()/>
                <link rel="icon" type="image/svg+xml" href=files.favicon.clone()/>
                <script type="module" src=files.boot.clone() nonce=nonce></script>
            </head>
            {body}
        </html>
    };
    format!("<!doctype html>{}", without_markers(&page.to_html()))
}
