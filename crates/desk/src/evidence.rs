//! Folders that show to others what stands in the record: all that this desk has, or some entries.

use std::collections::BTreeSet;
use std::path::Path;

use deconflict_api::{Content, PromiseOf};
use deconflict_core::{Charter, DeclarationId, What};
use deconflict_record::{
    KeyUse, Malformed, Policy, SignedCheckpoint, Tile, TileRow, TlogProof, Vkey, bundle,
    inclusion_proof,
};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, rows};
use crate::error::DeskError;
use crate::given::{Row, salt_hex};
use crate::hosts::logs;
use crate::layout::{COMMITMENTS, node};
use crate::outbox::Fate;
use crate::package::Writing;

pub(crate) const ROWS_PER_FILE: usize = 1_024;

/// What a folder is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) v: u32,
    pub(crate) kind: FolderKind,
    pub(crate) space: String,
    /// The key of the host with which the record began.
    pub(crate) log: String,
    /// The keys of the hosts that it was moved to, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) later: Vec<String>,
    /// Whose desk wrote it.
    pub(crate) party: deconflict_core::PartyId,
    /// The entries that it is there to show.
    pub(crate) shows: BTreeSet<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FolderKind {
    /// The whole record's commitments, and what the party was given.
    Record,
    /// Some entries, each with its proof, and those that tell the keys.
    Proofs,
}

/// A promise with its statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promised {
    pub(crate) statement: String,
    pub(crate) promise: PromiseOf,
}

/// What opens an entry: the extra data of its proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    pub(crate) salt: String,
    pub(crate) content: String,
}

/// Which heads a charter has its readers believe.
pub(crate) fn policy_of(charter: Option<&Charter>, log: &Vkey) -> Result<Policy, Malformed> {
    let named = charter.iter().flat_map(|charter| &charter.witnesses);
    let witnesses = named.map(|w| Vkey::new(&w.name, KeyUse::Witness, w.key));
    let witnesses = witnesses.collect::<Result<Vec<_>, _>>()?;
    Policy::at_least(charter.map_or(0, |charter| charter.quorum), log, &witnesses)
}

impl Desk {
    /// The policy by which others verify this record: the log, the charter's witnesses and quorum.
    ///
    /// # Errors
    /// When the charter names one key twice.
    pub fn policy(&self) -> Result<Policy, DeskError> {
        Ok(policy_of(self.view.charter.as_ref(), &self.log_now())?)
    }

    /// Writes all that this desk has of the record into a new folder, for [`crate::verify`]. It holds
    /// everything that the party was given.
    ///
    /// # Errors
    /// When the folder is not empty, no head was verified yet, or the disk fails.
    pub fn export(&self, dir: &Path) -> Result<(), DeskError> {
        let head = self.head_to_show()?;
        let mut folder = Writing::begin(dir)?;
        self.begin_folder(&mut folder, FolderKind::Record, BTreeSet::new())?;
        folder.add("checkpoint", head.encode().as_bytes())?;
        self.add_tiles(&mut folder)?;
        let (view, whole) = (self.records()?, self.given - self.unfinished);
        // A file at a time: all rows of a long record would fill the memory.
        for (nth, from) in (0..whole).step_by(ROWS_PER_FILE).enumerate() {
            let rows = rows(&view, from, whole.min(from + ROWS_PER_FILE as u64))?;
            let lines =
                rows.iter().map(|row| json_line(&row.wire())).collect::<Result<String, _>>();
            folder.add(&given_name(nth), lines?.as_bytes())?;
        }
        let promises = self.outbox.items().filter_map(|item| match &item.fate {
            Fate::Promised { promise, .. } => Some(json_line(&Promised {
                statement: item.envelope.clone(),
                promise: promise.clone(),
            })),
            _ => None,
        });
        folder.add("promises.jsonl", promises.collect::<Result<String, _>>()?.as_bytes())?;
        folder.add("README.md", README_RECORD.as_bytes())?;
        folder.finish()
    }

