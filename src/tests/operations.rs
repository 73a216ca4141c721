//! What an operator does at the console: starting, backing up, restoring. The program runs as a process of its own.

mod backup;
mod bad_day;
mod drill;
mod held_lock;
mod starting;
