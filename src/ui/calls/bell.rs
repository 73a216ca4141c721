//! What is behind the bell of whoever asks.

use super::CallError;
use crate::ui::parts::News;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The newest notices, and how many are new in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BellNews {
    /// How many are new.
    pub unread: u64,
    /// The newest first.
    pub lines: Vec<News>,
}

/// The newest notices of the person who asks.
#[server(prefix = "/call", endpoint = "bell")]
pub async fn bell() -> Result<BellNews, CallError> {
    let (app, caller) = super::asked()?;
    let bell = crate::app::notices::show_bell(&app, &caller).await?;
    let zone = crate::ui::time::Zone::named(&bell.time_zone);
    let now = app.now();
    let lines =
        bell.newest.into_iter().map(|notice| crate::ui::pages::notifications::news(notice, zone, now)).collect();
    Ok(BellNews { unread: bell.unread, lines })
}
