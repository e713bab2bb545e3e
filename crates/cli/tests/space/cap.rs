//! Alerts and sheets by the command alone.

use serde_json::Value;

use crate::rig::Rig;

const ZONE: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Garrison","lang":"en"},{"text":"الحامية","lang":"ar"}],"radius_m":30000,"lower":"SFC","upper":"UNL","from":"2040-05-18T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#;
const RANGE: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Range <3>","lang":"en"}],"lower":"100 m AMSL","upper":"3000 m AMSL","from":"2040-05-18T06:00:00Z","until":"2040-05-18T12:00:00Z"},"geometry":{"type":"Polygon","coordinates":[[[38,33],[38.5,33],[38.5,33.5],[38,33.5],[38,33]]]}}"#;

fn said(rig: &Rig, party: &str, args: &[&str]) -> String {
    let filed = rig.json(party, 0, &[&["say"], args, &["--yes"]].concat());
    assert_eq!(filed["outcome"], "accepted", "{filed}");
    filed["statement"].as_str().unwrap().to_owned()
}

fn refused(rig: &Rig, party: &str, args: &[&str]) -> String {
    let output = rig.at(party, args);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What stands in the first element of a name.
fn element<'t>(text: &'t str, name: &str) -> &'t str {
    let rest = text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name}: {text}")).1;
    rest.split_once(&format!("</{name}>")).unwrap().0
}

fn with_zone() -> Rig {
    let rig = Rig::new();
    zone_in(&rig);
    rig
}

/// The zone that north declares.
fn zone_in(rig: &Rig) -> String {
    let file = rig.file("zone.geojson", ZONE);
    let args =
        ["zone", &file, "--restriction", "prohibited", "--concerns", "south", "--binds", "south"];
    rig.declared("north", 0, &args)
}

#[test]
fn a_hazard_is_an_alert_in_every_language_with_its_place_its_time_and_no_word_of_safety() {
    let rig = with_zone();
    let file = rig.file("range.geojson", RANGE);
    rig.declared("north", 0, &["operation", &file, "--share", "south"]);
    let hazard = ["O6", "--to", "south", "hazard=live-fire,laser", "volumes=Range <3>"];
    let id = said(&rig, "north", &hazard);
    let out = rig.path("hazard.xml");
    let told = rig.told("north", 0, &["inbox", "cap", &id, "--out", out.to_str().unwrap()]);
    assert_eq!(told, "");
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(element(&text, "identifier"), id);
    assert!(element(&text, "sender").starts_with("north@"), "{text}");
    let expected = [
        ("status", "Actual"),
        ("msgType", "Alert"),
        ("scope", "Restricted"),
        ("addresses", "south"),
        ("urgency", "Future"),
        ("onset", "2040-05-18T06:00:00-00:00"),
        ("expires", "2040-05-18T12:00:00-00:00"),
        ("headline", "O6 Notice of a hazard."),
        ("polygon", "33,38 33,38.5 33.5,38.5 33.5,38 33,38"),
        ("altitude", "328"),
        ("ceiling", "9843"),
    ];
    for (name, value) in expected {
        assert_eq!(element(&text, name), value, "{name}");
    }
    assert!(element(&text, "areaDesc").starts_with("Range &lt;3&gt;: "), "{text}");
    let languages: Vec<&str> = text.split("<language>").skip(1).map(|rest| &rest[..2]).collect();
    assert_eq!(languages.len(), 6, "{languages:?}");
    assert!(languages.contains(&"ar") && languages.contains(&"zh"), "{languages:?}");
    for word in ["AllClear", "Past", "Unlikely", "Minor", "Public"] {
        assert!(!text.contains(&format!(">{word}<")), "{word}: {text}");
    }
    // Its addressee has the same alert, but for what it calls local time and by whom.
    let theirs = rig.told("south", 0, &["inbox", "cap", &id]);
    assert_eq!(element(&theirs, "sent"), element(&text, "sent"));
    assert_eq!(element(&theirs, "polygon"), element(&text, "polygon"));
}

#[test]
fn a_correction_is_an_update_a_cancellation_a_cancel_and_what_was_said_before_is_not_issued_again()
{
    let rig = with_zone();
    let zone = [
        "Z4",
        "--to",
        "south",
        "zone=Garrison",
        "status=applied",
        "from=2040-06-06T06:00:00Z",
        "until=2040-06-06T12:00:00Z",
        "--traffic",
        "exercise",
    ];
    let first = said(&rig, "north", &zone);
    let original = rig.told("north", 0, &["inbox", "cap", &first]);
    assert_eq!(element(&original, "status"), "Exercise");
    assert!(element(&original, "headline").starts_with("EXERCISE: Z4 "), "{original}");
    assert!(element(&original, "note").starts_with("EXERCISE."), "{original}");
    assert_eq!(element(&original, "circle"), "33.5,38.6 30");
    assert!(!original.contains("<references>") && !original.contains("<altitude>"), "{original}");
    let message = format!("message={first}");
    let correction =
        ["D6", &message, "field=until", "new_value=2040-06-06T15:00:00Z", "--traffic", "exercise"];
    let second = said(&rig, "north", &correction);
    let update = rig.told("north", 0, &["inbox", "cap", &second]);
    assert_eq!(element(&update, "msgType"), "Update");
    assert_eq!(element(&update, "identifier"), second);
    assert_eq!(element(&update, "expires"), "2040-06-06T15:00:00-00:00");
    let reference = |text: &str| {
        let of = |name| element(text, name);
        format!("{},{},{}", of("sender"), of("identifier"), of("sent"))
    };
    assert_eq!(element(&update, "references"), reference(&original));
    let told = refused(&rig, "north", &["inbox", "cap", &first]);
    assert!(told.contains(&second) && told.contains("issue that one"), "{told}");
    let third = said(&rig, "north", &["D7", &message, "--traffic", "exercise"]);
    let cancel = rig.told("north", 0, &["inbox", "cap", &third]);
    assert_eq!(element(&cancel, "msgType"), "Cancel");
    assert_eq!(element(&cancel, "urgency"), "Unknown");
    assert!(element(&cancel, "note").contains("That permits nothing"), "{cancel}");
    let both = format!("{} {}", reference(&original), reference(&update));
    assert_eq!(element(&cancel, "references"), both);
    let told = refused(&rig, "north", &["inbox", "cap", &second]);
    assert!(told.contains(&third), "{told}");
}

