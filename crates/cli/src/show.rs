//! `deconflict show`: what files declare.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use comfy_table::Cell;
use deconflict_formats::Feature;
use deconflict_geometry::{Footprint, Polygon, Volume};
use deconflict_words::english::{counted, limit, place, window};
use deconflict_words::{clipped, limit_metres, limit_reference, printable, rfc3339};
use serde_json::{Value, json};

use crate::input::{Source, are_whole, label_of, read_all};
use crate::options::{Common, Tolerance};
use crate::outcome::{Failure, INCOMPLETE, NONE, print};
use crate::output::may_draw_over;
use crate::picture;
use crate::report::findings;
use crate::report::table::{Look, not_compared};

const HELP: &str = "\
Examples:
  deconflict show airspace.geojson
  deconflict show airspace.geojson sites.csv --picture picture.svg
  deconflict show operations.json --output json";

/// List what files declare, and draw it
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Show {
    /// The files to list; `-` reads standard input (name its format with --format)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ShowOutput::Table)]
    output: ShowOutput,
    #[command(flatten)]
    tolerance: Tolerance,
    #[command(flatten)]
    common: Common,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum ShowOutput {
    Table,
    Json,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(show: &Show) -> Result<u8, Failure> {
    if let Some(path) = &show.common.picture {
        may_draw_over(path)?;
    }
    let paths: Vec<&PathBuf> = show.files.iter().collect();
    let sources = read_all(&paths, show.common.format, &show.tolerance.options())?;
    let language = show.common.language.as_deref();
    if let Some(path) = &show.common.picture {
        picture::write(path, &picture::of_files(&sources, language))?;
    }
    match show.output {
        ShowOutput::Table => {
            let lines = table(&sources, language, Look::of(show.common.color));
            print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
        }
        ShowOutput::Json => {
            let list: Vec<Value> = sources
                .iter()
                .flat_map(|s| s.document.features.iter().map(|f| feature_json(s, f)))
                .collect();
            print(|out| {
                let mut answer = findings(&sources);
                answer.insert("features".to_owned(), list.into());
                serde_json::to_writer_pretty(&mut *out, &answer)?;
                writeln!(out)
            })
        }
    }?;
    Ok(if are_whole(&sources) { NONE } else { INCOMPLETE })
}

fn table(sources: &[Source], language: Option<&str>, look: Look) -> Vec<String> {
    let mut table = look.table(&["Who", "Kind", "Where", "Heights", "When (UTC)"]);
    let mut volumes = 0;
    for source in sources {
        for feature in &source.document.features {
            for (i, volume) in feature.volumes.iter().enumerate() {
                volumes += 1;
                let mut who = clipped(label_of(feature, language));
                if feature.volumes.len() > 1 {
                    who += &format!(" [{i}]");
                }
                if sources.len() > 1 {
                    who += &format!(" ({})", source.short_name());
                }
                let (lower, upper) = (volume.band.lower(), volume.band.upper());
                table.add_row([
                    Cell::new(who),
                    Cell::new(printable(&feature.kind)),
                    Cell::new(place(&volume.footprint)),
                    Cell::new(format!("{} to {}", limit(lower), limit(upper))),
                    Cell::new(when(volume)),
                ]);
            }
        }
    }
    let features = sources.iter().map(|s| s.document.features.len()).sum();
    let mut lines: Vec<String> = table.lines().map(|l| l.trim_end().to_owned()).collect();
    lines.push(format!(
        "\n{}, {}. Not for navigation.",
        counted(features, "feature", "features"),
        counted(volumes, "volume", "volumes")
    ));
    lines.extend(not_compared(sources));
    lines
}

fn when(volume: &Volume) -> String {
    let w = volume.window;
    let times = window(w.from(), w.until());
    if w.is_part_time() { format!("{times}, part of the time") } else { times }
}

fn feature_json(source: &Source, feature: &Feature) -> Value {
    let names: Vec<Value> =
        feature.names.iter().map(|n| json!({"text": n.text, "lang": n.lang})).collect();
    json!({
        "file": source.name,
        "id": feature.id,
        "names": names,
        "kind": feature.kind,
        "volumes": feature.volumes.iter().map(volume_json).collect::<Vec<_>>(),
    })
}

fn volume_json(volume: &Volume) -> Value {
    let (lower, upper, w) = (volume.band.lower(), volume.band.upper(), volume.window);
    json!({
        "footprint": footprint_json(&volume.footprint),
        "lower_m": limit_metres(lower),
        "lower_reference": limit_reference(lower),
        "upper_m": limit_metres(upper),
        "upper_reference": limit_reference(upper),
        "from": w.from().map(rfc3339),
        "until": w.until().map(rfc3339),
        "part_time": w.is_part_time(),
    })
}

fn footprint_json(footprint: &Footprint) -> Value {
    match footprint {
        Footprint::Circle(c) => json!({
            "shape": "circle",
            "lat": c.center().lat_deg(),
            "lon": c.center().lon_deg(),
            "radius_m": c.radius_m(),
        }),
        Footprint::Corridor(c) => json!({
            "shape": "corridor",
            "half_width_m": c.half_width_m(),
            "vertices": c.path().len(),
        }),
        Footprint::Polygons(polygons) => json!({
            "shape": "polygons",
            "polygons": polygons.len(),
            "vertices": polygons.iter().flat_map(|p| p.rings()).map(Vec::len).sum::<usize>(),
            "area_m2": polygons.iter().map(Polygon::area_m2).sum::<f64>().round(),
        }),
    }
}
