//! The table of codes is that of the vocabulary, and fits together.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_vocabulary::*;

use crate::sample::Seeded;

/// Each code's attribute, its precedence without a time, and how many parameters: written down anew.
const SPECIFIED: &str = "
L1 R ROUTINE 1 | L2 R ROUTINE 4 | L3 R IMMEDIATE 2 | L4 R PRIORITY 1 | L5 W/U IMMEDIATE 3 | L6 A/N PRIORITY 2
Z1 A/N ROUTINE 2 | Z2 A/N ROUTINE 3 | Z3 R PRIORITY 2 | Z4 R PRIORITY 4 | Z5 R PRIORITY 2
O1 R PRIORITY 2 | O2 R PRIORITY 3 | O3 N ROUTINE 2 | O4 R IMMEDIATE 2 | O5 W/U IMMEDIATE 3 | O6 R PRIORITY 2
P1 R ROUTINE 2 | P2 R PRIORITY 2 | P3 R IMMEDIATE 4 | P4 R ROUTINE 2 | P5 A/N PRIORITY 4 | P6 Y FLASH 2
P7 R FLASH 2 | P8 Y FLASH 2 | P9 R PRIORITY 3 | P10 R IMMEDIATE 2
H1 A/N IMMEDIATE 4
W1 R IMMEDIATE 5 | W2 Y IMMEDIATE 5 | W3 Y PRIORITY 4 | W4 W/U IMMEDIATE 4 | W5 W/U FLASH 3 | W6 W/U IMMEDIATE 2
W7 R PRIORITY 2 | W8 Y IMMEDIATE 3 | W9 Y FLASH 2
Y1 W/U OF-MESSAGE 2 | Y2 R OF-MESSAGE 5 | Y3 R OF-MESSAGE 5 | Y4 R OF-MESSAGE 3
D1 R PRIORITY 4 | D2 Y PRIORITY 3 | D3 R ROUTINE 1 | D4 Y OF-MESSAGE 2 | D5 A/N ROUTINE 1 | D6 R OF-MESSAGE 3
D7 R OF-MESSAGE 1 | D8 R FLASH 2";

fn code(id: &str) -> &'static Code {
    CodeId::new(id).unwrap().row()
}

fn name(name: &str) -> ParameterName {
    ParameterName::new(name).unwrap()
}

fn ids(holds: impl Fn(&Code) -> bool) -> Vec<&'static str> {
    CODES.iter().filter(|code| holds(code)).map(|code| code.id).collect()
}

#[test]
fn the_codes_are_those_of_the_vocabulary() {
    let row = |code: &Code| {
        let precedence = match code.precedence {
            PrecedenceRule::OfMessage => "OF-MESSAGE".to_owned(),
            _ => format!("{:?}", code.precedence(None, None)).to_uppercase(),
        };
        let parameters = code.parameters.len();
        format!("{} {} {precedence} {parameters}", code.id, code.attribute.letters())
    };
    let specified = SPECIFIED.trim().replace('\n', " | ");
    let rows: Vec<_> = CODES.iter().map(row).collect();
    assert_eq!(rows, specified.split(" | ").collect::<Vec<_>>());
    assert_eq!(rows.len(), 49);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), 49);
}

