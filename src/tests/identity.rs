//! People, groups, sign-in, second factor and sessions, through the use cases.

mod credentials;
mod directory;
mod groups;
mod sessions;
mod signing_in;
mod tampering;
