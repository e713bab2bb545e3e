//! All pairs of many volumes that conflict: `deconflict check` and PostGIS.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, io};

use serde_json::{Value, json};

use crate::Scale;
use crate::postgis::{Cluster, output};
use crate::report::{digits, table};
use crate::workload::{DAY_S, Item, Workload};

/// How often each side computes the join; its fastest counts.
const ROUNDS: usize = 3;

type Pairs = BTreeSet<(u32, u32)>;

/// What was measured of both sides, or why it was not.
pub(crate) struct JoinFigures {
    volumes: u32,
    check: Result<CheckFigures, String>,
    postgis: Result<SelectFigures, String>,
}

/// `deconflict check`, from its start to its end.
struct CheckFigures {
    seconds: f64,
    /// Of a run that reads the same file and has one pair of files to compare, a week apart.
    reading_s: f64,
    examined: u64,
    overlap: Pairs,
    possible: Pairs,
}

/// PostGIS.
struct SelectFigures {
    load_s: f64,
    index_s: f64,
    join_s: f64,
    pairs: Pairs,
}

pub(crate) fn compare(scale: &Scale, cluster: &Result<Cluster, String>) -> JoinFigures {
    let operations: Vec<_> =
        Workload::city(4).items(scale.joined).into_iter().map(Operation::new).collect();
    eprintln!("deconflict check, {} volumes", scale.joined);
    let check = check(&operations);
    eprintln!("PostGIS join, {} volumes", scale.joined);
    let postgis =
        cluster.as_ref().map_err(String::clone).and_then(|cluster| select(&operations, cluster));
    JoinFigures { volumes: scale.joined, check, postgis }
}

/// A flight over an octagon.
struct Operation {
    item: Item,
    /// Degrees, to 1 cm, so that both sides read the same numbers.
    vertices: Vec<(String, String)>,
}

impl Operation {
    fn new(item: Item) -> Operation {
        let vertex = |corner: u32| {
            let azimuth = f64::from(corner) * std::f64::consts::FRAC_PI_4;
            let (sin_lat, cos_lat) = item.lat_rad.sin_cos();
            let (sin_radius, cos_radius) = item.radius_rad.sin_cos();
            let sin = sin_lat * cos_radius + cos_lat * sin_radius * azimuth.cos();
            let lon = (azimuth.sin() * sin_radius * cos_lat).atan2(cos_radius - sin_lat * sin);
            let degrees = |rad: f64| format!("{:.7}", rad.to_degrees());
            (degrees(sin.asin()), degrees(item.lon_rad + lon))
        };
        // Counterclockwise, seen from above.
        Operation { item, vertices: (0..8).rev().map(vertex).collect() }
    }

    fn a_week_later(&self) -> Operation {
        let seconds = (self.item.seconds.0 + 604_800, self.item.seconds.1 + 604_800);
        Operation { item: Item { seconds, ..self.item }, vertices: self.vertices.clone() }
    }

    fn times(&self) -> [String; 2] {
        [self.item.seconds.0, self.item.seconds.1].map(|seconds| {
            jiff::Timestamp::from_second(DAY_S + i64::from(seconds)).unwrap_or_default().to_string()
        })
    }

    /// As ASTM F3548 has it.
    fn operational_intent(&self) -> Value {
        let vertex = |(lat, lng): &(String, String)| json!({"lat": lat.parse::<f64>().ok(), "lng": lng.parse::<f64>().ok()});
        let altitude = |metres: i32| json!({"value": metres, "reference": "W84", "units": "M"});
        let [start, end] = self.times().map(|time| json!({"value": time, "format": "RFC3339"}));
        json!({"id": self.item.key.to_string(), "volumes": [{
            "volume": {
                "outline_polygon": {"vertices": self.vertices.iter().map(vertex).collect::<Vec<_>>()},
                "altitude_lower": altitude(self.item.heights_m.0),
                "altitude_upper": altitude(self.item.heights_m.1),
            },
            "time_start": start,
            "time_end": end,
        }]})
    }

