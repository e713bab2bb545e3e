//! Renderings: complete in each language, nothing forbidden in them, and read back from the line as it is shown.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_vocabulary::*;

use crate::sample::Seeded;

/// Words that no text of a language may have, whatever the code: what would say that a place is empty or that
/// somebody may do something, what takes sides, what threatens, and false friends. A word in Latin or Cyrillic letters
/// is held against whole words, Chinese against any part.
const FORBIDDEN: &[(&str, &str)] = &[
    (
        "en",
        "free safe safely secure cleared authorised authorized approved ok okay enemy hostile target threat attack \
         silence silent clear",
    ),
    (
        "ru",
        "чисто свободно безопасно разрешаем добро цель цели противник противника предупреждаем требуем конфликт \
         операция объект молчание обстрел нарушение угроза принято понял блокпост партия хозяин",
    ),
    (
        "ar",
        "آمن خالٍ خال مسموح إذن هدف الهدف عدو العدو إنذار تحذير نطالب هدنة هجوم عملية طرد إخلاء مسلحون المسلحون \
         حاجز السكوت سكوت انسحاب نزاع تهديد اعتراض",
    ),
    (
        "fr",
        "libre dégagé sûr sûre autorisé autorisée cible ennemi ennemie sommation cessez-le-feu trêve attaque silence \
         conflit menace enquête évacuer avertissement hôte livré enregistré",
    ),
    (
        "es",
        "libre despejado despejada seguro segura autorizado autorizada blanco objetivo enemigo enemiga advertencia \
         ataque tregua silencio conflicto amenaza desalojar sitio requerimos exigimos enterado conforme hasta hoy",
    ),
    (
        "zh",
        "安全 无人 清空 批准 目标 敌方 警告 停火 默认 默许 袭击 侵入 逼近 包围 威胁 调查 同意接受 遵命 强制 要求",
    ),
];

/// Phrases in which a forbidden word is meant otherwise.
const MEANT_OTHERWISE: &[(&str, &[&str])] =
    &[("en", &["keep clear", "KEEP CLEAR"]), ("es", &["conforme al derecho", "Conforme a la"])];

/// What would give leave, as parts of words, and the phrases in which alone it stands, since they deny it.
const LEAVE: &[(&str, &[&str], &[&str])] = &[
    (
        "en",
        &["permit", "permission", "allow", "approv", "consent"],
        &["permits nothing", "no approval", "not the group's consent", "not consent"],
    ),
    (
        "ru",
        &["разреш", "позволя", "одобр", "допуск"],
        &["ничего не разрешает", "одобрения оно не запрашивает"],
    ),
    ("ar", &["يجيز", "يسمح", "يأذن"], &["لا يجيز شيئاً"]),
    ("fr", &["autoris", "permet", "permis", "approb"], &["n'autorise rien", "aucune approbation"]),
    ("es", &["autoriz", "permit", "permis", "aprob"], &["no autoriza nada", "no pide aprobación"]),
    ("zh", &["许可", "允许", "准许", "放行"], &["任何许可"]),
];

fn tongues() -> Vec<Tongue<'static>> {
    let shipped = Translations::shipped();
    shipped.all().map(|translation| shipped.of_tag(translation.tag())).collect()
}

/// A desk that has names for everything, some of them meant to turn what stands beside them.
struct Named;

impl Directory for Named {
    fn name_of(&self, kind: ObjectKind, _of: &ObjectRef) -> Option<String> {
        (kind != ObjectKind::Message).then(|| "منطقة \u{202e}(7)\u{2069}\n".to_owned())
    }

    fn volumes(&self, _of: &ObjectRef) -> Option<String> {
        Some("دائرة \u{2066}2017-05-18 14:30 UTC\u{2069}\u{202e}, \u{2066}1500 m\u{2069}".into())
    }

    fn offset_min(&self, _at: Moment) -> i32 {
        -210
    }
}