    fn add_tiles(&self, folder: &mut Writing) -> Result<(), DeskError> {
        let (view, size) = (self.records()?, self.tree.size());
        for level in 0..8u8 {
            let hashes = size >> (8 * u32::from(level));
            for index in 0..hashes.div_ceil(256) {
                let width = (hashes - index * 256).min(256);
                let tile = Tile { row: TileRow::Level(level), index, width: width as u16 };
                let bytes = kept(&view, level, index, width)?;
                folder.add(&tile.to_string(), &bytes)?;
            }
        }
        for index in 0..size.div_ceil(256) {
            let width = (size - index * 256).min(256);
            let tile = Tile { row: TileRow::Entries, index, width: width as u16 };
            let bytes = kept(&view, COMMITMENTS, index, width)?;
            folder.add(&tile.to_string(), &bundle(bytes.chunks(32))?)?;
        }
        Ok(())
    }

    /// Writes a new folder that proves entries to a third party: each with its proof, and with those
    /// that tell the charter and the keys. Nothing else that the party was given is in it.
    ///
    /// # Errors
    /// When the party was not given one of them, or its content was erased; when the folder is not
    /// empty or the disk fails.
    pub fn prove(&self, dir: &Path, entries: &BTreeSet<u64>) -> Result<(), DeskError> {
        let head = self.head_to_show()?.clone();
        let rows = self.rows()?;
        let has = |index: &u64| rows.iter().any(|r| r.index == *index && r.opening.is_some());
        if let Some(missing) = entries.iter().find(|index| !has(index)) {
            return Err(DeskError::Refused(format!(
                "entry {missing}: this party was not given it, or its content was erased"
            )));
        }
        let needed: BTreeSet<u64> = entries.iter().chain(&self.view.public).copied().collect();
        let mut folder = Writing::begin(dir)?;
        self.begin_folder(&mut folder, FolderKind::Proofs, entries.clone())?;
        let mut done = BTreeSet::new();
        for row in rows.iter().filter(|row| needed.contains(&row.index)) {
            if row.opening.is_some() && done.insert(row.index) {
                let proof = self.proof(row, head.clone())?;
                folder.add(&proof_name(row.index), proof.encode().as_bytes())?;
            }
        }
        folder.add("README.md", README_PROOFS.as_bytes())?;
        folder.finish()
    }

    /// [`Desk::prove`] for all entries that tell of a declaration.
    ///
    /// # Errors
    /// As [`Desk::prove`], and when this party may not see it.
    pub fn prove_declaration(&self, dir: &Path, id: DeclarationId) -> Result<(), DeskError> {
        let Some(declaration) = self.view.declarations.get(&id) else {
            return Err(DeskError::Refused(format!("declaration {id}: this party sees none")));
        };
        let name = id.to_string();
        let mut entries: BTreeSet<u64> = declaration.entries.iter().copied().collect();
        for row in self.rows()? {
            let Some(opening) = &row.opening else { continue };
            let content = Content::decode(&opening.content)
                .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
            let tells = match &content.entry.what {
                What::Found(finding) => serde_json::to_string(finding).unwrap_or_default(),
                What::Accepted(s) | What::Refused(s, _) => {
                    format!("{} {}", s.hash, serde_json::to_string(&s.say).unwrap_or_default())
                }
            };
            if tells.contains(&name) {
                entries.insert(row.index);
            }
        }
        self.prove(dir, &entries)
    }

    fn proof(&self, row: &Row, checkpoint: SignedCheckpoint) -> Result<TlogProof, DeskError> {
        let view = self.records()?;
        let path =
            inclusion_proof(row.index, self.tree.size(), |level, index| node(&view, level, index))?;
        let extra = match &row.opening {
            Some(opening) => {
                let content = String::from_utf8_lossy(&opening.content).into_owned();
                Some(json(&Opened { salt: salt_hex(&opening.salt), content })?.into_bytes())
            }
            None => None,
        };
        Ok(TlogProof { extra, index: row.index, path, checkpoint })
    }

    fn head_to_show(&self) -> Result<&SignedCheckpoint, DeskError> {
        self.head.as_ref().ok_or_else(|| {
            DeskError::Refused(
                "this desk has not read the record yet: let it, then try again".into(),
            )
        })
    }

