//! `make bench`: the figures of a release build under load, on this machine, over HTTP with real forms and real sessions.
//!
//! It tells a demo with a crowd, starts the portal on it as a process of its own, and measures from outside. Commits are as durable
//! as in production.

mod browser;
mod expiry;
mod figures;
mod pairs;
mod portal;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant as Stopwatch,
};

use anyhow::Context as _;
use browser::Browser;
use clap::Parser as _;
use figures::{Table, Timings};
use ostiary::{
    app::{
        crypto::KeyFile,
        ports::{Clock as _, OsRandom, SystemClock, random_bytes},
        story::{Persona, Telling, fill},
    },
    domain::throttle::Failures,
    store::{self, Store},
};
use portal::Portal;
use tokio::task::JoinSet;

/// Measures the portal under load.
#[derive(clap::Parser)]
#[command(name = "bench")]
struct Arguments {
    /// How many people.
    #[arg(long, default_value_t = 1_000)]
    users: usize,
    /// How many assignments.
    #[arg(long, default_value_t = 10_000)]
    assignments: usize,
    /// How many rows of audit.
    #[arg(long, default_value_t = 100_000)]
    audit_rows: i64,
    /// How many of the crowd sign in and ask for roles.
    #[arg(long, default_value_t = 128)]
    requestors: usize,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Connections at once that read pages.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Connections at once that create and approve, one round after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [8, 32])]
    writers: Vec<usize>,
    /// Measures instead how so many assignments end at the same moment.
    #[arg(long)]
    expiring: Option<usize>,
    /// Where the files of the portal are.
    #[arg(long, default_value = "target/site/pkg")]
    files: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder =
        std::env::temp_dir().join(format!("ostiary-bench-{:032x}", u128::from_be_bytes(random_bytes(&OsRandom))));
    std::fs::create_dir(&folder)?;
    let measured = measure(&arguments, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    println!("{}", measured?);
    Ok(())
}

async fn measure(arguments: &Arguments, folder: &Path) -> anyhow::Result<Table> {
    let mut table = Table::default();
    let data = folder.join("data");
    std::fs::create_dir(&data)?;
    let url = format!("sqlite://{}?mode=rwc", data.join("ostiary.db").display());
    let key_file = folder.join("ostiary.key");
    let began = Stopwatch::now();
    eprintln!("telling a story of {} people ...", arguments.users);
    let personas = tell(arguments, &url, &key_file).await?;
    table.line("Told", format!("{:.1} s", began.elapsed().as_secs_f64()));
    table.line("Data", describe(&url).await?);
    if let Some(count) = arguments.expiring {
        expiry::measure(&mut table, count, &url, (&data, &key_file), &personas).await?;
        return Ok(table);
    }

    let (portal, cold_start) = Portal::start(&data, &key_file).await?;
    table.line("Cold start to first answer", format!("{:.0} ms", cold_start.as_secs_f64() * 1_000.0));
    eprintln!("signing in ...");
    let people = sign_in(&portal, &personas).await?;
    let find = |login: &str| {
        people.iter().find(|(persona, _)| persona.user_principal_name.starts_with(login)).map(|(_, browser)| browser)
    };
    let ada = find("ada@").context("ada")?;
    let bo = find("bo@").context("bo")?;
    let requestors: Vec<&Browser> =
        people.iter().filter(|(persona, _)| persona.about == "One of the crowd").map(|(_, browser)| browser).collect();

    eprintln!("reading pages ...");
    let one_of_the_crowd = requestors.first().context("nobody of the crowd can sign in")?;
    for (name, who, path) in [
        ("My roles", *one_of_the_crowd, "/my-roles"),
        ("Approve requests", bo, "/approve-requests"),
        ("Roles", ada, "/roles"),
        ("Assignments", ada, "/assignments"),
        ("Resource audit, newest 50", ada, "/resource-audit"),
    ] {
        table.line(name, read(arguments, who, path).await?);
    }

    eprintln!("creating and approving ...");
    let deciders: Vec<&Browser> = ["bo@", "chidi@", "dana@", "mira@"].into_iter().filter_map(find).collect();
    let mut rates = Vec::new();
    let each = requestors.len().div_ceil(arguments.writers.len().max(1)).max(1);
    for (writers, requestors) in arguments.writers.iter().zip(requestors.chunks(each)) {
        let done = pairs::run(*writers, requestors, &deciders).await?;
        let rate = done.per_second();
        table.line(
            &format!("Create + approve, {writers} connections"),
            format!("{rate:.0} pairs/s ({} pairs); create {}; approve {}", done.count(), done.creating, done.approving),
        );
        rates.push(rate);
    }
    let memory = portal.memory()?;
    table.line("Memory after that", format!("{memory} (most so far: {})", portal.most_memory()?));

    let commits = bare_commits(&url).await?;
    let shares: Vec<String> = rates.iter().map(|rate| format!("{:.1} %", 200.0 * rate / commits)).collect();
    table.line(
        "Bare durable commits",
        format!("{commits:.0}/s; a pair is two commits: {} of that", shares.join(" and ")),
    );
    drop(portal);
    table.line("WASM and JavaScript, brotli", portal::sizes(&arguments.files)?);
    Ok(table)
}