/// Every text that a language can show: with values and without.
fn texts(tongue: &Tongue<'_>) -> Vec<String> {
    let mut seeded = Seeded(9);
    let mut all = vec![tongue.unchecked()];
    all.extend(Term::ALL.iter().map(|term| tongue.term(*term)));
    all.extend(Precedence::ALL.map(|precedence| tongue.notice(precedence, "+41 555 0300", 2)));
    all.push(tongue.notice_test());
    all.extend(Phrase::ALL.iter().map(|phrase| tongue.phrase(*phrase, &["7", "8"])));
    all.extend(ParameterName::all().into_iter().map(|name| tongue.label(name)));
    let choices = CHOICE_LISTS.iter().flat_map(|(_, list)| ChoiceId::all_of(list));
    all.extend(choices.map(|choice| tongue.choice(choice)));
    let desk = BareDirectory { offset_min: 180 };
    for code in CodeId::all() {
        let message = seeded.message(code);
        let shown = tongue.message(&message, &desk);
        all.push(shown.head);
        all.extend(shown.endings);
        for answer in code.row().attribute.answers() {
            let shown = tongue.answer(&seeded.answer(answer), &message, &desk);
            all.push(shown.head);
            all.extend(shown.endings);
        }
    }
    all
}

#[test]
fn every_language_has_every_text_and_says_that_nobody_checked_it() {
    let tags: Vec<_> = Translations::shipped().all().map(Translation::tag).collect();
    assert_eq!(tags, ["en", "ru", "ar", "fr", "es", "zh"]);
    for tongue in tongues() {
        let translation = tongue.translation();
        assert_eq!(translation.lacks(), Vec::<String>::new(), "{}", translation.tag());
        assert_eq!(translation.checked_by(), None, "{}", translation.tag());
        let right_to_left = translation.direction() == Direction::RightToLeft;
        assert_eq!(right_to_left, translation.tag() == "ar");
        for text in texts(&tongue) {
            assert!(!text.trim().is_empty() && !text.contains(['{', '}']), "{text}");
        }
        let message = Seeded(10).message(CodeId::new("W4").unwrap());
        let shown = tongue.message(&message, &BareDirectory::default());
        assert_eq!(shown.unchecked, Some(tongue.unchecked()));
        assert!(shown.in_english.is_empty() && shown.language == translation.tag());
    }
}

#[test]
fn every_parameter_of_every_code_and_answer_is_read_back_from_the_line_as_shown() {
    for seed in 0..12 {
        let mut seeded = Seeded(seed);
        for tongue in tongues() {
            let desk: &dyn Directory =
                if seed % 2 == 0 { &Named } else { &BareDirectory { offset_min: 345 } };
            for code in CodeId::all() {
                let message = seeded.message(code);
                let shown = tongue.message(&message, desk);
                let given = |name: &ParameterName| message.parameters.contains_key(name);
                let named: Vec<_> = shown.parameters.iter().map(|shown| shown.name).collect();
                assert!(message.parameters.keys().all(|name| named.contains(name)), "{named:?}");
                assert!(shown.parameters.iter().all(|shown| {
                    given(&shown.name)
                        || code.row().parameter(shown.name.as_str()).unwrap().need != Need::Required
                }));
                read_back_is(&tongue, Subject::Code(code), &shown, &message.parameters);
                for answer in code.row().attribute.answers() {
                    let answer = seeded.answer(answer);
                    let shown = tongue.answer(&answer, &message, desk);
                    read_back_is(
                        &tongue,
                        Subject::Answer(answer.answer),
                        &shown,
                        &answer.parameters,
                    );
                }
            }
        }
    }
}

fn read_back_is(tongue: &Tongue<'_>, subject: Subject, shown: &Rendering, given: &Parameters) {
    let line = shown.line();
    let expected: BTreeMap<_, _> = given
        .iter()
        .map(|(name, value)| {
            let short = match value {
                // What is written stands in the line as it is.
                Value::Name(_) | Value::Text(_) => ShortValue::Whole(value.clone()),
                value => ShortValue::of(value),
            };
            (*name, short)
        })
        .collect();
    assert_eq!(tongue.read_back(subject, &line), Some(expected), "{line}");
}

