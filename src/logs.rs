//! The log: lines go to standard error, written by a thread of their own. Whoever logs never waits and never fails: a line that cannot
//! be written, because the disk is full, the reader is gone or does not read, is lost, and counted.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal as _, Write},
    panic::PanicHookInfo,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use ostiary::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;

/// As many bytes as wait to be written; what comes beyond that is lost.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// How long the end of the program waits for the last lines.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Where lines wait to be written. A process has one standard error, and one log.
static LINES: Lines = Lines {
    queue: Mutex::new(Queue { lines: VecDeque::new(), bytes: 0, is_writing: false, lost: 0, told: 0 }),
    changed: Condvar::new(),
};

struct Lines {
    queue: Mutex<Queue>,
    changed: Condvar,
}

struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The thread is at work on a line that it took.
    is_writing: bool,
    /// How many lines were lost since the start, and how many of them the log tells of.
    lost: u64,
    told: u64,
}

/// Begins to log as the configuration says. Also what panics is logged: the usual hook would wait for a reader who does not read.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("the log filter {:?} cannot be understood", config.log))?;
    thread::Builder::new().name("log".to_owned()).spawn(|| LINES.write()).context("starting to log")?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Line)
        // It would be said to standard error, where nothing can be written.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Waits until what was logged is written; not for long.
pub fn finish() {
    let waits = |queue: &mut Queue| queue.is_writing || !queue.lines.is_empty();
    // What is not written by then is lost.
    let _ = LINES.changed.wait_timeout_while(LINES.lock(), LAST_WORDS, waits);
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = thread::current();
    tracing::error!(
        panic = panic.payload_as_str().unwrap_or("without words"),
        place,
        thread = thread.name().unwrap_or_default(),
        "panicked"
    );
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8]) {
        let mut queue = self.lock();
        if queue.bytes.saturating_add(line.len()) > MOST_WAITING {
            queue.lost += 1;
            return;
        }
        queue.bytes += line.len();
        queue.lines.push_back(line.to_owned());
        drop(queue);
        self.changed.notify_all();
    }

    /// Writes what comes, for as long as the program runs.
    fn write(&self) {
        loop {
            let line = self.take();
            let written = io::stderr().write_all(&line);
            let mut queue = self.lock();
            queue.is_writing = false;
            let mut lost = None;
            match written {
                Err(_) => queue.lost += 1,
                Ok(()) if queue.lost > queue.told => {
                    queue.told = queue.lost;
                    lost = Some(queue.lost);
                }
                Ok(()) => {}
            }
            drop(queue);
            self.changed.notify_all();
            if let Some(lines) = lost {
                tracing::warn!(lines, "lines of the log were lost since the start: they could not be written");
            }
        }
    }

    /// Waits for the next line.
    fn take(&self) -> Vec<u8> {
        let mut queue = self.lock();
        loop {
            if let Some(line) = queue.lines.pop_front() {
                queue.bytes = queue.bytes.saturating_sub(line.len());
                queue.is_writing = true;
                return line;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Takes lines to where they wait: each call brings a whole one.
struct Line;

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
