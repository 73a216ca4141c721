//! The one list of routes. A new screen is one line here.

use super::route::{Access, Route};
use crate::ui::pages::{home, theme};

/// Every page, export and stream of the portal.
pub fn routes() -> Vec<Route> {
    use Access::Public;
    vec![Route::page("/", Public, home::page), Route::page("/theme", Public, theme::page).submit(theme::submit)]
}
