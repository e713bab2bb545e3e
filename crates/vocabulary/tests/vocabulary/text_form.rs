//! Text forms: what they carry comes back, and slips are found.

use std::collections::BTreeMap;

use deconflict_vocabulary::*;
use proptest::prelude::*;

use crate::sample::Seeded;

const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -.+*/:=,#";

fn traffic(seeded: &mut Seeded) -> Traffic {
    [Traffic::Real, Traffic::Exercise, Traffic::Test][seeded.below(3) as usize]
}

fn of_message(seeded: &mut Seeded, message: &Message) -> TextForm {
    TextForm::of_message(traffic(seeded), message).unwrap()
}

/// All that a text form carries comes back from its text, and with what a desk holds the whole message.
fn comes_back(form: &TextForm, parameters: &Parameters) {
    let text = form.to_string();
    assert!(text.chars().all(|c| ALPHABET.contains(c)), "{text}");
    assert!(text.len() <= MOST_TEXT_FORM_CHARS, "{} characters: {text}", text.len());
    assert_eq!(text.parse().as_ref(), Ok(form), "{text}");
    let typed = format!(" {} \n", text.to_lowercase().replace(' ', "  "));
    assert_eq!(typed.parse().as_ref(), Ok(form), "{typed}");
    let held = |name, _: &ShortValue| parameters.get(&name).cloned();
    assert_eq!(form.resolved(held).as_ref(), Some(parameters), "{text}");
    for name in form.left_out() {
        assert!(text.contains('*'), "{name} is marked as left out: {text}");
    }
}

/// A desk that calls everything by what somebody typed.
struct Calls<'a>(&'a str);

impl Directory for Calls<'_> {
    fn name_of(&self, _kind: ObjectKind, _of: &ObjectRef) -> Option<String> {
        Some(self.0.to_owned())
    }

    fn volumes(&self, _of: &ObjectRef) -> Option<String> {
        Some(self.0.to_owned())
    }

    fn offset_min(&self, _at: Moment) -> i32 {
        840
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_code_and_every_answer_comes_back_from_its_text_form(seed: u64) {
        let mut seeded = Seeded(seed);
        for code in CodeId::all() {
            let message = seeded.message(code);
            comes_back(&of_message(&mut seeded, &message), &message.parameters);
        }
        for answer in AnswerId::all() {
            let answer = seeded.answer(answer);
            let to = ObjectRef::of_text(&seed.to_string());
            let form = TextForm::of_answer(traffic(&mut seeded), &to, &answer).unwrap();
            prop_assert_eq!(form.answered, Some(to.short()));
            comes_back(&form, &answer.parameters);
        }
    }

    #[test]
    fn whatever_somebody_calls_a_group_or_a_thing_is_read_back_as_it_is(
        typed in "\\PC{1,64}",
        other in any::<String>(),
    ) {
        let name = |name| ParameterName::new(name).unwrap();
        let mut seeded = Seeded(20);
        for text in [&typed, &other] {
            let Value::Name(group) = Value::name(text) else { unreachable!("it is a name") };
            let mut y3 = seeded.message(CodeId::new("Y3").unwrap());
            y3.parameters.insert(name("group"), Value::Name(group.clone()));
            let is_one = group.chars().count() <= MOST_NAME_CHARS && group.contains(char::is_alphanumeric);
            prop_assert_eq!(y3.check().is_ok(), is_one, "{}", group);
            if !is_one {
                continue;
            }
            comes_back(&of_message(&mut seeded, &y3), &y3.parameters);
            let desk = Calls(text);
            for translation in Translations::shipped().all() {
                let tongue = Translations::shipped().of_tag(translation.tag());
                let shown = tongue.message(&y3, &desk);
                let found = tongue.read_back(Subject::Code(y3.code), &shown.line()).unwrap();
                let whole = ShortValue::Whole(Value::Name(group.clone()));
                prop_assert_eq!(&found[&name("group")], &whole);
                prop_assert_eq!(found.len(), y3.parameters.len());
                prop_assert_eq!(&found[&name("message")], &ShortValue::of(&y3.parameters[&name("message")]));
            }
        }
    }

    #[test]
    fn nothing_that_is_typed_or_shown_makes_it_panic(text in "\\PC{0,300}", line in any::<String>()) {
        let tongue = Translations::shipped().of_tag("ar");
        for text in [text.as_str(), line.as_str()] {
            let _ = text.parse::<TextForm>();
            let _ = serde_json::from_str::<Message>(text);
            for code in CodeId::all() {
                prop_assert_eq!(tongue.read_back(Subject::Code(code), text), None);
            }
        }
    }

    #[test]
    fn whatever_is_typed_is_refused_or_has_one_spelling(typed in "[A-Za-z0-9 /*+:=,#.é-]{0,180}") {
        if let Ok(form) = typed.parse::<TextForm>() {
            let again = form.to_string();
            prop_assert_eq!(again.parse(), Ok(form));
        }
    }
}

