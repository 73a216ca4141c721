//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use crate::domain::access::Permission::{ReadRoles, WriteSettings};
use crate::ui::pages::{
    account::{
        change_password, preferences, recovery_codes, second_factor, security, set_up, sign_in, sign_out, verify,
    },
    home, settings, theme,
};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
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
        // What each role asks.
        Route::page("/settings", May(ReadRoles), settings::list::page),
        Route::page("/settings/{role}", May(ReadRoles), settings::details::page),
        Route::page("/settings/{role}/edit", May(WriteSettings), settings::edit::page).submit(settings::edit::submit),
    ]
}
