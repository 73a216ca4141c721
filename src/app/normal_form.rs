//! Unicode normal form: text that looks the same is the same. Everything a person types goes through here once, before the domain
//! looks at it.

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{limits::LONGEST_SEARCH, name::comparison_key};

/// The text in normal form NFKC.
pub fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

/// What is looked for when somebody typed this: its comparison key, cut to the longest text that is looked for. The cut is made after
/// the normal form, which can be eighteen times as long as what was typed.
pub fn search_key(typed: &str) -> String {
    let text: String = typed.trim().nfkc().take(LONGEST_SEARCH).collect();
    comparison_key(text.trim()).chars().take(LONGEST_SEARCH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(nfkc("Ｃｏｎｔｏｓｏ"), "Contoso");
        assert_eq!(nfkc("e\u{301}"), "\u{e9}");
        assert_eq!(comparison_key(&nfkc("ﬃ")), "ffi");
    }

    #[test]
    fn nothing_that_is_looked_for_is_long() {
        assert_eq!(search_key("  Ｃontoso \u{a0}"), "contoso");
        // Eighteen characters of each.
        let typed = "\u{fdfa}".repeat(7_000);
        assert_eq!(search_key(&typed).chars().count(), LONGEST_SEARCH);
        // Three of each, when letters become large.
        assert_eq!(search_key(&"\u{390}".repeat(150)).chars().count(), LONGEST_SEARCH);
        assert_eq!(search_key(&"a".repeat(200)), "a".repeat(200));
        assert_eq!(search_key(&"a".repeat(201)), "a".repeat(200));
    }
}
