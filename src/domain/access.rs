//! Who may do what in the portal: one table. What is not named here is refused.
//!
//! Power comes from the roles a person holds actively at this moment (reference/entra-pim.md section 1.2), and it is used
//! only in a session that has shown a second factor. What belongs to oneself (my roles, my requests, my audit, my
//! sessions) needs no entry; nor does deciding a request as one of its approvers, which `approval` settles.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use super::role::PortalRole;

/// One kind of power in the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// See roles and their settings.
    ReadRoles,
    /// Change a role's settings.
    WriteSettings,
    /// See who is assigned to what.
    ReadAssignments,
    /// Assign, update and remove.
    WriteAssignments,
    /// See people and groups.
    ReadPeople,
    /// Create, edit, disable people and groups; reset their credentials.
    WritePeople,
    /// See everybody's waiting requests, and cancel them.
    ManageRequests,
    /// Read the audit of all.
    ReadAudit,
    /// See how the server itself is.
    ReadHealth,
    /// Read everybody's mails, send them again, and set who gets them.
    ManageMail,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 10] = [
        Self::ReadRoles,
        Self::WriteSettings,
        Self::ReadAssignments,
        Self::WriteAssignments,
        Self::ReadPeople,
        Self::WritePeople,
        Self::ManageRequests,
        Self::ReadAudit,
        Self::ReadHealth,
        Self::ManageMail,
    ];
}

/// What a person holds actively now, and whether this session has shown a second factor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Portal roles in force.
    pub roles: BTreeSet<PortalRole>,
    /// True once the session has shown a second factor.
    pub verified: bool,
}

impl Standing {
    /// True when one of the roles gives the permission, verified or not. For showing entries, never for acting.
    pub fn holds(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| gives(*role, permission))
    }

    /// The gate of every administrative use case.
    pub fn permit(&self, permission: Permission) -> Result<(), Refusal> {
        match (self.holds(permission), self.verified) {
            (true, true) => Ok(()),
            (true, false) => Err(Refusal::VerificationRequired),
            (false, _) => Err(Refusal::NotPermitted),
        }
    }
}

/// The table.
pub fn gives(role: PortalRole, permission: Permission) -> bool {
    use Permission as P;
    match role {
        PortalRole::GlobalAdministrator | PortalRole::PrivilegedRoleAdministrator => match permission {
            P::ReadRoles
            | P::WriteSettings
            | P::ReadAssignments
            | P::WriteAssignments
            | P::ReadPeople
            | P::WritePeople
            | P::ManageRequests
            | P::ReadAudit
            | P::ReadHealth
            | P::ManageMail => true,
        },
        PortalRole::SecurityAdministrator | PortalRole::GlobalReader | PortalRole::SecurityReader => match permission {
            P::ReadRoles | P::ReadAssignments | P::ReadPeople | P::ReadAudit => true,
            P::WriteSettings
            | P::WriteAssignments
            | P::WritePeople
            | P::ManageRequests
            | P::ReadHealth
            | P::ManageMail => false,
        },
        PortalRole::SecurityOperator => match permission {
            P::ReadRoles => true,
            P::WriteSettings
            | P::ReadAssignments
            | P::WriteAssignments
            | P::ReadPeople
            | P::WritePeople
            | P::ManageRequests
            | P::ReadAudit
            | P::ReadHealth
            | P::ManageMail => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as text. A change of policy is a change of `access.snapshot`, visible in review.
    fn rendered() -> String {
        let line = |first: &str, cells: Vec<String>| format!("{first} | {}\n", cells.join(" | "));
        let cells = |given: &dyn Fn(Permission) -> bool| {
            Permission::ALL.map(|permission| if given(permission) { "yes" } else { "-" }.to_owned()).to_vec()
        };
        let head = line("role", Permission::ALL.map(|permission| format!("{permission:?}")).to_vec());
        let roles = PortalRole::ALL.map(|role| line(role.display_name(), cells(&|permission| gives(role, permission))));
        head + &roles.concat() + &line("anybody else", cells(&|_| false))
    }

    #[test]
    fn the_permission_table_equals_its_snapshot() {
        assert_eq!(rendered(), include_str!("access.snapshot"), "\n{}", rendered());
    }

    #[test]
    fn power_is_used_only_with_a_second_factor() {
        let mut standing = Standing { roles: [PortalRole::GlobalAdministrator].into(), verified: false };
        assert_eq!(standing.permit(Permission::WritePeople), Err(Refusal::VerificationRequired));
        standing.verified = true;
        assert_eq!(standing.permit(Permission::WritePeople), Ok(()));
        assert_eq!(Standing::default().permit(Permission::ReadRoles), Err(Refusal::NotPermitted));
    }
}