#[test]
fn answers_are_those_that_the_attribute_allows() {
    let of = |id: &str| {
        let answers = code(id).attribute.answers();
        answers.iter().map(|answer| answer.as_str()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(of("W4"), "WILCO, UNABLE, STANDBY");
    assert_eq!(of("H1"), "AFFIRM, NEGATIVE, STANDBY");
    assert_eq!(of("L3"), "ROGER");
    assert_eq!(of("O3"), "");
    // CHECKING holds the line open in STANDBY's place where something is being hit.
    assert_eq!(of("P6"), "CEASED, NOT OURS, CHECKING");
    assert_eq!(of("W9"), of("P6"));
    assert_eq!(of("W2"), "OURS, PARTNER, NOT OURS, UNKNOWN, STANDBY");
    assert_eq!(of("W8"), "KEEP CLEAR, CALL US, NO STATEMENT, STANDBY");
    let mut allowed = BTreeSet::new();
    for code in CODES {
        let answers = code.attribute.answers();
        if let Attribute::Listed(listed) = code.attribute {
            for id in listed {
                assert!(answers.iter().any(|answer| answer.as_str() == *id), "{}: {id}", code.id);
            }
        }
        let closing = answers.iter().filter(|answer| answer.row().closes).count();
        assert!(closing > 0 || answers.is_empty(), "{}: some answer must close it", code.id);
        allowed.extend(answers);
    }
    assert_eq!(allowed.len(), ANSWERS.len(), "each answer answers something");
}

#[test]
fn an_answer_closes_or_holds_open_and_only_wilco_promises() {
    for answer in ANSWERS {
        assert_ne!(answer.closes, answer.hold.is_some(), "{}", answer.id);
        assert_eq!(answer.opens_undertaking, answer.id == "WILCO");
    }
    let held: Vec<_> =
        ANSWERS.iter().filter_map(|answer| Some((answer.id, answer.hold?))).collect();
    let (standby, checking) = (Hold::OnceUntilItsTime, Hold::EachTimeFor { seconds: 120 });
    assert_eq!(held, [("STANDBY", standby), ("CHECKING", checking)]);
    let undertaken = CODES.iter().flat_map(|code| code.meets.iter().map(move |met| (code, *met)));
    for (code, met) in undertaken {
        let met = CodeId::new(met).unwrap().row();
        assert_eq!(met.attribute, Attribute::WilcoUnable, "{} meets {}", code.id, met.id);
    }
}

#[test]
fn rules_of_single_codes_are_in_their_rows() {
    assert_eq!(ids(|code| code.person_signs), ["W4", "W5"]);
    assert_eq!(ids(Code::is_never_grouped), ["P6", "W9"]);
    assert_eq!(ids(|code| code.effect == Effect::EndsIncident), ["P7"]);
    assert_eq!(ids(|code| code.affirm_agrees), ["Z1", "Z2"]);
    assert_eq!(ids(|code| code.by_statement), ["Z1", "Z2", "Z5", "O2", "O3", "P4"]);
    assert_eq!(ids(|code| code.per_day.is_some()), ["W8"]);
    assert_eq!(ids(|code| code.silence_counts_as.is_some()), ["W8"]);
    assert_eq!(ids(|code| code.senders == Senders::HOST), ["O4", "P10"]);
    assert_eq!(ids(Code::machine_may_answer), ["O1", "O2", "O3", "O4", "O5", "O6"]);
    let passes = |code: &Code| "PWLH".contains(code.family()) || code.id == "D7";
    assert_eq!(ids(Code::always_passes), ids(passes));
    for code in CODES {
        assert!(code.senders.person || code.senders.host, "{}: nobody sends it", code.id);
        assert!(!code.person_signs || code.senders == Senders::PERSON, "{}", code.id);
        assert!(!code.modelled_on.is_empty() && !code.title.is_empty(), "{}", code.id);
        if let Some(answer) = code.silence_counts_as {
            assert!(code.attribute.allows(AnswerId::new(answer).unwrap()));
        }
        if code.affirm_agrees {
            assert_eq!(code.attribute, Attribute::AffirmNegative);
        }
        if let Some(name) = code.time_left_by {
            let kind = code.parameter(name).unwrap().kind;
            assert!(matches!(
                kind,
                ParameterKind::Time | ParameterKind::CoarseTime | ParameterKind::Minutes { .. }
            ));
        }
        // Silence, receipt and answers about zones are never left to be misread.
        let ends_with = |term| code.endings.iter().any(|(known, _)| *known == term);
        let speaks_of_zone = code.parameter("zone").is_some();
        let says_so = ends_with(Term::RecognisesNoZone) || ends_with(Term::AgreesOnlyByAffirm);
        assert!(!speaks_of_zone || says_so, "{}", code.id);
        let protects = code.family() == 'P';
        assert!(!protects || ends_with(Term::ProtectionUnchanged), "{}", code.id);
    }
    for id in ["NOT OURS", "UNKNOWN", "NO STATEMENT"] {
        assert_eq!(AnswerId::new(id).unwrap().row().endings, [Term::SaysNotWhoIsThere]);
    }
}

#[test]
fn names_and_conditions_within_a_code_hold_together() {
    for code in CODES {
        let names: BTreeSet<_> = code.parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), code.parameters.len(), "{}: a parameter twice", code.id);
        for parameter in code.parameters {
            let Need::With { parameter: other, choice } = parameter.need else { continue };
            let Some(ParameterKind::Choice(list)) = code.parameter(other).map(|other| other.kind)
            else {
                panic!("{}: {other}", code.id)
            };
            assert!(list.contains(&choice), "{}: {choice}", code.id);
        }
        for (_, when) in code.endings {
            match when {
                When::Always => {}
                When::Given(name) => {
                    assert_ne!(code.parameter(name).unwrap().need, Need::Required, "{}", code.id);
                }
                When::Chosen(name, choice) => {
                    let kind = code.parameter(name).unwrap().kind;
                    assert!(matches!(kind, ParameterKind::Choice(list) if list.contains(choice)));
                }
                When::Reopens => assert!(code.parameter("field").is_some()),
            }
        }
        if let Effect::TellsOfMovement { over_by } = code.effect {
            let kind = code.parameter("status").unwrap().kind;
            let ParameterKind::Choice(list) = kind else { panic!("{}", code.id) };
            assert!(over_by.iter().all(|choice| list.contains(choice)), "{}", code.id);
        }
        if let Effect::BringsReply { settled_by, unmet_by } = code.effect {
            let kind = code.parameter("reply").unwrap().kind;
            let ParameterKind::Choice(list) = kind else { panic!("{}", code.id) };
            assert!(list.contains(&settled_by) && list.contains(&unmet_by), "{}", code.id);
            assert_ne!(settled_by, unmet_by);
        }
    }
    for (name, list) in CHOICE_LISTS {
        assert!(list.len() <= 16, "{name}: reading back tries every selection");
        assert!(list.iter().all(|id| id.starts_with(|c: char| c.is_ascii_lowercase())), "{name}");
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "{name}");
    }
}

