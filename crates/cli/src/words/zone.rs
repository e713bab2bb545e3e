//! Where each party stands towards a zone: never a bare "agreed".

use deconflict_core::{Declaration, PartyId, Standing};

use super::reader::{Reader, at, bounded, quoted};

/// Where a party stands, by one of the words for it, and more of it for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stands {
    pub(crate) party: PartyId,
    /// `agreed`, `disputed`, `withdrew`, `silent`, `notified-only` or `not-asked`.
    pub(crate) word: &'static str,
    /// When, why, what.
    pub(crate) more: String,
    /// Whether the zone binds it without its signature.
    pub(crate) unilateral: bool,
}

/// Where each party but the owner stands towards the present version.
pub(crate) fn agreement(reader: &Reader<'_>, zone: &Declaration) -> Vec<Stands> {
    let unilateral = reader.view.unilateral_towards(zone);
    let others = reader.view.parties.keys().filter(|party| **party != zone.owner);
    others
        .map(|party| {
            let (word, more) = match zone.standing(party) {
                Some(Standing::Agreed { at: when, by, .. }) => {
                    let by = reader.key(by);
                    ("agreed", format!("signed this very version at {}, by {by}", at(*when)))
                }
                Some(Standing::Disputed { at: when, point, own_text }) => (
                    "disputed",
                    format!(
                        "at {}, the point {}; it would have it say {}",
                        at(*when),
                        quoted(point),
                        quoted(own_text)
                    ),
                ),
                Some(Standing::Withdrew { at: when, reason }) => {
                    ("withdrew", format!("its agreement at {}: {}", at(*when), bounded(reason)))
                }
                Some(Standing::Silent {}) => {
                    ("silent", "was asked and has not answered, which is no consent".to_owned())
                }
                None if reader.view.sees(party, zone) => {
                    ("notified-only", "may read it and was not asked".to_owned())
                }
                None => ("not-asked", String::new()),
            };
            Stands { party: party.clone(), word, more, unilateral: unilateral.contains(party) }
        })
        .collect()
}

/// The same in lines, the owner's own word first.
pub(crate) fn agreement_lines(reader: &Reader<'_>, zone: &Declaration) -> Vec<String> {
    let stands = agreement(reader, zone);
    let width = |text: fn(&Stands) -> usize| stands.iter().map(text).max().unwrap_or(0);
    let name = width(|s| s.party.as_str().len()).max(zone.owner.as_str().len());
    let word = width(|s| s.word.len()).max("proposed".len());
    let mut lines =
        vec![format!("  {:name$}  {:word$}  it is its author", zone.owner.as_str(), "proposed")];
    for stand in &stands {
        let unilateral = if stand.unilateral { "; the zone is unilateral towards it" } else { "" };
        let words = stand.word.replace('-', " ");
        let line =
            format!("  {:name$}  {words:word$}  {}{unilateral}", stand.party.as_str(), stand.more);
        lines.push(line.replace("  ; ", "  ").trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::testing::{party, time, view};
    use super::*;

    #[test]
    fn each_party_stands_where_it_said_and_silence_is_no_consent() {
        let (view, north) = (view(), party("north"));
        let reader =
            Reader { view: &view, party: &north, lang: "en", now: time("2017-06-06T05:00:00Z") };
        let zone = view.declarations.values().next().unwrap();
        let lines = agreement_lines(&reader, zone);
        assert_eq!(
            lines,
            [
                "  north  proposed       it is its author",
                "  aid    silent         was asked and has not answered, which is no consent",
                "  far    not asked",
                "  host   notified only  may read it and was not asked",
                "  south  disputed       at 2017-05-18 07:00, the point \"radius\"; it would have it \
                 say \"30 km at the most\"; the zone is unilateral towards it",
            ]
        );
    }
}
