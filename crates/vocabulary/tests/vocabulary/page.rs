//! `docs/vocabulary.md` is what the tables and the languages' files say.

use std::fmt::Write as _;
use std::path::Path;

use deconflict_vocabulary::*;

#[test]
fn the_page_is_what_the_tables_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vocabulary.md");
    let page = page();
    if std::env::var("DECONFLICT_UPDATE").is_ok_and(|set| set == "1") {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == page,
        "the vocabulary has changed: see what did with DECONFLICT_UPDATE=1 and git diff"
    );
}

const INTRODUCTION: &str = "\
# The channel's vocabulary

This page is generated from `crates/vocabulary`: the tables in `src/codes.rs`, `src/answers.rs` and `src/choices.rs`, and the
languages' files in `lang/`. Change those, then run `DECONFLICT_UPDATE=1 cargo test -p deconflict-vocabulary page`.

One code, one complete meaning, the same in every language. A message is a code with typed parameters. A sentence
states the act; each parameter stands after its label, then the sentences that keep it from being misread. Sentences that
hold only sometimes are marked with *if*.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    languages(&mut page);
    precedence(&mut page);
    attributes(&mut page);
    page.push_str("\n## Codes side by side\n\n");
    side_by_side(&mut page, "code", |tongue| {
        CodeId::all().map(|code| (code.to_string(), tongue.code_sentence(code))).collect()
    });
    page.push_str("\n## Codes\n");
    for family in families() {
        let _ = write!(page, "\n### {} - {}\n", family.0, family.1);
        for id in CodeId::all().filter(|code| code.row().family() == family.0) {
            code(&mut page, id);
        }
    }
    page.push_str("\n## Answers\n");
    for id in AnswerId::all() {
        answer(&mut page, id);
    }
    page.push_str("\n## Labels of parameters\n\n");
    side_by_side(&mut page, "parameter", |tongue| {
        let labels = ParameterName::all().into_iter();
        labels.map(|name| (name.to_string(), tongue.label(name))).collect()
    });
    page.push_str("\n## Choices\n");
    for (name, list) in CHOICE_LISTS {
        let _ = write!(page, "\n### {name}\n\n");
        side_by_side(&mut page, "choice", |tongue| {
            let choices = ChoiceId::all_of(list);
            choices.map(|choice| (choice.to_string(), tongue.choice(choice))).collect()
        });
    }
    page.push_str("\n## Receipts, states and standing sentences\n\n");
    side_by_side(&mut page, "term", |tongue| {
        Term::ALL.iter().map(|term| (term.id().to_owned(), tongue.term(*term))).collect()
    });
    page.push_str("\n## States and spans of time with their values\n\n");
    side_by_side(&mut page, "phrase", |tongue| {
        let shown = |phrase: &Phrase| tongue.phrase(*phrase, &["…", "…"]);
        Phrase::ALL.iter().map(|phrase| (phrase.id().to_owned(), shown(phrase))).collect()
    });
    text_forms(&mut page);
    page
}

fn families() -> [(char, &'static str); 8] {
    [
        ('L', "the line"),
        ('Z', "zones"),
        ('O', "operations"),
        ('P', "protected places and movements"),
        ('H', "humanitarian pauses"),
        ('W', "warnings and requests"),
        ('Y', "relays"),
        ('D', "incidents, disputes and corrections"),
    ]
}

fn tongues() -> Vec<Tongue<'static>> {
    let shipped = Translations::shipped();
    shipped.all().map(|translation| shipped.of_tag(translation.tag())).collect()
}

/// A text in a cell of a table: no isolates, which nobody sees and copies along, but the direction of its language.
fn cell(tongue: &Tongue<'_>, text: &str) -> String {
    let text = text.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "").replace('|', "\\|");
    match tongue.translation().direction() {
        Direction::LeftToRight => text,
        Direction::RightToLeft => {
            let isolated = text.replace('{', "<bdi>{").replace('}', "}</bdi>");
            format!("<span dir=\"rtl\">{isolated}</span>")
        }
    }
}

/// What a language is called, and that nobody has checked it.
fn name_of(tongue: &Tongue<'_>) -> String {
    let translation = tongue.translation();
    let unchecked = if translation.checked_by().is_none() { ", *unchecked*" } else { "" };
    format!("{}{unchecked}", translation.name())
}

