//! Unicode normal form: text that looks the same is the same. Everything a person types goes through here once, before the domain
//! looks at it.

use unicode_normalization::UnicodeNormalization as _;

/// The text in normal form NFKC.
pub fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::comparison_key;

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(nfkc("Ｃｏｎｔｏｓｏ"), "Contoso");
        assert_eq!(nfkc("e\u{301}"), "\u{e9}");
        assert_eq!(comparison_key(&nfkc("ﬃ")), "ffi");
    }
}
