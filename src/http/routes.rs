//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use crate::domain::access::Permission;
use crate::ui::pages::{
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
    let manage_requests = May(Permission::ManageRequests);
    vec![
        Route::page("/", Public, home::page),
        Route::page("/theme", Public, theme::page).submit(theme::submit),
        Route::page("/my-roles", SignedIn, my_roles::page),
        Route::page("/my-roles/activate", SignedIn, activate::page).submit(activate::submit),
        Route::page("/my-roles/activated", SignedIn, activated::page),
        Route::page("/my-roles/{id}/deactivate", SignedIn, deactivate::page).submit(deactivate::submit),
        Route::page("/my-requests", SignedIn, my_requests::page),
        Route::page("/my-requests/{id}", SignedIn, my_request::page),
        Route::page("/my-requests/{id}/cancel", SignedIn, my_request::cancel_page).submit(my_request::cancel),
        Route::page("/approve-requests", SignedIn, approve_requests::page).submit(approve_requests::submit),
        Route::page("/approve-requests/{id}", SignedIn, approve_request::page).submit(approve_request::submit),
        Route::page("/requests", manage_requests, waiting_requests::page),
        Route::page("/requests/{id}/cancel", manage_requests, waiting_requests::cancel_page)
            .submit(waiting_requests::cancel),
    ]
}
