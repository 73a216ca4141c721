//! Configuration, logs, application, front door; and a stop that finishes what it began.

mod audit;
mod demo;
mod key;
mod logs;
mod operations;
mod recover;
mod say;
mod stopping;

use say::{complain, greet, say};

use anyhow::{Context as _, bail};
use clap::Parser as _;
use ostiary::{
    app::{
        App, Parts, Post,
        anchor::Anchor,
        compare_rows,
        crypto::{KeyFile, PasswordHasher, Strength, Totp, TotpSecret},
        live,
        mailer::Mailer,
        ports::{Clock as _, OsRandom, Randomness, SystemClock},
        send_mail,
        set_up::{is_set_up, open_set_up},
        smtp::{Account, Patience, Security, SmtpMailer, SmtpServer},
        verify_audit::check_daily,
        watch_writing, worker,
    },
    config::{Arguments, AuditCommand, Command, Config, Connections, Database, KeyCommand, MailServer, SmtpSecurity},
    domain::{session::Limits, time::Span},
    http::{
        self, Assets, Front,
        metrics::{self, Metrics},
        router_counting,
    },
    store::{Store, files::FolderLock},
};
use std::{fmt::Write as _, net::SocketAddr, path::Path, process::ExitCode, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::oneshot};

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long requests that are on their way may take after the signal to stop.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