    fn copy_row(&self) -> String {
        let ring = self.vertices.iter().chain(self.vertices.first());
        let ring: Vec<_> = ring.map(|(lat, lon)| format!("{lon} {lat}")).collect();
        let ([start, end], (low, high)) = (self.times(), self.item.heights_m);
        format!("{}\tPOLYGON(({}))\t{low}\t{high}\t{start}\t{end}\n", self.item.key, ring.join(","))
    }
}

fn check(operations: &[Operation]) -> Result<CheckFigures, String> {
    let directory = std::env::temp_dir().join(format!("deconflict-join-{}", std::process::id()));
    let failed = |e: io::Error| format!("{}: {e}", directory.display());
    fs::create_dir_all(&directory).map_err(failed)?;
    let checked = check_in(&directory, operations);
    fs::remove_dir_all(&directory).map_err(failed)?;
    checked
}

fn check_in(directory: &Path, operations: &[Operation]) -> Result<CheckFigures, String> {
    let program = build_command()?;
    let file = |name: &str| directory.join(name);
    let failed = |e: io::Error| format!("deconflict check: {e}");
    let write = |name: &str, operations: &[Operation]| {
        let intents: Vec<_> = operations.iter().map(Operation::operational_intent).collect();
        fs::write(file(name), json!({"operational_intents": intents}).to_string()).map_err(failed)
    };
    write("operations.json", operations)?;
    write(
        "later.json",
        &operations.first().map(Operation::a_week_later).into_iter().collect::<Vec<_>>(),
    )?;
    let fastest = |arguments: &[&str]| {
        let mut fastest = f64::INFINITY;
        for _ in 0..ROUNDS {
            let mut command = Command::new(&program);
            command.arg("check").args(arguments).args(["--output", "json"]);
            command.current_dir(directory).stderr(Stdio::piped());
            command.stdout(File::create(file("answer.json")).map_err(failed)?);
            let start = Instant::now();
            let done = command.output().map_err(failed)?;
            fastest = start.elapsed().as_secs_f64().min(fastest);
            if !matches!(done.status.code(), Some(0 | 1)) {
                return Err(format!("deconflict check: {}", String::from_utf8_lossy(&done.stderr)));
            }
        }
        Ok(fastest)
    };
    let reading_s = fastest(&["operations.json", "later.json"])?;
    let seconds = fastest(&["operations.json", "--within"])?;
    let answer = file("answer.json");
    let answer: Value = serde_json::from_slice(&fs::read(&answer).map_err(failed)?)
        .map_err(|e| format!("deconflict check: its answer is not JSON: {e}"))?;
    let pairs =
        |relation| pairs_of(&answer, relation).ok_or("deconflict check: a pair without ids");
    Ok(CheckFigures {
        seconds,
        reading_s,
        examined: answer["pairs_examined"].as_u64().unwrap_or_default(),
        overlap: pairs("overlap")?,
        possible: pairs("possible")?,
    })
}

fn pairs_of(answer: &Value, relation: &str) -> Option<Pairs> {
    let id = |side: &Value| side["id"].as_str()?.parse::<u32>().ok();
    let conflicts = answer["conflicts"].as_array()?.iter();
    conflicts
        .filter(|conflict| conflict["relation"] == relation)
        .map(|conflict| {
            let (a, b) = (id(&conflict["a"])?, id(&conflict["b"])?);
            Some((a.min(b), a.max(b)))
        })
        .collect()
}

/// Builds `deconflict` as this program was built; it then lies beside it.
pub(crate) fn build_command() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    output(
        Command::new(cargo)
            .args(["build", "--locked", "--release", "-p", "deconflict-cli"])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    )?;
    let bench = std::env::current_exe().map_err(|e| e.to_string())?;
    Ok(bench.with_file_name("deconflict"))
}

