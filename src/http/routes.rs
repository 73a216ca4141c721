//! The one list of routes. A new screen is one line here.

use super::{
    exports,
    route::{Access, Route},
};
use crate::domain::access::Permission;
use crate::ui::pages::{
    account::{
        change_password, preferences, recovery_codes, second_factor, security, set_up, sign_in, sign_out, verify,
    },
    assignments, home, roles, theme,
};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
    use Permission::{ReadAssignments, ReadRoles, WriteAssignments};
    vec![
        Route::page("/", Public, home::page),
        Route::page("/theme", Public, theme::page).submit(theme::submit),
        // One's own account.
        Route::page("/set-up", Public, set_up::page).submit(set_up::submit),
        Route::page("/sign-in", Public, sign_in::page).submit(sign_in::submit),
        Route::page("/sign-out", SignedIn, sign_out::page).submit(sign_out::submit),
        Route::page("/verify", SignedIn, verify::page).submit(verify::submit),
        Route::page("/second-factor", SignedIn, second_factor::page).submit(second_factor::submit),
        Route::page("/recovery-codes", SignedIn, recovery_codes::page).submit(recovery_codes::submit),
        Route::page("/change-password", SignedIn, change_password::page).submit(change_password::submit),
        Route::page("/security", SignedIn, security::page).submit(security::submit),
        Route::page("/preferences", SignedIn, preferences::page).submit(preferences::submit),
        // Roles and assignments.
        Route::page("/roles", May(ReadRoles), roles::list::page),
        Route::raw("/roles.csv", May(ReadRoles), exports::roles),
        Route::page("/roles/{id}", May(ReadAssignments), roles::role::page),
        Route::page("/assignments", May(ReadAssignments), assignments::list::page),
        Route::raw("/assignments.csv", May(ReadAssignments), exports::assignments),
        Route::page("/assignments/add", May(WriteAssignments), assignments::add::page).submit(assignments::add::submit),
        Route::page("/assignments/{kind}/{id}/remove", May(WriteAssignments), assignments::remove::page)
            .submit(assignments::remove::submit),
    ]
}
