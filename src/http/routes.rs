//! The one list of routes. A new screen is one line here.

use super::{
    events, exports, kept, raw,
    route::{Access, Route},
};
use crate::domain::access::Permission;
use crate::ui::pages::{
    account::{
        change_password, preferences, recover, recovered, recovery_codes, second_factor, security, set_up, sign_in,
        sign_out, verify,
    },
    assignments,
    audit::{event, list, timeline},
    groups, health, home, mail, notifications, roles, search, settings,
    tasks::{
        activate, activated, approve_request, approve_requests, ask_change, change_requests, deactivate, my_request,
        my_requests, my_roles, waiting_requests,
    },
    theme, users,
};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
    use Permission::{
        ManageMail, ManageRequests, ReadAssignments, ReadAudit, ReadHealth, ReadPeople, ReadRoles, WriteAssignments,
        WritePeople, WriteSettings,
    };
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
        Route::page("/recover", Public, recover::page).submit(recover::submit),
        Route::page("/recovered", May(WriteAssignments), recovered::page).submit(recovered::submit),
        Route::page("/security", SignedIn, security::page).submit(security::submit),
        Route::raw("/kept/{id}", SignedIn, kept::open),
        Route::page("/preferences", SignedIn, preferences::page).submit(preferences::submit),
        // People and groups.
        Route::page("/users", May(ReadPeople), users::list::page),
        Route::page("/users/add", May(WritePeople), users::add::page).submit(users::add::submit),
        Route::page("/users/{id}", May(ReadPeople), users::details::page),
        Route::page("/users/{id}/edit", May(WritePeople), users::edit::page).submit(users::edit::submit),
        Route::page("/users/{id}/disable", May(WritePeople), users::disable::page).submit(users::disable::submit),
        Route::page("/users/{id}/enable", May(WritePeople), users::enable::page).submit(users::enable::submit),
        Route::page("/users/{id}/reset-password", May(WritePeople), users::reset_password::page)
            .submit(users::reset_password::submit),
        Route::page("/users/{id}/reset-second-factor", May(WritePeople), users::reset_second_factor::page)
            .submit(users::reset_second_factor::submit),
        Route::page("/users/{id}/end-sessions", May(WritePeople), users::sessions::page)
            .submit(users::sessions::submit),
        Route::page("/groups", May(ReadPeople), groups::list::page),
        Route::page("/groups/add", May(WritePeople), groups::add::page).submit(groups::add::submit),
        Route::page("/groups/{id}", May(ReadPeople), groups::details::page),
        Route::page("/groups/{id}/edit", May(WritePeople), groups::edit::page).submit(groups::edit::submit),
        Route::page("/groups/{id}/members", May(WritePeople), groups::members::page).submit(groups::members::submit),
        Route::page("/groups/{id}/members/{user}/remove", May(WritePeople), groups::remove_member::page)
            .submit(groups::remove_member::submit),
        // Roles and assignments.
        Route::page("/roles", May(ReadRoles), roles::list::page),
        Route::raw("/roles.csv", May(ReadRoles), exports::roles),
        Route::page("/roles/{id}", May(ReadAssignments), roles::role::page),
        Route::page("/assignments", May(ReadAssignments), assignments::list::page),
        Route::raw("/assignments.csv", May(ReadAssignments), exports::assignments),
        Route::page("/assignments/add", May(WriteAssignments), assignments::add::page).submit(assignments::add::submit),
        Route::page("/assignments/extend", May(WriteAssignments), assignments::together::extend_page)
            .submit(assignments::together::extend),
        Route::page("/assignments/renew", May(WriteAssignments), assignments::together::renew_page)
            .submit(assignments::together::renew),
        Route::page("/assignments/{kind}/{id}/update", May(WriteAssignments), assignments::update::page)
            .submit(assignments::update::submit),
        Route::page("/assignments/{kind}/{id}/remove", May(WriteAssignments), assignments::remove::page)
            .submit(assignments::remove::submit),
        // Tasks.
        Route::page("/my-roles", SignedIn, my_roles::page),
        Route::page("/my-roles/activate", SignedIn, activate::page).submit(activate::submit),
        Route::page("/my-roles/activated", SignedIn, activated::page),
        Route::page("/my-roles/{id}/deactivate", SignedIn, deactivate::page).submit(deactivate::submit),
        Route::page("/my-roles/{id}/extend", SignedIn, ask_change::extend_page).submit(ask_change::extend),
        Route::page("/my-roles/{id}/renew", SignedIn, ask_change::renew_page).submit(ask_change::renew),
        Route::page("/my-requests", SignedIn, my_requests::page),
        Route::page("/my-requests/{id}", SignedIn, my_request::page),
        Route::page("/my-requests/{id}/cancel", SignedIn, my_request::cancel_page).submit(my_request::cancel),
        Route::page("/approve-requests", SignedIn, approve_requests::page).submit(approve_requests::submit),
        Route::page("/approve-requests/together", May(ManageRequests), change_requests::page)
            .submit(change_requests::submit),
        Route::page("/approve-requests/{id}", SignedIn, approve_request::page).submit(approve_request::submit),
        Route::page("/requests", May(ManageRequests), waiting_requests::page).submit(waiting_requests::submit),
        Route::page("/requests/{id}/cancel", May(ManageRequests), waiting_requests::cancel_page)
            .submit(waiting_requests::cancel),
        // Role settings.
        Route::page("/settings", May(ReadRoles), settings::list::page),
        Route::page("/settings/{role}", May(ReadRoles), settings::details::page),
        Route::page("/settings/{role}/edit", May(WriteSettings), settings::edit::page).submit(settings::edit::submit),
        // Mails.
        Route::page("/mail", May(ManageMail), mail::list::page).submit(mail::list::submit),
        Route::page("/mail/{id}", May(ManageMail), mail::message::page).submit(mail::message::submit),
        Route::raw("/mail/{id}/html", May(ManageMail), raw::mail_html),
        // What happened, and what is new.
        Route::page("/resource-audit", May(ReadAudit), list::resource),
        Route::page("/resource-audit/{seq}", May(ReadAudit), event::resource),
        Route::made("/resource-audit.csv", "/resource-audit", May(ReadAudit), raw::resource_audit_csv),
        Route::made("/resource-audit.json", "/resource-audit", May(ReadAudit), raw::resource_audit_json),
        Route::page("/my-audit", SignedIn, list::mine),
        Route::page("/my-audit/{seq}", SignedIn, event::mine),
        Route::made("/my-audit.csv", "/my-audit", SignedIn, raw::my_audit_csv),
        Route::made("/my-audit.json", "/my-audit", SignedIn, raw::my_audit_json),
        Route::page("/timeline/{request}", SignedIn, timeline::page),
        Route::page("/health", May(ReadHealth), health::page),
        Route::page("/notifications", SignedIn, notifications::page).submit(notifications::submit),
        Route::raw("/notifications/{id}", SignedIn, raw::open_notification),
        Route::raw("/events", Public, events::stream),
        Route::page("/search", SignedIn, search::page),
    ]
}
