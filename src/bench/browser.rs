//! As much of a browser as signing in and sending forms needs: HTTP/1.1 on one connection that is kept, and the session's cookie.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use ostiary::app::{
    crypto::{Totp, TotpSecret},
    ports::{Clock as _, SystemClock},
    story::Persona,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// Somebody's browser. A clone shares the session, not the connection.
pub struct Browser {
    portal: SocketAddr,
    session: Option<String>,
    connection: Option<BufReader<TcpStream>>,
}

impl Clone for Browser {
    fn clone(&self) -> Self {
        Self { portal: self.portal, session: self.session.clone(), connection: None }
    }
}

/// What the portal answered.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// How long the portal took by its own word.
    pub took: Duration,
    pub body: Vec<u8>,
}

impl Browser {
    pub fn new(portal: SocketAddr) -> Self {
        Self { portal, session: None, connection: None }
    }

    /// Signs in and shows the second factor.
    pub async fn sign_in(&mut self, persona: &Persona) -> anyhow::Result<()> {
        let form = [("user_principal_name", persona.user_principal_name.as_str()), ("password", persona.password)];
        let signed_in = self.post("/sign-in", &form).await?;
        ensure!(signed_in.status == 303, "the portal answers {} to the password", signed_in.status);
        let secret = TotpSecret::from_typed(&persona.secret).context("the secret")?;
        let code = Totp::new(&secret).code_at(SystemClock.now());
        let verified = self.post("/verify", &[("code", &code)]).await?;
        ensure!(verified.status == 303, "the portal answers {} to the code", verified.status);
        Ok(())
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, "", "gzip, br").await
    }

    /// The same, not compressed.
    pub async fn get_plain(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, "", "identity").await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask("POST", path, &form, "gzip, br").await
    }

    async fn ask(&mut self, method: &str, path: &str, form: &str, encoding: &str) -> anyhow::Result<Answer> {
        let cookie = self.session.as_ref().map(|session| format!("cookie: {session}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{cookie}sec-fetch-site: same-origin\r\naccept: text/html\r\n\
             accept-encoding: {encoding}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.portal,
            form.len()
        );
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let stream = TcpStream::connect(self.portal).await?;
            stream.set_nodelay(true)?;
            BufReader::new(stream)
        };
        connection.get_mut().write_all(request.as_bytes()).await?;
        let answer = self.read(&mut connection).await?;
        self.connection = Some(connection);
        Ok(answer)
    }

    async fn read(&mut self, connection: &mut BufReader<TcpStream>) -> anyhow::Result<Answer> {
        let first = line(connection).await?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).context("a status line")?;
        let mut answer = Answer { status, location: None, took: Duration::ZERO, body: Vec::new() };
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let header = line(connection).await?;
            let Some((name, value)) = header.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().context("a length")?,
                "transfer-encoding" => is_chunked = value == "chunked",
                "server-timing" => {
                    let millis = value.rsplit('=').next().and_then(|millis| millis.parse::<f64>().ok());
                    answer.took = Duration::from_secs_f64(millis.context("the portal's time")? / 1_000.0);
                }
                "location" => answer.location = Some(value.to_owned()),
                "set-cookie" if value.starts_with("ostiary_session=") => {
                    self.session = value.split(';').next().map(str::to_owned);
                }
                _ => {}
            }
        }
        if is_chunked {
            loop {
                let size = usize::from_str_radix(&line(connection).await?, 16).context("a chunk")?;
                take(connection, size, &mut answer.body).await?;
                line(connection).await?;
                if size == 0 {
                    break;
                }
            }
        } else {
            take(connection, length, &mut answer.body).await?;
        }
        Ok(answer)
    }
}

async fn line(connection: &mut BufReader<TcpStream>) -> anyhow::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        bail!("the portal closed the connection");
    }
    Ok(line.trim_end().to_owned())
}

async fn take(connection: &mut BufReader<TcpStream>, size: usize, into: &mut Vec<u8>) -> anyhow::Result<()> {
    let read = connection.take(size as u64).read_to_end(into).await?;
    ensure!(read == size, "the portal closed the connection");
    Ok(())
}