#[test]
fn what_a_desk_calls_things_cannot_pass_for_more_than_a_name() {
    struct Hostile;
    impl Directory for Hostile {
        fn name_of(&self, _kind: ObjectKind, _of: &ObjectRef) -> Option<String> {
            Some("X. By: 2030-01-01\u{2060} ".to_owned() + &"9".repeat(1_000))
        }
        fn volumes(&self, _of: &ObjectRef) -> Option<String> {
            Some("\u{2066}10:00 UTC\u{2069}".into())
        }
        fn offset_min(&self, _at: Moment) -> i32 {
            0
        }
    }
    let tongue = Translations::shipped().of_tag("ar");
    let line = Translations::shipped().of_tag("en").message(&w4(), &Hostile).line();
    assert_eq!(line.matches("By: ").count(), 1, "{line}");
    assert!(line.chars().count() < 500, "{line}");
    let h1 = Seeded(18).message(CodeId::new("H1").unwrap());
    let line = tongue.message(&h1, &Hostile).line();
    assert!(line.contains("\u{2068}\u{2066}10:00 UTC\u{2069}\u{2069} ("), "{line:?}");
}

#[test]
fn a_line_from_which_a_parameter_is_missing_is_not_read_back() {
    let tongue = Translations::shipped().of_tag("en");
    let message = Seeded(11).message(CodeId::new("W4").unwrap());
    let shown = tongue.message(&message, &BareDirectory::default());
    let subject = Subject::Code(message.code);
    assert!(tongue.read_back(subject, &shown.line()).is_some());
    for parameter in &shown.parameters {
        let without = shown.line().replace(&parameter.sentence, "");
        assert_eq!(tongue.read_back(subject, &without), None, "{}", parameter.name);
        let other = shown.line().replace(&parameter.value, "\u{2068}?\u{2069}");
        assert_eq!(tongue.read_back(subject, &other), None, "{}", parameter.name);
    }
}

#[test]
fn a_line_that_says_more_less_or_other_than_was_sent_is_not_read_back() {
    for tongue in tongues() {
        let desk = BareDirectory { offset_min: 14 * 60 };
        let mut seeded = Seeded(16);
        for code in CodeId::all() {
            let subject = Subject::Code(code);
            let shown = tongue.message(&seeded.message(code), &desk);
            let read = |line: &str| tongue.read_back(subject, line);
            let line = shown.line();
            assert!(read(&line).is_some(), "{line}");
            for parameter in &shown.parameters {
                let sentence = &parameter.sentence;
                let gap = tongue.translation().gap();
                let twice = line.replacen(sentence, &format!("{sentence}{gap}{sentence}"), 1);
                assert_eq!(read(&twice), None, "{twice}");
                if parameter.value.contains("UTC+14:00") {
                    let other = line.replace("UTC+14:00", "UTC+13:00");
                    assert_eq!(read(&other), None, "{other}");
                }
            }
            for ending in &shown.endings {
                assert_eq!(read(&line.replace(ending, "")), None, "{line}");
            }
            assert_eq!(read(&line.replace(&shown.head, "")), None, "{line}");
            assert_eq!(read(&format!("{line} {}", shown.head)), None, "{line}");
            for other in CodeId::all().filter(|other| *other != code) {
                assert_eq!(tongue.read_back(Subject::Code(other), &line), None, "{other}: {line}");
            }
        }
    }
    let tongue = Translations::shipped().of_tag("en");
    let mut seeded = Seeded(17);
    let p6 = seeded.message(CodeId::new("P6").unwrap());
    let answer = seeded.answer(AnswerId::new("NOT OURS").unwrap());
    let shown = tongue.answer(&answer, &p6, &BareDirectory::default());
    let subject = Subject::Answer(answer.answer);
    assert!(tongue.read_back(subject, &shown.line()).is_some());
    assert_eq!(tongue.read_back(subject, &shown.line().replace(&shown.endings[0], "")), None);
    let alone = shown.line().replace(shown.in_answer_to.as_deref().unwrap(), "");
    assert_eq!(tongue.read_back(subject, &alone), None);
}

