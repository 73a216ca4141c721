//! Codes that people type: 80 random bits as `ABCD-EFGH-IJKL-MNOP`. They are short, hence whatever is kept of one is a keyed hash: the
//! database alone does not suffice to try them all.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::app::ports::{Randomness, random_bytes};

/// A new code, as it is shown.
pub fn generate(randomness: &dyn Randomness) -> Zeroizing<String> {
    let code = Zeroizing::new(BASE32_NOPAD.encode(&random_bytes::<10>(randomness)));
    let mut shown = Zeroizing::new(String::with_capacity(19));
    for (at, letter) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }
    shown
}

/// What was typed, as it is hashed; `None` when it cannot be a code. Capital letters, spaces and hyphens do not matter, and the digits
/// that look like letters are taken for them.
pub fn read(typed: &str) -> Option<Zeroizing<String>> {
    let plain: Zeroizing<String> = Zeroizing::new(
        typed
            .chars()
            .filter(|found| !matches!(found, ' ' | '-'))
            .map(|found| match found.to_ascii_uppercase() {
                '0' => 'O',
                '1' => 'I',
                '8' => 'B',
                other => other,
            })
            .collect(),
    );
    let is_code = plain.len() == 16 && BASE32_NOPAD.decode(plain.as_bytes()).is_ok();
    is_code.then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::OsRandom;

    #[test]
    fn a_code_can_be_typed_by_hand() {
        let shown = generate(&OsRandom);
        assert_eq!(shown.len(), 19);
        let typed = shown.to_lowercase().replace('-', " ").replace('o', "0").replace('i', "1").replace('b', "8");
        assert_eq!(read(&typed), read(&shown));
        assert_eq!(read("ABCD-EFGH-IJKL-MNOP").unwrap().as_str(), "ABCDEFGHIJKLMNOP");
        for other in ["", "123456", "ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNO9"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
