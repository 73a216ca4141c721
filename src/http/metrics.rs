//! Figures for Prometheus, in its text format, on a listener of their own: never at an address that people reach. A dozen figures are
//! written out here sooner than a library for them is explained.

use std::fmt::Write as _;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::Instant as Stopwatch;

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::app::{App, health::examine};

/// The upper ends of the histogram's buckets, in milliseconds.
const BUCKETS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// What the front door counts.
#[derive(Debug, Default)]
pub struct Metrics {
    classes: [AtomicU64; 5],
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

/// Counts one answer and how long it took until its head was ready.
pub async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let came = Stopwatch::now();
    let response = next.run(request).await;
    let took = came.elapsed();
    let class = usize::from(response.status().as_u16() / 100).saturating_sub(1);
    if let Some(class) = metrics.classes.get(class) {
        class.fetch_add(1, Ordering::Relaxed);
    }
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    for (bucket, end) in metrics.buckets.iter().zip(BUCKETS) {
        if micros <= end.saturating_mul(1_000) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }
    metrics.count.fetch_add(1, Ordering::Relaxed);
    metrics.micros.fetch_add(micros, Ordering::Relaxed);
    response
}

/// The one address of the listener.
pub fn routes(app: App, metrics: Arc<Metrics>) -> Router {
    let answer = async move |State((app, metrics)): State<(App, Arc<Metrics>)>| {
        let text = written(&app, &metrics).await;
        (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
    };
    Router::new().route("/metrics", get(answer)).with_state((app, metrics))
}

/// One figure, or several that differ in a label.
struct Figures<'a>(&'a mut String);

impl Figures<'_> {
    fn about(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.about(name, kind, help);
        self.value(name, value);
    }
}

async fn written(app: &App, metrics: &Metrics) -> String {
    let mut text = String::new();
    let mut out = Figures(&mut text);
    let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);

    out.about("ostiary_http_requests_total", "counter", "Answers, by the class of their status.");
    for (class, count) in (1..).zip(&metrics.classes) {
        out.value(&format!("ostiary_http_requests_total{{status=\"{class}xx\"}}"), read(count));
    }
    let name = "ostiary_http_request_duration_seconds";
    out.about(name, "histogram", "From a request to the head of its answer.");
    for (bucket, end) in metrics.buckets.iter().zip(BUCKETS) {
        out.value(&format!("{name}_bucket{{le=\"{}\"}}", seconds(end.saturating_mul(1_000))), read(bucket));
    }
    out.value(&format!("{name}_bucket{{le=\"+Inf\"}}"), read(&metrics.count));
    out.value(&format!("{name}_sum"), seconds(read(&metrics.micros)));
    out.value(&format!("{name}_count"), read(&metrics.count));

    let queued = app.pulse().queued();
    out.one("ostiary_write_turns_total", "counter", "Changes that took their turn to write.", queued.turns);
    let waited = u64::try_from(queued.waited.as_micros()).unwrap_or(u64::MAX);
    let help = "How long all changes together waited for their turn to write.";
    out.one("ostiary_write_wait_seconds_total", "counter", help, seconds(waited));
    match examine(app).await {
        Ok(health) => {
            out.one("ostiary_database_up", "gauge", "1 when the database answers.", 1);
            let help = "How late the oldest thing is that is due and not done.";
            out.one("ostiary_worker_lag_seconds", "gauge", help, millis(health.lag.millis()));
            if let Some(ran) = health.signs.last_run_at {
                let help = "When the worker of this server last had nothing left to do.";
                out.one("ostiary_worker_last_run_timestamp_seconds", "gauge", help, millis(ran.millis()));
            }
            if let Some(next) = health.next {
                let help = "When the next thing is due.";
                out.one("ostiary_next_deadline_timestamp_seconds", "gauge", help, millis(next.millis()));
            }
            out.one("ostiary_outbox_queued", "gauge", "Mails that wait to be sent.", health.outbox.queued);
            let age = health.outbox.oldest_at.map_or(0, |at| health.now.since(at).millis().max(0));
            out.one(
                "ostiary_outbox_oldest_age_seconds",
                "gauge",
                "How long the oldest of them has waited.",
                millis(age),
            );
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the figures could not be read");
            out.one("ostiary_database_up", "gauge", "1 when the database answers.", 0);
        }
    }
    if let Some(bytes) = resident_memory() {
        out.one("process_resident_memory_bytes", "gauge", "The memory that this process holds.", bytes);
    }
    let info = format!("ostiary_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    out.about("ostiary_build_info", "gauge", "Which release this is.");
    out.value(&info, 1);
    text
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    decimal(micros / 1_000_000, micros % 1_000_000, 6)
}

/// Milliseconds as seconds, exactly; nothing here lies before 1970.
fn millis(millis: i64) -> String {
    let millis = millis.unsigned_abs();
    decimal(millis / 1_000, millis % 1_000, 3)
}

fn decimal(whole: u64, part: u64, digits: usize) -> String {
    let text = format!("{whole}.{part:0digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where the system tells it.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::{millis, seconds};

    #[test]
    fn figures_are_written_as_seconds() {
        assert_eq!([0, 1, 1_500_000, 60_000_000].map(seconds), ["0", "0.000001", "1.5", "60"]);
        assert_eq!([0, 5, 1_500, 100_000].map(millis), ["0", "0.005", "1.5", "100"]);
    }
}