#[test]
fn time_left_raises_and_lowers_precedence_where_the_table_says() {
    use Precedence::{Flash, Immediate, Priority, Routine};
    let minutes = |id: &str, left: i64| code(id).precedence(Some(left * 60), None);
    for id in ["W1", "W4", "O4"] {
        assert_eq!((minutes(id, 29), minutes(id, 30)), (Flash, Immediate), "{id}");
        assert_eq!((minutes(id, -5), code(id).precedence(None, None)), (Flash, Immediate));
    }
    assert_eq!((minutes("O4", 180), minutes("O4", 181)), (Immediate, Priority));
    assert_eq!((minutes("O4", 1_440), minutes("O4", 1_441)), (Priority, Routine));
    assert_eq!(minutes("W4", 10_000), Immediate);
    assert_eq!(minutes("P6", 10_000), Flash);
    assert_eq!(code("Y1").precedence(None, Some(Flash)), Flash);
    assert_eq!(code("D7").precedence(Some(0), Some(Routine)), Routine);
    assert_eq!(code("Y1").precedence(None, None), Priority);
}

#[test]
fn limits_of_a_code_are_those_of_its_precedence_or_its_own() {
    let table = LimitTable::default();
    let line_test = code("L1").limits(&table, Precedence::Routine, None);
    assert_eq!(
        (line_test.delivered_s, line_test.read_back_s, line_test.answered_s),
        (120, 120, 120)
    );
    let vacate = code("W4").limits(&table, Precedence::Immediate, Some(45 * 60));
    assert_eq!((vacate.delivered_s, vacate.read_back_s, vacate.answered_s), (30, 600, 900));
}

#[test]
fn the_time_left_is_that_of_the_parameter_that_the_code_names() {
    let now = Moment::from_rfc3339("2017-05-18T14:00:00Z").unwrap();
    let at = Moment::from_rfc3339("2017-05-18T14:20:00Z").unwrap();
    let mut seeded = Seeded(4);
    let mut w4 = seeded.message(CodeId::new("W4").unwrap());
    w4.parameters.insert(ParameterName::new("by").unwrap(), Value::Time(at));
    assert_eq!(w4.time_left_s(now), Some(1_200));
    let mut o4 = seeded.message(CodeId::new("O4").unwrap());
    o4.parameters.insert(ParameterName::new("time_to_start").unwrap(), Value::Minutes(25));
    assert_eq!(o4.time_left_s(now), Some(1_500));
    assert_eq!(seeded.message(CodeId::new("P6").unwrap()).time_left_s(now), None);
}

