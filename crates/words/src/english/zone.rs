//! Where each party stands towards a zone: never a bare "agreed".

use deconflict_core::{Declaration, Standing};

use crate::escape::{bounded, quoted};
use crate::reader::{Reader, at};
use crate::standing::{PartyStand, agreement};

/// When, why, what.
fn more(reader: &Reader<'_>, stand: &PartyStand<'_>) -> String {
    match stand.standing {
        Some(Standing::Agreed { at: when, by, .. }) => {
            format!("signed this very version at {}, by {}", at(*when), reader.key(by))
        }
        Some(Standing::Disputed { at: when, point, own_text }) => format!(
            "at {}, the point {}; it would have it say {}",
            at(*when),
            quoted(point),
            quoted(own_text)
        ),
        Some(Standing::Withdrew { at: when, reason }) => {
            format!("its agreement at {}: {}", at(*when), bounded(reason))
        }
        Some(Standing::Silent {}) => {
            "was asked and has not answered, which is no consent".to_owned()
        }
        None if stand.word == "notified-only" => "may read it and was not asked".to_owned(),
        None => String::new(),
    }
}

/// Where each party stands, in lines, the owner's own word first.
pub(super) fn agreement_lines(reader: &Reader<'_>, zone: &Declaration) -> Vec<String> {
    let stands = agreement(reader, zone);
    let width = |text: fn(&PartyStand<'_>) -> usize| stands.iter().map(text).max().unwrap_or(0);
    let name = width(|s| s.party.as_str().len()).max(zone.owner.as_str().len());
    let word = width(|s| s.word.len()).max("proposed".len());
    let mut lines =
        vec![format!("  {:name$}  {:word$}  it is its author", zone.owner.as_str(), "proposed")];
    for stand in &stands {
        let unilateral = if stand.unilateral { "; the zone is unilateral towards it" } else { "" };
        let words = stand.word.replace('-', " ");
        let line = format!(
            "  {:name$}  {words:word$}  {}{unilateral}",
            stand.party.as_str(),
            more(reader, stand)
        );
        lines.push(line.replace("  ; ", "  ").trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{party, time, view};

    #[test]
    fn each_party_stands_where_it_said_and_silence_is_no_consent() {
        let (view, north) = (view(), party("north"));
        let reader = Reader::new(&view, &north, "en", time("2017-06-06T05:00:00Z"));
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
