//! Answers pairs of volumes: one JSON object a line on standard input, one on standard output.
//!
//! The differential tests in `oracle/` (Python) make the pairs and judge the answers against other
//! libraries. The tool is no part of the product; its input is in [`input`].
//!
//! A line of output is `{"relation", "reversed", "reasons"}` and, where the pair asked for
//! `"detail"`, `"common"` and `"gap"`; or `{"error": {"side", "what"}}` where a volume was refused.

mod input;

use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use deconflict_geometry::{
    Common, Gap, Position, Reason, Reasons, Relation, Verdict, common, gap, relation,
};
use serde_json::{Value, json};

use crate::input::Pair;

fn main() -> ExitCode {
    match answer_all(&mut io::stdin().lock(), &mut BufWriter::new(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deconflict-oracle: {error}");
            ExitCode::from(2)
        }
    }
}

/// Answers each line as soon as it is read: the other side of the pipe may wait for it.
fn answer_all(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    while {
        line.clear();
        input.read_line(&mut line)? > 0
    } {
        let reply = match input::pair(&line) {
            Ok(pair) => answer(&pair),
            Err(refusal) => json!({"error": {"side": refusal.side, "what": refusal.what}}),
        };
        serde_json::to_writer(&mut *output, &reply)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(pair: &Pair) -> Value {
    let forth = relation(&pair.a, &pair.b, &pair.rules);
    let back = relation(&pair.b, &pair.a, &pair.rules);
    let mut reply = json!({
        "relation": relation_name(forth),
        "reversed": relation_name(back),
        "reasons": reason_names(forth.reasons),
    });
    if pair.detail {
        reply["common"] = common(&pair.a, &pair.b, &pair.rules).map_or(Value::Null, common_value);
        reply["gap"] = gap_value(gap(&pair.a, &pair.b, &pair.rules));
    }
    reply
}

fn relation_name(verdict: Verdict) -> &'static str {
    match verdict.relation {
        Relation::Apart => "apart",
        Relation::Touch => "touch",
        Relation::Possible => "possible",
        Relation::Overlap => "overlap",
    }
}

fn reason_names(reasons: Reasons) -> Vec<&'static str> {
    reasons
        .iter()
        .map(|reason| match reason {
            Reason::HeightUnknown => "height_unknown",
            Reason::HeightReference => "height_reference",
            Reason::EdgeResidual => "edge_residual",
            Reason::SelfCrossing => "self_crossing",
            Reason::NoArea => "no_area",
            Reason::Numeric => "numeric",
            Reason::PartTime => "part_time",
        })
        .collect()
}

fn common_value(common: Common) -> Value {
    let place = |p: &Position| json!([p.lon_deg(), p.lat_deg()]);
    let rings = |rings: &Vec<Vec<Position>>| -> Value {
        rings.iter().map(|ring| ring.iter().map(place).collect::<Value>()).collect()
    };
    json!({
        "place": place(&common.place),
        "depth_m": common.depth_m,
        "from": common.window.from().map(|t| t.nanos()),
        "until": common.window.until().map(|t| t.nanos()),
        "outline": common.outline.iter().map(rings).collect::<Value>(),
    })
}

fn gap_value(gap: Gap) -> Value {
    json!({
        "horizontal_m": gap.horizontal_m,
        "vertical_m": gap.vertical_m,
        "time_ns": gap.time_ns,
    })
}