#[test]
fn a_parameter_that_is_wrong_is_named_with_its_code() {
    let mut seeded = Seeded(5);
    for code in CodeId::all() {
        let message = seeded.message(code);
        for parameter in code.row().parameters {
            let fault = |value: Option<Value>| {
                let mut wrong = message.clone();
                match value {
                    Some(value) => wrong.parameters.insert(parameter.named(), value),
                    None => wrong.parameters.remove(&parameter.named()),
                };
                wrong.check().map_err(|fault| (fault.of, fault.parameter, fault.trouble))
            };
            let of = Subject::Code(code);
            if parameter.need == Need::Required {
                assert_eq!(fault(None), Err((of, parameter.named(), Trouble::Missing)));
            }
            let other = match parameter.kind {
                ParameterKind::Languages => Value::Number(1),
                _ => Value::Languages(vec![LanguageTag::new("en").unwrap()]),
            };
            let trouble = fault(Some(other)).map_err(|fault| (fault.1, fault.2));
            if parameter.kind == ParameterKind::OfField {
                assert!(trouble.is_ok() || trouble == Err((parameter.named(), Trouble::WrongKind)));
            } else {
                assert_eq!(trouble, Err((parameter.named(), Trouble::WrongKind)), "{code}");
            }
        }
        let mut surplus = message.clone();
        surplus.parameters.insert(name("answer_by"), Value::Number(1));
        assert_eq!(surplus.check().unwrap_err().trouble, Trouble::Surplus, "{code}");
    }
}

#[test]
fn values_out_of_their_bounds_are_refused() {
    let mut seeded = Seeded(6);
    let mut trouble = |id: &str, changes: &[(&str, Value)]| {
        let mut message = seeded.message(CodeId::new(id).unwrap());
        let changes = changes.iter().map(|(field, value)| (name(field), value.clone()));
        message.parameters.extend(changes);
        message.check().map_err(|fault| (fault.parameter.as_str(), fault.trouble))
    };
    let choice = |id| ChoiceId::new(id).unwrap();
    let time = |text| Value::Time(Moment::from_rfc3339(text).unwrap());
    let (noon, one) = (time("2017-05-18T12:00:00Z"), time("2017-05-18T13:00:00Z"));
    let language = LanguageTag::new("en").unwrap();
    let text = |text: &str| Value::Text(Prose { text: text.into(), language: language.clone() });
    let same = Value::Reference(ObjectRef([1; 32]));
    for (id, changes, wrong) in [
        ("L1", vec![("n", Value::Number(0))], ("n", Trouble::OutOfRange)),
        (
            "W1",
            vec![("entry_time", time("2017-05-18T12:01:00Z"))],
            ("entry_time", Trouble::TooFine),
        ),
        (
            "O4",
            vec![("time_to_start", Value::Minutes(525_601))],
            ("time_to_start", Trouble::OutOfRange),
        ),
        (
            "W4",
            vec![("authority", Value::Choice(choice("crew")))],
            ("authority", Trouble::NotInList),
        ),
        ("O6", vec![("hazard", Value::Choices(vec![]))], ("hazard", Trouble::OutOfOrder)),
        (
            "O6",
            vec![("hazard", Value::Choices(vec![choice("mines"), choice("laser")]))],
            ("hazard", Trouble::OutOfOrder),
        ),
        ("Y4", vec![("group", Value::Name(String::new()))], ("group", Trouble::NameLength)),
        ("Y4", vec![("group", Value::Name("x".repeat(65)))], ("group", Trouble::NameLength)),
        ("Y4", vec![("group", Value::Name("a\u{202e}".into()))], ("group", Trouble::Steering)),
        ("Y4", vec![("group", Value::Name("\u{200d}.".into()))], ("group", Trouble::NameLength)),
        ("Y4", vec![("group", Value::Name("A. By: 7".into()))], ("group", Trouble::Steering)),
        ("D4", vec![("question", text(&"w ".repeat(201)))], ("question", Trouble::TextLength)),
        ("D4", vec![("question", text("a\nb"))], ("question", Trouble::Steering)),
        ("L2", vec![("languages", Value::Languages(vec![]))], ("languages", Trouble::OutOfOrder)),
        (
            "D1",
            vec![("place", Value::Place(Spot { lat_e5: 9_000_001, lon_e5: 0 }))],
            ("place", Trouble::OutOfRange),
        ),
        (
            "H1",
            vec![("from", noon.clone()), ("until", noon.clone())],
            ("until", Trouble::NotAfterStart),
        ),
        ("H1", vec![("from", one), ("until", noon)], ("until", Trouble::NotAfterStart)),
        (
            "Z2",
            vec![("from_version", same.clone()), ("to_version", same.clone())],
            ("to_version", Trouble::SameVersion),
        ),
        (
            "P3",
            vec![("status", Value::Choice(choice("arrived"))), ("waypoint", Value::Number(2))],
            ("waypoint", Trouble::SurplusHere),
        ),
        (
            "D6",
            vec![("field", Value::Field(name("new_value"))), ("new_value", Value::Number(1))],
            ("field", Trouble::NotInList),
        ),
        (
            "D6",
            vec![("field", Value::Field(name("by"))), ("new_value", same)],
            ("new_value", Trouble::WrongKind),
        ),
    ] {
        assert_eq!(trouble(id, &changes), Err(wrong), "{id}");
    }
}

