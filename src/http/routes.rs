//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use crate::domain::access::Permission;
use crate::ui::pages::{
    account::{
        change_password, preferences, recovery_codes, second_factor, security, set_up, sign_in, sign_out, verify,
    },
    home,
    tasks::{
        activate, activated, approve_request, approve_requests, deactivate, my_request, my_requests, my_roles,
        waiting_requests,
    },
    theme,
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
        // Tasks.
        Route::page("/my-roles", SignedIn, my_roles::page),
        Route::page("/my-roles/activate", SignedIn, activate::page).submit(activate::submit),
        Route::page("/my-roles/activated", SignedIn, activated::page),
        Route::page("/my-roles/{id}/deactivate", SignedIn, deactivate::page).submit(deactivate::submit),
        Route::page("/my-requests", SignedIn, my_requests::page),
        Route::page("/my-requests/{id}", SignedIn, my_request::page),
        Route::page("/my-requests/{id}/cancel", SignedIn, my_request::cancel_page).submit(my_request::cancel),
        Route::page("/approve-requests", SignedIn, approve_requests::page).submit(approve_requests::submit),
        Route::page("/approve-requests/{id}", SignedIn, approve_request::page).submit(approve_request::submit),
        Route::page("/requests", May(Permission::ManageRequests), waiting_requests::page),
        Route::page("/requests/{id}/cancel", May(Permission::ManageRequests), waiting_requests::cancel_page)
            .submit(waiting_requests::cancel),
    ]
}
