//! A letter as plain text, which reads well in a terminal.

use super::letter::{Letter, Sender, Table, line, prose};

/// No line is longer, unless one word is.
const WIDTH: usize = 72;

pub(super) fn render(letter: &Letter, sender: Sender<'_>) -> String {
    let mut out = String::new();
    out.push_str(&wrapped(&line(&letter.heading), ""));
    out.push('\n');
    out.push_str(&wrapped(&line(&letter.opening), ""));
    if !letter.facts.is_empty() {
        out.push('\n');
        let widest = letter.facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in &letter.facts {
            out.push_str(&fact(name, value, widest));
        }
    }
    for table in &letter.tables {
        out.push('\n');
        out.push_str(&rows(table));
    }
    if let Some(closing) = &letter.closing {
        out.push('\n');
        out.push_str(&wrapped(&line(closing), ""));
    }
    if let Some(step) = &letter.step {
        out.extend(["\n", step.label, ":\n", sender.portal, &step.path, "\n"]);
    }
    // The mark by which mail programs know where a signature begins.
    out.push_str("\n-- \n");
    out.push_str(&wrapped(letter.why, ""));
    out.push_str(&wrapped(&format!("{}, {}", line(sender.organization), sender.portal), ""));
    out
}

fn fact(name: &str, value: &str, widest: usize) -> String {
    let indent = " ".repeat(widest + 4);
    let value = prose(value);
    let lines: String = value.lines().map(|one| wrapped(&line(one), &indent)).collect();
    let room = " ".repeat(widest - name.chars().count() + 1);
    format!("  {name}:{room}{}", lines.strip_prefix(&indent).unwrap_or("\n"))
}

/// A table as lines: the columns as wide as their widest cell, or, where that is too wide, each row as a block of its own.
fn rows(table: &Table) -> String {
    let head: Vec<String> = table.head.iter().map(|&cell| cell.to_owned()).collect();
    let all: Vec<Vec<String>> =
        [&head].into_iter().chain(&table.rows).map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
    let columns = table.head.len();
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = format!("{}\n\n", table.title);
    if widths.iter().sum::<usize>() + 3 * columns - 1 > WIDTH {
        all.iter().skip(1).for_each(|row| out.push_str(&block(&head, row)));
        return out;
    }
    for row in &all {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let room = " ".repeat(width.saturating_sub(cell.chars().count()));
            format!("{cell}{room}")
        });
        out.extend(["  ", cells.collect::<Vec<_>>().join("   ").trim_end(), "\n"]);
    }
    out
}

/// A row as a block: its first cell, and below it the others with the names of their columns.
fn block(head: &[String], row: &[String]) -> String {
    let mut cells = head.iter().zip(row);
    let mut out = cells.next().map_or_else(String::new, |(_, first)| wrapped(first, "  "));
    let widest = head.iter().skip(1).map(|name| name.chars().count()).max().unwrap_or_default();
    for (name, cell) in cells {
        fact(name, cell, widest).lines().for_each(|one| out.extend(["  ", one, "\n"]));
    }
    out
}

/// The words of a text in lines that are not too long.
fn wrapped(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut now = String::new();
    for word in text.split_whitespace() {
        let longer = indent.chars().count() + now.chars().count() + 1 + word.chars().count();
        if !now.is_empty() && longer > WIDTH {
            out.extend([indent, &now, "\n"]);
            now.clear();
        }
        if !now.is_empty() {
            now.push(' ');
        }
        now.push_str(word);
    }
    if !now.is_empty() {
        out.push_str(indent);
    }
    out.push_str(&now);
    out.push('\n');
    out
}
