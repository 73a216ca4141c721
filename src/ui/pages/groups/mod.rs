//! Groups of people, some of which can hold roles.

pub mod add;
pub mod details;
pub mod edit;
pub mod list;
pub mod members;
pub mod remove_member;

use crate::domain::ids::GroupId;
use crate::domain::refusal::Refusal;
use crate::ui::answer::Fault;
use crate::ui::visit::Visit;

/// The group whose page this is.
fn which(visit: &Visit) -> Result<GroupId, Fault> {
    Ok(GroupId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("group"))?)
}

/// "1 member", "4 members".
fn members(count: i64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}
