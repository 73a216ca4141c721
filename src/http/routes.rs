//! The one list of routes. A new screen is one line here.

use super::{
    exports,
    route::{Access, Route},
};
use crate::domain::access::Permission;
use crate::ui::pages::{assignments, home, roles, theme};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public};
    use Permission::{ReadAssignments, ReadRoles, WriteAssignments};
    vec![
        Route::page("/", Public, home::page),
        Route::page("/theme", Public, theme::page).submit(theme::submit),
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
