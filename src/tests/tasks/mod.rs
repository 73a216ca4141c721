//! The screens of people's own tasks, as a browser without script walks them.

mod activating;
mod deciding;
mod requests;
