//! What is said of outlines that cross themselves or enclose nothing, whatever format they come from.

use deconflict_geometry::{Footprint, Polygon};

use crate::document::{Feature, ReadNote, clipped_id};

/// The most outlines of doubtful order whose crossings are told one by one.
const MAX_TOLD: usize = 20;

const ROUNDING: &str = "outlines that cross themselves were read with what lies in the loops in doubt: \
     where only a loop is met, the conflict is possible";
const FLAT: &str = "outlines that enclose nothing were read as lines: points may be missing, and all \
     that lies within half of the longest edge is possible";

/// The notes on the outlines of features that are in doubt: one for all loops that rounding may have
/// made, one for all outlines without area, one for each outline whose vertices may stand in a wrong
/// order.
pub(crate) fn notes(features: &[Feature]) -> Vec<ReadNote> {
    let mut common: Vec<ReadNote> = Vec::new();
    let mut doubtful = Vec::new();
    for feature in features {
        // The volumes of a feature often share one outline, at other times or heights.
        let mut known: Vec<&Polygon> = Vec::new();
        let footprints = feature.volumes.iter().map(|volume| &volume.footprint);
        for polygon in footprints.flat_map(doubtful_polygons) {
            if known.contains(&polygon) {
                continue;
            }
            known.push(polygon);
            if polygon.may_be_misdrawn() {
                doubtful.push(ReadNote {
                    what: misdrawn(feature, polygon),
                    count: 1,
                    first: feature.place,
                });
                continue;
            }
            let what = if polygon.is_flat() { FLAT } else { ROUNDING };
            match common.iter_mut().find(|note| note.what == what) {
                Some(note) => note.count += 1,
                None => {
                    common.push(ReadNote { what: what.to_owned(), count: 1, first: feature.place })
                }
            }
        }
    }
    if doubtful.len() > MAX_TOLD {
        let more = doubtful.split_off(MAX_TOLD);
        doubtful.extend(more.first().map(|first| {
            ReadNote {
            what: "further outlines cross themselves, so that all of their convex hulls is possible"
                .to_owned(),
            count: more.len(),
            first: first.first,
        }
        }));
    }
    common.into_iter().chain(doubtful).collect()
}

fn doubtful_polygons(footprint: &Footprint) -> impl Iterator<Item = &Polygon> {
    let polygons = match footprint {
        Footprint::Polygons(polygons) => polygons.as_slice(),
        Footprint::Circle(_) | Footprint::Corridor(_) => &[],
    };
    polygons.iter().filter(|polygon| polygon.is_flat() || !polygon.crossings().is_empty())
}

