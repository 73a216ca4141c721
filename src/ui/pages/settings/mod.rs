//! Role settings: the list, the details of one role, and the form that changes them.

pub mod details;
pub mod edit;
pub mod list;

mod form;
mod notifications;
mod side;

use crate::{
    domain::{ids::RoleId, refusal::Refusal},
    ui::{answer::Fault, visit::Visit},
};

/// The role in the path; what is no id names no role.
fn role_of(visit: &Visit) -> Result<RoleId, Fault> {
    RoleId::parse(visit.param("role")?).map_err(|_| Refusal::NotFound("role").into())
}
