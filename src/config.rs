//! The configuration: flags, environment and an optional file, in that order of strength. It refuses what is unsafe.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::app::files::resolved;

mod address;
mod connections;
mod mail;
mod passwords;

pub use address::{Network, PublicUrl};
pub use connections::Connections;
pub use mail::{MailServer, MailSettings, SmtpSecurity};
pub use passwords::PasswordCost;

/// Where the portal listens when nobody says otherwise.
const USUAL_LISTEN: &str = "127.0.0.1:3000";

/// A self-hosted Privileged Identity Management portal.
#[derive(clap::Parser)]
#[command(name = "ostiary", version, about)]
pub struct Arguments {
    /// What to do; serves the portal when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A TOML file with any of the settings below, named with underscores. Flags and environment win over it.
    #[arg(long, env = "OSTIARY_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the program can do.
#[derive(clap::Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve the portal.
    Serve,
    /// Look after the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after the key.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Copy the embedded database to a new file, while the server serves.
    ///
    /// The copy is what the database was at one moment. Its pages and every event of its audit are checked before it gets its name. The
    /// key and the anchor are not in it: keep a copy of them elsewhere.
    Backup {
        /// The file to make; one that is there is never replaced.
        file: PathBuf,
    },
    /// Put a backup in the place of the embedded database. Stop the server first.
    ///
    /// The backup is checked, and it is said which events are not in it, before anything is replaced. The old database is kept beside
    /// the new one, under another name. That a backup was restored becomes an event of the audit.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Make or restore a Global Administrator, when nobody can sign in any more who could.
    ///
    /// It prints a code that works once, within 15 minutes: its person types it at /recover and chooses a new password and a new
    /// second factor. Works beside a running server and without mail; needs the database and the key. It is told to all
    /// administrators, and stands in the audit.
    Recover(Recover),
    /// Fill a throw-away portal with the story of a small company, and serve it on this machine alone.
    ///
    /// It is in a temporary folder that goes when the demo stops, unless --data-dir names a new one to keep. Everybody in it has
    /// the same known password.
    Demo(Demo),
    /// Print the one-time code of this moment, as an authenticator with this secret would show it.
    Totp {
        /// The secret in base32, as the demo prints it.
        secret: String,
    },
}

/// What can be done with the audit trail.
#[derive(clap::Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditCommand {
    /// Check that every event is as it was written, and that none is missing. Works beside a running server, and on a
    /// database on which the server refuses to start. Ends with 0 when the trail is intact, 1 when it is broken, 2 when it
    /// could not be checked.
    Verify,
    /// Go on from the audit trail that is there, after an older backup of the database was restored or the anchor beside the key
    /// was lost. Stop the server first. Every event is checked, and a trail with a broken one is not accepted. That it was accepted,
    /// and what the anchor remembered, becomes an event of the trail. Ends with 0 when the server can start again, 1 when the
    /// trail is broken, 2 when it could not be checked.
    Accept,
}

/// What can be done with the key.
#[derive(clap::Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCommand {
    /// Replace the key by a new one. Stop every server of this database first. Secrets and seals are made anew, all sessions end, and
    /// the audit trail tells of it; the trail before is not written anew, and recovery codes that were shown stay good. When it is
    /// interrupted, run it again: it finishes. The old key stays beside the new one, for backups from before.
    Rotate,
}

/// Whom to recover.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct Recover {
    /// What the person signs in with, such as ada@example.com. Whoever has no account yet gets one.
    #[arg(long, value_name = "NAME")]
    pub user_principal_name: String,
    /// The name of a new person. Default: what they sign in with.
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// The mail address of a new person. Default: what they sign in with.
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Option<String>,
}

/// What the demo is filled with.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// At least so many people; beyond the cast of the story they are a crowd.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub users: usize,
    /// At least so many assignments of the crowd.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub assignments: usize,
    /// At least so many rows of audit, which the crowd makes by activating roles.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub audit_rows: i64,
    /// The same seed tells the same story.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
}