fn header(page: &mut String, first: &str) {
    let tongues = tongues();
    let names: Vec<_> = tongues.iter().map(name_of).collect();
    let _ = writeln!(page, "| {first} | {} |", names.join(" | "));
    let _ = writeln!(page, "|---|{}", "---|".repeat(tongues.len()));
}

fn side_by_side(
    page: &mut String,
    first: &str,
    texts: impl Fn(&Tongue<'_>) -> Vec<(String, String)>,
) {
    header(page, first);
    let columns: Vec<_> = tongues().iter().map(|tongue| (*tongue, texts(tongue))).collect();
    for (row, (id, _)) in columns[0].1.iter().enumerate() {
        let cells: Vec<_> =
            columns.iter().map(|(tongue, column)| cell(tongue, &column[row].1)).collect();
        let _ = writeln!(page, "| `{id}` | {} |", cells.join(" | "));
    }
}

fn languages(page: &mut String) {
    page.push_str("\n## Languages\n\n| language | checked by | |\n|---|---|---|\n");
    for tongue in tongues() {
        let translation = tongue.translation();
        let (checked, unchecked) = match translation.checked_by() {
            Some(by) => (by, String::new()),
            None => ("**nobody**", cell(&tongue, &tongue.unchecked())),
        };
        let _ = writeln!(
            page,
            "| {} (`{}`) | {checked} | {unchecked} |",
            translation.name(),
            translation.tag()
        );
    }
    page.push_str("\nEnglish is the meaning; the other languages follow it.\n\n");
    for tongue in tongues() {
        let _ = writeln!(page, "- {}", cell(&tongue, &tongue.term(Term::ByAndEnd)));
    }
}

/// So many seconds in words.
fn duration(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

fn precedence(page: &mut String) {
    page.push_str(
        "\n## Precedence and time limits\n\nEach limit is the smaller of the table's and a third of the time left, a third that is shorter than \
         FLASH has to be delivered counting as that; what has begun is held to those of FLASH. A \
         space may set its own table.\n\n| precedence | delivered | read back | answered | when missed |\n|---|---|---|---|---|\n",
    );
    for precedence in Precedence::ALL.iter().rev() {
        let limits = LimitTable::default().of(*precedence);
        let step = |step: &(u32, MissedStep)| {
            let what = match step.1 {
                MissedStep::EveryDeskAndAlternatePath => {
                    "every desk of the party and its alternate path"
                }
                MissedStep::AlternatePath => "alternate path",
                MissedStep::NextLevel => "next level",
                MissedStep::Reminder => "reminder",
                MissedStep::NextLineTest => "next line test",
            };
            format!("{}: {what}", duration(step.0))
        };
        let steps: Vec<_> = precedence.when_missed(limits).iter().map(step).collect();
        let name = format!("{precedence:?}").to_uppercase();
        let _ = writeln!(
            page,
            "| {name} ({}) | {} | {} | {} | {} |",
            precedence.letter(),
            duration(limits.delivered_s),
            duration(limits.read_back_s),
            duration(limits.answered_s),
            steps.join("; ")
        );
    }
}

fn attributes(page: &mut String) {
    page.push_str("\n## Response attributes\n\n| attribute | allowed answers |\n|---|---|\n");
    for (attribute, more) in [
        (Attribute::WilcoUnable, ""),
        (Attribute::AffirmNegative, ""),
        (Attribute::Roger, ""),
        (Attribute::Listed(&[]), ", and those that the code lists"),
        (Attribute::Nothing, "none needed"),
    ] {
        let answers: Vec<_> = attribute.answers().iter().map(|answer| answer.as_str()).collect();
        let _ = writeln!(page, "| {} | {}{more} |", attribute.letters(), answers.join(", "));
    }
    page.push_str(
        "\nWILCO closes and opens an undertaking with a clock of its own. STANDBY holds once, until the time it gives, and \
         never moves the deadline of what is asked. CHECKING holds for 2 minutes each time and stands in STANDBY's place where \
         something is being hit. Every other answer closes.\n",
    );
}

fn kind(parameter: &Parameter) -> String {
    let kind = match parameter.kind {
        ParameterKind::Time => "time".into(),
        ParameterKind::CoarseTime => format!("time, to {} min", COARSE_STEP_S / 60),
        ParameterKind::Number { least, most } => format!("number, {least} to {most}"),
        ParameterKind::Minutes { most } => format!("minutes, 0 to {most}"),
        ParameterKind::Reference(kind) => {
            format!("reference: {}", format!("{kind:?}").to_lowercase())
        }
        ParameterKind::ProtectedPlace => "site, movement, place or cell".into(),
        ParameterKind::TrackOrGroup => "track or group".into(),
        ParameterKind::Volumes => "volumes".into(),
        ParameterKind::VolumesOrCell => "volumes or grid cell".into(),
        ParameterKind::Cell => "grid cell".into(),
        ParameterKind::Place => "place".into(),
        ParameterKind::Choice(list) => format!("one of: {}", list.join(", ")),
        ParameterKind::Choices(list) => format!("some of: {}", list.join(", ")),
        ParameterKind::Name => "name".into(),
        ParameterKind::Languages => "languages".into(),
        ParameterKind::Text => "text".into(),
        ParameterKind::Field => "a parameter's name".into(),
        ParameterKind::OfField => "what that parameter may be worth".into(),
    };
    let need = match parameter.need {
        Need::Required => String::new(),
        Need::Optional | Need::ElseSaid(_) => ", need not be given".into(),
        Need::With { parameter, choice } => format!(", with {parameter} {choice} alone"),
    };
    format!("`{}` ({kind}{need})", parameter.name)
}

fn parameters(page: &mut String, parameters: &[Parameter]) {
    let all: Vec<_> = parameters.iter().map(kind).collect();
    let _ = writeln!(
        page,
        "- Parameters: {}",
        if all.is_empty() { "none".into() } else { all.join("; ") }
    );
}

fn precedence_of(code: &Code) -> String {
    let name = |precedence: Precedence| format!("{precedence:?}").to_uppercase();
    match code.precedence {
        PrecedenceRule::Always(precedence) => name(precedence),
        PrecedenceRule::OfMessage => "that of the message".into(),
        PrecedenceRule::ByTimeLeft { flash_under_s, base, lower_beyond } => {
            let lower = lower_beyond.iter().rev().map(|(beyond_s, lower)| {
                format!(", {} with more than {} h left", name(*lower), beyond_s / 3_600)
            });
            let lower: String = lower.collect();
            format!(
                "FLASH with less than {} min left, else {}{lower}",
                flash_under_s / 60,
                name(base)
            )
        }
    }
}

fn code(page: &mut String, id: CodeId) {
    let code = id.row();
    let _ = write!(page, "\n#### {} {}\n\n", code.id, code.title);
    parameters(page, code.parameters);
    let answers: Vec<_> = code.attribute.answers().iter().map(|answer| answer.as_str()).collect();
    let answers = if answers.is_empty() { "none needed".into() } else { answers.join(", ") };
    let _ = writeln!(page, "- Answered ({}): {answers}", code.attribute.letters());
    let within =
        code.answer_within_s.map(|within| format!(", answered within {}", duration(within)));
    let _ = writeln!(page, "- Precedence: {}{}", precedence_of(code), within.unwrap_or_default());
    let sender = match code.senders {
        Senders { host: true, person: false, .. } => "the host",
        Senders { host: true, .. } => "a person, a machine operator or the host",
        Senders { machine: true, .. } => "a person or a machine operator",
        _ => "a person",
    };
    let signs = if code.person_signs { ", with a person's own signature" } else { "" };
    let to = match code.addressees {
        Addressees::AsNamed => "the parties that it names",
        Addressees::PartyOrGroup => {
            "a party, for itself or for a group that it speaks for; never a site or movement"
        }
        Addressees::EveryHolder => "everybody who holds what it speaks of",
        Addressees::EveryHolderAndOthersByCell => {
            "every party that holds the object, and all others by grid cell unless its owner forbade it"
        }
        Addressees::Owner => "the owner of what it speaks of",
        Addressees::BothSides => "both sides",
        Addressees::ThoseWhoMayEnterFirst => "those who may enter, never after the zone's party",
        Addressees::SpeakerForGroup => "the party that speaks for the group",
        Addressees::AskerOfRelay => "the party that asked for the relay",
        Addressees::AuthorOfSubject => "the author of what it speaks of",
        Addressees::AddresseesOfMessage => "those to whom the message went",
    };
    let _ = writeln!(page, "- From {sender}{signs}, to {to}");
    let mut rules = Vec::new();
    if code.is_never_grouped() {
        rules.push("opens an incident; never grouped".to_owned());
    }
    if code.always_passes() {
        rules.push("passes while the channel is suspended".to_owned());
    }
    rules.extend(code.per_day.map(|times| format!("{times} a day for each party")));
    rules.extend(code.silence_counts_as.map(|answer| format!("silence counts as {answer}")));
    if code.by_statement {
        rules.push("said by a statement that does it, never by a message".into());
    }
    if let Effect::TellsOfMovement { over_by } = code.effect {
        rules.push(format!("{} ends P10", over_by.join(", ")));
    }
    if code.affirm_agrees {
        rules.push("AFFIRM, signed, agrees to this very version".into());
    }
    if !code.meets.is_empty() {
        let but = match code.effect {
            Effect::BringsReply { unmet_by, .. } => format!(", but for {unmet_by}"),
            _ => String::new(),
        };
        rules.push(format!("reports {} done{but}", code.meets.join(", ")));
    }
    if !rules.is_empty() {
        let _ = writeln!(page, "- Rules: {}", rules.join("; "));
    }
    let _ = writeln!(page, "- Modelled on: {}", code.modelled_on);
    let endings: Vec<_> =
        code.endings.iter().map(|(term, when)| (*term, *when != When::Always)).collect();
    table(page, code.parameters, &endings, |tongue| tongue.code_sentence(id));
}

fn answer(page: &mut String, id: AnswerId) {
    let row = id.row();
    let _ = write!(page, "\n#### {}\n\n", row.id);
    parameters(page, row.parameters);
    let always = row.endings.iter().map(|term| (*term, false));
    let sometimes = row.endings_to.iter().map(|(_, term)| (*term, true));
    let endings: Vec<_> = always.chain(sometimes).collect();
    table(page, row.parameters, &endings, |tongue| tongue.answer_sentence(id));
}

/// The whole sentence in each language, with the parameters' names where their values stand.
fn table(
    page: &mut String,
    parameters: &[Parameter],
    endings: &[(Term, bool)],
    head: impl Fn(&Tongue<'_>) -> String,
) {
    page.push_str("\n| | |\n|---|---|\n");
    for tongue in tongues() {
        let mut parts = vec![head(&tongue)];
        for parameter in parameters {
            let value = format!("{{{}}}", parameter.name);
            parts.push(tongue.sentence(parameter.named(), &value));
        }
        for (term, sometimes) in endings {
            let text = tongue.term(*term);
            parts.push(if *sometimes { format!("*if* {text}") } else { text });
        }
        let name = tongue.translation().name();
        let _ = writeln!(
            page,
            "| {name} | {} |",
            cell(&tongue, &parts.join(tongue.translation().gap()))
        );
    }
}

fn text_forms(page: &mut String) {
    page.push_str(
        "\n## Text form\n\nA message or an answer in at most 160 characters of GSM 03.38's default alphabet, for a short message, to \
         read out or to type in. `W4 R /7K3MQ2PX4D 20170518T1430Z NORTH-EAST COMMANDER` and four check letters: the code, the \
         traffic (R real, E exercise, T test), the parameters in the order of the table, `-` for one that is not given. An answer \
         begins with `A`, the traffic, the message that it answers, and its name.\n\n| written | what it is |\n|---|---|\n",
    );
    for (written, what) in [
        (
            "`/7K3MQ2PX4D`",
            "something in the record, by ten characters of its hash (base 32 without I, L, O and U)",
        ),
        ("`*V7K3MQ2PX4D`", "volumes, left out"),
        ("`*T7K3MQ2PX4D`", "a text, left out, by the hash of what was written"),
        (
            "`*N7K3MQ2PX4D`",
            "a name that is longer than 16 characters or has other letters, left out",
        ),
        ("`=CONVOY-7`", "a name"),
        ("`20170518T1430Z`", "a time, UTC; seconds where they are not 0"),
        ("`90M`", "minutes"),
        ("`7`", "a number"),
        ("`NORTH-EAST`", "a choice"),
        ("`+LASER+MINES`", "several choices"),
        ("`:EN:RU`", "languages"),
        ("`33.50000N038.66000E`", "a place"),
        ("`,0.N372.1215`", "a cell of the sharing grid: level, row, column"),
        ("`#EXIT-SECTOR`", "the name of a parameter"),
    ] {
        let _ = writeln!(page, "| {written} | {what} |");
    }
    page.push_str(
        "\nThe check letters are a CRC of 20 bits. Whatever is wrong within three neighbouring characters is found for certain, so any \
         single wrong character and any swap of two neighbours; anything else with a chance of all but one in a million. Capitals and \
         gaps do not matter.\n",
    );
}
