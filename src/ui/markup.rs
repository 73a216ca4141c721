//! HTML as text, after the views are done with it.

const MARKER: &str = "<!>";
const ISLAND: &str = "<leptos-island ";
const ISLAND_END: &str = "</leptos-island>";

/// The same HTML without the marks that views leave after each list of children. The browser's half looks for them inside
/// of islands, where they stay; elsewhere nobody does, and in a `<title>` they would be read as words. Text and attributes
/// never hold a mark: there it is escaped.
pub fn without_markers(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(ISLAND) {
        let (before, island) = rest.split_at(at);
        kept.push_str(&before.replace(MARKER, ""));
        let (island, after) = island.split_at(end_of_island(island));
        kept.push_str(island);
        rest = after;
    }
    kept.push_str(&rest.replace(MARKER, ""));
    kept
}

/// Where the island that this HTML starts with ends, with all the islands in it.
fn end_of_island(html: &str) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(rest) = html.get(at..) {
        let (opens, closes) = (rest.find(ISLAND), rest.find(ISLAND_END));
        match (opens, closes) {
            (Some(opens), Some(closes)) if opens < closes => {
                open += 1;
                at += opens + ISLAND.len();
            }
            (_, Some(closes)) => {
                open = open.saturating_sub(1);
                at += closes + ISLAND_END.len();
                if open == 0 {
                    return at;
                }
            }
            (_, None) => break,
        }
    }
    html.len()
}

#[cfg(test)]
mod tests {
    use super::without_markers;

    #[test]
    fn islands_keep_their_marks() {
        let island = r#"<leptos-island data-component="a"><p>x<!></p><leptos-island data-component="b"><!></leptos-island><!></leptos-island>"#;
        let html = format!("<title>T<!></title>{island}<p>&lt;!&gt;<!></p>{island}<!>");
        assert_eq!(without_markers(&html), format!("<title>T</title>{island}<p>&lt;!&gt;</p>{island}"));
        assert_eq!(without_markers("<p><!></p>"), "<p></p>");
    }
}
