//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use super::{events, raw};
use crate::domain::access::Permission;
use crate::ui::pages::{
    audit::{event, list, timeline},
    home, notifications, search, theme,
};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
    vec![
        Route::page("/", Public, home::page),
        Route::page("/theme", Public, theme::page).submit(theme::submit),
        // What happened, and what is new.
        Route::page("/resource-audit", May(Permission::ReadAudit), list::resource),
        Route::page("/resource-audit/{seq}", May(Permission::ReadAudit), event::resource),
        Route::raw("/resource-audit.csv", May(Permission::ReadAudit), raw::resource_audit_csv),
        Route::raw("/resource-audit.json", May(Permission::ReadAudit), raw::resource_audit_json),
        Route::page("/my-audit", SignedIn, list::mine),
        Route::page("/my-audit/{seq}", SignedIn, event::mine),
        Route::raw("/my-audit.csv", SignedIn, raw::my_audit_csv),
        Route::raw("/my-audit.json", SignedIn, raw::my_audit_json),
        Route::page("/timeline/{request}", SignedIn, timeline::page),
        Route::page("/notifications", SignedIn, notifications::page).submit(notifications::submit),
        Route::raw("/notifications/{id}", SignedIn, raw::open_notification),
        Route::raw("/events", SignedIn, events::stream),
        Route::page("/search", SignedIn, search::page),
    ]
}
