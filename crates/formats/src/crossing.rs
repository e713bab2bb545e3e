//! What is said of outlines that cross themselves, whatever format they come from.

use deconflict_geometry::{Footprint, Polygon};

use crate::document::{Feature, ReadNote, clipped_id};

/// The most outlines of doubtful order whose crossings are told one by one.
const MAX_TOLD: usize = 20;

/// The notes on the outlines of features that cross themselves: one for all loops that rounding may
/// have made, one for each outline whose vertices may stand in a wrong order.
pub(crate) fn notes(features: &[Feature]) -> Vec<ReadNote> {
    let mut rounding: Option<ReadNote> = None;
    let mut doubtful = Vec::new();
    for feature in features {
        // The volumes of a feature often share one outline, at other times or heights.
        let mut known: Vec<&Polygon> = Vec::new();
        let footprints = feature.volumes.iter().map(|volume| &volume.footprint);
        for polygon in footprints.flat_map(crossing_polygons) {
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
            } else {
                let note = rounding.get_or_insert_with(|| ReadNote {
                    what: "outlines that cross themselves were read with what lies in the loops \
                           in doubt: where only a loop is met, the conflict is possible"
                        .to_owned(),
                    count: 0,
                    first: feature.place,
                });
                note.count += 1;
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
    rounding.into_iter().chain(doubtful).collect()
}

fn crossing_polygons(footprint: &Footprint) -> impl Iterator<Item = &Polygon> {
    let polygons = match footprint {
        Footprint::Polygons(polygons) => polygons.as_slice(),
        Footprint::Circle(_) | Footprint::Corridor(_) => &[],
    };
    polygons.iter().filter(|polygon| !polygon.crossings().is_empty())
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
