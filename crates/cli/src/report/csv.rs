//! The answer for spreadsheets: one row for each conflict (RFC 4180).

use std::io::{self, Write};

use deconflict_geometry::{Instant, Limit, Relation};
use deconflict_words::english::limit;
use deconflict_words::{limit_metres, limit_reference, rfc3339};

use super::json::reasons;
use super::{LEFT_OUT, relation_code};
use crate::engine::{Answer, Conflict, Item, Question};
use crate::input::label_of;

const HEADER: &str = "relation,reasons,from,until,lower,upper,lower_m,lower_reference,upper_m,\
                      upper_reference,depth_m,lat,lon,a_file,a_id,a_name,a_volume,b_file,b_id,\
                      b_name,b_volume";

/// Writes the rows under a header.
pub(crate) fn write(
    out: &mut dyn Write,
    question: &Question<'_>,
    answer: &Answer,
    language: Option<&str>,
) -> io::Result<()> {
    write!(out, "{HEADER}\r\n")?;
    for conflict in &answer.conflicts {
        let cells: Vec<String> =
            row(question, conflict, language).iter().map(|c| quoted(c)).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    for one in &answer.everywhere {
        let unknown = limit(Limit::Unknown);
        let mut row = vec![relation_code(Relation::Possible).to_owned(), LEFT_OUT.to_owned()];
        row.extend([String::new(), String::new(), unknown.clone(), unknown]);
        let reference = limit_reference(Limit::Unknown);
        row.extend(["", &reference, "", &reference, "", "", ""].map(str::to_owned));
        row.extend(who(question, one.a, language));
        row.extend([question.sources[one.b_file].name.clone()]);
        row.extend([const { String::new() }; 3]);
        let cells: Vec<String> = row.iter().map(|c| quoted(c)).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

fn row(question: &Question<'_>, conflict: &Conflict, language: Option<&str>) -> Vec<String> {
    let common = conflict.common.as_ref();
    let instant = |t: Option<Instant>| t.map(rfc3339).unwrap_or_default();
    let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
    let lower = common.map_or(Limit::Unknown, |c| c.lower);
    let upper = common.map_or(Limit::Unknown, |c| c.upper);
    let reasons = reasons(question, conflict);
    let mut row = vec![
        relation_code(conflict.verdict.relation).to_owned(),
        reasons.join(" "),
        instant(common.and_then(|c| c.window.from())),
        instant(common.and_then(|c| c.window.until())),
        limit(lower),
        limit(upper),
        number(limit_metres(lower)),
        limit_reference(lower),
        number(limit_metres(upper)),
        limit_reference(upper),
        common.map(|c| format!("{:.2}", c.depth_m)).unwrap_or_default(),
        common.map(|c| format!("{:.7}", c.place.lat_deg())).unwrap_or_default(),
        common.map(|c| format!("{:.7}", c.place.lon_deg())).unwrap_or_default(),
    ];
    row.extend(who(question, conflict.a, language));
    row.extend(who(question, conflict.b, language));
    row
}

fn who(question: &Question<'_>, item: Item, language: Option<&str>) -> [String; 4] {
    let feature = question.feature(item);
    [
        question.sources[item.file].name.clone(),
        no_formula(&feature.id),
        no_formula(&label_of(feature, language)),
        item.volume.to_string(),
    ]
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front: ids and names
/// come from files that others wrote. Whatever else is in a row is the command's own or the user's.
fn no_formula(text: &str) -> String {
    let formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// Quoted where needed.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{no_formula, quoted};

    #[test]
    fn cells_are_quoted_and_names_are_never_formulas() {
        assert_eq!(quoted("EHR 4, \"Vliehors\""), "\"EHR 4, \"\"Vliehors\"\"\"");
        assert_eq!(quoted("EHD 42"), "EHD 42");
        assert_eq!(no_formula("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(no_formula("\t=1"), "'\t=1");
        assert_eq!(no_formula("\r=1"), "'\r=1");
        assert_eq!(no_formula("-3.5"), "-3.5");
        assert_eq!(no_formula("EHD 42"), "EHD 42");
    }
}
