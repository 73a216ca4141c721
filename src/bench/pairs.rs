//! Asking for a role and approving it, as two people do it: with two forms in two browsers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant as Stopwatch},
};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use super::{browser::Browser, figures::Timings};

/// What was done.
pub struct Done {
    pub creating: Timings,
    pub approving: Timings,
    took: Duration,
}

impl Done {
    pub fn count(&self) -> usize {
        self.approving.count()
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of a few thousand")]
    pub fn per_second(&self) -> f64 {
        self.count() as f64 / self.took.as_secs_f64()
    }
}

/// Creates and approves on so many connections until nothing is left to ask for, or time is up.
pub async fn run(writers: usize, requestors: &[&Browser], deciders: &[&Browser]) -> anyhow::Result<Done> {
    let mut shares: Vec<Vec<(Browser, Vec<String>)>> = (0..writers.max(1)).map(|_| Vec::new()).collect();
    for (number, requestor) in requestors.iter().enumerate() {
        let eligible = eligible(&mut (*requestor).clone()).await?;
        if let Some(share) = shares.get_mut(number % writers.max(1)) {
            share.push(((*requestor).clone(), eligible));
        }
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut workers = JoinSet::new();
    let began = Stopwatch::now();
    for (number, share) in shares.into_iter().enumerate() {
        let decider = (*deciders.get(number % deciders.len().max(1)).context("nobody decides")?).clone();
        workers.spawn(work(share, decider, Arc::clone(&is_over)));
    }
    let (mut creating, mut approving) = (Timings::default(), Timings::default());
    while let Some(done) = workers.join_next().await {
        let (created, approved) = done??;
        creating.merge(created);
        approving.merge(approved);
    }
    Ok(Done { creating, approving, took: began.elapsed() })
}

async fn work(
    share: Vec<(Browser, Vec<String>)>,
    mut decider: Browser,
    is_over: Arc<AtomicBool>,
) -> anyhow::Result<(Timings, Timings)> {
    let (mut creating, mut approving) = (Timings::default(), Timings::default());
    for (mut requestor, eligible) in share {
        for id in eligible {
            if is_over.load(Ordering::Relaxed) {
                return Ok((creating, approving));
            }
            let start = Stopwatch::now();
            let form = [("duration", "2"), ("justification", "Planned work CHG-4711")];
            let created = requestor.post(&format!("/my-roles/activate?id={id}"), &form).await?;
            creating.add(start.elapsed());
            let to = created.location.unwrap_or_default();
            ensure!(created.status == 303, "the portal answers {} to an activation", created.status);
            let (_, request) = to.split_once("request=").context("an activation leads to its request")?;

            let start = Stopwatch::now();
            let form = [("verdict", "approve"), ("justification", "Planned."), ("request", request)];
            let approved = decider.post("/approve-requests", &form).await?;
            approving.add(start.elapsed());
            ensure!(approved.status == 303, "the portal answers {} to an approval", approved.status);
        }
    }
    // The first who runs out of work ends it for all, so that the rate is that of all connections.
    is_over.store(true, Ordering::Relaxed);
    Ok((creating, approving))
}

/// The eligibilities that somebody's list of roles offers to activate.
pub async fn eligible(browser: &mut Browser) -> anyhow::Result<Vec<String>> {
    let page = browser.get_plain("/my-roles").await?;
    let page = String::from_utf8(page.body).context("a page in UTF-8")?;
    let after = page.split("/my-roles/activate?id=").skip(1);
    let mut ids: Vec<String> = after.filter_map(|rest| rest.get(..36)).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ensure!(!ids.is_empty(), "nobody is eligible for anything");
    Ok(ids)
}
