//! `deconflict show`: what files declare.

use std::path::PathBuf;

use comfy_table::Cell;
use deconflict_formats::Feature;
use deconflict_geometry::{Footprint, Polygon, Position, Volume};
use serde_json::{Value, json};

use crate::args::{Show, ShowOutput};
use crate::input::{Source, label_of, read_all};
use crate::output::may_draw_over;
use crate::report::table::Look;
use crate::text::{
    clipped, count, counted, distance, limit, limit_metres, limit_reference, printable, rfc3339,
    trimmed, window,
};
use crate::{Failure, NONE, picture, print};

/// Runs the command and returns the exit status.
pub(crate) fn run(show: &Show) -> Result<u8, Failure> {
    if let Some(path) = &show.common.picture {
        may_draw_over(path)?;
    }
    let paths: Vec<&PathBuf> = show.files.iter().collect();
    let sources = read_all(&paths, show.common.format)?;
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
                serde_json::to_writer_pretty(&mut *out, &json!({ "features": list }))?;
                writeln!(out)
            })
        }
    }?;
    Ok(NONE)
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
    lines
}

fn when(volume: &Volume) -> String {
    let w = volume.window;
    let times = window(w.from(), w.until());
    if w.is_part_time() { format!("{times}, part of the time") } else { times }
}

/// A footprint in a few words.
pub(crate) fn place(footprint: &Footprint) -> String {
    match footprint {
        Footprint::Circle(c) => format!("circle, {} around {}", distance(c.radius_m()), c.center()),
        Footprint::Corridor(c) => format!(
            "corridor, {} to each side, {}",
            distance(c.half_width_m()),
            counted(c.path().len(), "point", "points")
        ),
        Footprint::Polygons(polygons) => {
            let vertices = polygons.iter().flat_map(|p| p.rings()).map(Vec::len).sum();
            let vertices = counted(vertices, "vertex", "vertices");
            let area = area_m2(polygons).map(|a| format!(", about {}", area_words(a)));
            let area = area.unwrap_or_default();
            match polygons.len() {
                1 => format!("polygon, {vertices}{area}"),
                n => format!("{n} polygons, {vertices}{area}"),
            }
        }
    }
}

/// The area of polygons on the sphere, good to half a percent; `None` where a ring goes around a
/// pole. Chamberlain and Duquette, Some Algorithms for Polygons on a Sphere (JPL 2007), equation 14.
fn area_m2(polygons: &[Polygon]) -> Option<f64> {
    const EARTH_RADIUS_M: f64 = 6_371_008.8;
    let ring = |ring: &Vec<Position>| -> Option<f64> {
        let (mut turn, mut sum) = (0.0, 0.0);
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let east = b.lon_deg() - a.lon_deg();
            let east = (east - 360.0 * (east / 360.0).round()).to_radians();
            turn += east;
            sum += east * (2.0 + a.lat_deg().to_radians().sin() + b.lat_deg().to_radians().sin());
        }
        (turn.abs() < 1.0).then(|| (sum * EARTH_RADIUS_M * EARTH_RADIUS_M / 2.0).abs())
    };
    let mut area = 0.0;
    for polygon in polygons {
        for (i, r) in polygon.rings().iter().enumerate() {
            area += if i == 0 { ring(r)? } else { -ring(r)? };
        }
    }
    Some(area)
}

/// `850 m²`, `3.4 km²`, `1,250 km²`.
fn area_words(m2: f64) -> String {
    match m2 / 1e6 {
        km2 if km2 < 0.01 => format!("{m2:.0} m²"),
        km2 if km2 < 100.0 => format!("{} km²", trimmed(km2, 2)),
        km2 => format!("{} km²", count(km2.round() as usize)),
    }
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
            "area_m2": area_m2(polygons).map(f64::round),
        }),
    }
}

#[cfg(test)]
mod tests {
    use deconflict_geometry::EdgeRule;

    use super::*;

    fn square(lat: f64, lon: f64, side: f64) -> Polygon {
        let corner = |y: f64, x: f64| Position::new(lat + y * side, lon + x * side).unwrap();
        let ring = vec![corner(0.0, 0.0), corner(0.0, 1.0), corner(1.0, 1.0), corner(1.0, 0.0)];
        Polygon::new(vec![ring], EdgeRule::LonLat).unwrap()
    }

    #[test]
    fn areas_are_those_of_the_sphere() {
        // A degree by a degree at the equator: 111.195 km squared.
        let area = area_m2(&[square(0.0, 10.0, 1.0)]).unwrap();
        assert!((area / 1e6 - 12_364.0).abs() < 5.0, "{area}");
        let same = area_m2(&[square(0.0, 179.0, 1.0)]).unwrap();
        assert!((same - area).abs() < 1.0, "{same}");
        assert_eq!(area_words(area), "12,364 km²");
        assert_eq!(area_words(850.0), "850 m²");
    }
}
