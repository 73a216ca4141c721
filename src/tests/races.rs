//! Everything at once, thousands of times, with real parallel tasks and connections: one outcome, access exactly if it was granted
//! and not taken back, and an intact record of it. Per engine 10,000 rounds in all.

mod arena;
mod changes;
mod decisions;
mod endings;