/// Every setting, each of which may be left out.
#[derive(clap::Args, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that people type, such as https://pim.example.com. Default: http:// and the listen address.
    #[arg(long, env = "OSTIARY_PUBLIC_URL", global = true, value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// The address and port to listen on. Default: 127.0.0.1:3000.
    #[arg(long, env = "OSTIARY_LISTEN", global = true, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// The address and port of a second listener that answers /metrics to Prometheus, without a password: for a network that only
    /// the monitoring reaches. Default: none.
    #[arg(long, env = "OSTIARY_METRICS_LISTEN", global = true, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,

    /// The folder of the embedded database. Made on the first start, readable by its owner only. Default: ./data.
    #[arg(long, env = "OSTIARY_DATA_DIR", global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,

    /// A PostgreSQL database instead of the embedded one: postgres://user:password@host/name. Best set by the
    /// environment, where other users of the machine cannot read it.
    #[arg(long, env = "OSTIARY_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// The key that opens the secrets in the database. Made on the first start. Keep it apart from the database and its
    /// backups. Default: ostiary.key beside the data folder.
    #[arg(long, env = "OSTIARY_KEY_FILE", global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8; several with commas.
    #[arg(long, env = "OSTIARY_TRUSTED_PROXIES", global = true, value_name = "NETWORKS", value_delimiter = ',')]
    trusted_proxies: Option<Vec<Network>>,

    /// Connections that are held open at once; further ones wait a moment, and are then told that there is no place. Probes are
    /// answered all the same. Default: 1000.
    #[arg(long, env = "OSTIARY_MAX_CONNECTIONS", global = true, value_name = "COUNT")]
    max_connections: Option<usize>,

    /// Connections that one address, perhaps a whole office, may hold open at once. Trusted proxies and this machine may hold any
    /// number. Default: 256.
    #[arg(long, env = "OSTIARY_MAX_CONNECTIONS_PER_ADDRESS", global = true, value_name = "COUNT")]
    max_connections_per_address: Option<usize>,

    /// Allow the portal to be reached by plain http from other machines. Passwords and sessions can then be read on the
    /// way; only for a network that you trust wholly. Default: false.
    #[arg(long, env = "OSTIARY_ALLOW_PLAIN_HTTP", global = true, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_plain_http: Option<bool>,

    /// How log lines are written. Default: text.
    #[arg(long, env = "OSTIARY_LOG_FORMAT", global = true)]
    log_format: Option<LogFormat>,

    /// What is logged, in the words of tracing's filters, such as info or ostiary=debug. Default: info.
    #[arg(long, env = "OSTIARY_LOG", global = true, value_name = "FILTER")]
    log: Option<String>,

    /// Memory that hashing one password takes, in KiB. Default: 19456.
    #[arg(long, env = "OSTIARY_ARGON2_MEMORY_KIB", global = true, value_name = "KIB")]
    argon2_memory_kib: Option<u32>,

    /// Passes over that memory. Default: 2.
    #[arg(long, env = "OSTIARY_ARGON2_ITERATIONS", global = true, value_name = "COUNT")]
    argon2_iterations: Option<u32>,

    /// Lanes of that memory. Default: 1.
    #[arg(long, env = "OSTIARY_ARGON2_PARALLELISM", global = true, value_name = "COUNT")]
    argon2_parallelism: Option<u32>,

    /// Minutes without a request after which a session ends; 5 to 1440. Default: 60.
    #[arg(long, env = "OSTIARY_SESSION_IDLE_MINUTES", global = true, value_name = "MINUTES")]
    session_idle_minutes: Option<u32>,

    /// Hours after which a session ends whatever happens; 1 to 168. Default: 12.
    #[arg(long, env = "OSTIARY_SESSION_ABSOLUTE_HOURS", global = true, value_name = "HOURS")]
    session_absolute_hours: Option<u32>,

    /// How mails leave.
    #[command(flatten)]
    #[serde(flatten)]
    mail: MailSettings,
}

/// How log lines are written.
#[derive(clap::ValueEnum, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// The embedded database in this folder.
    Folder(PathBuf),
    /// A PostgreSQL server.
    Postgres(String),
}

impl fmt::Debug for Database {
    /// Without the password that a URL may hold.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => out.debug_tuple("Folder").field(folder).finish(),
            Self::Postgres(_) => out.write_str("Postgres(..)"),
        }
    }
}

/// What the front door needs to know.
#[derive(Clone, Debug)]
pub struct Door {
    /// The address that people type.
    pub public_url: PublicUrl,
    /// Proxies whose word about the client's address is taken.
    pub trusted_proxies: Vec<Network>,
}

impl Door {
    /// Whether this address is one of the trusted proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(address))
    }

    /// Whether a `Host` is the portal's own. A portal on the loopback answers to every name of the loopback.
    pub fn is_own_host(&self, host: &str) -> bool {
        let scheme = self.public_url.scheme();
        PublicUrl::from_str(&format!("{scheme}://{host}")).is_ok_and(|asked| {
            if self.public_url.is_loopback() { asked.is_loopback() } else { asked == self.public_url }
        })
    }

    /// Whether an `Origin` is the portal's own, given the `Host` that was asked.
    pub fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        let Ok(origin) = PublicUrl::from_str(origin) else { return false };
        let asked = PublicUrl::from_str(&format!("{}://{host}", self.public_url.scheme()));
        origin == self.public_url
            || (self.public_url.is_loopback() && asked.is_ok_and(|asked| asked.is_loopback() && asked == origin))
    }
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request, in minutes.
    pub idle_minutes: u32,
    /// Whatever happens, in hours.
    pub absolute_hours: u32,
}

