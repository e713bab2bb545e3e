//! `deconflict check`: the question, the answer, and the forms that it is given in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deconflict_geometry::{HeightFacts, Instant, Relation, Rules, Separation};
use deconflict_words::printable;

use crate::engine::{Question, answer};
use crate::input::{Source, are_whole, read_all};
use crate::options::{Common, Tolerance};
use crate::outcome::{CONFLICTS, Failure, INCOMPLETE, NONE, print, remark};
use crate::output::may_draw_over;
use crate::picture;
use crate::report::{csv, geojson, json, table};
use crate::text::{parse_from, parse_range, parse_separation, parse_until};

const HELP: &str = "\
Examples:
  deconflict check a.geojson b.openair.txt
      everything in one file against everything in the other
  deconflict check plan.json --against airspace.geojson --against sites.csv
      my plan against everything else, and nothing else against each other
  deconflict check plan.json --against airspace.geojson --separation 500m,100m,60s
      what comes nearer than 500 m along the ground, 100 m in height and 60 s in time
  deconflict check plan.json --against airspace.geojson --terrain 0,330 --pressure 985,1040
      heights of different references, compared with what is known of ground and air
  deconflict check a.geojson b.geojson --output json --picture conflicts.svg

Exit status: 0 no conflict, 1 conflicts, 2 bad input or bad usage, 4 no conflict among what was
compared, but something was left out or declared without a place.

Formats, told from the name and the content: GeoJSON, EUROCAE ED-318 and ED-269, OpenAir, KML,
KMZ, CSV and XLSX site lists, ASTM F3548-21 operational intents.

Not for navigation. What nobody declared is not in the answer.";

/// Find what overlaps what, when and at which heights
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Check {
    /// The files to compare; `-` reads standard input (name its format with --format)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare FILE... only with this file, not with each other (may be repeated)
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Also compare the features inside each FILE with each other
    #[arg(long)]
    within: bool,
    /// Only conflicts that last until this instant or longer (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = parse_from)]
    from: Option<Instant>,
    /// Only conflicts that begin at this instant or earlier (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    until: Option<Instant>,
    /// Required separation: along the ground, in height, in time (m, km, ft, nm; s, min, h)
    #[arg(long, value_name = "GROUND,HEIGHT,TIME", value_parser = parse_separation)]
    separation: Option<Separation>,
    #[command(flatten)]
    facts: Facts,
    /// List what only touches as well, and count it as a conflict
    #[arg(long)]
    touching: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = CheckOutput::Table)]
    output: CheckOutput,
    #[command(flatten)]
    tolerance: Tolerance,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
struct Facts {
    /// Lowest and highest ground in the area, metres above mean sea level
    #[arg(long, value_name = "MIN,MAX", value_parser = parse_range, allow_hyphen_values = true)]
    terrain: Option<(f64, f64)>,
    /// Lowest and highest sea-level pressure (QNH) in the time, hPa
    #[arg(long, value_name = "MIN,MAX", value_parser = parse_range)]
    pressure: Option<(f64, f64)>,
}

impl Facts {
    /// The facts as the geometry takes them, or what is wrong with them.
    fn heights(&self) -> Result<HeightFacts, String> {
        let mut facts = HeightFacts::WORLDWIDE;
        if let Some((min, max)) = self.terrain {
            facts = facts.with_terrain(min, max).map_err(|e| format!("--terrain: {e}"))?;
        }
        if let Some((min, max)) = self.pressure {
            facts = facts.with_pressure(min, max).map_err(|e| format!("--pressure: {e}"))?;
        }
        Ok(facts)
    }
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum CheckOutput {
    Table,
    Json,
    Geojson,
    Csv,
}

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
    #[cfg(target_os = "linux")]
    no_huge_pages(&paths);
    let sources = read_all(&paths, check.common.format, &check.tolerance.options())?;
    // An empty export looks like an answer.
    for source in sources.iter().filter(|s| declares_nothing(s)) {
        remark(&format!("{} declares no volumes", printable(&source.name)));
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
    let found = answer.conflicts.iter().any(|c| c.verdict.relation != Relation::Apart);
    let status = match found || !answer.everywhere.is_empty() {
        true => CONFLICTS,
        false if are_whole(&sources) => NONE,
        false => INCOMPLETE,
    };
    // The process ends here: giving back the memory of a million volumes one by one is only time.
    std::mem::forget((answer, sources));
    Ok(status)
}

/// No huge pages for small files: the kernel clears each whole, and little of it is used.
#[cfg(target_os = "linux")]
fn no_huge_pages(paths: &[&PathBuf]) {
    const SMALL_BYTES: u64 = 8 * 1024 * 1024;
    let bytes = paths.iter().filter_map(|path| path.metadata().ok()).map(|meta| meta.len());
    if bytes.sum::<u64>() < SMALL_BYTES {
        // Where it is not granted, it takes a little longer.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

fn declares_nothing(source: &Source) -> bool {
    let document = &source.document;
    document.is_whole() && document.features.iter().all(|f| f.volumes.is_empty())
}
