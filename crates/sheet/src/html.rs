//! The sheet as one page of HTML: every language, since the browser that prints it has the letters.
//!
//! It has no script, and names nothing outside itself; its own policy forbids a browser to fetch anything.

use std::fmt::Write as _;

use crate::{ReadBackSheet, SheetText};

/// For A4 and Letter, in black on white: it goes over a copier and a fax.
const STYLE: &str = "\
@page { margin: 14mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.35 'Noto Sans', 'DejaVu Sans', Arial, sans-serif; color: #000; background: #fff; margin: 0 auto; \
max-width: 182mm; }
h1 { font-size: 15pt; margin: 0 0 2mm; }
h2 { font-size: 10.5pt; margin: 4mm 0 1mm; border-bottom: .4mm solid #000; }
.not-meant { font-size: 26pt; font-weight: bold; text-align: center; border: 1mm solid #000; margin: 0 0 3mm; }
table { border-collapse: collapse; width: 100%; }
tr { break-inside: avoid; }
th, td { text-align: start; vertical-align: top; padding: .7mm 1.5mm; border-bottom: .1mm solid #888; overflow-wrap: \
anywhere; }
th { font-weight: normal; width: 30mm; }
td.own, td.english { width: 50%; }
td.own { font-weight: bold; }
td.tick { width: 9mm; }
.box { display: inline-block; width: 5mm; height: 5mm; border: .4mm solid #000; }
.label { display: block; font-weight: normal; font-size: 9pt; }
.form { font: bold 10.5pt 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
td.form { min-width: 45mm; }
.sign td { height: 11mm; border: .2mm solid #000; font-size: 8.5pt; }
ul { margin: 1mm 0 0; padding-inline-start: 5mm; }
section { break-inside: avoid; }
@media screen { body { padding: 8mm; } }
";

/// The sheet as a page of HTML in UTF-8.
///
/// ```
/// # use deconflict_sheet::{ReadBackSheet, SheetLanguage, html};
/// # let language = SheetLanguage { tag: "en".into(), name: "English".into(), right_to_left: false };
/// # let sheet = ReadBackSheet { title: "L1 <LINE TEST>".into(), not_meant: Some("TEST".into()), language,
/// #     facts: vec![], head: vec![], parameters: vec![], endings: vec![], text_form: vec![], left_out: vec![],
/// #     rules: vec![], signers: vec![] };
/// let page = html(&sheet);
/// assert!(page.contains("<h1>L1 &lt;LINE TEST&gt;</h1>"));
/// ```
pub fn html(sheet: &ReadBackSheet) -> String {
    let mut out = String::new();
    let title = escape(&sheet.title);
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    if let Some(words) = &sheet.not_meant {
        let _ = writeln!(out, "<div class=\"not-meant\" dir=\"auto\">{}</div>", escape(words));
    }
    let _ = writeln!(out, "<h1>{title}</h1>");
    facts(&mut out, &sheet.facts);
    said(&mut out, sheet);
    text_form(&mut out, sheet);
    let _ = writeln!(out, "<section>\n<ul>");
    for rule in &sheet.rules {
        let _ = writeln!(out, "<li dir=\"auto\">{}</li>", escape(rule));
    }
    let _ = writeln!(out, "</ul>");
    signatures(&mut out, &sheet.signers);
    out.push_str("</section>\n</body>\n</html>\n");
    out
}

fn facts(out: &mut String, facts: &[(String, String)]) {
    out.push_str("<table>\n");
    for (name, value) in facts {
        let _ = writeln!(
            out,
            "<tr><th>{}</th><td dir=\"auto\">{}</td></tr>",
            escape(name),
            escape(value)
        );
    }
    out.push_str("</table>\n");
}

/// What is said: the reader's language, and English beside it.
fn said(out: &mut String, sheet: &ReadBackSheet) {
    let language = &sheet.language;
    let beside = sheet.head.iter().any(|text| text.english.is_some());
    let names = if beside { format!("{} / English", language.name) } else { language.name.clone() };
    let _ = writeln!(out, "<h2>What is said ({})</h2>\n<table>", escape(&names));
    let parts = [(&sheet.head, false), (&sheet.parameters, true), (&sheet.endings, false)];
    for (texts, ticked) in parts {
        for text in texts {
            row(out, sheet, text, ticked);
        }
    }
    out.push_str("</table>\n");
}

fn row(out: &mut String, sheet: &ReadBackSheet, text: &SheetText, ticked: bool) {
    let direction = if sheet.language.right_to_left { "rtl" } else { "ltr" };
    let tick = if ticked { "<span class=\"box\"></span>" } else { "" };
    let _ = write!(
        out,
        "<tr><td class=\"tick\">{tick}</td><td class=\"own\" lang=\"{}\" dir=\"{direction}\">{}</td>",
        escape(&sheet.language.tag),
        with_label(&text.label, &text.text)
    );
    if let Some((label, english)) = &text.english {
        let _ = write!(
            out,
            "<td class=\"english\" lang=\"en\" dir=\"ltr\">{}</td>",
            with_label(label, english)
        );
    }
    out.push_str("</tr>\n");
}

fn with_label(label: &str, text: &str) -> String {
    match label {
        "" => escape(text),
        label => format!("<span class=\"label\">{}</span>{}", escape(label), escape(text)),
    }
}

fn text_form(out: &mut String, sheet: &ReadBackSheet) {
    if sheet.text_form.is_empty() {
        return;
    }
    let whole = escape(&sheet.text_form());
    let _ =
        writeln!(out, "<h2>Text form, to be spelt</h2>\n<p class=\"form\">{whole}</p>\n<table>");
    for (field, words) in &sheet.text_form {
        let (field, words) = (escape(field), escape(words));
        let _ = writeln!(
            out,
            "<tr><td class=\"tick\"><span class=\"box\"></span></td><td class=\"form\">{field}</td><td>{words}</td></tr>"
        );
    }
    out.push_str("</table>\n");
    if !sheet.left_out.is_empty() {
        let names = escape(&sheet.left_out.join(", "));
        let _ =
            writeln!(out, "<p>The text form only refers to: {names}. Read that from above.</p>");
    }
}

fn signatures(out: &mut String, signers: &[String]) {
    out.push_str("<table class=\"sign\">\n");
    for who in signers {
        let _ = writeln!(
            out,
            "<tr><td>{}: name</td><td>Post</td><td>Date and time, UTC</td><td>Signature</td></tr>",
            escape(who)
        );
    }
    out.push_str("</table>\n");
}

/// A text within an element or an attribute (HTML, section 13.3).
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::SheetLanguage;

    pub(crate) fn sheet() -> ReadBackSheet {
        let text = |label: &str, text: &str| SheetText {
            label: label.to_owned(),
            text: text.to_owned(),
            english: Some((label.to_owned(), text.to_owned())),
        };
        ReadBackSheet {
            title: "W4 REQUEST VACATE ZONE".to_owned(),
            not_meant: Some("EXERCISE".to_owned()),
            language: SheetLanguage {
                tag: "ar".to_owned(),
                name: "العربية".to_owned(),
                right_to_left: true,
            },
            facts: vec![("From".to_owned(), "<script>alert(1)</script>".to_owned())],
            head: vec![text("", "a & b")],
            parameters: vec![text("Zone", "\"Garrison\""), text("By", "12:00")],
            endings: vec![text("", "An answer does not recognise a zone.")],
            text_form: [("W4", "Whiskey four"), ("E", "Echo")]
                .map(|(field, words)| (field.into(), words.into()))
                .into(),
            left_out: vec!["remark".to_owned()],
            rules: vec!["A receipt is no recognition.".to_owned()],
            signers: vec!["Read out by".to_owned(), "Read back by".to_owned()],
        }
    }

    #[test]
    fn what_others_wrote_is_text_and_the_page_names_nothing_outside_itself() {
        let page = html(&sheet());
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
        assert!(page.contains("&quot;Garrison&quot;") && page.contains("a &amp; b"), "{page}");
        for outside in ["<script", "http://", "https://", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}: {page}");
        }
    }

    #[test]
    fn every_parameter_and_every_field_of_the_text_form_has_a_box_and_nothing_else_has() {
        let page = html(&sheet());
        assert_eq!(page.matches("<span class=\"box\">").count(), 4, "{page}");
        assert!(page.contains("<td>Whiskey four</td>"), "{page}");
        assert!(page.contains("The text form only refers to: remark."), "{page}");
        assert_eq!(page.matches("<td>Signature</td>").count(), 2, "{page}");
    }

    #[test]
    fn what_is_not_meant_stands_first_and_a_language_in_its_own_direction() {
        let page = html(&sheet());
        let body = page.split_once("<body>").unwrap().1;
        assert!(body.trim_start().starts_with("<div class=\"not-meant\""), "{body}");
        assert!(page.contains("lang=\"ar\" dir=\"rtl\""), "{page}");
        assert!(
            !html(&ReadBackSheet { not_meant: None, ..sheet() })
                .contains("<div class=\"not-meant\"")
        );
    }
}
