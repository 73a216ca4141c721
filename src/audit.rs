//! `ostiary audit verify` and `ostiary audit accept`: what they find, in words and as an exit code.

use super::{
    open_as_it_is, operations,
    say::{complain, say},
};
use ostiary::{
    app::{
        accept_audit::{Accepted, accept_audit},
        compare_rows::{Contradiction, compare_rows},
        verify_audit::verify_audit,
    },
    config::Config,
};
use std::process::ExitCode;

/// Checks the audit trail and says what it found.
pub async fn verify(config: &Config) -> ExitCode {
    let verified = async {
        let app = open_as_it_is(config).await?;
        let verdict = verify_audit(&app).await?;
        // Also where events are missing at the end: who was given what by hand is of interest then above all.
        let contradictions = if verdict.is_what_is_there_whole() { compare_rows(&app).await? } else { Ok(Vec::new()) };
        app.store.close().await;
        anyhow::Ok((verdict, contradictions))
    };
    match verified.await {
        Ok((verdict, contradictions)) => {
            say!("{verdict}");
            match contradictions {
                Ok(rows) => {
                    let named =
                        if verdict.is_what_is_there_whole() { name_contradictions(&rows) } else { ExitCode::FAILURE };
                    if verdict.is_intact() { named } else { ExitCode::FAILURE }
                }
                // It was changed while it was checked.
                Err(broken) => {
                    say!("{broken}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(error) => {
            complain!("ostiary: the audit trail could not be checked: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Names the rows that contradict the trail; a success when there are none.
fn name_contradictions(rows: &[Contradiction]) -> ExitCode {
    for Contradiction { object, fault, event } in rows {
        let (kind, id, sentence) = (object.kind.label(), &object.id, fault.sentence());
        match event {
            Some(event) => say!("{kind} {id}: {sentence} Event {event} of the trail made it last."),
            None => say!("{kind} {id}: {sentence} The trail knows no such row in force."),
        }
    }
    match rows.len() {
        0 => {
            say!("Every row in force is the one that the audit trail knows.");
            ExitCode::SUCCESS
        }
        1 => {
            say!("1 row was not written by Ostiary and gives nothing.");
            ExitCode::FAILURE
        }
        many => {
            say!("{many} rows were not written by Ostiary and give nothing.");
            ExitCode::FAILURE
        }
    }
}

/// Goes on from the audit trail that is there, as the operator says.
pub async fn accept(config: &Config) -> ExitCode {
    let accepted = async {
        // Before anything is recorded: an acceptance without an anchor would have to be made again.
        operations::require_writable(&config.key_file)?;
        let _lock = operations::claim(config)?;
        let app = open_as_it_is(config).await?;
        let accepted = accept_audit(&app, "ostiary audit accept").await?;
        app.store.close().await;
        anyhow::Ok(accepted)
    };
    match accepted.await {
        Ok(Accepted::Anew { last, seq }) => {
            say!(
                "The audit trail goes on from event {last}. Event {seq} says so, and the anchor beside the key was written anew."
            );
            ExitCode::SUCCESS
        }
        Ok(Accepted::Needless(verdict)) => {
            say!("{verdict} The anchor beside the key vouches for it: there is nothing to accept.");
            ExitCode::SUCCESS
        }
        Ok(Accepted::Refused(verdict)) => {
            say!(
                "{verdict} A trail like this is not accepted: restore a backup that `ostiary audit verify` finds intact."
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            complain!("ostiary: the audit trail could not be accepted: {error:#}");
            ExitCode::from(2)
        }
    }
}
