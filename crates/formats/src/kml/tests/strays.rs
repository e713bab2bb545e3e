//! Coordinates that stand where none are read.

use super::*;

/// The first mistake, which can be left out, and how many features there are without it.
fn left_out(kml: &str) -> (String, usize, usize) {
    let error = errors(kml.as_bytes()).remove(0);
    let goes_on = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    let document = super::super::read_kml(kml.as_bytes(), &goes_on).unwrap();
    (error, document.features.len(), document.omissions.len())
}

#[test]
fn coordinates_in_an_unknown_element_are_left_out_by_name() {
    let good = format!("<Placemark>{SQUARE}</Placemark>");
    let schema = "<Schema parent=\"Placemark\" name=\"S_asp\"><SimpleField/></Schema>";
    for (body, expected) in [
        (format!("{schema}{good}<S_asp><name>A</name>{SQUARE}</S_asp>"), "coordinates in <S_asp>"),
        (format!("{good}{SQUARE}"), "coordinates in <Polygon>"),
        (format!("{good}<coordinates>1,2</coordinates>"), "coordinates in <coordinates>"),
        (format!("{good}<a><b><Coordinates>1,2</Coordinates></b></a>"), "coordinates in <a>"),
        (format!("{good}<a><NetworkLink/></a>"), "a network link points to content"),
        (format!("{good}<a><Placemark>{SQUARE}</Placemark></a>"), "a placemark in <a>"),
        (format!("{good}<placemark>{SQUARE}</placemark>"), "write <Placemark>"),
    ] {
        let (error, features, omissions) = left_out(&kml(&body));
        assert!(error.contains(expected), "{body}: {error}");
        assert_eq!((features, omissions), (1, 1), "{body}");
    }
    let each = format!("{schema}{}", format!("<S_asp>{SQUARE}</S_asp>\n").repeat(2));
    assert_eq!(errors(kml(&each).as_bytes()).len(), 2);
    let views = "<LookAt><longitude>1</longitude></LookAt><PhotoOverlay><Camera/><Point><coordinates>\
                 38,33</coordinates></Point></PhotoOverlay><Region><LatLonAltBox/></Region><Style/>";
    assert_eq!(read_kml(kml(&format!("{views}{good}")).as_bytes()).unwrap().features.len(), 1);
}

#[test]
fn text_behind_the_end_is_refused_unless_it_is_filler() {
    let good = placemark(SQUARE);
    for more in
        ["38,33 39,33", "\n{\"type\": \"Point\", \"coordinates\": [38, 33]}", "<![CDATA[x]]>"]
    {
        let error = error(&format!("{good}{more}"));
        assert!(error.contains("<kml> ended before, and `"), "{more:?}: {error}");
    }
    for more in ["\n \r\n", "\0\0\0", "\u{FEFF}\n", "<!-- the end -->\n"] {
        let read = read_kml(format!("{good}{more}").as_bytes());
        assert_eq!(read.map(|d| d.features.len()), Ok(1), "{more:?}");
    }
}

#[test]
fn coordinates_that_a_geometry_has_no_part_for_are_refused() {
    let list = "<coordinates>38,33 39,33 39,34 38,33</coordinates>";
    let ring = format!("<LinearRing>{list}</LinearRing>");
    let outer = format!("<outerBoundaryIs>{ring}</outerBoundaryIs>");
    let wide = extended(&[("half_width_m", "50")]);
    for (body, expected) in [
        (
            format!(
                "<Polygon><outerBoundaryIs><LinearRing>{list}{list}</LinearRing></outerBoundaryIs></Polygon>"
            ),
            "its LinearRing has 2 elements <coordinates>",
        ),
        (
            format!("{wide}<LineString>{list}{list}</LineString>"),
            "its LineString has 2 elements <coordinates>",
        ),
        (format!("<Polygon>{outer}{ring}</Polygon>"), "<LinearRing> in its Polygon is not read"),
        (format!("<Polygon>{outer}{list}</Polygon>"), "<coordinates> in its Polygon is not read"),
        (
            format!(
                "<Polygon><outerBoundaryIs>{ring}<LineString>{list}</LineString></outerBoundaryIs></Polygon>"
            ),
            "<LineString> in its outerBoundaryIs is not read",
        ),
        (
            format!("{wide}<LineString>{list}<Point>{list}</Point></LineString>"),
            "<Point> in its LineString is not read",
        ),
    ] {
        let error = error(&placemark(&body));
        assert!(error.contains(expected), "{error}");
    }
}
