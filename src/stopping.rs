//! When the server is asked to stop, and which signals are not to end it.

use std::pin::Pin;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system sends to a process whose file has reached the limit that was set for its size: number 25 on Linux, macOS and the BSDs.
const FILE_TOO_LARGE: SignalKind = SignalKind::from_raw(25);

/// A file that reaches a limit of its size is no reason to end: to write to it fails then, as on a full disk.
pub fn outlive_limits() -> std::io::Result<()> {
    // Heard once, the signal does not end the process any more.
    signal(FILE_TOO_LARGE).map(drop)
}

/// Comes back when the process is asked to stop: by TERM, by Ctrl-C, or because its terminal is gone.
pub async fn asked() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("the signals to stop cannot be heard; only a kill ends the server");
        return std::future::pending().await;
    };
    let mut hang_up: Pin<Box<dyn Future<Output = ()> + Send>> = match hang_up() {
        Some(mut hang_up) => Box::pin(async move { hang_up.recv().await.unwrap_or_default() }),
        None => Box::pin(std::future::pending()),
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = &mut hang_up => {}
    }
}

/// The signal that the terminal is gone. Nothing when the process was started to ignore it, as by `nohup`: to hear it would undo that.
fn hang_up() -> Option<Signal> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if ignores_hang_up(&status) {
        return None;
    }
    signal(SignalKind::hangup()).ok()
}

/// Whether a process with this status (proc(5)) ignores the first signal, which is the hang-up.
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_told_to_ignore_the_hang_up_goes_on() {
        assert!(ignores_hang_up("Name:\tostiary\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hang_up("SigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n"));
        assert!(!ignores_hang_up(""));
    }
}
