//! THE RULES. Facts and the time come in, a decision goes out.
//!
//! Not allowed in here: async, I/O, a clock, randomness, any framework.

pub mod access;
pub mod address;
pub mod group;
pub mod ids;
pub mod name;
pub mod password;
pub mod refusal;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod throttle;
pub mod time;
pub mod user;