/// A message's text form with what names it, for each code.
fn named(seed: u64) -> Vec<NamedTextForm> {
    let mut seeded = Seeded(seed);
    let all = CodeId::all().map(|code| {
        let message = seeded.message(code);
        let form = of_message(&mut seeded, &message);
        NamedTextForm { form, name: Some(ObjectRef::of_text(&format!("{code} {seed}")).short()) }
    });
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_typed_with_one_slip_is_refused_and_the_field_that_is_named_is_the_one(
        seed: u64,
        at: prop::sample::Index,
        other: prop::sample::Index,
    ) {
        for form in named(seed) {
            let text = form.to_string();
            prop_assert_eq!(text.to_lowercase().parse(), Ok(form.clone()));
            let bare = NamedTextForm { name: None, ..form.clone() };
            prop_assert_eq!(bare.to_string().parse(), Ok(bare));
            let letters: Vec<u8> = ALPHABET.bytes().filter(|byte| *byte != b' ').collect();
            let mut slip = text.clone().into_bytes();
            let at = at.index(slip.len());
            let letter = letters[other.index(letters.len())];
            if slip[at] == b' ' || slip[at] == letter {
                continue;
            }
            slip[at] = letter;
            let slip = String::from_utf8(slip).unwrap();
            let field = 1 + text[..at].matches(' ').count();
            match slip.parse::<NamedTextForm>() {
                Err(TextFault::SlipIn(told)) => {
                    // Of the name and its letters, which of the two is not known.
                    let fields = text.split(' ').count();
                    let of_name = |field: usize| field + 1 >= fields;
                    prop_assert!(told == field || (of_name(told) && of_name(field)), "{} {}", told, slip);
                }
                Err(_) => {}
                Ok(read) => prop_assert!(false, "{} was read as {}", slip, read),
            }
        }
    }
}

#[test]
fn a_name_goes_with_its_own_text_alone() {
    let forms = named(5);
    for pair in forms.windows(2) {
        let (one, other) = (pair[0].to_string(), pair[1].to_string());
        let end = |text: &str| text.rsplitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
        let end: Vec<String> = end(&other).split(' ').rev().map(str::to_owned).collect();
        let bare = pair[0].form.to_string();
        let mixed = format!("{bare} {}", end.join(" "));
        assert!(mixed.parse::<NamedTextForm>().is_err(), "{one} {other}");
    }
    assert_eq!(spelled("a R"), ["", "Romeo"]);
}

#[test]
fn any_single_wrong_character_and_any_swap_of_neighbours_is_found() {
    let mut seeded = Seeded(1);
    let (mut wrong, mut swaps) = (0, 0);
    for code in CodeId::all() {
        let message = seeded.message(code);
        let text = of_message(&mut seeded, &message).to_string().into_bytes();
        let refused = |bytes: &[u8]| {
            let typed = std::str::from_utf8(bytes).unwrap();
            assert!(
                typed.parse::<TextForm>().is_err(),
                "{typed} for {:?}",
                std::str::from_utf8(&text)
            );
        };
        for at in 0..text.len() {
            for other in ALPHABET.bytes().filter(|other| *other != text[at]) {
                let mut slip = text.clone();
                slip[at] = other;
                refused(&slip);
                wrong += 1;
            }
            if at > 0 && text[at] != text[at - 1] {
                let mut slip = text.clone();
                slip.swap(at, at - 1);
                refused(&slip);
                swaps += 1;
            }
            let mut slip = text.clone();
            slip.remove(at);
            refused(&slip);
        }
    }
    assert!(wrong > 50_000 && swaps > 1_000, "{wrong} {swaps}");
}

