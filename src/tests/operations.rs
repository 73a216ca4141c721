//! What an operator does at the console: starting, backing up, restoring. The program runs as a process of its own.

mod backup;
mod drill;
mod starting;
