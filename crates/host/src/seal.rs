//! The disclosures since the last head, under one salted root that tells nothing by itself.

use deconflict_core::{DeclarationId, Ledger, PartyId, Precision, Version, VersionDisclosure};
use deconflict_record::{Hash, Tree, commit, leaf_hash};
use deconflict_store::{MAX_MARK_BYTES, Mark};
use serde::Serialize;

/// One disclosure, as its leaf commits to it.
#[derive(Serialize)]
struct SealRow<'a> {
    party: &'a PartyId,
    declaration: DeclarationId,
    version: Version,
    precision: Precision,
    /// The entry that caused it.
    cause: u64,
    /// The statement by which its owner consented.
    consent: Version,
}

/// The disclosures that are not sealed yet, in the order in which they were made.
pub(crate) fn unsealed(ledger: &Ledger) -> Vec<String> {
    let sealed = |VersionDisclosure { declaration, version, given }: &VersionDisclosure| {
        let sealed = SealRow {
            party: &given.party,
            declaration: *declaration,
            version: *version,
            precision: given.precision,
            cause: given.cause,
            consent: given.consent.unwrap_or(*version),
        };
        serde_json::to_string(&sealed).unwrap_or_default()
    };
    ledger.unsealed.iter().map(sealed).collect()
}

/// The root over disclosures. The first leaf is of the seed alone, so that not even the root over
/// none is known.
pub(crate) fn root(seed: &[u8; 32], disclosures: &[String]) -> Hash {
    let mut tree = Tree::default();
    let leaves = std::iter::once("").chain(disclosures.iter().map(String::as_str));
    for (i, disclosure) in leaves.enumerate() {
        tree.append(leaf_hash(&commit(&salt(seed, i), disclosure.as_bytes()).0));
    }
    tree.root()
}

fn salt(seed: &[u8; 32], leaf: usize) -> [u8; 32] {
    commit(seed, format!("deconflict disclosure salt v1\n{leaf}").as_bytes()).0
}

/// What is kept so that a disclosure can be proved later: the seed, and the disclosures, one a line.
pub(crate) fn marks(index: u64, seed: &[u8; 32], disclosures: &[String]) -> Vec<Mark> {
    let mut parts = vec![format!("{}\n", Hash(*seed))];
    for line in disclosures {
        if parts.last().is_none_or(|part| part.len() + line.len() + 1 > MAX_MARK_BYTES) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    let mark = |(part, lines): (usize, String)| Mark {
        name: format!("disclosures/{index}/{part}"),
        bytes: lines.into_bytes(),
    };
    parts.into_iter().enumerate().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_depends_on_the_seed_and_on_every_disclosure() {
        let (a, b) = ("a".to_owned(), "b".to_owned());
        let seed = [1; 32];
        let roots = [
            root(&seed, &[]),
            root(&[2; 32], &[]),
            root(&seed, std::slice::from_ref(&a)),
            root(&seed, &[a.clone(), b.clone()]),
            root(&seed, &[b, a]),
        ];
        for (i, one) in roots.iter().enumerate() {
            assert!(roots[..i].iter().all(|other| other != one), "{i}");
        }
    }

    #[test]
    fn what_is_kept_of_many_disclosures_is_kept_in_parts() {
        let lines: Vec<String> = (0..9_000).map(|i| format!("{i:0300}")).collect();
        let marks = marks(7, &[1; 32], &lines);
        assert_eq!(marks.len(), 3);
        assert!(marks.iter().all(|mark| mark.bytes.len() <= MAX_MARK_BYTES));
        let all: Vec<u8> = marks.into_iter().flat_map(|mark| mark.bytes).collect();
        let text = String::from_utf8(all).unwrap();
        assert!(text.lines().skip(1).eq(lines.iter().map(String::as_str)));
    }
}