#[test]
fn whatever_is_wrong_within_three_neighbours_is_found() {
    let mut seeded = Seeded(2);
    let letters: Vec<u8> = ALPHABET.bytes().filter(|byte| *byte != b' ').collect();
    for round in 0..200 {
        for code in CodeId::all() {
            let message = seeded.message(code);
            let text = of_message(&mut seeded, &message).to_string().into_bytes();
            let mut slip = text.clone();
            let first = seeded.below(text.len() as u64 - 2) as usize;
            for byte in slip[first..first + 3].iter_mut().filter(|byte| **byte != b' ') {
                *byte = letters[seeded.below(letters.len() as u64) as usize];
            }
            let typed = String::from_utf8(slip).unwrap();
            let same = typed.as_bytes() == text;
            assert_eq!(typed.parse::<TextForm>().is_ok(), same, "round {round}: {typed}");
        }
    }
}

#[test]
fn what_looks_alike_is_never_taken_for_something_else() {
    let alike =
        ["O0", "I1", "L1", "B8", "S5", "Z2", "G6", "U V", "DO", "QO", "MN", "-.", "/1", ".,"];
    for seed in 0..200 {
        let mut seeded = Seeded(seed);
        for code in CodeId::all() {
            let message = seeded.message(code);
            let form = of_message(&mut seeded, &message);
            let text = form.to_string();
            for pair in alike {
                let (one, other) = (&pair[..1], &pair[pair.len() - 1..]);
                for slip in [text.replace(one, other), text.replace(other, one)] {
                    assert!(slip == text || slip.parse::<TextForm>().is_err(), "{text} as {slip}");
                }
            }
            // A line break or a gap within a field is refused; between two fields it does not matter.
            let at = seeded.below(text.len() as u64) as usize;
            for gap in ["\r\n", " ", "\t"] {
                let broken = format!("{}{gap}{}", &text[..at], &text[at..]);
                let beside = text[..at].ends_with(' ') || text[at..].starts_with(' ') || at == 0;
                assert_eq!(
                    broken.parse::<TextForm>().ok(),
                    beside.then(|| form.clone()),
                    "{broken}"
                );
            }
        }
    }
}

#[test]
fn the_edges_of_the_earth_and_of_time_come_back() {
    let name = |name| ParameterName::new(name).unwrap();
    let mut seeded = Seeded(19);
    let edges =
        [(9_000_000, 18_000_000), (-9_000_000, -18_000_000), (0, 0), (-1, -1), (1, 17_999_999)];
    for (lat_e5, lon_e5) in edges {
        for seconds in [0, 59, 253_370_764_799] {
            let mut d1 = seeded.message(CodeId::new("D1").unwrap());
            let at = Moment::from_seconds(seconds).unwrap();
            d1.parameters.insert(name("time"), Value::Time(at));
            d1.parameters.insert(name("place"), Value::Place(Spot { lat_e5, lon_e5 }));
            d1.check().unwrap();
            comes_back(&of_message(&mut seeded, &d1), &d1.parameters);
            for offset_min in [-1_439, -720, 0, 345, 840, 1_439, i32::MIN, i32::MAX] {
                let desk = BareDirectory { offset_min };
                for translation in Translations::shipped().all() {
                    let tongue = Translations::shipped().of_tag(translation.tag());
                    let line = tongue.message(&d1, &desk).line();
                    let found = tongue.read_back(Subject::Code(d1.code), &line).unwrap();
                    let place = ShortValue::Whole(d1.parameters[&name("place")].clone());
                    assert_eq!(found[&name("place")], place, "{line}");
                    let at = ShortValue::Whole(Value::Time(at));
                    assert_eq!(found[&name("time")], at, "{line}");
                }
            }
        }
    }
    for place in ["90.00001N000.00000E", "00.00000N180.00001E", "91.00000S000.00000E"] {
        assert!(format!("D1 R 19700101T0000Z {place} *T7K3MQ2PX4D -").parse::<TextForm>().is_err());
    }
    let wrong = Spot { lat_e5: i32::MIN, lon_e5: i32::MIN };
    let mut d1 = seeded.message(CodeId::new("D1").unwrap());
    d1.parameters.insert(name("place"), Value::Place(wrong));
    assert!(d1.check().is_err());
    let tongue = Translations::shipped().of_tag("en");
    let line = tongue.message(&d1, &BareDirectory::default()).line();
    assert_eq!(tongue.read_back(Subject::Code(d1.code), &line), None, "{line}");
}