/// The configuration, complete and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to answer Prometheus, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// The front door's part.
    pub door: Door,
    /// How many connections are held open.
    pub connections: Connections,
    /// Where the data is.
    pub database: Database,
    /// Where the key is.
    pub key_file: PathBuf,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// What hashing a password costs.
    pub passwords: PasswordCost,
    /// How long sessions live.
    pub sessions: SessionLimits,
    /// The server that takes mails; none are sent without one.
    pub mail: Option<MailServer>,
}

impl Config {
    /// The configuration from flags, environment and file. The data is in this folder when none of them says where.
    pub fn read(arguments: Arguments, usual_folder: &Path) -> anyhow::Result<Self> {
        let file = match &arguments.config {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("reading the configuration file {}", path.display()))?;
                toml::from_str(&text)
                    .with_context(|| format!("the configuration file {} cannot be understood", path.display()))?
            }
            None => Settings::default(),
        };
        Self::resolve(arguments.settings.or(file), usual_folder)
    }

    fn resolve(settings: Settings, usual_folder: &Path) -> anyhow::Result<Self> {
        let listen = match settings.listen {
            Some(listen) => listen,
            None => USUAL_LISTEN.parse()?,
        };
        let public_url = match settings.public_url {
            Some(url) => url,
            // Every name of the machine leads here, and none of them can be told from another host's.
            None if listen.ip().is_unspecified() => bail!(
                "Ostiary would listen on all addresses of this machine, and does not know by which one people reach it. Set --public-url \
                 to the address that they type, such as https://pim.example.com."
            ),
            None => PublicUrl::from_str(&format!("http://{listen}"))?,
        };
        let seen_from_outside = !listen.ip().is_loopback() || !public_url.is_loopback();
        if seen_from_outside && !public_url.is_secure() && !settings.allow_plain_http.unwrap_or_default() {
            bail!(
                "Ostiary would be reached by plain http at {public_url}, listening on {listen}: passwords and sessions could be read \
                 on the way. Set --public-url to the https address of the proxy in front of it, or listen on 127.0.0.1. \
                 If the network is trusted wholly, --allow-plain-http true takes that risk."
            );
        }
        let data_dir = settings.data_dir.unwrap_or_else(|| usual_folder.to_owned());
        let key_file = settings.key_file.unwrap_or_else(|| data_dir.with_file_name("ostiary.key"));
        // Compared by where they lead: `./data/key` is inside `data`, and so is a link to it.
        let place =
            |path: &Path| resolved(path).with_context(|| format!("the path {} cannot be followed", path.display()));
        if place(&key_file)?.starts_with(place(&data_dir)?) {
            bail!(
                "The key file {} lies inside the data folder {}: whoever copies the folder could open its secrets. Put it elsewhere.",
                key_file.display(),
                data_dir.display()
            );
        }
        let database = match settings.database_url {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Database::Postgres(url),
            Some(_) => {
                bail!("The database URL must begin with postgres://. Leave it out to use the embedded database.")
            }
            None => Database::Folder(data_dir),
        };
        let usual = PasswordCost::default();
        let passwords = PasswordCost {
            memory_kib: settings.argon2_memory_kib.unwrap_or(usual.memory_kib),
            iterations: settings.argon2_iterations.unwrap_or(usual.iterations),
            parallelism: settings.argon2_parallelism.unwrap_or(usual.parallelism),
        };
        passwords.check()?;
        let sessions = SessionLimits {
            idle_minutes: settings.session_idle_minutes.unwrap_or(60),
            absolute_hours: settings.session_absolute_hours.unwrap_or(12),
        };
        if !(5..=1_440).contains(&sessions.idle_minutes) || !(1..=168).contains(&sessions.absolute_hours) {
            bail!("A session may be idle for 5 to 1440 minutes, and last for 1 to 168 hours.");
        }
        let trusted_proxies = settings.trusted_proxies.unwrap_or_default();
        let connections =
            Connections::of(settings.max_connections, settings.max_connections_per_address, &trusted_proxies)?;
        if settings.metrics_listen == Some(listen) {
            bail!("The metrics need a listener of their own: --metrics-listen and --listen are both {listen}.");
        }
        Ok(Self {
            listen,
            metrics_listen: settings.metrics_listen,
            door: Door { public_url, trusted_proxies },
            connections,
            database,
            key_file,
            log_format: settings.log_format.unwrap_or_default(),
            log: settings.log.unwrap_or_else(|| "info".to_owned()),
            passwords,
            sessions,
            mail: settings.mail.resolve()?,
        })
    }
}

