//! Mails: to whom they go, that they arrive, and what happens when they do not.

mod conversation;
mod digest;
mod pages;
mod rules;
mod sending;