#[test]
fn a_correction_gives_the_message_with_the_new_value() {
    let mut seeded = Seeded(7);
    let message = seeded.message(CodeId::new("W4").unwrap());
    let by = Value::Time(Moment::from_seconds(1_495_117_800).unwrap());
    let corrected = message.corrected(name("by"), by.clone()).unwrap();
    assert_eq!(corrected.parameters[&name("by")], by);
    assert!(message.corrected(name("zone"), by.clone()).is_err());
    assert!(message.corrected(name("since"), by).is_err());
    assert_eq!(message.reopens(name("by")), Some(true));
    assert_eq!(message.reopens(name("authority")), Some(false));
    assert_eq!(message.reopens(name("since")), None);
}

#[test]
fn messages_and_answers_are_closed_forms_and_come_back_from_json() {
    let mut seeded = Seeded(8);
    for code in CodeId::all() {
        let message = seeded.message(code);
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message, "{json}");
        let more = json.replacen('{', "{\"note\":\"\",", 1);
        assert!(serde_json::from_str::<Message>(&more).is_err(), "{more}");
    }
    for answer in AnswerId::all() {
        let answer = seeded.answer(answer);
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer, "{json}");
    }
    for wrong in [
        r#"{"code":"W10","parameters":{}}"#,
        r#"{"code":"W4","parameters":{"deadline":{"number":1}}}"#,
        r#"{"code":"W4"}"#,
        r#"{"code":"L1","parameters":{"n":{"number":1},"n":{"number":2}}}"#,
        r#"{"code":"L1","code":"L1","parameters":{"n":{"number":1}}}"#,
        r#"{"code":"L1","parameters":[["n",{"number":1}]]}"#,
        r#"{"code":"L1","parameters":{"n":{"number":1,"minutes":1}}}"#,
        r#"{"code":"L1","parameters":{"n":{"number":4294967296}}}"#,
        r#"{"code":"L1","parameters":{"n":{"number":1e400}}}"#,
        r#"{"code":"L1","parameters":{"n":{"number":1.0}}}"#,
        r#"{"code":"L1","parameters":{"n":null}}"#,
        r#"{"answer":"UNABLE","code":"W4","parameters":{}}"#,
    ] {
        assert!(serde_json::from_str::<Message>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_answer_that_a_code_does_not_allow_is_refused_with_those_that_it_does() {
    let none =
        |id: &str| Answer { answer: AnswerId::new(id).unwrap(), parameters: BTreeMap::new() };
    let refusal = |id: &str, code: &str| {
        none(id).check_to(CodeId::new(code).unwrap()).unwrap_err().to_string()
    };
    assert_eq!(
        refusal("ROGER", "W4"),
        "W4 is not answered by ROGER: answer WILCO, UNABLE, STANDBY"
    );
    assert_eq!(refusal("ROGER", "O3"), "O3 is not answered by ROGER: answer nothing");
    assert_eq!(refusal("WILCO", "W4"), "WILCO: by: is missing: give it");
    assert_eq!(none("ROGER").check_to(CodeId::new("W7").unwrap()), Ok(()));
}
