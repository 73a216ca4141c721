//! The database alone is not enough for power: rows that somebody writes, changes or copies beside Ostiary give nothing and are named,
//! and everybody's honest rows go on working.

mod columns;
mod roles;
mod trail;

use ostiary::app::App;

/// The rows that this server does not trust, each as `kind/id`.
pub fn distrusted(app: &App) -> Vec<String> {
    app.integrity().distrusted().iter().map(|row| row.object.to_string()).collect()
}