async fn tell(arguments: &Arguments, url: &str, key_file: &Path) -> anyhow::Result<Vec<Persona>> {
    let keys = KeyFile::create(key_file, &OsRandom)?;
    let telling = Telling {
        seed: 1,
        until: SystemClock.now(),
        people: arguments.users,
        assignments: arguments.assignments,
        audit_rows: arguments.audit_rows,
        signing_in: arguments.requestors,
    };
    fill(url, &keys, key_file.with_extension("anchor"), telling).await.context("telling the story")
}

async fn describe(url: &str) -> anyhow::Result<String> {
    let store = Store::open(url).await?;
    let mut db = store.read().await?;
    let people = store::users::count(&mut db).await?;
    let roles = store::roles::list_all(&mut db).await?.len();
    let rows = store::audit::head(&mut db).await?.map_or(0, |(seq, _)| seq);
    drop(db);
    store.close().await;
    Ok(format!("{people} people, {roles} roles, {rows} rows of audit"))
}

/// Everybody in a session of their own, verified.
async fn sign_in(portal: &Portal, personas: &[Persona]) -> anyhow::Result<Vec<(Persona, Browser)>> {
    let mut people = Vec::new();
    for persona in personas {
        let mut browser = Browser::new(portal.address);
        browser.sign_in(persona).await.with_context(|| format!("signing {} in", persona.name))?;
        people.push((persona.clone(), browser));
    }
    Ok(people)
}

/// Asks for one page again and again, at several connections.
async fn read(arguments: &Arguments, who: &Browser, path: &'static str) -> anyhow::Result<String> {
    let mut probe = who.clone();
    let status = probe.get(path).await?.status;
    if status != 200 {
        return Ok(format!("not measured: {path} answers {status}"));
    }
    let mut connections = JoinSet::new();
    let each = arguments.requests / arguments.connections.max(1);
    let length = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for _ in 0..arguments.connections {
        let mut browser = who.clone();
        let length = Arc::clone(&length);
        connections.spawn(async move {
            let (mut portal, mut client) = (Timings::default(), Timings::default());
            for number in 0..each + 20 {
                let began = Stopwatch::now();
                let answer = browser.get(path).await?;
                anyhow::ensure!(answer.status == 200, "{path} answers {}", answer.status);
                length.store(answer.body.len(), std::sync::atomic::Ordering::Relaxed);
                // The first ones warm up.
                if number >= 20 {
                    portal.add(answer.took);
                    client.add(began.elapsed());
                }
            }
            Ok((portal, client))
        });
    }
    let (mut portal, mut client) = (Timings::default(), Timings::default());
    while let Some(done) = connections.join_next().await {
        let (one, other): (Timings, Timings) = done??;
        portal.merge(one);
        client.merge(other);
    }
    Ok(format!(
        "{portal} in the portal; {client} for the client, {} kB",
        length.load(std::sync::atomic::Ordering::Relaxed) / 1_000
    ))
}

/// One small row a transaction, one after the other, through the same store.
async fn bare_commits(url: &str) -> anyhow::Result<f64> {
    const COUNT: u32 = 3_000;
    let store = Store::open(url).await?;
    let began = Stopwatch::now();
    for number in 0..COUNT {
        let mut tx = store.write().await?;
        let row = Failures { count: 1, last_at: SystemClock.now() };
        store::throttle::save(&mut tx, &format!("bench/{number}"), row).await?;
        tx.commit().await?;
    }
    let rate = f64::from(COUNT) / began.elapsed().as_secs_f64();
    store.close().await;
    Ok(rate)
}
