//! Roles: the built-in catalogue, and the few roles that give power in the portal itself.

use super::ids::{IdError, RoleId};

/// A role that can be assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Template id of the built-in role.
    pub id: RoleId,
    /// Name for people; never used to find a role.
    pub display_name: String,
    /// One sentence on what it allows.
    pub description: String,
    /// True when misuse reaches far.
    pub is_privileged: bool,
    /// True for roles kept for the directory's own machinery: never offered, never assigned.
    pub is_hidden: bool,
}

/// The catalogue of built-in roles, tab-separated: template id, name, privileged, description.
const CATALOGUE: &str = include_str!("roles.tsv");

/// Roles that are not shown in the portal (reference/entra-pim.md section 11).
const HIDDEN: [&str; 4] = [
    "Directory Synchronization Accounts",
    "Microsoft 365 Support Engineer",
    "Partner Tier1 Support",
    "Partner Tier2 Support",
];

/// All built-in roles. An error means that the catalogue shipped with the product is broken.
pub fn catalogue() -> Result<Vec<Role>, IdError> {
    CATALOGUE.lines().skip(1).filter(|line| !line.is_empty()).map(parse_line).collect()
}

fn parse_line(line: &str) -> Result<Role, IdError> {
    let mut cells = line.split('\t');
    let (Some(id), Some(name), Some(privileged), Some(description)) =
        (cells.next(), cells.next(), cells.next(), cells.next())
    else {
        return Err(IdError);
    };
    Ok(Role {
        id: RoleId::parse(id)?,
        display_name: name.to_owned(),
        description: description.to_owned(),
        is_privileged: privileged == "true",
        is_hidden: HIDDEN.contains(&name),
    })
}

/// A role that gives power in the portal while it is held actively (reference/entra-pim.md section 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortalRole {
    /// May do everything.
    GlobalAdministrator,
    /// May do everything about roles.
    PrivilegedRoleAdministrator,
    /// Reads.
    SecurityAdministrator,
    /// Reads.
    GlobalReader,
    /// Reads.
    SecurityReader,
    /// Reads role settings.
    SecurityOperator,
}

impl PortalRole {
    /// Every portal role.
    pub const ALL: [Self; 6] = [
        Self::GlobalAdministrator,
        Self::PrivilegedRoleAdministrator,
        Self::SecurityAdministrator,
        Self::GlobalReader,
        Self::SecurityReader,
        Self::SecurityOperator,
    ];

    /// The two that administer, and decide where no approver is named.
    pub const ADMINISTRATORS: [Self; 2] = [Self::GlobalAdministrator, Self::PrivilegedRoleAdministrator];

    /// The template id of the role.
    pub const fn template_id(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "62e90394-69f5-4237-9190-012177145e10",
            Self::PrivilegedRoleAdministrator => "e8611ab8-c189-46e8-94e1-60213ab1f814",
            Self::SecurityAdministrator => "194ae4cb-b126-40b2-bd5b-6091b380977d",
            Self::GlobalReader => "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
            Self::SecurityReader => "5d6b6bb7-de71-4623-b4af-96380a352509",
            Self::SecurityOperator => "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
        }
    }

    /// The portal role with this id, if it is one.
    pub fn of(role: &RoleId) -> Option<Self> {
        Self::ALL.into_iter().find(|portal| portal.template_id() == role.as_str())
    }

    /// The name people know.
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "Global Administrator",
            Self::PrivilegedRoleAdministrator => "Privileged Role Administrator",
            Self::SecurityAdministrator => "Security Administrator",
            Self::GlobalReader => "Global Reader",
            Self::SecurityReader => "Security Reader",
            Self::SecurityOperator => "Security Operator",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let roles = catalogue().unwrap();
        assert_eq!(roles.len(), 138);
        assert_eq!(roles.iter().filter(|role| role.is_privileged).count(), 35);
        assert_eq!(roles.iter().filter(|role| role.is_hidden).count(), 4);
    }

    #[test]
    fn every_portal_role_is_in_the_catalogue_under_its_name() {
        let roles = catalogue().unwrap();
        for portal in PortalRole::ALL {
            let role = roles.iter().find(|role| PortalRole::of(&role.id) == Some(portal)).unwrap();
            assert_eq!(role.display_name, portal.display_name());
        }
    }
}
