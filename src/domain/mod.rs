//! THE RULES. Facts and the time come in, a decision goes out.
//!
//! Not allowed in here: async, I/O, a clock, randomness, any framework.

pub mod ids;
pub mod refusal;
pub mod time;
