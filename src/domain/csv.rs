//! Comma-separated values (RFC 4180) that a spreadsheet shows and never runs.

/// The first line of a file, with the names of its columns. Spreadsheets read the file as UTF-8 because of the mark before it.
pub fn head<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    format!("\u{feff}{}", line(columns))
}

/// One line with its end. Every cell stands in quotation marks; one that a spreadsheet would take for a formula gets an
/// apostrophe before it.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push('"');
        if is_formula(cell) {
            line.push('\'');
        }
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

/// Whether a spreadsheet could take the cell for a formula: by its first character, or by the first after white space. The wide
/// forms count too, because some spreadsheets read them as the narrow ones.
fn is_formula(cell: &str) -> bool {
    let starts = |text: &str| {
        text.starts_with(['=', '+', '-', '@', '|', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
    };
    starts(cell) || starts(cell.trim_start())
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
    fn a_file_begins_with_the_mark() {
        assert_eq!(head(["Role", "Name"]), "\u{feff}\"Role\",\"Name\"\r\n");
    }

    #[test]
    fn no_cell_ends_early() {
        assert_eq!(line(["say \"hi\", twice", "two\nlines", ""]), "\"say \"\"hi\"\", twice\",\"two\nlines\",\"\"\r\n");
    }
}
