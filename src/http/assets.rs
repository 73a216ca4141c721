//! The files of the portal, embedded in the binary: hashed names, compressed once at build time.

use super::{Front, error_page};
use crate::ui::{document::Files, visit::Arrival};
use anyhow::{Context as _, bail};
use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use std::{collections::BTreeMap, sync::Arc};

/// What the build left in `target/site`; a development build reads it from the disk.
#[derive(rust_embed::RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Site;

/// The names that pages use for the files.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    files: Files,
}

impl Assets {
    /// Reads which hashed name each file got.
    pub fn embedded() -> anyhow::Result<Self> {
        let Some(manifest) = Site::get("manifest.json") else {
            bail!("the stylesheet and scripts are not built; run `make site` first");
        };
        let names: BTreeMap<String, String> =
            serde_json::from_slice(&manifest.data).context("reading target/site/manifest.json")?;
        let address = |name: &str| match names.get(name) {
            Some(hashed) => Ok(format!("/pkg/{hashed}")),
            None => bail!("target/site/manifest.json has no {name}; run `make site` again"),
        };
        Ok(Self {
            files: Files {
                style: address("ostiary.css")?,
                boot: address("boot.js")?,
                icons: address("icons.svg")?,
                favicon: address("favicon.svg")?,
            },
        })
    }

    /// The addresses of the files.
    pub fn files(&self) -> &Files {
        &self.files
    }
}

/// Serves one file. Its name changes with its content, so browsers keep it for good.
pub async fn serve(
    State(front): State<Arc<Front>>,
    Extension(arrival): Extension<Arrival>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let compressed = accepts_brotli(&headers).then(|| Site::get(&format!("pkg/{name}.br"))).flatten();
    let is_compressed = compressed.is_some();
    let Some(file) = compressed.or_else(|| Site::get(&format!("pkg/{name}"))) else {
        return error_page::not_found(&front, &arrival);
    };
    let kind = mime_guess::from_path(&name).first_or_octet_stream();
    let kind = HeaderValue::from_str(&with_charset(kind.as_ref()))
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = Response::new(Body::from(file.data));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().extend([
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    if is_compressed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// Browsers that look for the old address find the picture.
pub async fn favicon(State(front): State<Arc<Front>>) -> Response {
    Redirect::permanent(&front.assets.files.favicon).into_response()
}

fn with_charset(kind: &str) -> String {
    if kind.starts_with("text/") || kind.ends_with("svg+xml") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// Whether the client takes brotli; a quality of zero means that it does not.
fn accepts_brotli(headers: &HeaderMap) -> bool {
    let Some(line) = headers.get(header::ACCEPT_ENCODING).and_then(|line| line.to_str().ok()) else {
        return false;
    };
    line.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_brotli = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let refused =
            parts.any(|part| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0));
        is_brotli && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_only_for_those_who_take_it() {
        let accepts = |line: &'static str| {
            accepts_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(line))]))
        };
        assert!(accepts("gzip, deflate, br, zstd"));
        assert!(accepts("br;q=0.5"));
        assert!(!accepts("gzip, br;q=0"));
        assert!(!accepts("gzip"));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }
}
