//! Configuration, logs, application, front door; and a stop that finishes what it began.

mod demo;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use ostiary::{
    app::{
        App, Parts, Post,
        accept_audit::{Accepted, accept_audit},
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength, Totp, TotpSecret},
        live,
        mailer::Mailer,
        ports::{Clock as _, OsRandom, Randomness, SystemClock},
        send_mail,
        set_up::{is_set_up, open_set_up},
        smtp::{Account, PATIENCE, Security, SmtpMailer, SmtpServer},
        verify_audit::{Verdict, verify_audit},
        worker,
    },
    config::{Arguments, AuditCommand, Command, Config, Connections, Database, LogFormat, MailServer, SmtpSecurity},
    domain::{session::Limits, time::Span},
    http::{
        self, Assets, Front,
        metrics::{self, Metrics},
        router_counting,
    },
    store::Store,
};
use std::{
    io::IsTerminal as _,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long requests that are on their way may take after the signal to stop.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ostiary: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let mut arguments = Arguments::parse();
    match arguments.command.take().unwrap_or(Command::Serve) {
        Command::Serve => {
            let config = Config::read(arguments, Path::new("data"))?;
            start_logs(&config)?;
            serve(config, None).await?;
        }
        Command::Demo(ask) => demo::run(arguments, &ask).await?,
        Command::Totp { secret } => {
            let Some(secret) = TotpSecret::from_typed(&secret) else {
                bail!("A secret has 32 letters and digits in base32.");
            };
            println!("{}", Totp::new(&secret).code_at(SystemClock.now()));
        }
        Command::Audit(AuditCommand::Verify) => {
            let config = Config::read(arguments, Path::new("data"))?;
            start_logs(&config)?;
            return Ok(verify(&config).await);
        }
        Command::Audit(AuditCommand::Accept) => {
            let config = Config::read(arguments, Path::new("data"))?;
            start_logs(&config)?;
            return Ok(accept(&config).await);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn start_logs(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("the log filter {:?} cannot be understood", config.log))?;
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

/// Opens the database with its key. Refuses a database whose secrets the key cannot open.
async fn open(config: &Config) -> anyhow::Result<App> {
    let url = match &config.database {
        Database::Folder(folder) => make_embedded(folder)?,
        Database::Postgres(url) => url.clone(),
    };
    let store = Store::open(&url).await.context("opening the database")?;
    // A new key never fits a database that is in use.
    let keys = if is_set_up(&store).await.context("reading the database")? {
        KeyFile::open(&config.key_file).context("this database is in use, and its secrets need their key")?
    } else {
        KeyFile::open_or_create(&config.key_file, &OsRandom)?
    };
    App::new(parts(config, store, &keys)?).await.context("starting on this database")
}

fn parts(config: &Config, store: Store, keys: &KeyFile) -> anyhow::Result<Parts> {
    let randomness: Arc<dyn Randomness> = Arc::new(OsRandom);
    let chain = keys.chain();
    let strength =
        Strength::new(config.passwords.memory_kib, config.passwords.iterations, config.passwords.parallelism)?;
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Parts {
        anchor: Anchor::open(config.key_file.with_extension("anchor"), &chain).context("reading the audit's anchor")?,
        passwords: PasswordHasher::new(strength, at_once, 64, randomness.as_ref()),
        clock: Arc::new(SystemClock),
        sealer: keys.sealer(),
        recovery_codes: keys.recovery_codes(),
        session_limits: Limits {
            idle: Span::minutes(config.sessions.idle_minutes.into()),
            absolute: Span::hours(config.sessions.absolute_hours.into()),
        },
        post: Post { mailer: mailer(config)?, portal: config.door.public_url.to_string() },
        chain,
        randomness,
        store,
    })
}

/// The way mails leave, if there is one. It does not connect yet.
fn mailer(config: &Config) -> anyhow::Result<Option<Arc<dyn Mailer>>> {
    let Some(server) = &config.mail else { return Ok(None) };
    let MailServer { host, port, security, account, authorities, from } = server.clone();
    let security = match security {
        SmtpSecurity::StartTls => Security::StartTls,
        SmtpSecurity::Tls => Security::Tls,
        SmtpSecurity::None => Security::None,
    };
    let account = account.map(|(user, password)| Account { user, password: password.into() });
    let server = SmtpServer { host, port, security, account, authorities, from, patience: PATIENCE };
    Ok(Some(Arc::new(SmtpMailer::new(server).context("preparing to send mails")?)))
}

/// Checks the audit trail and says what it found.
async fn verify(config: &Config) -> ExitCode {
    let verified = async {
        let app = open_as_it_is(config).await?;
        let verdict = verify_audit(&app).await?;
        app.store.close().await;
        anyhow::Ok(verdict)
    };
    match verified.await {
        Ok(verdict) => {
            println!("{verdict}");
            match verdict {
                Verdict::Intact { .. } => ExitCode::SUCCESS,
                Verdict::Broken { .. }
                | Verdict::Contradicted { .. }
                | Verdict::Cut { .. }
                | Verdict::AnchorMissing
                | Verdict::AnchorUnsigned => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("ostiary: the audit trail could not be checked: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Goes on from the audit trail that is there, as the operator says.
async fn accept(config: &Config) -> ExitCode {
    let accepted = async {
        let app = open_as_it_is(config).await?;
        let accepted = accept_audit(&app, "ostiary audit accept").await?;
        app.store.close().await;
        anyhow::Ok(accepted)
    };
    match accepted.await {
        Ok(Accepted::Anew { last, seq }) => {
            println!(
                "The audit trail goes on from event {last}. Event {seq} says so, and the anchor beside the key was written anew."
            );
            ExitCode::SUCCESS
        }
        Ok(Accepted::Needless(verdict)) => {
            println!("{verdict} The anchor beside the key vouches for it: there is nothing to accept.");
            ExitCode::SUCCESS
        }
        Ok(Accepted::Refused(verdict)) => {
            println!(
                "{verdict} A trail like this is not accepted: restore a backup that `ostiary audit verify` finds intact."
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("ostiary: the audit trail could not be accepted: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Nothing is made or changed here: a database or a key that is not there is a mistake, not an empty trail.
async fn open_as_it_is(config: &Config) -> anyhow::Result<App> {
    let url = match &config.database {
        Database::Folder(folder) => {
            let file = folder.join("ostiary.db");
            anyhow::ensure!(file.is_file(), "there is no database at {}", file.display());
            format!("sqlite://{}?mode=rw", file.display())
        }
        Database::Postgres(url) => url.clone(),
    };
    let keys = KeyFile::open(&config.key_file)?;
    let store = Store::open_as_it_is(&url).await.context("opening the database")?;
    Ok(App::to_verify(parts(config, store, &keys)?))
}

/// Makes the embedded database: a folder that only its owner can enter, and the files in it readable by nobody else. Answers with
/// its URL.
fn make_embedded(folder: &Path) -> anyhow::Result<String> {
    let make = || {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let file = folder.join("ostiary.db");
        std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file).map(drop)
    };
    make().with_context(|| format!("making the data folder {}", folder.display()))?;
    Ok(format!("sqlite://{}?mode=rwc", folder.join("ostiary.db").display()))
}

/// Serves the portal until it is asked to stop. The greeting is printed once it listens.
async fn serve(config: Config, greeting: Option<String>) -> anyhow::Result<()> {
    let assets = Assets::embedded()?;
    let app = open(&config).await?;
    let worker = tokio::spawn(worker::run(app.clone()));
    let (stop_sending, stopped_sending) = oneshot::channel::<()>();
    let sender = tokio::spawn(send_mail::run(app.clone(), stopped_sending));
    let watcher = tokio::spawn(live::watch(app.clone()));
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    if let Some(token) = open_set_up(&app).await? {
        // For the person at the console alone; a log that is kept must not hold it.
        println!(
            "\nOstiary is not set up yet. Open this link once:\n\n    {}/set-up?token={}\n",
            config.door.public_url, &*token
        );
    } else {
        println!("\nOstiary is at {}\n", config.door.public_url);
    }
    if let Some(greeting) = greeting {
        println!("{greeting}");
    }
    tracing::info!(address = %config.listen, url = %config.door.public_url, "serving");
    let figures = Arc::new(Metrics::default());
    let monitored = match config.metrics_listen {
        Some(address) => Some(tokio::spawn(monitor(&app, &figures, address, &config.connections).await?)),
        None => None,
    };
    let router = router_counting(Front { app: app.clone(), door: config.door, assets }, figures);
    let (asked, told) = oneshot::channel::<()>();
    let streaming = app.clone();
    let stopping = async move {
        stop_signal().await;
        tracing::info!("stopping: finishing what is on its way");
        // Streams of events never finish by themselves.
        streaming.close_streams();
        let _ = asked.send(());
    };
    tokio::select! {
        () = http::serve(listener, router, config.connections, stopping) => {}
        () = async { let _ = told.await; tokio::time::sleep(LONGEST_GOODBYE).await } => {
            tracing::warn!("some requests took longer than {} seconds and were cut off", LONGEST_GOODBYE.as_secs());
        }
    }
    worker.abort();
    watcher.abort();
    if let Some(monitored) = monitored {
        monitored.abort();
    }
    // A message that is on its way is better finished than sent twice.
    let _ = stop_sending.send(());
    if tokio::time::timeout(LONGEST_GOODBYE, sender).await.is_err() {
        tracing::warn!("a mail on its way was cut off; it may arrive twice");
    }
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Answers Prometheus, at an address of its own.
async fn monitor(
    app: &App,
    figures: &Arc<Metrics>,
    address: SocketAddr,
    connections: &Connections,
) -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listening on {address} for the metrics"))?;
    tracing::info!(%address, "answering /metrics");
    let routes = metrics::routes(app.clone(), Arc::clone(figures));
    Ok(http::serve(listener, routes, connections.clone(), std::future::pending()))
}

/// Comes back when the process is asked to stop.
async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("the signals to stop cannot be heard; only a kill ends the server");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
