//! `ostiary recover`: the console's way back in.

use super::{
    open_as_it_is, operations,
    say::{complain, say},
};
use anyhow::{Context as _, ensure};
use ostiary::{
    app::{
        AppError,
        recover::{Recover, RecoveredPerson, recover},
        set_up::is_set_up,
    },
    config::{self, Config},
};
use std::process::ExitCode;

/// Makes or restores a Global Administrator, and shows the code with which they come in.
pub async fn recover_administrator(config: &Config, ask: &config::Recover) -> ExitCode {
    let recovered = async {
        operations::require_writable(&config.key_file)?;
        let app = open_as_it_is(config).await?;
        ensure!(
            is_set_up(&app.store).await.context("reading the database")?,
            "this portal is not set up yet: the server prints a code for that when it starts"
        );
        let whom = Recover {
            user_principal_name: &ask.user_principal_name,
            display_name: ask.display_name.as_deref(),
            mail: ask.mail.as_deref(),
        };
        let recovered = recover(&app, whom, "ostiary recover").await?;
        app.store.close().await;
        anyhow::Ok(recovered)
    };
    match recovered.await {
        Ok(RecoveredPerson { name, is_new, code, contradiction, .. }) => {
            if let Some(verdict) = contradiction {
                say!(
                    "{verdict}\nNobody can sign in before that is settled: `ostiary audit verify` says more. After a restore, or when the \
                     loss is accepted, run `ostiary audit accept`, start the server, and come back here when the code does not work any more.\n"
                );
            }
            let account = if is_new { "has an account now and is" } else { "is" };
            let void = if is_new {
                ""
            } else {
                " Their old password and second factor, open sessions and earlier codes do not work any more."
            };
            // For the person at the console alone; a log that is kept must not hold it.
            say!(
                "{name} {account} a Global Administrator.{void}\n\nWithin 15 minutes, open the page /recover of the portal ({}/recover, unless \
                 the server runs with other settings). Type the user name {} and this code, which works once:\n\n    {}\n",
                config.door.public_url,
                ask.user_principal_name,
                &*code
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let refusals = error.downcast_ref::<AppError>().map(AppError::refusals).unwrap_or_default();
            let sentences: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            let why = if sentences.is_empty() { format!("{error:#}") } else { sentences.join(" ") };
            complain!("ostiary: nobody was recovered: {why}");
            ExitCode::FAILURE
        }
    }
}
