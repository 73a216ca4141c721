//! A letter as HTML that old mail programs understand: tables, no style sheet, nothing that is fetched.

use super::letter::{Letter, Sender, Table, line, prose};

const FONT: &str = "font-family:'Segoe UI',Helvetica,Arial,sans-serif";

pub(super) fn render(letter: &Letter, sender: Sender<'_>) -> String {
    let (subject, heading, opening) = (escaped(&letter.subject), inline(&letter.heading), inline(&letter.opening));
    let organization = inline(sender.organization);
    let portal = escaped(sender.portal);
    let facts = if letter.facts.is_empty() { String::new() } else { facts(&letter.facts) };
    let tables: String = letter.tables.iter().map(table).collect();
    let closing = letter.closing.as_deref().map(|closing| paragraph(&inline(closing))).unwrap_or_default();
    let step = letter.step.as_ref().map(|step| button(step.label, &format!("{}{}", sender.portal, step.path)));
    let step = step.unwrap_or_default();
    let why = escaped(letter.why);
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light\">\n\
         <title>{subject}</title>\n\
         </head>\n\
         <body style=\"margin:0;padding:0;background-color:#f2f4f7\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" bgcolor=\"#f2f4f7\">\n\
         <tr><td align=\"center\" style=\"padding:24px 12px\">\n\
         <table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" bgcolor=\"#ffffff\" \
         style=\"width:100%;max-width:600px;border:1px solid #d5dae1;{FONT}\">\n\
         <tr><td style=\"padding:14px 28px;border-bottom:3px solid #14507c;{FONT};font-size:14px;color:#14507c\">\
         <strong>Privileged Identity Management</strong></td></tr>\n\
         <tr><td style=\"padding:24px 28px 28px;{FONT};font-size:15px;line-height:22px;color:#1d2733\">\n\
         <h1 style=\"margin:0 0 12px;font-size:20px;line-height:27px;font-weight:600;color:#1d2733\">{heading}</h1>\n\
         {}{facts}{tables}{closing}{step}</td></tr>\n\
         <tr><td style=\"padding:14px 28px;border-top:1px solid #d5dae1;{FONT};font-size:12px;line-height:18px;color:#57616e\">\
         {why}<br>{organization}, <a href=\"{portal}\" style=\"color:#14507c\">{portal}</a></td></tr>\n\
         </table>\n\
         </td></tr>\n\
         </table>\n\
         </body>\n\
         </html>\n",
        paragraph(&opening)
    )
}

fn paragraph(content: &str) -> String {
    format!("<p style=\"margin:0 0 16px\">{content}</p>\n")
}

fn facts(facts: &[(&'static str, String)]) -> String {
    let rows: Vec<String> = facts
        .iter()
        .map(|(name, value)| {
            let value = prose(value).lines().map(escaped).collect::<Vec<_>>().join("<br>");
            format!(
                "<tr><th align=\"left\" valign=\"top\" scope=\"row\" width=\"150\" style=\"padding:7px 12px 7px 0;\
                 border-top:1px solid #e4e8ed;font-weight:400;color:#57616e\">{}</th><td valign=\"top\" \
                 style=\"padding:7px 0;border-top:1px solid #e4e8ed;word-break:break-word\">{value}</td></tr>\n",
                escaped(name)
            )
        })
        .collect();
    let rows = rows.concat();
    format!(
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:0 0 20px;{FONT};font-size:14px;line-height:20px\">\n{rows}</table>\n"
    )
}

fn table(table: &Table) -> String {
    let cell = |tag: &str, style: &str, text: &str| {
        format!(
            "<{tag} align=\"left\" valign=\"top\" style=\"padding:7px 12px 7px 0;{style}\">{}</{tag}>",
            inline(text)
        )
    };
    let head: String = table.head.iter().map(|text| cell("th", "font-weight:600", text)).collect();
    let rows: Vec<String> = table
        .rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().map(|text| cell("td", "border-top:1px solid #e4e8ed", text)).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    let rows = rows.concat();
    format!(
        "<h2 style=\"margin:0 0 4px;font-size:15px;line-height:22px;font-weight:600\">{}</h2>\n\
         <table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:0 0 20px;{FONT};font-size:14px;line-height:20px\">\n<tr>{head}</tr>\n{rows}</table>\n",
        escaped(table.title)
    )
}

/// A button that is a cell: its colour is there even where padding of links is not.
fn button(label: &str, to: &str) -> String {
    let (label, to) = (escaped(label), escaped(to));
    format!(
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>\
         <td bgcolor=\"#14507c\" style=\"padding:10px 20px\"><a href=\"{to}\" \
         style=\"{FONT};font-size:15px;font-weight:600;color:#ffffff;text-decoration:none\">{label}</a></td></tr></table>\n\
         <p style=\"margin:12px 0 0;font-size:12px;line-height:18px;color:#57616e;word-break:break-all\">{to}</p>\n"
    )
}

fn inline(text: &str) -> String {
    escaped(&line(text))
}

/// Text that can be neither an element nor the end of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for found in text.chars() {
        match found {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
