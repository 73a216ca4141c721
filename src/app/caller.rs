//! Who is asking.

use std::{collections::BTreeSet, sync::Arc};

/// The signed-in person on whose behalf a request is made.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name people know them by.
    pub display_name: Arc<str>,
    /// The name they sign in with.
    pub user_principal_name: Arc<str>,
    /// What their active roles allow at this moment.
    pub permissions: Arc<BTreeSet<&'static str>>,
}

impl Caller {
    /// Whether their active roles allow this.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }
}