impl Settings {
    /// These settings, and where one is missing, the other's.
    fn or(self, other: Self) -> Self {
        Self {
            public_url: self.public_url.or(other.public_url),
            listen: self.listen.or(other.listen),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            data_dir: self.data_dir.or(other.data_dir),
            database_url: self.database_url.or(other.database_url),
            key_file: self.key_file.or(other.key_file),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            max_connections: self.max_connections.or(other.max_connections),
            max_connections_per_address: self.max_connections_per_address.or(other.max_connections_per_address),
            allow_plain_http: self.allow_plain_http.or(other.allow_plain_http),
            log_format: self.log_format.or(other.log_format),
            log: self.log.or(other.log),
            argon2_memory_kib: self.argon2_memory_kib.or(other.argon2_memory_kib),
            argon2_iterations: self.argon2_iterations.or(other.argon2_iterations),
            argon2_parallelism: self.argon2_parallelism.or(other.argon2_parallelism),
            session_idle_minutes: self.session_idle_minutes.or(other.session_idle_minutes),
            session_absolute_hours: self.session_absolute_hours.or(other.session_absolute_hours),
            mail: self.mail.or(other.mail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> anyhow::Result<Config> {
        Config::resolve(toml::from_str(toml)?, Path::new("data"))
    }

    #[test]
    fn the_usual_settings_are_safe() {
        let config = read("").unwrap();
        assert_eq!(config.door.public_url.to_string(), "http://127.0.0.1:3000");
        assert_eq!(config.database, Database::Folder("data".into()));
        assert_eq!(config.key_file, PathBuf::from("ostiary.key"));
    }

    #[test]
    fn plain_http_is_for_the_loopback() {
        assert!(read("listen = '0.0.0.0:3000'").is_err());
        assert!(read("public_url = 'http://pim.example.com'").is_err());
        assert!(read("listen = '192.0.2.7:3000'\nallow_plain_http = true").is_ok());
        assert!(read("listen = '0.0.0.0:3000'\npublic_url = 'https://pim.example.com'").is_ok());
    }

    #[test]
    fn unsafe_combinations_are_refused_with_a_sentence() {
        for (toml, words) in [
            ("key_file = 'data/key'", "inside the data folder"),
            ("key_file = './data/key'", "inside the data folder"),
            ("data_dir = './other/../data'\nkey_file = 'data/deep/key'", "inside the data folder"),
            ("database_url = 'mysql://x'", "must begin with postgres://"),
            ("listen = '0.0.0.0:3000'\nallow_plain_http = true", "Set --public-url"),
            ("listen = '[::]:3000'", "Set --public-url"),
            ("argon2_iterations = 1", "OWASP"),
            ("session_idle_minutes = 1", "5 to 1440"),
            ("max_connections = 3", "At least 10"),
            ("metrics_listen = '127.0.0.1:3000'", "a listener of their own"),
            ("sessoin_idle_minutes = 9", "unknown field"),
        ] {
            let error = format!("{:#}", read(toml).unwrap_err());
            assert!(error.contains(words), "{toml}: {error}");
        }
    }

    #[test]
    fn a_database_password_stays_out_of_logs() {
        let config = read("database_url = 'postgres://o:secret@db/o'").unwrap();
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn the_door_knows_its_own_name() {
        let door = read("public_url = 'https://pim.example.com'").unwrap().door;
        assert!(door.is_own_host("pim.example.com"));
        assert!(door.is_own_host("PIM.example.com:443"));
        assert!(!door.is_own_host("pim.example.com:8443"));
        assert!(!door.is_own_host("evil.example"));
        assert!(door.is_own_origin("https://pim.example.com", "pim.example.com"));
        assert!(!door.is_own_origin("http://pim.example.com", "pim.example.com"));
        assert!(!door.is_own_origin("null", "pim.example.com"));

        let local = read("").unwrap().door;
        assert!(local.is_own_host("localhost:3000"));
        assert!(!local.is_own_host("evil.example:3000"));
        assert!(local.is_own_origin("http://localhost:3000", "localhost:3000"));
        assert!(!local.is_own_origin("http://localhost:9999", "localhost:3000"));
    }
}
