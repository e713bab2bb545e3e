//! Commands and what they printed, as they stand in a page of the documentation.

use std::collections::BTreeMap;

/// A command in a page: `north$ deconflict ...`, and the lines below it.
pub(crate) struct Step {
    /// At whose machine.
    pub(crate) who: String,
    pub(crate) command: String,
    /// What it printed, with the page's indent taken off.
    pub(crate) printed: Vec<String>,
    /// The lines of the page that hold it, from the command on.
    pub(crate) at: std::ops::Range<usize>,
}

/// The commands of a page, in their order.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let lines: Vec<&str> = page.lines().collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut open = false;
    let mut at = 0;
    while at < lines.len() {
        let Some(text) = lines[at].strip_prefix("    ") else {
            open &= lines[at].is_empty();
            at += 1;
            continue;
        };
        if let Some((who, first)) = prompt(text) {
            let (from, mut command) = (at, first.to_owned());
            while let Some(begun) = command.strip_suffix('\\') {
                at += 1;
                command = format!("{begun}{}", lines[at].trim_start());
            }
            at += 1;
            steps.push(Step { who: who.to_owned(), command, printed: Vec::new(), at: from..at });
            open = true;
            continue;
        }
        if let Some(step) = steps.last_mut().filter(|_| open) {
            // Empty lines within what was printed count; those after it do not.
            step.printed.resize(at - (step.at.end - step.printed.len()), String::new());
            step.printed.push(text.to_owned());
            step.at.end = at + 1;
        }
        at += 1;
    }
    steps
}

fn prompt(text: &str) -> Option<(&str, &str)> {
    let (who, command) = text.split_once("$ ")?;
    who.bytes().all(|b| b.is_ascii_lowercase()).then_some((who, command))
}

/// What stays the same of a line from one run to another: keys, hashes and times of today are `#`, and
/// so is what hangs on them.
pub(crate) fn shape(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let group = |nth: usize| {
        words.get(nth).is_some_and(|w| w.len() == 4 && w.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let shapes: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(nth, word)| {
            let before = nth.checked_sub(1).and_then(|before| words.get(before)).copied();
            if group(nth) && (group(nth + 1) || nth.checked_sub(1).is_some_and(group)) {
                "#".to_owned()
            } else if is_today(word) {
                digits_hidden(word)
            } else if before.is_some_and(is_today) && is_clock(word) {
                // At a full minute it has no seconds.
                format!("#{}", word.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'))
            } else if matches!(before, Some("in" | "dans" | "h"))
                && word.bytes().all(|b| b.is_ascii_digit())
            {
                "#".to_owned()
            } else if let Some(rule) = word.chars().next().filter(|c| "━─".contains(*c)) {
                rule.to_string()
            } else {
                of_word(word)
            }
        })
        .collect();
    shapes.join(" ")
}

/// A date that is none of the story's, which all lie in 2040.
fn is_today(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 10
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && (bytes[4], bytes[7]) == (b'-', b'-')
        && !word.starts_with("2040")
}

fn is_clock(word: &str) -> bool {
    word.len() >= 5 && word.as_bytes()[2] == b':'
}

fn digits_hidden(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

fn of_word(word: &str) -> String {
    let base64 = |text: &str| {
        text.len() >= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    };
    if base64(word) {
        return "#".to_owned();
    }
    if let Some((name, key)) = word.split_once('+')
        && key.get(8..9) == Some("+")
    {
        return format!("{name}+#");
    }
    let mut shape = word.replace(|c: char| !c.is_ascii(), "~");
    for found in names(word) {
        shape = shape.replace(&found, "#");
    }
    match shape.split_once("127.0.0.1:") {
        Some((before, after)) => {
            format!("{before}127.0.0.1:#{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => shape,
    }
}

/// Hashes and their first digits in a text: eight hexadecimal digits or more, or as they are read out.
pub(crate) fn names(text: &str) -> Vec<String> {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    let name = |run: &&str| {
        let is_hash = run.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        // What is read out: ten characters of Crockford's base 32.
        let is_short = run.len() == 10
            && run
                .bytes()
                .all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b)));
        (run.len() >= 8 && is_hash) || is_short
    };
    runs.filter(name).map(str::to_owned).collect()
}

/// What is called otherwise in another run.
#[derive(Default)]
pub(crate) struct Renamed(BTreeMap<String, String>);

impl Renamed {
    /// Takes note of two lines of the same shape.
    pub(crate) fn note(&mut self, page: &str, now: &str) {
        for (was, is) in names(page).into_iter().zip(names(now)) {
            self.0.insert(was, is);
        }
    }

    /// What a text of the page names that nothing printed before: a name of another run, to which every answer is that it
    /// is not known.
    pub(crate) fn unknown(&self, page: &str) -> Option<String> {
        names(page).into_iter().find(|name| !self.0.keys().any(|was| was.starts_with(name)))
    }

    /// A text of the page with the names of this run.
    pub(crate) fn text(&self, page: &str) -> String {
        let mut text = page.to_owned();
        for name in names(page) {
            let known = self.0.iter().find(|(was, _)| was.starts_with(&name));
            if let Some((_, is)) = known {
                text = text.replace(&name, &is[..name.len()]);
            }
        }
        text
    }
}

#[test]
fn a_line_keeps_its_shape_while_keys_hashes_and_times_change() {
    let pairs = [
        ("root key 72f0e34755af384b", "root key 952632d4cc4b0d7b"),
        ("  read out  D3E5M8MF8B, in 2 h 59 min", "  read out  TRTXMAMSYZ, in 1 h 3 min"),
        ("Accepted at 2026-11-22 16:36:21, entry 4", "Accepted at 2027-01-02 03:04, entry 4"),
        ("  e62f 3993 ed39", "  0123 4567 89ab"),
        ("verifier   a.b/c+0dc364a0+AXAVSC", "verifier   a.b/c+ada9930d+BDMQiw"),
        // A key may look like a verifier key: a plus sign, eight digits and another one.
        (
            "public     MxCLAquDTJTm+8GV3MY7b+NDpDBrnclTflrcVGYlDRk=",
            "public     cBVIIUKQGf5S7KZGNQGgru6/BMc/Beyc3jjr4HGXfqA=",
        ),
    ];
    for (one, other) in pairs {
        assert_eq!(shape(one), shape(other));
    }
    for (one, other) in [("entry 4", "entry 5"), ("from 2040-05-18", "from 2040-05-19")] {
        assert_ne!(shape(one), shape(other));
    }
    let page =
        "    a$ run \\\n        this\n    one\n\n    two\n\nProse.\n\n    no$tep\n    b$ more\n";
    let steps = steps(page);
    assert_eq!(steps[0].command, "run this");
    assert_eq!(steps[0].printed, ["one", "", "two"]);
    assert_eq!((steps.len(), steps[1].who.as_str(), steps[1].at.clone()), (2, "b", 9..10));
}