/// How long the answer to a mail is waited for that the mail server may have taken already: to stop without it is to send it twice.
const LONGEST_MAIL: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain!("ostiary: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(Box::pin(run()));
    // What still waits for a disk that does not answer is not waited for.
    runtime.shutdown_timeout(LONGEST_GOODBYE);
    logs::finish();
    ended.unwrap_or_else(|error| {
        complain!("ostiary: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    stopping::outlive_limits().context("preparing for signals")?;
    let mut arguments = Arguments::parse();
    match arguments.command.take().unwrap_or(Command::Serve) {
        Command::Serve => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            serve(config, None).await?;
        }
        Command::Demo(ask) => Box::pin(demo::run(arguments, &ask)).await?,
        Command::Totp { secret } => {
            let Some(secret) = TotpSecret::from_typed(&secret) else {
                bail!("A secret has 32 letters and digits in base32.");
            };
            say!("{}", Totp::new(&secret).code_at(SystemClock.now()));
        }
        Command::Recover(ask) => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            return Ok(recover::recover_administrator(&config, &ask).await);
        }
        Command::Audit(AuditCommand::Verify) => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            return Ok(audit::verify(&config).await);
        }
        Command::Key(KeyCommand::Rotate) => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            key::rotate(&config).await?;
        }
        Command::Audit(AuditCommand::Accept) => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            return Ok(audit::accept(&config).await);
        }
        Command::Backup { file } => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            operations::backup(&config, &file).await?;
        }
        Command::Restore { file, yes } => {
            let config = Config::read(arguments, Path::new("data"))?;
            logs::start(&config)?;
            operations::restore(&config, &file, yes).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A portal that was opened to be served.
struct Opened {
    app: App,
    /// The data folder is this process's own as long as this is kept.
    lock: Option<FolderLock>,
    /// The key was made a moment ago.
    has_new_key: bool,
}

/// Opens the database with its key. Refuses a database whose secrets the key cannot open.
async fn open(config: &Config) -> anyhow::Result<Opened> {
    let (url, lock) = match &config.database {
        Database::Folder(folder) => {
            let (url, lock) = operations::open_folder(folder)?;
            (url, Some(lock))
        }
        Database::Postgres(url) => (url.clone(), None),
    };
    let store = Store::open(&url).await.context("opening the database")?;
    // A new key never fits a database that is in use.
    let (keys, has_new_key) = if is_set_up(&store).await.context("reading the database")? {
        let key = operations::key_in_use(&config.key_file)?;
        key::refuse_half_rotated(&config.key_file, &key, &store).await?;
        operations::require_writable(&config.key_file)?;
        (key, false)
    } else {
        operations::first_key(&config.key_file)?
    };
    let mut parts = parts(config, store, &keys)?;
    parts.anchor = parts.anchor.trailing();
    let app = App::new(parts).await.context("starting on this database")?;
    Ok(Opened { app, lock, has_new_key })
}

fn parts(config: &Config, store: Store, keys: &KeyFile) -> anyhow::Result<Parts> {
    let randomness: Arc<dyn Randomness> = Arc::new(OsRandom);
    let keys = keys.keys();
    let strength =
        Strength::new(config.passwords.memory_kib, config.passwords.iterations, config.passwords.parallelism)?;
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Parts {
        anchor: Anchor::open(operations::anchor_of(config), &keys.chain).context("reading the audit's anchor")?,
        passwords: PasswordHasher::new(strength, at_once, 64, randomness.as_ref()),
        clock: Arc::new(SystemClock),
        session_limits: Limits {
            idle: Span::minutes(config.sessions.idle_minutes.into()),
            absolute: Span::hours(config.sessions.absolute_hours.into()),
        },
        post: Post { mailer: mailer(config)?, portal: config.door.public_url.to_string() },
        keys,
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
    let server = SmtpServer { host, port, security, account, authorities, from, patience: Patience::USUAL };
    Ok(Some(Arc::new(SmtpMailer::new(server).context("preparing to send mails")?)))
}

/// For commands beside the server: a database or a key that is not there is a mistake, not an empty trail.
async fn open_as_it_is(config: &Config) -> anyhow::Result<App> {
    let store = open_database_as_it_is(config).await?;
    let keys = KeyFile::open(&config.key_file)?;
    Ok(App::to_verify(parts(config, store, &keys)?).await?)
}

/// The database, without the key.
async fn open_database_as_it_is(config: &Config) -> anyhow::Result<Store> {
    let url = match &config.database {
        Database::Folder(folder) => operations::existing_database(folder)?,
        Database::Postgres(url) => url.clone(),
    };
    Store::open_as_it_is(&url).await.context("opening the database")
}

/// Serves the portal until it is asked to stop. The greeting is printed once it listens.
async fn serve(config: Config, greeting: Option<String>) -> anyhow::Result<()> {
    let assets = Assets::embedded()?;
    let Opened { app, lock, has_new_key } = open(&config).await?;
    let worker = tokio::spawn(worker::run(app.clone()));
    let (stop_sending, stopped_sending) = oneshot::channel::<()>();
    let sender = tokio::spawn(send_mail::run(app.clone(), stopped_sending));
    let watcher = tokio::spawn(live::watch(app.clone()));
    let comparing = tokio::spawn(compare_rows::run(app.clone()));
    let checker = tokio::spawn(check_daily(app.clone()));
    let prober = tokio::spawn(watch_writing::run(app.clone()));
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    greet(welcome(&app, &config, has_new_key, greeting).await?);
    tracing::info!(address = %config.listen, url = %config.door.public_url, "serving");
    let figures = Arc::new(Metrics::default());
    let monitored = match config.metrics_listen {
        Some(address) => Some(tokio::spawn(monitor(&app, &figures, address, &config.connections).await?)),
        None => None,
    };
    let reserve = http::reserve(app.clone(), config.door.public_url.is_secure());
    let router = router_counting(Front { app: app.clone(), door: config.door, assets }, figures);
    let (asked, told) = oneshot::channel::<()>();
    let streaming = app.clone();
    let stopping = async move {
        stopping::asked().await;
        tracing::info!("stopping: finishing what is on its way");
        // Streams of events never finish by themselves.
        streaming.close_streams();
        let _ = (stop_sending.send(()), asked.send(()));
    };
    tokio::select! {
        () = http::serve(listener, router, reserve, config.connections, stopping) => {}
        () = async { let _ = told.await; tokio::time::sleep(LONGEST_GOODBYE).await } => {
            tracing::warn!("some requests took longer than {} seconds and were cut off", LONGEST_GOODBYE.as_secs());
        }
    }
    worker.abort();
    watcher.abort();
    comparing.abort();
    checker.abort();
    prober.abort();
    if let Some(monitored) = monitored {
        monitored.abort();
    }
    if tokio::time::timeout(LONGEST_MAIL, sender).await.is_err() {
        tracing::warn!("a mail on its way was cut off; it may arrive twice");
    }
    if let Ok(closed) = tokio::time::timeout(LONGEST_GOODBYE, app.close()).await {
        closed.context("closing the database")?;
    } else {
        // Everything that was answered is on disk; the next start takes over the write-ahead log.
        tracing::warn!("the database did not let go in time");
    }
    drop(lock);
    tracing::info!("stopped");
    Ok(())
}

/// What the console is told when the server listens.
async fn welcome(app: &App, config: &Config, has_new_key: bool, greeting: Option<String>) -> anyhow::Result<String> {
    let mut text = String::new();
    if has_new_key {
        writeln!(text, "\n{}", operations::key_greeting(config))?;
    }
    let url = &config.door.public_url;
    if let Some(code) = open_set_up(app).await? {
        let code = &*code;
        // For the person at the console alone; a log that is kept must not hold it. What is behind the # stays in the browser.
        writeln!(
            text,
            "\nOstiary is not set up yet. Open this address once:\n\n    {url}/set-up#code={code}\n\n\
             In a browser without script, open {url}/set-up and type the code {code}.\n"
        )?;
    } else {
        writeln!(text, "\nOstiary is at {url}\n")?;
    }
    text.extend(greeting);
    Ok(text)
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
    Ok(http::serve(listener, routes.clone(), routes, connections.clone(), std::future::pending()))
}