    fn begin_folder(
        &self,
        folder: &mut Writing,
        kind: FolderKind,
        shows: BTreeSet<u64>,
    ) -> Result<(), DeskError> {
        let about = About {
            v: 1,
            kind,
            space: self.settings.space.clone(),
            log: self.settings.log.to_string(),
            later: logs(&self.view, &self.settings.log)
                .iter()
                .skip(1)
                .map(Vkey::to_string)
                .collect(),
            party: self.settings.party.clone(),
            shows,
        };
        folder.add("about.json", json(&about)?.as_bytes())?;
        folder.add("policy", self.policy()?.to_string().as_bytes())
    }
}

pub(crate) fn given_name(nth: usize) -> String {
    format!("given/{nth:06}.jsonl")
}

pub(crate) fn proof_name(index: u64) -> String {
    format!("proofs/{index}.tlog-proof")
}

fn kept(
    view: &deconflict_store::View<'_>,
    level: u8,
    index: u64,
    width: u64,
) -> Result<Vec<u8>, DeskError> {
    let bytes = view.tile(level, index)?.unwrap_or_default();
    let missing = || DeskError::damaged(format!("tile {index} of row {level} is missing"));
    Ok(bytes.get(..width as usize * 32).ok_or_else(missing)?.to_vec())
}

fn json(value: &impl Serialize) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|error| DeskError::damaged(error.to_string()))
}

fn json_line(value: &impl Serialize) -> Result<String, DeskError> {
    json(value).map(|line| line + "\n")
}

const README_RECORD: &str = "\
# A record of deconflict, as one party holds it

This folder holds the commitments of a whole record, its signed head, and the contents that one party
was given. Nobody needs to trust whoever gave it to you:

    deconflict verify .

says what is proven, by whom and until when. Compare the key of the log (`log` in about.json) and the hash
of the founding statement, which the check prints, with what the parties themselves tell you. If the record
was moved to another host since, `later` names that host's key; the check shows the statement that moved it.

What is what:

- `checkpoint`: the head, signed by the host and countersigned by witnesses (C2SP tlog-checkpoint).
- `policy`: whose signatures count (C2SP tlog-policy). The check compares it with the charter.
- `tile/`: the tree (C2SP tlog-tiles); the bundles in `tile/entries` hold 32 bytes for each entry:
  SHA-256 of `deconflict leaf v1`, a newline, its salt and its content.
- `given/`: salt and content of the entries that the party was given, in the order in which they count.
- `promises.jsonl`: statements that the host promised to log and that were not seen in the record yet.
- `SHA256SUMS`: `sha256sum -c SHA256SUMS` shows that nothing was damaged on the way.

With other people's programs: Go's `golang.org/x/mod/sumdb/note` opens the checkpoint with the log's key,
and `sumdb/tlog` recomputes the tree from the tiles; in Python, `aics-tlog` does both.
";

const README_PROOFS: &str = "\
# Proof that entries stand in a record of deconflict

Each file in `proofs/` shows that one entry stands in a record whose head the host signed and witnesses
countersigned (C2SP tlog-proof). Which of them this folder is there to show stands in about.json; the
others tell the charter and the keys by which the statements are signed. Nobody needs to trust whoever
gave it to you:

    deconflict verify .

says what is proven, by whom and until when. Compare the key of the log (`log` in about.json) and the hash
of the founding statement, which the check prints, with what the parties themselves tell you. If the record
was moved to another host since, `later` names that host's key; the check shows the statement that moved it.

A proof's `extra` line is base64 of JSON with `salt` and `content`. The data of its leaf are the 32 bytes
SHA-256 of `deconflict leaf v1`, a newline, the salt's 32 bytes and the content. With other people's
programs: Go's `golang.org/x/mod/sumdb/note` opens the checkpoint at the end of each file with the log's
key, and `sumdb/tlog` checks the proof; in Python, `aics-tlog` does both. A statement's envelope is DSSE:
its payload is signed with the author's Ed25519 key, which the charter or an enrolment among the proofs
holds. `SHA256SUMS` is read by `sha256sum -c`.
";
