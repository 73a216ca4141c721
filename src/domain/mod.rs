//! THE RULES. Facts and the time come in, a decision goes out.
//!
//! Not allowed in here: async, I/O, a clock, randomness, any framework.

pub mod access;
pub mod activation;
pub mod address;
pub mod administrators;
pub mod approval;
pub mod assignment;
pub mod audit;
pub mod audit_filter;
pub mod browser;
pub mod credentials;
pub mod csv;
pub mod group;
pub mod ids;
pub mod lifecycle;
pub mod limits;
pub mod live;
pub mod mail;
pub mod my_role;
pub mod name;
pub mod notice;
pub mod password;
pub mod policy;
pub mod policy_notifications;
pub mod policy_words;
pub mod reach;
pub mod refusal;
mod refusal_words;
pub mod reminder;
pub mod request;
pub mod role;
pub mod schedule;
pub mod seal;
pub mod sealed_rows;
pub mod second_factor;
pub mod session;
pub mod throttle;
pub mod time;
pub mod user;
