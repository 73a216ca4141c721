//! The clockwork: each warning once, also after downtime and whichever way the clock is moved; what is due when more is due than a
//! person's write can wait for; and two servers on one database, one of which is killed again and again: as copies of the app, whose
//! clock is moved, and as processes.

mod backlog;
mod calendar;
mod health;
mod processes;
mod servers;
mod warnings;
