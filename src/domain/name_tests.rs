use super::*;

#[test]
fn names_of_the_world_are_names() {
    for name in [
        "Ada Lovelace",
        "Jürgen Groß",
        "Nguyễn Thị Minh Khai",
        "李小龍",
        "عبد الله",
        "O'Neil-Smith Jr.",
        "<b>Bob</b>",
        "=1+1",
    ] {
        assert!(DisplayName::parse(name).is_ok(), "{name}");
    }
}

#[test]
fn what_cannot_be_seen_is_refused() {
    for hidden in ['\u{202e}', '\u{200b}', '\u{200d}', '\u{2066}', '\u{ad}', '\u{feff}', '\u{e0041}', '\u{3164}'] {
        assert_eq!(DisplayName::parse(&format!("Ada{hidden}Lovelace")), Err(NameError::Invisible(hidden)));
    }
    for control in ['\0', '\n', '\t', '\u{7f}', '\u{85}', '\u{a0}', '\u{3000}'] {
        assert_eq!(DisplayName::parse(&format!("Ada{control}L")), Err(NameError::Control), "{control:?}");
    }
    assert_eq!(DisplayName::parse("Ada\u{e001}"), Err(NameError::Meaningless('\u{e001}')));
    assert_eq!(DisplayName::parse("Ada\u{1fffe}"), Err(NameError::Meaningless('\u{1fffe}')));
}

#[test]
fn spaces_do_not_make_another_name() {
    assert_eq!(DisplayName::parse(" Ada"), Err(NameError::SpaceAtEdge));
    assert_eq!(DisplayName::parse("Ada\u{a0}"), Err(NameError::SpaceAtEdge));
    assert_eq!(DisplayName::parse("Ada  Lovelace"), Err(NameError::DoubleSpace));
    assert_eq!(DisplayName::parse("   "), Err(NameError::Empty));
    assert_eq!(DisplayName::parse(""), Err(NameError::Empty));
}

#[test]
fn length_counts_characters() {
    assert!(Text::<3>::parse("äöü").is_ok());
    assert_eq!(Text::<3>::parse("äöüß"), Err(NameError::TooLong { max: 3 }));
}

#[test]
fn accents_have_a_limit_and_something_to_stand_on() {
    assert!(DisplayName::parse("a\u{300}\u{301}b").is_ok());
    assert_eq!(DisplayName::parse(&format!("a{}", "\u{300}".repeat(4))), Err(NameError::PiledMarks));
    assert_eq!(DisplayName::parse("\u{300}a"), Err(NameError::PiledMarks));
}

#[test]
fn keys_fold_case() {
    assert_eq!(comparison_key("STRASSE"), comparison_key("straße"));
    assert_eq!(comparison_key("ΟΔΟΣ"), comparison_key("οδος"));
}

#[test]
fn prose_keeps_its_lines_and_emoji_but_not_its_direction_marks() {
    assert_eq!(Prose::<500>::parse(" a\r\nb ").map(|text| text.as_str().to_owned()), Ok("a\nb".to_owned()));
    assert!(Prose::<500>::parse("done ✔\u{fe0f}").is_ok());
    assert_eq!(Prose::<500>::parse("a\u{202e}b"), Err(NameError::Invisible('\u{202e}')));
    assert_eq!(Prose::<500>::parse("a\0b"), Err(NameError::ControlInProse));
    assert_eq!(Prose::<5>::parse("123456"), Err(NameError::TooLong { max: 5 }));
    assert!(Prose::<5>::parse("").is_ok_and(|text| text.is_empty()));
}
