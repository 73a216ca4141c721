//! Comma-separated values (RFC 4180) that a spreadsheet shows and never runs.

/// The first line of a file, with the names of its columns. Spreadsheets read the file as UTF-8 because of the mark before it.
pub fn head<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    format!("\u{feff}{}", line(columns))
}

/// One line with its end. Every cell stands in quotation marks; what a spreadsheet would take for a formula gets an apostrophe
/// before it: at the beginning of a cell, and wherever a cell would begin if the file were read with another separator.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push('"');
        for (at, part) in cell.split_inclusive(SEPARATORS).enumerate() {
            if (at == 0 && is_formula(cell)) || begins_formula(part) {
                line.push('\'');
            }
            line.push_str(&part.replace('"', "\"\""));
        }
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

/// What separates cells or lines in some file of this kind.
const SEPARATORS: [char; 6] = [';', ',', '\t', '|', '\r', '\n'];

/// Whether a spreadsheet could take the cell for a formula: by its first character, or by the first after white space. The wide
/// forms count too, because some spreadsheets read them as the narrow ones.
fn is_formula(cell: &str) -> bool {
    let starts = |text: &str| text.starts_with(['|', '\t', '\r', '\n']) || begins_formula(text);
    starts(cell) || starts(cell.trim_start())
}

/// Whether this text, read as a cell, is a formula. A quotation mark before it may be one of the file's own to another reader.
fn begins_formula(text: &str) -> bool {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '"');
    text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

#[cfg(test)]
mod tests {
    use super::{head, line};

    #[test]
    fn formulas_are_inert() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "|calc", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "\u{ff1d}1"] {
            assert!(line([bad]).starts_with("\"'"), "{bad:?}");
        }
        assert_eq!(line(["a-b", "x@y.example", "1"]), "\"a-b\",\"x@y.example\",\"1\"\r\n");
    }

    #[test]
    fn formulas_are_inert_whatever_the_separator() {
        assert_eq!(line(["x;=1+1;y"]), "\"x;'=1+1;y\"\r\n");
        for separator in [";", ",", "\t", "|", "\r", "\n", "; ", "\";"] {
            for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\u{ff1d}1"] {
                let written = line(["a", &format!("x{separator}{formula}"), "b"]);
                // As somebody reads it who splits at every separator and takes quotation marks and spaces away.
                let cells = written.split([';', ',', '\t', '|', '\r', '\n']);
                let cells: Vec<_> = cells.map(|cell| cell.trim_matches(['"', ' '])).collect();
                assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\u{ff1d}'])), "{written:?}");
            }
        }
        assert_eq!(line(["a; b, c", "one\n\n\ttwo"]), "\"a; b, c\",\"one\n\n\ttwo\"\r\n");
    }

    #[test]
    fn a_file_begins_with_the_mark() {
        assert_eq!(head(["Role", "Name"]), "\u{feff}\"Role\",\"Name\"\r\n");
    }

    #[test]
    fn no_cell_ends_early() {
        assert_eq!(line(["say \"hi\", twice", "two\nlines", ""]), "\"say \"\"hi\"\", twice\",\"two\nlines\",\"\"\r\n");
    }
}
