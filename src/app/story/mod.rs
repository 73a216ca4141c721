//! THE TOLD STORY: a small company and its months with the portal, told through the app's own use cases with a clock that is moved
//! along. It fills the sample directory of the first-run page and the whole of `ostiary demo`.
//!
//! Not allowed in here: SQL, and any way to make something true that no use case can.

mod agenda;
mod cast;
mod chance;
mod crowd;
mod ending;
mod everyday;
mod fill;
mod plot;
mod sample_directory;
mod stage;
mod tell;

pub use fill::fill;
pub use sample_directory::{SampleDirectory, load_sample_directory};
pub use tell::{Persona, Telling, tell};
