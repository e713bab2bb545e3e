//! What the tests of several formats share: documents of every kind, and how to compare them.

use std::collections::HashSet;

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, Instant, Limit, Polygon, Position,
    Reference, Volume, Window,
};
use proptest::prelude::*;
use serde_json::json;

use crate::document::{Document, Feature, SourcePlace, Text};

/// A position.
pub(crate) fn at(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

/// A limit at a height.
pub(crate) fn height(metres: f64, reference: Reference) -> Limit {
    Limit::At(Height { metres, reference })
}

/// Compares all but the places and the order of the names, which a writer is free to choose.
pub(crate) fn assert_same(read: &Document, written: &Document) {
    let unplaced = |d: &Document| -> Vec<Feature> {
        let unplaced = |f: &Feature| {
            let mut feature = Feature { place: SourcePlace::Whole, ..f.clone() };
            feature.names.sort_by(|a, b| a.lang.cmp(&b.lang));
            feature
        };
        d.features.iter().map(unplaced).collect()
    };
    assert_eq!(unplaced(read), unplaced(written));
}

/// Texts with what formats have to escape; `middle` is a pattern of what may stand inside.
fn text(middle: &str) -> BoxedStrategy<String> {
    let pattern = format!("[a-zé<&\"'\\]>=+@-]({middle}[a-zé<&\"'>])?");
    proptest::string::string_regex(&pattern).unwrap().boxed()
}

fn footprint() -> impl Strategy<Value = Footprint> {
    let position = (-80.0..80.0_f64, -179.0..170.0_f64).prop_map(|(lat, lon)| at(lat, lon));
    prop_oneof![
        (position.clone(), 1.0..1_000_000.0_f64)
            .prop_map(|(center, r)| Footprint::Circle(Circle::new(center, r).unwrap())),
        (position.clone(), 1.0..10_000.0_f64).prop_map(|(p, w)| {
            let path = vec![p, at(p.lat_deg() + 0.5, p.lon_deg() + 1.0)];
            Footprint::Corridor(Corridor::new(path, w, EdgeRule::GreatCircle).unwrap())
        }),
        (position, 0.01..5.0_f64, any::<bool>(), 0..3_u8).prop_map(|(p, size, hole, rule)| {
            let square = |inset: f64| {
                let (a, b) = (size * inset, size * (1.0 - inset));
                [(a, a), (a, b), (b, b), (b, a)]
                    .map(|(y, x)| at(p.lat_deg() + y, p.lon_deg() + x))
                    .to_vec()
            };
            let rings = if hole { vec![square(0.0), square(0.3)] } else { vec![square(0.0)] };
            let rule =
                [EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat][usize::from(rule)];
            Footprint::Polygons(vec![Polygon::new(rings, rule).unwrap()])
        }),
    ]
}

fn limit() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        Just(None),
        (-100.0..20_000.0_f64).prop_map(Some),
        (0..20_000_i32).prop_map(|m| Some(f64::from(m)))
    ]
}

fn volume() -> impl Strategy<Value = Volume> {
    let reference = prop_oneof![
        Just(Reference::Amsl),
        Just(Reference::Agl),
        Just(Reference::W84),
        Just(Reference::FlightLevel)
    ];
    (
        footprint(),
        limit(),
        reference.clone(),
        limit(),
        reference,
        any::<[Option<i64>; 2]>(),
        any::<bool>(),
    )
        .prop_map(
            |(footprint, lower, lower_reference, upper, upper_reference, times, part_time)| {
                let limit = |m: Option<f64>, r, none| m.map_or(none, |m| height(m, r));
                let (lower, upper) = (
                    limit(lower, lower_reference, Limit::Unknown),
                    limit(upper, upper_reference, Limit::Unlimited),
                );
                let band = Band::new(lower, upper).unwrap_or(Band::UNLIMITED);
                let window = Window::new(times[0].map(Instant), times[1].map(Instant))
                    .unwrap_or(Window::ALWAYS);
                Volume {
                    footprint,
                    band,
                    window: if part_time { window.part_time() } else { window },
                }
            },
        )
}

/// Features with different identifiers, whose texts have `middle` (a pattern) inside.
pub(crate) fn features(middle: &str) -> impl Strategy<Value = Vec<Feature>> + use<> {
    proptest::collection::vec(feature(text(middle)), 0..4).prop_map(|mut features| {
        let mut ids = HashSet::new();
        features.retain(|f| ids.insert(f.id.clone()));
        features
    })
}

fn feature(text: BoxedStrategy<String>) -> impl Strategy<Value = Feature> {
    let lang = prop_oneof![Just(None), Just(Some("fr".to_owned())), Just(Some("de-CH".to_owned()))];
    let name = (text.clone(), lang).prop_map(|(text, lang)| Text { text, lang });
    let property = prop_oneof![
        text.clone().prop_map(|t| json!(t)),
        any::<i32>().prop_map(|n| json!({"n": [n, null]})),
        Just(json!("")),
        Just(json!(" x "))
    ];
    let key = prop_oneof![
        text.clone(),
        Just("kind".to_owned()),
        Just("description".to_owned()),
        Just("name:fr".to_owned())
    ];
    (
        text.clone(),
        proptest::collection::vec(name, 0..3),
        text.clone(),
        proptest::collection::vec(volume(), 1..3),
        proptest::collection::vec((key, property), 0..3),
    )
        .prop_map(|(id, names, kind, volumes, properties)| {
            let (mut texts, mut langs) = (HashSet::new(), HashSet::new());
            let mut fresh = |n: &Text| texts.insert(n.text.clone()) & langs.insert(n.lang.clone());
            let names = names.into_iter().filter(|n| fresh(n)).collect();
            Feature {
                id,
                names,
                kind,
                volume_kinds: Vec::new(),
                volumes,
                place: SourcePlace::Whole,
                properties: properties.into_iter().collect(),
            }
        })
}