/// Which forbidden words stand in a text.
fn forbidden_in(tag: &str, text: &str) -> Vec<&'static str> {
    let mut text = text.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "");
    for (_, phrases) in MEANT_OTHERWISE.iter().filter(|(known, _)| *known == tag) {
        for phrase in *phrases {
            text = text.replace(phrase, "");
        }
    }
    // Vowels and doubling of Arabic letters are written or left out as one likes.
    let plain: String =
        text.to_lowercase().chars().filter(|c| !('\u{64b}'..='\u{652}').contains(c)).collect();
    let words: BTreeSet<_> = plain.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
    let list = FORBIDDEN.iter().find(|(known, _)| *known == tag).unwrap().1;
    let stands =
        |word: &&str| if tag == "zh" { plain.contains(word) } else { words.contains(word) };
    list.split_whitespace().filter(stands).collect()
}

#[test]
fn nothing_that_is_forbidden_stands_in_any_text() {
    for tongue in tongues() {
        let tag = tongue.translation().tag();
        for text in texts(&tongue) {
            assert_eq!(forbidden_in(tag, &text), Vec::<&str>::new(), "{tag}: {text}");
            // Leave is spoken of only where it is denied.
            let (_, leave, denied) = LEAVE.iter().find(|(known, ..)| *known == tag).unwrap();
            let mut outside = text.to_lowercase();
            for phrase in *denied {
                outside = outside.replace(phrase, "");
            }
            assert!(leave.iter().all(|word| !outside.contains(word)), "{tag}: {text}");
        }
    }
    for (tag, text) in [
        ("en", "The area is clear."),
        ("ru", "Там чисто."),
        ("ar", "المكان آمنٌ"),
        ("fr", "La voie est libre."),
        ("es", "El camino está despejado."),
        ("zh", "此区无人。"),
    ] {
        assert!(!forbidden_in(tag, text).is_empty(), "{text}");
    }
}

#[test]
fn labels_and_choices_can_be_told_apart() {
    for tongue in tongues() {
        let tag = tongue.translation().tag();
        let names = ParameterName::all();
        let labels: BTreeSet<_> = names.iter().map(|name| tongue.label(*name)).collect();
        assert_eq!(labels.len(), names.len(), "{tag}: two parameters have one label");
        for (name, list) in CHOICE_LISTS {
            let shown: BTreeSet<_> =
                ChoiceId::all_of(list).map(|choice| tongue.choice(choice)).collect();
            assert_eq!(shown.len(), list.len(), "{tag}: {name}: two choices are shown alike");
        }
        let heads = CodeId::all()
            .map(|code| tongue.message(&Seeded(12).message(code), &BareDirectory::default()).head);
        assert_eq!(heads.collect::<BTreeSet<_>>().len(), CODES.len(), "{tag}");
    }
}

fn w4() -> Message {
    let text = format!(
        r#"{{"code":"W4","parameters":{{"zone":{{"reference":"{}"}},"by":{{"time":"2017-05-18T22:30:00Z"}},
           "exit_sector":{{"choice":"north-east"}},"authority":{{"choice":"commander"}}}}}}"#,
        ObjectRef::of_text("the zone"),
    );
    let message: Message = serde_json::from_str(&text).unwrap();
    message.check().unwrap();
    message
}

/// A line without its isolates.
fn bare(line: &str) -> String {
    line.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "")
}

