//! What people type for something that stands in the record: its name, or the first digits of a hash.

use deconflict_core::{Declaration, DeclarationId, Kind, Ledger, MessageId};
use deconflict_record::Hash;
use deconflict_vocabulary::{Message, ObjectKind, ObjectRef, ParameterKind, ShortRef, Value};
use deconflict_words::{printable, short};

/// Fewer digits are a slip more often than a hash.
const FEWEST_DIGITS: usize = 4;

/// One thing that can be named.
struct Candidate<'a> {
    hash: Hash,
    names: Vec<&'a str>,
    /// Whether it is over: of two of one name, the other is meant.
    over: bool,
}

/// What a kind of thing is called, and by which words it is named.
pub(super) fn described(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Zone => {
            "a zone, by its name or the first digits of its hash (`deconflict zone list`)"
        }
        ObjectKind::Operation => {
            "an operation, by its name or the first digits of its hash (`deconflict declare list`)"
        }
        ObjectKind::Site => {
            "a site, by its name or the first digits of its hash (`deconflict declare list`)"
        }
        ObjectKind::Movement => {
            "a movement, by its name or the first digits of its hash (`deconflict declare list`)"
        }
        ObjectKind::SiteOrMovement => {
            "a site or a movement, by its name or the first digits of its hash (`deconflict declare list`)"
        }
        ObjectKind::Version => {
            "a version, by the first digits of its hash, or the present one by the declaration's name"
        }
        ObjectKind::Conflict => {
            "a conflict, by the first digits of its hash (`deconflict conflicts`)"
        }
        ObjectKind::Track => "a track, by all 64 digits of its hash",
        ObjectKind::Message => {
            "a message, by the first digits of its hash (`deconflict inbox --all`)"
        }
        ObjectKind::Entry => {
            "an entry, by its number in the record or all 64 digits of its statement (`deconflict log`)"
        }
        ObjectKind::Incident => {
            "an incident: the message that opened or reported it, by the first digits of its hash"
        }
        ObjectKind::Evidence => "what is kept as evidence, by all 64 digits of its SHA-256 hash",
    }
}

fn is_of(kind: ObjectKind, declaration: &Declaration) -> bool {
    let of = declaration.declared.kind();
    match kind {
        ObjectKind::Zone => of == Kind::Zone,
        ObjectKind::Operation => of == Kind::Operation,
        ObjectKind::Site => of == Kind::Site,
        ObjectKind::Movement => of == Kind::Movement,
        ObjectKind::SiteOrMovement => matches!(of, Kind::Site | Kind::Movement),
        _ => false,
    }
}

/// Everything of a kind that the desk sees.
fn candidates(view: &Ledger, kind: ObjectKind) -> Vec<Candidate<'_>> {
    let bare = |hash| Candidate { hash, names: Vec::new(), over: false };
    match kind {
        ObjectKind::Zone
        | ObjectKind::Operation
        | ObjectKind::Site
        | ObjectKind::Movement
        | ObjectKind::SiteOrMovement => {
            let all = view.declarations.iter().filter(|(_, known)| is_of(kind, known));
            all.map(|(id, known)| Candidate {
                hash: id.0,
                names: known.declared.name().values().map(String::as_str).collect(),
                over: known.ended.is_some(),
            })
            .collect()
        }
        ObjectKind::Version => view
            .declarations
            .values()
            .flat_map(|known| {
                let present = Candidate {
                    hash: known.version.0,
                    names: known.declared.name().values().map(String::as_str).collect(),
                    over: known.ended.is_some(),
                };
                let past = known.past.iter().map(move |earlier| bare(earlier.version.0));
                [present].into_iter().chain(past)
            })
            .collect(),
        ObjectKind::Message | ObjectKind::Incident => {
            view.dialogues.keys().map(|MessageId(hash)| bare(*hash)).collect()
        }
        ObjectKind::Conflict => view.conflicts.keys().map(|id| bare(id.0)).collect(),
        ObjectKind::Track | ObjectKind::Entry | ObjectKind::Evidence => Vec::new(),
    }
}