#[test]
fn of_a_zone_that_is_over_or_was_changed_since_no_alert_is_written() {
    let rig = Rig::new();
    let zone = zone_in(&rig);
    let applied =
        ["Z4", "--to", "south", "zone=Garrison", "status=applied", "from=2040-06-06T06:00:00Z"];
    let id = said(&rig, "north", &applied);
    rig.told("north", 0, &["inbox", "cap", &id]);
    rig.told("north", 0, &["declare", "end", &zone, "--how", "ended", "--yes"]);
    let told = refused(&rig, "north", &["inbox", "cap", &id]);
    assert!(told.contains("what it speaks of is over since it was sent"), "{told}");
}

#[test]
fn a_message_of_another_code_is_refused_with_those_that_are_written() {
    let rig = with_zone();
    let id = said(&rig, "north", &["L1", "--to", "south", "n=1"]);
    let told = refused(&rig, "north", &["inbox", "cap", &id]);
    assert!(told.contains("L1 LINE TEST is not written as an alert: O6, Z4, H1 are"), "{told}");
}

#[test]
fn a_sheet_has_what_is_said_in_the_readers_language_and_in_english_spelt_and_to_be_signed() {
    let rig = with_zone();
    let request = [
        "W4",
        "--to",
        "south",
        "zone=Garrison",
        "by=+3h",
        "exit_sector=west",
        "authority=commander",
        "--traffic",
        "exercise",
        "--remark",
        "<b>Pont</b> fermé",
        "--remark-lang",
        "fr",
    ];
    let id = said(&rig, "north", &request);
    let file = rig.path("sheet.html");
    let page = |party: &str, more: &[&str]| {
        let args = ["inbox", "sheet", &id, "--html", file.to_str().unwrap()];
        assert_eq!(rig.told(party, 0, &[&args[..], more].concat()), "");
        std::fs::read_to_string(&file).unwrap()
    };
    let shown: Value = rig.json("south", 0, &["inbox", "show", &id]);
    let arabic = page("south", &["--lang", "ar"]);
    for told in [
        "<h1>Read-back sheet: W4 REQUEST VACATE ZONE</h1>",
        "lang=\"ar\" dir=\"rtl\"",
        "الحامية",
        "We request that those inside leave the zone.",
        "Garrison",
        "EXERCISE",
        "IMMEDIATE",
        "Whiskey four",
        "north (",
        "&lt;b&gt;Pont&lt;/b&gt; fermé",
        "no answer, no consent and no recognition",
        "Not recognition, not consent.",
        "An answer to this does not recognise a zone.",
        "Read back by",
        "<td>Signature</td>",
        shown["short"].as_str().unwrap(),
    ] {
        assert!(arabic.contains(told), "{told}: {arabic}");
    }
    let english = page("south", &["--lang", "en"]);
    assert!(!english.contains("class=\"english\" lang"), "English stands there once: {english}");
    rig.told("south", 0, &["answer", &id, "UNABLE", "reason=terms", "--yes"]);
    let answer = page("south", &["--lang", "fr", "--answer", "south"]);
    assert!(answer.contains("Read-back sheet: UNABLE of south to W4"), "{answer}");
    assert!(answer.contains("In answer to"), "{answer}");
    let file = rig.path("sheet.pdf");
    let printed = ["inbox", "sheet", &id, "--pdf", file.to_str().unwrap(), "--lang"];
    for language in ["en", "ru", "ar"] {
        rig.told("north", 0, &[&printed[..], &[language]].concat());
        assert!(std::fs::read(&file).unwrap().starts_with(b"%PDF-"), "{language}");
        std::fs::remove_file(&file).unwrap();
    }
    let told = refused(&rig, "north", &[&printed[..], &["zh"]].concat());
    assert!(told.contains("write it as HTML") && told.contains("--html FILE"), "{told}");
    let args = ["inbox", "sheet", &id, "--html", "x.html", "--answer", "aid"];
    let told = refused(&rig, "south", &args);
    assert!(told.contains("it did not go to that party: it went to south"), "{told}");
}