#[test]
fn the_form_is_what_the_page_says() {
    let name = |name| ParameterName::new(name).unwrap();
    let choice = |id| Value::Choice(ChoiceId::new(id).unwrap());
    let at = Moment::from_rfc3339("2017-05-18T14:30:00Z").unwrap();
    let zone = ObjectRef::of_text("the zone");
    let message = Message::new(
        CodeId::new("W4").unwrap(),
        BTreeMap::from([
            (name("zone"), Value::Reference(zone)),
            (name("by"), Value::Time(at)),
            (name("exit_sector"), choice("north-east")),
            (name("authority"), choice("commander")),
        ]),
    )
    .unwrap();
    let text = TextForm::of_message(Traffic::Real, &message).unwrap().to_string();
    let expected = format!("W4 R /{} 20170518T1430Z NORTH-EAST COMMANDER ", zone.short());
    assert_eq!(&text[..text.len() - 4], expected);
    let by = BTreeMap::from([(name("by"), Value::Time(at))]);
    let wilco = Answer { answer: AnswerId::new("WILCO").unwrap(), parameters: by };
    let text = TextForm::of_answer(Traffic::Test, &zone, &wilco).unwrap().to_string();
    let expected = format!("A T /{} WILCO 20170518T1430Z ", zone.short());
    assert_eq!(&text[..text.len() - 4], expected);
}

#[test]
fn what_is_wrong_with_a_text_form_is_told() {
    let fault = |text: &str| text.parse::<TextForm>().unwrap_err().to_string();
    assert_eq!(fault("L1 R 7 0000"), fault("hello"));
    assert!(fault("L1 R 7 0000").contains("read again"));
    assert!(fault("L1 R é").contains("stands in none"), "{}", fault("L1 R é"));
    assert!(fault(&"L".repeat(161)).contains("160"));
    assert!(fault(&" ".repeat(2_000)).contains("160"));
    let mut seeded = Seeded(3);
    let message = seeded.message(CodeId::new("D1").unwrap());
    let form = TextForm::of_message(Traffic::Real, &message).unwrap();
    assert!(form.left_out().any(|name| name.as_str() == "what"));
    assert_eq!(form.resolved(|_, _| None), None);
    let another = |_, _: &ShortValue| Some(Value::Number(1));
    assert_eq!(form.resolved(another), None, "what is found must be what was referred to");
    let surplus = Message { code: message.code, parameters: BTreeMap::new() };
    assert!(TextForm::of_message(Traffic::Real, &surplus).is_err());
}

#[test]
fn the_longest_that_a_code_can_carry_fits_into_one_short_message() {
    let name = |name| ParameterName::new(name).unwrap();
    let tags = [
        "aaa-bbbbbbbb",
        "aab-bbbbbbbb",
        "aac-bbbbbbbb",
        "aad-bbbbbbbb",
        "aae-bbbbbbbb",
        "aaf-bbbbbbbb",
    ];
    let tags = tags.iter().map(|tag| LanguageTag::new(tag).unwrap()).collect();
    let plain = Value::Name("a-name-of-16-cha".into());
    let handover = Message::new(
        CodeId::new("L2").unwrap(),
        BTreeMap::from([
            (name("post"), plain.clone()),
            (name("name"), plain),
            (name("languages"), Value::Languages(tags)),
            (name("from"), Value::Time(Moment::from_seconds(1).unwrap())),
        ]),
    )
    .unwrap();
    let form = TextForm::of_message(Traffic::Real, &handover).unwrap();
    comes_back(&form, &handover.parameters);
    assert_eq!(form.left_out().count(), 0);
    // Nothing else comes near: the longest selections of choices, beside whatever stands with them.
    for code in CodeId::all() {
        let longest = code.row().parameters.iter().map(|parameter| match parameter.kind {
            ParameterKind::Choices(list) => list.iter().map(|id| id.len() + 1).sum(),
            ParameterKind::Choice(list) => list.iter().map(|id| id.len()).max().unwrap(),
            ParameterKind::Name | ParameterKind::TrackOrGroup => 17,
            ParameterKind::Languages | ParameterKind::OfField => 6 * 13,
            ParameterKind::Place
            | ParameterKind::ProtectedPlace
            | ParameterKind::VolumesOrCell
            | ParameterKind::Cell => 20,
            ParameterKind::Field => 1 + 13,
            _ => 16,
        });
        let length = longest.map(|most| most + 1).sum::<usize>() + "P10 R".len() + 1 + 4;
        assert!(length <= MOST_TEXT_FORM_CHARS, "{code}: {length}");
    }
}