#[test]
fn a_request_to_leave_reads_as_the_vocabulary_says() {
    let line = |tag: &str| {
        let desk = BareDirectory { offset_min: 180 };
        bare(&Translations::shipped().of_tag(tag).message(&w4(), &desk).line())
    };
    let zone = ObjectRef::of_text("the zone").short();
    let times = "2017-05-18 22:30 UTC";
    assert_eq!(
        line("en"),
        format!(
            "W4 We request that those inside leave the zone. Zone: {zone}. By: {times} (local time 2017-05-19 01:30 \
             UTC+03:00). Leave towards: north-east. Level of authority: commander. An answer to this does not \
             recognise a zone. Compared only with what was declared."
        )
    );
    assert_eq!(
        line("ru"),
        format!(
            "W4 Просим находящихся внутри покинуть зону. Зона: {zone}. Не позднее: {times} (местное время \
             2017-05-19 01:30 UTC+03:00). Выход в сторону: северо-восток. Уровень полномочий: командир или \
             командующий. Никакой ответ на это не означает признания зоны. Сверено только с заявленным."
        )
    );
    assert_eq!(
        line("zh"),
        format!(
            "W4 请区内人员和载具离开区域。区域：{zone}。最迟：{times}（当地时间 2017-05-19 01:30 UTC+03:00）。\
             离开去向：东北。授权级别：指挥官。对此的任何答复均不构成对区域的承认。仅与所报内容比对。"
        )
    );
}

#[test]
fn what_an_answer_means_and_does_not_mean_stands_with_it() {
    let tongue = Translations::shipped().of_tag("en");
    let desk = BareDirectory::default();
    let shown = |answer: &str, code: &str| {
        let mut seeded = Seeded(13);
        let message = seeded.message(CodeId::new(code).unwrap());
        let answer = seeded.answer(AnswerId::new(answer).unwrap());
        bare(&tongue.answer(&answer, &message, &desk).line())
    };
    let affirm = shown("AFFIRM", "P5");
    assert!(
        affirm.starts_with("AFFIRM Yes. In answer to: P5 We request that you facilitate"),
        "{affirm}"
    );
    let zone = shown("AFFIRM", "Z1");
    assert!(
        zone.contains("Zone: ") && zone.contains("Version: ") && !zone.contains(".."),
        "{zone}"
    );
    let ceased = shown("CEASED", "P6");
    assert!(
        ceased.contains("Our fire there is stopped.") && ceased.contains("Stopped from: "),
        "{ceased}"
    );
    assert!(ceased.ends_with("This says nothing of what was before."), "{ceased}");
    for (answer, code) in [("NOT OURS", "P6"), ("NOT OURS", "W2"), ("UNKNOWN", "W3")] {
        let line = shown(answer, code);
        assert!(line.ends_with("This does not say who is there and permits nothing."), "{line}");
    }
    assert!(shown("ROGER", "Z3").ends_with("Not recognition, not consent."));
    assert!(shown("WILCO", "Y1").ends_with("Not the group's consent."));
    assert!(!shown("WILCO", "W4").contains("group"));
    assert_eq!(tongue.term(Term::NoAnswerPermitsNothing), "No answer. This permits nothing.");
}

#[test]
fn sentences_stand_only_where_they_hold() {
    let tongue = Translations::shipped().of_tag("en");
    let shown =
        |message: &Message| bare(&tongue.message(message, &BareDirectory::default()).line());
    let name = |name| ParameterName::new(name).unwrap();
    let mut seeded = Seeded(14);
    let mut w1 = seeded.message(CodeId::new("W1").unwrap());
    w1.parameters.insert(name("contact"), Value::name("+1 555"));
    assert!(shown(&w1).ends_with("May be a notified movement."));
    w1.parameters.remove(&name("contact"));
    assert!(!shown(&w1).contains("notified movement"));
    let mut p4 = seeded.message(CodeId::new("P4").unwrap());
    for (status, holds) in [("expired", true), ("changed", false)] {
        p4.parameters.insert(name("status"), Value::Choice(ChoiceId::new(status).unwrap()));
        assert_eq!(shown(&p4).contains("Not re-confirmed."), holds, "{status}");
        assert!(shown(&p4).ends_with("Protection in law unchanged."));
    }
    let mut y3 = seeded.message(CodeId::new("Y3").unwrap());
    y3.parameters.remove(&name("by"));
    for (reply, ending) in [
        ("not-reached", "This permits nothing."),
        ("denies-presence", "This does not say who is there and permits nothing."),
    ] {
        y3.parameters.insert(name("reply"), Value::Choice(ChoiceId::new(reply).unwrap()));
        y3.check().unwrap();
        assert!(shown(&y3).ends_with(ending), "{reply}");
    }
    let mut z4 = seeded.message(CodeId::new("Z4").unwrap());
    z4.parameters.remove(&name("until"));
    assert!(shown(&z4).contains("End: not given, until a further message."));
    let mut d6 = seeded.message(CodeId::new("D6").unwrap());
    for (field, value, holds) in [
        ("by", Value::Time(Moment::from_seconds(0).unwrap()), true),
        ("authority", Value::Choice(ChoiceId::new("duty").unwrap()), false),
    ] {
        d6.parameters.insert(name("field"), Value::Field(name(field)));
        d6.parameters.insert(name("new_value"), value);
        d6.check().unwrap();
        assert_eq!(shown(&d6).ends_with("Earlier answers lapse."), holds, "{field}");
    }
}

