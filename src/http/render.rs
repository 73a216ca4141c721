//! Views become text here, inside a reactive owner that lives exactly as long as its request.

use hydration_context::SsrSharedContext;
use leptos::{
    nonce::Nonce,
    prelude::provide_context,
    reactive::{
        computed::ScopedFuture,
        owner::{Owner, Sandboxed},
    },
};
use std::sync::Arc;

use crate::ui::{parts::IconSheet, visit::Arrival};

/// Runs the future inside an owner of its own. Views may be made and turned into text only in there.
pub async fn within<F>(arrival: &Arrival, icons: &str, future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let scoped = owner.with(|| {
        provide_context(Nonce::from_value(Arc::clone(&arrival.nonce)));
        provide_context(IconSheet(icons.to_owned()));
        ScopedFuture::new(future)
    });
    let output = Sandboxed::new(scoped).await;
    owner.unset_with_forced_cleanup();
    output
}
