//! What the commands say at the console.

use std::fmt::Arguments;
use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the console is waited for, where something is more urgent.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prints a line, as `println!` does; but a command whose reader is gone (`| head`) finishes what it does.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::print_line(format_args!($($text)*)) };
}
pub(crate) use say;

/// Says why a command ends, as `eprintln!` does; the command ends as it should when nobody reads that.
macro_rules! complain {
    ($($text:tt)*) => { $crate::say::print_complaint(format_args!($($text)*)) };
}
pub(crate) use complain;

/// For [`say!`] alone.
pub fn print_line(line: Arguments<'_>) {
    // There is nobody left to tell.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// For [`complain!`] alone.
pub fn print_complaint(line: Arguments<'_>) {
    let line = line.to_string();
    // There may be nobody left to tell.
    within_patience(move || drop(writeln!(std::io::stderr(), "{line}")));
}

/// Prints this, but does not wait for ever: a server has to serve, even when nobody reads what its console says.
pub fn greet(text: String) {
    within_patience(move || say!("{text}"));
}

/// Prints; what takes longer is printed whenever somebody reads.
fn within_patience(print: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel();
    let printing = move || {
        print();
        // Nobody waits any more when it took too long.
        let _ = tell.send(());
    };
    if thread::Builder::new().name("console".to_owned()).spawn(printing).is_ok() {
        let _ = told.recv_timeout(PATIENCE);
    }
}