#[test]
fn nothing_turns_what_stands_beside_it() {
    let mut seeded = Seeded(15);
    for tongue in tongues() {
        let tag = tongue.translation().tag();
        for code in CodeId::all() {
            let line = tongue.message(&seeded.message(code), &Named).line();
            let (mut depth, mut left_to_right) = (0_i32, Vec::new());
            for c in line.chars() {
                match c {
                    '\u{2066}' | '\u{2068}' => {
                        depth += 1;
                        left_to_right.push(c == '\u{2066}');
                    }
                    '\u{2069}' => {
                        depth -= 1;
                        left_to_right.pop();
                    }
                    _ => {}
                }
                assert!(depth >= 0, "{line}");
                let steers =
                    matches!(c, '\u{202a}'..='\u{202e}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
                        || c.is_control();
                assert!(!steers, "{tag}: {line:?}");
                assert!(
                    !c.is_numeric() || c.is_ascii_digit() || tag == "zh",
                    "one set of digits: {line}"
                );
            }
            assert_eq!(depth, 0, "{line}");
            let first = line.chars().next().unwrap();
            assert_eq!(first, '\u{2066}', "the code itself is isolated: {line}");
        }
        // What the language's own words have of Latin letters and digits is isolated in Arabic.
        if tag == "ar" {
            for text in texts(&tongue) {
                let mut outside = text.clone();
                while let Some((before, rest)) = outside.split_once('\u{2066}') {
                    outside = format!("{before}{}", rest.split_once('\u{2069}').unwrap().1);
                }
                assert!(!outside.contains(|c: char| c.is_ascii_alphanumeric()), "{text}");
            }
        }
    }
}

#[test]
fn a_language_more_is_one_file_and_english_stands_in_for_what_it_lacks() {
    let file = "language-tag = uk\nlanguage-name = Українська\nlanguage-direction = ltr\nlanguage-gap = space\n\
                language-checked-by = Ім'я, 2026-11-30\n\
                parameter = { $label }: { $value }.\nlabel-zone = Зона\nlabel-by = Не пізніше\n\
                head-W4 = Просимо тих, хто всередині, залишити зону.\nchoice-north-east = північний схід\n";
    let more = Translations::shipped().with(Translation::new(file).unwrap());
    let tongue = more.of_tag("uk-UA");
    let shown = tongue.message(&w4(), &BareDirectory::default());
    let line = bare(&shown.line());
    assert!(line.starts_with("W4 Просимо тих, хто всередині, залишити зону. Зона: "), "{line}");
    assert!(
        line.contains("Leave towards: північний схід. Level of authority: commander."),
        "{line}"
    );
    assert_eq!(shown.checked_by.as_deref(), Some("Ім'я, 2026-11-30"));
    assert_eq!(shown.unchecked, None);
    assert!(shown.in_english.contains(&"label-authority".to_owned()), "{:?}", shown.in_english);
    assert!(shown.in_english.contains(&"time".to_owned()), "{:?}", shown.in_english);
    assert!(shown.in_english.contains(&"choice-commander".to_owned()), "{:?}", shown.in_english);
    for own in ["head-W4", "choice-north-east", "label-zone"] {
        assert!(!shown.in_english.contains(&own.to_owned()), "{own}");
    }
    assert!(tongue.translation().lacks().contains(&"head-W5".to_owned()));
    // States and spans of time are English too, and say so.
    assert_eq!(bare(&tongue.state(Term::ReadBack)), "read back (en)");
    let span = tongue.phrase(Phrase::In, &[&tongue.span("5", TimeUnit::Minute)]);
    assert_eq!(bare(&span), "in 5 min (en) (en)");
    assert_eq!(
        bare(&tongue.code_name(CodeId::new("W5").unwrap())),
        "W5 REQUEST HOLD POSITION (en)"
    );
    assert!(bare(&tongue.code_name(w4().code)).starts_with("W4 Просимо тих, хто всередині"));
    assert!(tongue.read_back(Subject::Code(w4().code), &shown.line()).is_some());
    assert_eq!(more.all().count(), 7);
    assert_eq!(Translations::shipped().of_tag("uk").translation().tag(), "en");
    assert_eq!(Translations::shipped().of_tag("AR_sy").translation().tag(), "ar");
    // A right-to-left language isolates what English stands in with.
    let hebrew = file.replace("= uk", "= he").replace("= ltr", "= rtl");
    let more = more.with(Translation::new(&hebrew).unwrap());
    let shown = more.of_tag("he").message(&w4(), &BareDirectory::default());
    assert!(
        shown.endings.iter().all(|ending| ending.starts_with('\u{2068}')),
        "{:?}",
        shown.endings
    );
}

#[test]
fn a_language_file_that_is_none_is_refused_in_words() {
    let head = "language-tag = uk\nlanguage-name = U\nlanguage-direction = ltr\nlanguage-gap = space\n\
                language-checked-by = none\n";
    let fault = |more: &str| Translation::new(&format!("{head}{more}\n")).unwrap_err().to_string();
    assert!(Translation::new(head).is_ok());
    assert!(fault("head-W99 = x").contains("nothing asks for `head-W99`"));
    assert!(fault("label-zone = { NUMBER($n) }").contains("only values"));
    assert!(fault("label-zone = { $n ->\n *[other] x\n }").contains("only values"));
    assert!(fault("label-zone = { -brand }").contains("only values"));
    assert!(fault("label-zone = { $password }").contains("only values"));
    assert!(fault("label-zone = a\nlabel-zone = b").contains("label-zone"));
    assert!(fault("= x").contains("not Fluent"));
    assert!(fault("head-W4").contains("not Fluent"));
    assert!(fault("label-zoen=x").contains("nothing asks for `label-zoen`"));
    // A value that is lost, shown twice or asked for where none is handed in.
    assert!(fault("parameter = { $label }.").contains("must have { $value } once"));
    assert!(fault("time = { $utc }").contains("must have { $local } once"));
    assert!(fault("list = { $first }, { $first }").contains("must have { $first } once"));
    assert!(fault("minutes = 5 min").contains("must have { $n } once"));
    assert!(fault("head-W4 = Leave by { $value }.").contains("not handed in"));
    assert!(fault("head-W4 =\n    .title = x").contains("has no text"));
    // What would turn a line round or break it, and two things that read alike.
    assert!(fault("label-zone = x\u{202e}y").contains("reading direction"));
    assert!(fault("label-zone = x\u{2066}y").contains("reading direction"));
    assert!(fault("head-W4 = Leave.\n    Stay.").contains("line break"));
    assert!(fault("label-by = x\nlabel-since = x").contains("read alike"));
    assert!(fault("choice-north = x\nchoice-south = x").contains("read alike"));
    assert!(fault("answer-ours = x\nanswer-not-ours = x").contains("read alike"));
    let without = head.replace("language-checked-by = none\n", "");
    assert!(Translation::new(&without).unwrap_err().to_string().contains("language-checked-by"));
    assert!(Translation::new(&head.replace("ltr", "up")).is_err());
    assert!(Translation::new(&head.replace("= U", "= U\u{202e}")).is_err());
    assert!(Translation::new(&head.replace("by = none", "by = A\n    B")).is_err());
    assert!(Translation::new(&"#".repeat(300_000)).is_err());
}
