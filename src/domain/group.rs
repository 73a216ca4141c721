//! Groups of people. A group can hold roles only if that was decided when it was made.

use super::{
    ids::GroupId,
    name::{GroupName, Prose},
    time::Instant,
};

/// What a group is for.
pub type GroupDescription = Prose<1000>;

/// A group. Its members are people; a group is never a member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which group it is, for good.
    pub id: GroupId,
    /// The name on every page.
    pub display_name: GroupName,
    /// What it is for.
    pub description: GroupDescription,
    /// Whether roles can be assigned to it. Chosen at creation; no function changes it.
    pub role_assignable: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Grows with each edit.
    pub version: i64,
}
