//! `ostiary demo`: a portal that is filled, served and thrown away.

use std::{fmt::Write as _, path::Path, time::Instant as Stopwatch};

use super::say::say;
use anyhow::{Context as _, bail};
use ostiary::{
    app::{
        crypto::KeyFile,
        ports::{Clock as _, OsRandom, SystemClock, random_bytes},
        story::{Persona, Telling, fill},
    },
    config::{Arguments, Config, Database, Demo},
};

/// Fills a fresh portal and serves it; what is in the temporary folder goes when it stops.
pub async fn run(arguments: Arguments, ask: &Demo) -> anyhow::Result<()> {
    let number = u128::from_be_bytes(random_bytes(&OsRandom));
    let temporary = std::env::temp_dir().join(format!("ostiary-demo-{number:032x}"));
    let config = Config::read(arguments, &temporary.join("data"))?;
    super::logs::start(&config)?;
    let served = fill_and_serve(config, ask).await;
    match std::fs::remove_dir_all(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(folder = %temporary.display(), %error, "the temporary folder could not be removed");
        }
        Ok(()) | Err(_) => {}
    }
    served
}

async fn fill_and_serve(config: Config, ask: &Demo) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() || !config.door.public_url.is_loopback() {
        bail!("The demo has known passwords, so it listens on 127.0.0.1 or ::1 alone.");
    }
    let Database::Folder(folder) = &config.database else {
        bail!("The demo makes an embedded database of its own. Leave the database URL out.");
    };
    if folder.join("ostiary.db").exists() {
        bail!("There is a database in {} already. The demo fills a new one.", folder.display());
    }
    let (url, lock) = super::operations::open_folder(folder)?;
    let keys = KeyFile::create(&config.key_file, &OsRandom).context("making the key of the demo")?;
    let telling = Telling {
        seed: ask.seed,
        until: SystemClock.now(),
        people: ask.users,
        assignments: ask.assignments,
        audit_rows: ask.audit_rows,
        signing_in: 0,
    };
    say!("Telling the story of half a year ...");
    let began = Stopwatch::now();
    let personas =
        fill(&url, &keys, config.key_file.with_extension("anchor"), telling).await.context("filling the demo")?;
    let greeting = greeting(&personas, folder, began.elapsed().as_secs_f32());
    drop(lock);
    super::serve(config, Some(greeting)).await
}

/// Whom to sign in as, in a table.
fn greeting(personas: &[Persona], folder: &Path, seconds: f32) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "ostiary".to_owned());
    let password = personas.first().map_or("", |persona| persona.password);
    let widest = |cell: fn(&Persona) -> &str| personas.iter().map(|persona| cell(persona).len()).max().unwrap_or(0);
    let (name, upn) = (widest(|persona| &persona.name), widest(|persona| &persona.user_principal_name));
    let mut text = format!(
        "THIS IS A DEMO with known passwords, for this machine alone. It was told in {seconds:.1} s and lies in\n{}\n\n",
        folder.display()
    );
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "  {:name$}  {:upn$}  {:32}  Who they are",
        "Name", "Signs in as", "Secret of the one-time codes"
    );
    for persona in personas {
        let (who, secret) = (&persona.name, &*persona.secret);
        let _ = writeln!(text, "  {who:name$}  {:upn$}  {secret:32}  {}", persona.user_principal_name, persona.about);
    }
    let _ = write!(
        text,
        "\n  Everybody's password:  {password}\n  A one-time code:       {program} totp SECRET   (or put the secret into an authenticator)\n"
    );
    text
}
