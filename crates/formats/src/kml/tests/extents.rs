//! Sizes under names of other programs, and times that say nothing.

use super::*;

const POINT: &str = "<Point><coordinates>38,33</coordinates></Point>";

#[test]
fn a_size_whose_key_says_its_unit_is_read_and_no_option_takes_its_place() {
    let options = ReadOptions { point_radius_m: Some(200.0), ..ReadOptions::default() };
    let read = |pairs: &[(&str, &str)]| {
        let text = placemark(&format!("<name>A</name>{}{POINT}", extended(pairs)));
        super::super::read_kml(text.as_bytes(), &options)
    };
    for (pairs, radius_m) in [
        (vec![("buffer_km", "5")], 5000.0),
        (vec![("RADIUS_NM", "2.5")], 4630.0),
        (vec![("diameter_m", "600"), ("radius_m", "300")], 300.0),
        (vec![("json:buffer_km", "5")], 200.0),
        (vec![("buffer", "5")], 200.0),
    ] {
        let document = read(&pairs).unwrap();
        let expected = Footprint::Circle(Circle::new(at(33.0, 38.0), radius_m).unwrap());
        assert_eq!(document.features[0].volumes[0].footprint, expected, "{pairs:?}");
        let told: Vec<&str> = document.notes.iter().map(|note| note.what.as_str()).collect();
        assert_eq!(told.is_empty(), radius_m != 200.0, "{pairs:?}: {told:?}");
        let properties = usize::from(radius_m == 200.0);
        assert_eq!(document.features[0].properties.len(), properties, "{pairs:?}");
        assert_same(&read_kml(&write_kml(&document).unwrap()).unwrap(), &document);
    }
    for (pairs, expected) in [
        (
            vec![("buffer_km", "5"), ("radius_m", "300")],
            "radius_m says 300 m, buffer_km says 5000 m",
        ),
        (vec![("buffer_km", "1.500")], "buffer_km: its point may be decimal or group thousands"),
        (vec![("buffer_km", "far")], "buffer_km: must be a number"),
    ] {
        let error = read(&pairs).unwrap_err()[0].to_string();
        assert!(error.contains(expected), "{error}");
    }
    let high = |pairs: &[(&str, &str)]| placemark(&format!("{}{SQUARE}", extended(pairs)));
    let grouped = error(&high(&[("upper_m", "1.067"), ("upper_reference", "AMSL")]));
    assert!(grouped.contains("upper_m: its point may be decimal or group thousands"), "{grouped}");
    assert!(error(&high(&[("residual_m", "1.500")])).contains("residual_m: its point may be"));
    let outline = placemark(&format!("{}{SQUARE}", extended(&[("buffer_km", "5")])));
    let notes = read_kml(outline.as_bytes()).unwrap().notes;
    assert!(notes[0].what.starts_with("`buffer_km` was not read"), "{notes:?}");
}

#[test]
fn an_empty_time_does_not_take_a_placemark_out_of_the_time_of_its_folder() {
    let folder = |span: &str| {
        kml(&format!(
            "<Folder><TimeSpan><begin>2031-05-18</begin></TimeSpan><Placemark>{span}{SQUARE}\
             </Placemark></Folder>"
        ))
    };
    for span in
        ["", "<TimeSpan/>", "<TimeSpan></TimeSpan>", "<TimeSpan><begin/><end> </end></TimeSpan>"]
    {
        let error = error(&folder(span));
        assert!(error.contains("its folder or document has a time but it has none"), "{error}");
    }
    let own = "<TimeSpan><end>2031-05-19</end></TimeSpan>";
    assert!(only(&folder(own)).volumes[0].window.until().is_some());
    assert_eq!(only(&placemark(&format!("<TimeSpan/>{SQUARE}"))).volumes[0].window, Window::ALWAYS);
}
