//! What the commands say at the console.

use std::fmt::Arguments;
use std::io::Write as _;

/// Prints a line, as `println!` does; but a command whose reader is gone (`| head`) finishes what it does.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::print_line(format_args!($($text)*)) };
}
pub(crate) use say;

/// For [`say!`] alone.
pub fn print_line(line: Arguments<'_>) {
    // There is nobody left to tell.
    let _ = writeln!(std::io::stdout(), "{line}");
}