/// Ranges are open, so that volumes which only touch in height or time are no pair, as without
/// `--touching`.
fn select(operations: &[Operation], cluster: &Cluster) -> Result<SelectFigures, String> {
    let rows: String = operations.iter().map(Operation::copy_row).collect();
    let timed = |script: &str| {
        let start = Instant::now();
        cluster.run(script).map(|rows| (start.elapsed().as_secs_f64(), rows))
    };
    let (load_s, _) = timed(&format!(
        "CREATE UNLOGGED TABLE given_operations (id int, outline text, low numeric, high numeric,
           starts timestamptz, ends timestamptz);
         COPY given_operations FROM STDIN;\n{rows}\\.\n
         CREATE UNLOGGED TABLE operations AS SELECT id, ST_GeogFromText(outline) AS outline,
           numrange(low, high, '()') AS heights, tstzrange(starts, ends, '()') AS during
         FROM given_operations;"
    ))?;
    let (index_s, _) = timed(
        "CREATE INDEX ON operations USING gist (outline, during, heights); VACUUM ANALYZE operations;",
    )?;
    let join = "SELECT a.id, b.id FROM operations a JOIN operations b ON a.id < b.id
         AND a.during && b.during AND a.heights && b.heights AND ST_Intersects(a.outline, b.outline)";
    let mut join_s = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (seconds, _) = timed(&format!("SELECT count(*) FROM ({join}) AS pairs"))?;
        join_s = join_s.min(seconds);
    }
    let pair = |line: &str| {
        let (a, b) = line.split_once('|')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    };
    let pairs: Option<Pairs> = cluster.run(join)?.lines().map(pair).collect();
    let pairs = pairs.ok_or("psql: a pair without ids")?;
    Ok(SelectFigures { load_s, index_s, join_s, pairs })
}

impl JoinFigures {
    pub(crate) fn report(&self) -> String {
        let figures = match (&self.check, &self.postgis) {
            (Ok(check), Ok(postgis)) => both(check, postgis),
            (check, postgis) => {
                let reasons = [check.as_ref().err(), postgis.as_ref().err()];
                let reasons = reasons.into_iter().flatten().cloned();
                format!("Not run: {}\n", reasons.collect::<Vec<_>>().join("; "))
            }
        };
        format!(
            "## All pairs: {} volumes\n\n\
             Flights of `city` (another seed) over octagons within their circles, as an F3548 file for \
             `deconflict check FILE --within --output json`, from the start of the process to its end, \
             with reading the file and writing the answer, which holds the outline, place, heights and \
             times of each conflict; `reading alone` compares the same file with one operation a week \
             later. PostGIS: `geography` polygons, ranges of \
             heights and times, one GiST index over the three, `ST_Intersects` and `&&`; loading, \
             indexing and joining are given apart; it may use parallel workers, and returns bare pairs. The fastest of {ROUNDS} rounds.\n\n{figures}",
            self.volumes
        )
    }
}

fn both(check: &CheckFigures, postgis: &SelectFigures) -> String {
    let whole_s = postgis.load_s + postgis.index_s + postgis.join_s;
    let row = |name: &str, seconds: f64, pairs: usize| {
        let ratio = digits(seconds / check.seconds);
        vec![name.to_owned(), digits(seconds), ratio, pairs.to_string()]
    };
    let found: Pairs = check.overlap.union(&check.possible).copied().collect();
    let figures = table(
        &["", "s", "ratio", "conflicts"],
        [
            row("deconflict check", check.seconds, found.len()),
            row("deconflict check, reading alone", check.reading_s, 0),
            row("PostGIS, the join alone", postgis.join_s, postgis.pairs.len()),
            row("PostGIS, load, index and join", whole_s, postgis.pairs.len()),
        ],
    );
    let only = |a: &Pairs, b: &Pairs| a.difference(b).count();
    format!(
        "{figures}\n`deconflict check` examined {} pairs exactly; {} conflicts are `overlap`, {} \
         `possible`. Found by it alone: {} `overlap`, {} `possible`; by PostGIS alone: {}. Edges are \
         geodesics for `deconflict` and great circles for PostGIS, up to 1 mm apart here.\n",
        check.examined,
        check.overlap.len(),
        check.possible.len(),
        only(&check.overlap, &postgis.pairs),
        only(&check.possible, &postgis.pairs),
        only(&postgis.pairs, &found),
    )
}
