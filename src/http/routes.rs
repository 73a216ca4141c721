//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use crate::domain::access::Permission::{ReadRoles, WriteSettings};
use crate::ui::pages::{home, settings, theme};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public};
    vec![
        Route::page("/", Public, home::page),
        Route::page("/theme", Public, theme::page).submit(theme::submit),
        Route::page("/settings", May(ReadRoles), settings::list::page),
        Route::page("/settings/{role}", May(ReadRoles), settings::details::page),
        Route::page("/settings/{role}/edit", May(WriteSettings), settings::edit::page).submit(settings::edit::submit),
    ]
}
