//! The volumes of a file as a declaration carries them.

use clap::Args;
use deconflict_core::{Datum, DeclaredVolume, Edges, Level, Place, Shape, Time};
use deconflict_geometry::{EdgeRule, Footprint, Limit, Polygon, Position, Reference, Volume};

/// What the owner allows to be declared otherwise than the file has it.
#[derive(Args, Clone, Copy, Default, Debug)]
pub(crate) struct Allowance {
    /// Declare boundaries that the file gives as arcs by the polygons drawn for them
    #[arg(long)]
    pub(crate) as_drawn: bool,
    /// Declare the whole window of what the file has in force for parts of it only
    #[arg(long)]
    pub(crate) whole_time: bool,
}

/// A volume as a declaration carries it: one for each of its polygons.
pub(crate) fn declared(volume: &Volume, allowed: Allowance) -> Result<Vec<DeclaredVolume>, String> {
    if volume.window.is_part_time() && !allowed.whole_time {
        return Err(
            "it is in force for parts of its time only, which a declaration cannot carry: give each \
             part as a volume of its own, or declare the whole window with --whole-time"
                .into(),
        );
    }
    let one = |shape| DeclaredVolume {
        shape,
        lower: level(volume.band.lower()),
        upper: level(volume.band.upper()),
        from: volume.window.from().map(Time),
        until: volume.window.until().map(Time),
    };
    Ok(shapes(&volume.footprint, allowed)?.into_iter().map(one).collect())
}

/// A footprint as shapes, which are together what it is.
pub(crate) fn shapes(footprint: &Footprint, allowed: Allowance) -> Result<Vec<Shape>, String> {
    match footprint {
        Footprint::Circle(circle) => {
            Ok(vec![Shape::Circle { center: circle.center().into(), radius_m: circle.radius_m() }])
        }
        Footprint::Corridor(corridor) => Ok(vec![Shape::Corridor {
            path: places(corridor.path()),
            half_width_m: corridor.half_width_m(),
            edges: edges(corridor.rule()),
        }]),
        Footprint::Polygons(polygons) => polygons.iter().map(|p| shape(p, allowed)).collect(),
    }
}

fn shape(polygon: &Polygon, allowed: Allowance) -> Result<Shape, String> {
    let rings = || polygon.rings().to_vec();
    let plain = Polygon::new(rings(), polygon.rule()).map_err(|error| error.to_string())?;
    let beyond_m = polygon.residual_m() - plain.residual_m();
    // A thousandth of a millimetre is lost in the sum of the residuals.
    if beyond_m > 1e-6 && !allowed.as_drawn {
        return Err(format!(
            "its boundary is an arc that the file's reader has drawn as a polygon, to {beyond_m:.2} m: \
             a declaration carries circles, polygons and corridors; declare the polygon as it is \
             drawn with --as-drawn"
        ));
    }
    Ok(Shape::Polygon {
        rings: polygon.rings().iter().map(|ring| places(ring)).collect(),
        edges: edges(polygon.rule()),
    })
}

fn places(positions: &[Position]) -> Vec<Place> {
    positions.iter().copied().map(Place::from).collect()
}

fn edges(rule: EdgeRule) -> Edges {
    match rule {
        EdgeRule::GreatCircle => Edges::GreatCircle,
        EdgeRule::Geodesic => Edges::Geodesic,
        EdgeRule::LonLat => Edges::LonLat,
    }
}

/// A limit as a declaration carries it.
pub(crate) fn level(limit: Limit) -> Level {
    match limit {
        Limit::Unlimited => Level::Unlimited,
        Limit::Unknown => Level::Unknown,
        Limit::At(height) => Level::At {
            m: height.metres,
            above: match height.reference {
                Reference::W84 => Datum::W84,
                Reference::Amsl => Datum::Amsl,
                Reference::Agl => Datum::Agl,
                Reference::FlightLevel => Datum::FlightLevel,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use deconflict_formats::read;

    use super::*;

    fn volume_of(name: &str, text: &str) -> Volume {
        read(name, text.as_bytes()).unwrap().features[0].volumes[0].clone()
    }

    fn all(volume: &Volume) -> Vec<DeclaredVolume> {
        declared(volume, Allowance::default()).unwrap()
    }

    const CIRCLE: &str =
        "AC R\nAN A\nAI A\nAL 1000 ft AGL\nAH FL 95\nV X=33:30:00N 38:36:00E\nDC 10\n";
    const ARC: &str = "AC R\nAN A\nAI A\nAL SFC\nAH UNL\nV X=33:30:00N 38:36:00E\n\
                       DA 10,0,90\nDP 33:30:00N 38:36:00E\n";

    #[test]
    fn what_is_declared_means_the_very_volume_of_the_file() {
        let square = r#"{"type":"Feature","properties":{"lower":"100 m AMSL","upper":"FL 065",
            "from":"2026-05-18T09:30:00.000000001Z"},"geometry":{"type":"Polygon","coordinates":
            [[[38.1,33.1],[38.3,33.1],[38.3,33.3],[38.1,33.3],[38.1,33.1]],
             [[38.15,33.15],[38.2,33.15],[38.2,33.2],[38.15,33.15]]]}}"#;
        let line = r#"{"type":"Feature","properties":{"half_width_m":250.5,"edges":"geodesic"},
            "geometry":{"type":"LineString","coordinates":[[38.1,33.1],[39.3,33.1]]}}"#;
        let files = [
            volume_of("a.geojson", square),
            volume_of("a.geojson", line),
            volume_of("a.txt", CIRCLE),
        ];
        for volume in files {
            let [declared] = &all(&volume)[..] else { panic!("one volume") };
            assert_eq!(declared.volume().unwrap(), volume);
        }
    }

    #[test]
    fn each_polygon_of_several_becomes_a_volume() {
        let text = r#"{"type":"Feature","properties":{},"geometry":{"type":"MultiPolygon","coordinates":
            [[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}}"#;
        let volume = volume_of("a.geojson", text);
        let declared = all(&volume);
        assert_eq!(declared.len(), 2);
        let again: Vec<Footprint> =
            declared.iter().map(|d| d.volume().unwrap().footprint).collect();
        let Footprint::Polygons(polygons) = volume.footprint else { panic!("polygons") };
        let single = polygons.into_iter().map(|p| Footprint::Polygons(vec![p]));
        assert_eq!(again, single.collect::<Vec<_>>());
    }

    #[test]
    fn what_a_declaration_cannot_carry_is_refused_until_the_owner_allows_it() {
        let arc = volume_of("a.txt", ARC);
        let error = declared(&arc, Allowance::default()).unwrap_err();
        assert!(error.contains("--as-drawn"), "{error}");
        let drawn = declared(&arc, Allowance { as_drawn: true, whole_time: false }).unwrap();
        assert!(drawn[0].shape.vertices() > 10);
        let mut parts = volume_of("a.txt", CIRCLE);
        parts.window = parts.window.part_time();
        let error = declared(&parts, Allowance::default()).unwrap_err();
        assert!(error.contains("--whole-time"), "{error}");
        let whole = Allowance { as_drawn: false, whole_time: true };
        assert!(!declared(&parts, whole).unwrap()[0].volume().unwrap().window.is_part_time());
    }
}