/// The thing that a text names, among those that the desk sees.
///
/// # Errors
/// Why it names none, or several.
pub(super) fn find(view: &Ledger, kind: ObjectKind, text: &str) -> Result<ObjectRef, String> {
    let what = described(kind);
    if let (ObjectKind::Track | ObjectKind::Entry | ObjectKind::Evidence, whole) =
        (kind, ObjectRef::from_hex(&text.to_ascii_lowercase()))
    {
        return whole.ok_or_else(|| format!("must be {what}"));
    }
    let all = candidates(view, kind);
    let called = |one: &&Candidate<'_>| {
        one.names.iter().any(|name| name.trim().to_lowercase() == text.trim().to_lowercase())
    };
    let digits = text.to_ascii_lowercase();
    let begins = |one: &&Candidate<'_>| one.hash.to_string().starts_with(&digits);
    // Anybody may call a thing by another one's digits: a whole hash is a hash, and what may be both is neither.
    let whole = ObjectRef::from_hex(&digits).is_some();
    let mut found: Vec<&Candidate<'_>> = all.iter().filter(|one| !whole && called(one)).collect();
    if found.iter().any(|one| !one.over) {
        found.retain(|one| !one.over);
    }
    if is_digits(&digits) {
        found.extend(all.iter().filter(begins));
    }
    if found.is_empty()
        && let Some(read_out) = ShortRef::from_text(&text.to_ascii_uppercase())
    {
        found = all.iter().filter(|one| ObjectRef(one.hash.0).short() == read_out).collect();
    }
    found.sort_by_key(|one| one.hash);
    found.dedup_by_key(|one| one.hash);
    match found[..] {
        [one] => Ok(ObjectRef(one.hash.0)),
        [] => Err(format!("this desk sees none that is called or begins so: it must be {what}")),
        [one, other, ..] => {
            let [one, other] = told_apart(one.hash, other.hash);
            Err(format!(
                "{} are called or begin so ({one}…, {other}…): give the first digits of one, and more of them",
                found.len()
            ))
        }
    }
}

/// The first digits of two hashes, as many as tell them apart.
fn told_apart(one: Hash, other: Hash) -> [String; 2] {
    let (one, other) = (one.to_string(), other.to_string());
    let alike = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let digits = (alike + 1).max(short(&one).len());
    [one, other].map(|hash| hash.chars().take(digits).collect())
}

fn is_digits(text: &str) -> bool {
    (FEWEST_DIGITS..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The declarations that a message names and the desk sees.
pub(super) fn declarations_of<'a>(
    view: &'a Ledger,
    message: &Message,
) -> impl Iterator<Item = &'a Declaration> {
    let known = message.parameters.values().filter_map(|value| match value {
        Value::Reference(of) => view.declarations.get(&DeclarationId(Hash(of.0))),
        _ => None,
    });
    known.map(|known| &**known)
}

/// The parameter by which a message names what is kept as evidence, and the digest that stands there.
pub(crate) fn evidence_named(message: &Message) -> Option<(&str, Hash)> {
    message.parameters.iter().find_map(|(name, value)| {
        let kind = message.code.row().parameter(name.as_str()).map(|parameter| parameter.kind);
        match (kind, value) {
            (Some(ParameterKind::Reference(ObjectKind::Evidence)), Value::Reference(of)) => {
                Some((name.as_str(), Hash(of.0)))
            }
            _ => None,
        }
    })
}

/// The message that a text names, for commands about one.
///
/// # Errors
/// As [`find`], with the text.
pub(crate) fn message_named(view: &Ledger, text: &str) -> Result<MessageId, String> {
    let found = find(view, ObjectKind::Message, text);
    found
        .map(|reference| MessageId(Hash(reference.0)))
        .map_err(|why| format!("message `{}`: {why}", printable(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_told_by_as_many_digits_as_tell_them_apart() {
        let mut other = [0xab; 32];
        assert_eq!(told_apart(Hash([0xab; 32]), Hash([0; 32])), ["abababab", "00000000"]);
        other[5] = 0xac;
        assert_eq!(told_apart(Hash([0xab; 32]), Hash(other)), ["abababababab", "abababababac"]);
    }
}
