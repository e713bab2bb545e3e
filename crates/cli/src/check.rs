//! `deconflict check`: the question, the answer, and the forms that it is given in.

use std::path::PathBuf;

use deconflict_geometry::{Relation, Rules};

use crate::args::{Check, CheckOutput};
use crate::engine::{Question, answer};
use crate::input::{Source, read_all};
use crate::output::may_draw_over;
use crate::report::{csv, geojson, json, table};
use crate::text::printable;
use crate::{CONFLICTS, Failure, NONE, picture, print, say};

/// Runs the command and returns the exit status.
pub(crate) fn run(check: &Check) -> Result<u8, Failure> {
    if check.files.len() == 1 && check.against.is_empty() && !check.within {
        return Err("one file alone has nothing to be compared with: name another file, or \
                    --against FILE, or --within to compare its features with each other"
            .to_owned()
            .into());
    }
    if check.from.zip(check.until).is_some_and(|(from, until)| until < from) {
        return Err("--until is before --from".to_owned().into());
    }
    if let Some(path) = &check.common.picture {
        may_draw_over(path)?;
    }
    let heights = check.facts.heights()?;
    let paths: Vec<&PathBuf> = check.files.iter().chain(&check.against).collect();
    let sources = read_all(&paths, check.common.format)?;
    // An empty export looks like an answer.
    for source in sources.iter().filter(|s| declares_nothing(s)) {
        say(&format!("{} declares no volumes", printable(&source.name)));
    }
    let question = Question {
        sources: &sources,
        plan: check.files.len(),
        within: check.within,
        rules: Rules { separation: check.separation.unwrap_or_default(), heights },
        from: check.from,
        until: check.until,
        touching: check.touching,
    };
    let answer = answer(&question);
    let language = check.common.language.as_deref();
    if let Some(path) = &check.common.picture {
        picture::write(path, &picture::of_check(&question, &answer, language))?;
    }
    match check.output {
        CheckOutput::Table => {
            let look = table::Look::of(check.common.color);
            print(|out| table::write(out, &question, &answer, language, look))
        }
        CheckOutput::Json => print(|out| json::write(out, &question, &answer)),
        CheckOutput::Geojson => print(|out| geojson::write(out, &question, &answer, language)),
        CheckOutput::Csv => print(|out| csv::write(out, &question, &answer, language)),
    }?;
    let status = |found: bool| if found { CONFLICTS } else { NONE };
    Ok(status(answer.conflicts.iter().any(|c| c.verdict.relation != Relation::Apart)))
}

fn declares_nothing(source: &Source) -> bool {
    source.document.features.iter().all(|f| f.volumes.is_empty())
}