fn misdrawn(feature: &Feature, polygon: &Polygon) -> String {
    let places = polygon.crossings().iter().map(|crossing| {
        let size = crossing.size.map(|size| format!(" ({size})")).unwrap_or_default();
        format!("{}{size}", crossing.near)
    });
    let places: Vec<String> = places.collect();
    format!(
        "the outline of {} crosses itself near {}: its points may stand in a wrong order, and all of \
         its convex hull is possible; correct it",
        clipped_id(&feature.id),
        places.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use deconflict_geometry::{Circle, Position, Reason, Relation, Rules, Volume, relation};

    use crate::{Document, Format, SourcePlace, read, write};

    /// A corridor's end, rounded to whole seconds: the third point lies across the first side.
    const ROUNDED: &str = "AC R\nAN Rounded\nAL SFC\nAH FL 95\nDP 46:00:00 N 010:00:00 E\n\
        DP 46:00:00 N 010:10:00 E\nDP 46:00:02 N 010:09:50 E\nDP 45:59:58 N 010:09:52 E\n\
        DP 45:59:58 N 010:20:00 E\nDP 46:10:00 N 010:10:00 E\n";

    /// Two points of a square in the wrong order.
    const SWAPPED: &str = "AC R\nAN Swapped\nAL SFC\nAH FL 95\nDP 46:00:00 N 010:00:00 E\n\
        DP 46:01:00 N 010:01:00 E\nDP 46:01:00 N 010:00:00 E\nDP 46:00:00 N 010:01:00 E\n";

    fn document(name: &str, text: &str) -> Document {
        read(name, text.as_bytes()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
    }

    fn met(document: &Document, lat: f64, lon: f64) -> (Relation, Vec<Reason>) {
        let volume = &document.features[0].volumes[0];
        let place = Position::new(lat, lon).unwrap();
        let footprint = deconflict_geometry::Footprint::Circle(Circle::new(place, 2.0).unwrap());
        let probe = Volume { footprint, ..volume.clone() };
        let verdict = relation(volume, &probe, &Rules::default());
        (verdict.relation, verdict.reasons.iter().collect())
    }

    #[test]
    fn a_loop_is_in_doubt_in_every_format_and_stays_so_when_it_is_converted() {
        let airspace = document("a.openair", ROUNDED);
        let mut documents = vec![airspace.clone()];
        for format in [Format::OpenAir, Format::GeoJson, Format::Kml, Format::Csv] {
            let bytes = write(&airspace, format).unwrap();
            let name = format!("a.{}", format.extension());
            documents.push(document(&name, std::str::from_utf8(&bytes).unwrap()));
        }
        documents.push(document(
            "a.f3548.json",
            r#"{"operational_intents": [{"id": "a", "volumes": [{"volume": {
                "outline_polygon": {"vertices": [
                    {"lat": 46, "lng": 10}, {"lat": 46, "lng": 10.166666666666666},
                    {"lat": 46.00055555555556, "lng": 10.16388888888889},
                    {"lat": 45.99944444444444, "lng": 10.164444444444445},
                    {"lat": 45.99944444444444, "lng": 10.333333333333334},
                    {"lat": 46.166666666666664, "lng": 10.166666666666666}]},
                "altitude_lower": {"value": 0, "reference": "W84", "units": "M"},
                "altitude_upper": {"value": 900, "reference": "W84", "units": "M"}},
                "time_start": {"value": "2031-05-18T09:00:00Z", "format": "RFC3339"},
                "time_end": {"value": "2031-05-18T10:00:00Z", "format": "RFC3339"}}]}]}"#,
        ));
        for document in documents {
            let format = document.format;
            let loop_ = met(&document, 46.000_2, 10.165);
            assert_eq!(loop_, (Relation::Possible, vec![Reason::SelfCrossing]), "{format:?}");
            assert_eq!(met(&document, 46.05, 10.165).0, Relation::Overlap, "{format:?}");
            assert_eq!(met(&document, 45.99, 10.165).0, Relation::Apart, "{format:?}");
            let [note] = document.notes.as_slice() else { panic!("{:?}", document.notes) };
            assert!(note.what.contains("in doubt") && note.count == 1, "{note:?}");
        }
    }

    #[test]
    fn an_outline_whose_points_may_be_in_a_wrong_order_is_told_with_its_crossings() {
        let document = document("a.openair", SWAPPED);
        let [note] = document.notes.as_slice() else { panic!("{:?}", document.notes) };
        assert_eq!(note.first, SourcePlace::Line(1));
        for words in ["of Swapped crosses itself near 46.008", "a loop that", "wrong order"] {
            assert!(note.what.contains(words), "{note:?}");
        }
        // In the square that was meant, outside the two triangles that are drawn.
        let beside = met(&document, 46.008, 10.003);
        assert_eq!(beside, (Relation::Possible, vec![Reason::SelfCrossing]));
        assert_eq!(met(&document, 46.008, 10.03).0, Relation::Apart);
    }

    #[test]
    fn loops_that_are_no_rounding_are_refused_with_the_lines_of_every_crossing() {
        let text = "AC R\nAN Twice\nAL SFC\nAH FL 95\nDP 46:00:00 N 010:00:00 E\n\
            DP 46:00:00 N 012:00:00 E\nDP 45:30:00 N 013:00:00 E\nDP 45:30:00 N 012:30:00 E\n\
            DP 46:00:00 N 013:12:00 E\nDP 46:00:00 N 015:00:00 E\nDP 45:30:00 N 016:00:00 E\n\
            DP 45:30:00 N 015:30:00 E\nDP 46:00:00 N 016:12:00 E\nDP 46:00:00 N 018:00:00 E\n\
            DP 50:00:00 N 014:00:00 E\n";
        let errors = read("a.openair", text.as_bytes()).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        for words in [
            "line 1 (Twice): the outline crosses itself: ",
            "the edge from line 6 to 7 and the edge from line 8 to 9 cross near 45.6",
            "the edge from line 10 to 11 and the edge from line 12 to 13 cross near 45.6",
            "km and is ",
        ] {
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
    }
}
