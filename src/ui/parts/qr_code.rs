//! A text for a camera.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode as Code};

/// The empty border that readers need around a code, in modules.
const QUIET: usize = 4;

/// A QR code with words below it. A text too long for one leaves only the words.
#[component]
pub fn QrCode(
    /// What the camera reads.
    #[prop(into)]
    text: String,
    /// What it is, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The words below: the same for those who type.
    children: Children,
) -> impl IntoView {
    let code = Code::with_error_correction_level(text.as_bytes(), EcLevel::M).ok().map(|code| {
        let size = code.width() + 2 * QUIET;
        let path = dark_modules(&code);
        view! {
            <svg viewBox=format!("0 0 {size} {size}") role="img" aria-label=label shape-rendering="crispEdges">
                <path d=path fill="currentColor"></path>
            </svg>
        }
    });
    view! {
        <figure class="qr">
            {code}
            <figcaption>{children()}</figcaption>
        </figure>
    }
}

/// Runs of dark modules in each row, as one path.
fn dark_modules(code: &Code) -> String {
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(code.width()).enumerate() {
        let mut column = 0;
        for run in colors.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, width) = (column + QUIET, row + QUIET, run.len());
                path.extend([
                    "M",
                    &x.to_string(),
                    " ",
                    &y.to_string(),
                    "h",
                    &width.to_string(),
                    "v1h-",
                    &width.to_string(),
                    "z",
                ]);
            }
            column += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_as_rows_of_dark_modules() {
        let code = Code::with_error_correction_level(b"otpauth://totp/x", EcLevel::M).unwrap();
        let path = dark_modules(&code);
        assert!(path.starts_with("M4 4h7v1h-7z"), "the finder pattern comes first: {path}");
        let dark = code.to_colors().into_iter().filter(|color| *color == Color::Dark).count();
        let drawn: usize = path.split('h').filter_map(|part| part.split('v').next()?.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
    }
}
