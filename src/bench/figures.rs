//! Times, and the table they end up in.

use std::{fmt, time::Duration};

/// How long each of many took.
#[derive(Default)]
pub struct Timings(Vec<Duration>);

impl Timings {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// With the slowest of all, which is what somebody remembers.
    pub fn with_slowest(&self) -> String {
        format!("{self}, slowest {:.1} ms ({} times)", self.percentile(100), self.count())
    }

    /// What so many of a hundred stay below, in milliseconds.
    fn percentile(&self, share: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let place = (sorted.len().saturating_sub(1)) * share / 100;
        sorted.get(place).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "median {:.1} ms, p99 {:.1} ms", self.percentile(50), self.percentile(99))
    }
}

/// What was found out, line by line.
#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    pub fn line(&mut self, name: &str, figure: String) {
        eprintln!("  {name}: {figure}");
        self.0.push((name.to_owned(), figure));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in &self.0 {
            writeln!(out, "{name:widest$}  {figure}")?;
        }
        Ok(())
    }
}
