//! The acceptance scenarios of the reference (reference/entra-pim.md section 13), by their numbers.

mod activating;
mod approving;
mod assigning;
mod ending;
mod settings;
