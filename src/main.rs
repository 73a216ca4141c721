//! Configuration, logs, application, front door; and a stop that finishes what it began.

use anyhow::Context as _;
use clap::Parser as _;
use ostiary::{
    app::App,
    config::{Arguments, Command, Config, LogFormat},
    http::{Assets, Front, router},
};
use std::{io::IsTerminal as _, net::SocketAddr, process::ExitCode, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing_subscriber::EnvFilter;

/// How long requests that are on their way may take after the signal to stop.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ostiary: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Serve);
    let config = Config::read(arguments)?;
    start_logs(&config)?;
    match command {
        Command::Serve => serve(config).await,
    }
}

fn start_logs(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("the log filter {:?} can not be understood", config.log))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let assets = Assets::embedded()?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    tracing::info!(address = %config.listen, url = %config.door.public_url, "serving");
    let service = router(Front { app: App::default(), door: config.door, assets })
        .into_make_service_with_connect_info::<SocketAddr>();

    let (asked, told) = oneshot::channel::<()>();
    let stopping = async move {
        stop_signal().await;
        tracing::info!("stopping: finishing what is on its way");
        let _ = asked.send(());
    };
    let serving = axum::serve(listener, service).with_graceful_shutdown(stopping);
    tokio::select! {
        served = serving => served.context("serving")?,
        () = async { let _ = told.await; tokio::time::sleep(LONGEST_GOODBYE).await } => {
            tracing::warn!("some requests took longer than {} seconds and were cut off", LONGEST_GOODBYE.as_secs());
        }
    }
    tracing::info!("stopped");
    Ok(())
}

/// Comes back when the process is asked to stop.
async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("the signals to stop can not be heard; only a kill ends the server");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
