//! A mail server on the loopback that says what a script says, and keeps what it heard.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ostiary::{
    app::smtp::{Account, Patience, Security, SmtpMailer, SmtpServer},
    domain::address::MailAddress,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the server does at one point of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It says this.
    Say(&'static str),
    /// It says this after so many seconds.
    SayLater(u64, &'static str),
    /// It hangs up.
    HangUp,
    /// It says nothing at all.
    Wait,
}

/// What it answers to a command, and `DATA` stands for its beginning and `.` for its end. What is not told goes well.
type Script = Box<dyn Fn(&str) -> Option<Act> + Send + Sync>;

/// The server.
pub struct MailServer {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    _task: tokio::task::JoinHandle<()>,
}

/// What it heard.
#[derive(Default)]
pub struct Heard {
    /// How many connections were made.
    pub connections: usize,
    /// Every command.
    pub commands: Vec<String>,
    /// Every message that was sent to its end, as it went over the wire.
    pub messages: Vec<String>,
}

impl MailServer {
    /// A server that follows this script.
    pub async fn start(script: impl Fn(&str) -> Option<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let (ears, script): (_, Arc<Script>) = (Arc::clone(&heard), Arc::new(Box::new(script)));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                ears.lock().unwrap().connections += 1;
                tokio::spawn(talk(stream, Arc::clone(&ears), Arc::clone(&script)));
            }
        });
        Self { port, heard, _task: task }
    }

    /// Where it listens, on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Somebody who sends through it, in the clear.
    pub fn mailer(&self) -> Arc<SmtpMailer> {
        self.mailer_with(Security::None, None)
    }

    /// Somebody who sends through it in this way.
    pub fn mailer_with(&self, security: Security, account: Option<Account>) -> Arc<SmtpMailer> {
        let patience = Patience { before: Duration::from_secs(2), message: Duration::from_secs(2) };
        self.mailer_who(security, account, patience)
    }

    /// Somebody who sends through it in this way, and waits so long for it.
    pub fn mailer_who(&self, security: Security, account: Option<Account>, patience: Patience) -> Arc<SmtpMailer> {
        let server = SmtpServer {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security,
            account,
            authorities: None,
            from: MailAddress::parse("pim@contoso.example").unwrap(),
            patience,
        };
        Arc::new(SmtpMailer::new(server).unwrap())
    }

    /// What it heard so far.
    pub fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock().unwrap())
    }
}

async fn talk(stream: TcpStream, heard: Arc<Mutex<Heard>>, script: Arc<Script>) {
    let mut stream = BufReader::new(stream);
    if !act(&mut stream, script("greeting").unwrap_or(Act::Say("220 mx.contoso.example ESMTP"))).await {
        return;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let command = line.trim_end().to_owned();
        heard.lock().unwrap().commands.push(command.clone());
        let usual = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => Act::Say("250-mx.contoso.example\r\n250-AUTH PLAIN\r\n250 8BITMIME"),
            "AUTH" => Act::Say("235 welcome"),
            "DATA" => Act::Say("354 go on"),
            "QUIT" => Act::Say("221 bye"),
            _ => Act::Say("250 ok"),
        };
        let told = script(&command).unwrap_or(usual);
        if !act(&mut stream, told).await || command == "QUIT" {
            return;
        }
        if command == "DATA" && matches!(told, Act::Say(said) if said.starts_with("354")) {
            let mut message = String::new();
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line == ".\r\n" {
                    break;
                }
                message.push_str(&line);
            }
            heard.lock().unwrap().messages.push(message);
            if !act(&mut stream, script(".").unwrap_or(Act::Say("250 queued as 4711"))).await {
                return;
            }
        }
    }
}

/// Does it; false when the conversation is over.
async fn act(stream: &mut BufReader<TcpStream>, act: Act) -> bool {
    match act {
        Act::Say(words) => stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).await.is_ok(),
        Act::SayLater(seconds, words) => {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).await.is_ok()
        }
        Act::HangUp => false,
        Act::Wait => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            false
        }
    }
}
