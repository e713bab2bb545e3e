//! Folders that show to others what stands in the record: all that this desk has, or some entries.

use std::collections::BTreeSet;
use std::path::Path;

use deconflict_api::Content;
use deconflict_core::{DeclarationId, What};
use deconflict_proof::folder_form::{
    FolderHeader, FolderKind, PromisedStatement, ProofExtra, README_PROOFS, README_RECORD,
    ROWS_PER_FILE, given_name, policy_of, proof_name,
};
use deconflict_proof::{FolderWriter, Row, host_keys, salt_hex};
use deconflict_record::{
    Policy, SignedCheckpoint, Tile, TileRow, TlogProof, Vkey, bundle, inclusion_proof,
};
use serde::Serialize;

use crate::copy::{node, rows};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::Fate;

impl Desk {
    /// The policy by which others verify this record: the log, the charter's witnesses and quorum.
    ///
    /// # Errors
    /// When the charter names one key twice.
    pub fn policy(&self) -> Result<Policy, DeskError> {
        Ok(policy_of(self.copy.view().charter.as_deref(), &self.log_now())?)
    }

    /// Writes all that this desk has of the record into a new folder, for [`deconflict_proof::verify`]. It holds
    /// everything that the party was given.
    ///
    /// # Errors
    /// When the folder is not empty, no head was verified yet, or the disk fails.
    pub fn export(&self, dir: &Path) -> Result<(), DeskError> {
        let head = self.head_to_show()?;
        let mut folder = FolderWriter::begin(dir)?;
        self.begin_folder(&mut folder, FolderKind::Record, BTreeSet::new())?;
        folder.add("checkpoint", head.encode().as_bytes())?;
        self.add_tiles(&mut folder)?;
        let (records, given) = (self.copy.records()?, self.copy.given());
        // A file at a time: all rows of a long record would fill the memory.
        for (nth, from) in (0..given).step_by(ROWS_PER_FILE).enumerate() {
            let rows = rows(&records, from, given.min(from + ROWS_PER_FILE as u64))?;
            let lines =
                rows.iter().map(|row| json_line(&row.wire())).collect::<Result<String, _>>();
            folder.add(&given_name(nth), lines?.as_bytes())?;
        }
        let promises = self.outbox.items().filter_map(|item| match &item.fate {
            Fate::Promised { promise, .. } => Some(json_line(&PromisedStatement {
                statement: item.envelope.clone(),
                promise: promise.clone(),
            })),
            _ => None,
        });
        folder.add("promises.jsonl", promises.collect::<Result<String, _>>()?.as_bytes())?;
        folder.add("README.md", README_RECORD.as_bytes())?;
        Ok(folder.finish()?)
    }

    fn add_tiles(&self, folder: &mut FolderWriter) -> Result<(), DeskError> {
        let (records, size) = (self.copy.records()?, self.copy.size());
        for level in 0..8u8 {
            let hashes = size >> (8 * u32::from(level));
            for index in 0..hashes.div_ceil(256) {
                let width = (hashes - index * 256).min(256);
                let tile = Tile { row: TileRow::Level(level), index, width: width as u16 };
                let bytes = whole(records.tile(level, index)?, &tile)?;
                folder.add(&tile.to_string(), &bytes)?;
            }
        }
        for index in 0..size.div_ceil(256) {
            let width = (size - index * 256).min(256);
            let tile = Tile { row: TileRow::Entries, index, width: width as u16 };
            let bytes = whole(records.commitments(index)?, &tile)?;
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
        let rows = self.copy.rows()?;
        let has = |index: &u64| rows.iter().any(|r| r.index == *index && r.opening.is_some());
        if let Some(missing) = entries.iter().find(|index| !has(index)) {
            return Err(DeskError::Refused(format!(
                "entry {missing}: this party was not given it, or its content was erased"
            )));
        }
        let needed: BTreeSet<u64> =
            entries.iter().chain(&self.copy.view().public).copied().collect();
        let mut folder = FolderWriter::begin(dir)?;
        self.begin_folder(&mut folder, FolderKind::Proofs, entries.clone())?;
        let mut done = BTreeSet::new();
        for row in rows.iter().filter(|row| needed.contains(&row.index)) {
            if row.opening.is_some() && done.insert(row.index) {
                let proof = self.proof(row, head.clone())?;
                folder.add(&proof_name(row.index), proof.encode().as_bytes())?;
            }
        }
        folder.add("README.md", README_PROOFS.as_bytes())?;
        Ok(folder.finish()?)
    }

    /// [`Desk::prove`] for all entries that tell of a declaration.
    ///
    /// # Errors
    /// As [`Desk::prove`], and when this party may not see it, or nothing that was said of it is left here.
    pub fn prove_declaration(&self, dir: &Path, id: DeclarationId) -> Result<(), DeskError> {
        let declaration = self.copy.view().declarations.get(&id);
        let name = id.to_string();
        let mut entries: BTreeSet<u64> =
            declaration.iter().flat_map(|known| known.entries.iter().copied()).collect();
        // One that the record forgot is proven by what was not erased here.
        let mut is_known = declaration.is_some();
        for row in self.copy.rows()? {
            let Some(opening) = &row.opening else { continue };
            let content = Content::decode(&opening.content)
                .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
            is_known |= content.entry.said_of() == Some(id);
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
        if !is_known {
            return Err(DeskError::Refused(format!("declaration {id}: this party sees none")));
        }
        self.prove(dir, &entries)
    }

    fn proof(&self, row: &Row, checkpoint: SignedCheckpoint) -> Result<TlogProof, DeskError> {
        let records = self.copy.records()?;
        let path = inclusion_proof(row.index, self.copy.size(), |level, index| {
            node(&records, level, index)
        })?;
        let extra = match &row.opening {
            Some(opening) => {
                let content = String::from_utf8_lossy(&opening.content).into_owned();
                Some(json(&ProofExtra { salt: salt_hex(&opening.salt), content })?.into_bytes())
            }
            None => None,
        };
        Ok(TlogProof { extra, index: row.index, path, checkpoint })
    }

    fn head_to_show(&self) -> Result<&SignedCheckpoint, DeskError> {
        self.copy.signed_head().ok_or_else(|| {
            DeskError::Refused(
                "this desk has not read the record yet: let it, then try again".into(),
            )
        })
    }

    fn begin_folder(
        &self,
        folder: &mut FolderWriter,
        kind: FolderKind,
        shows: BTreeSet<u64>,
    ) -> Result<(), DeskError> {
        let header = FolderHeader {
            v: 1,
            kind,
            space: self.settings.space.clone(),
            log: self.settings.log.to_string(),
            later: host_keys(self.copy.view(), &self.settings.log)
                .iter()
                .skip(1)
                .map(Vkey::to_string)
                .collect(),
            party: self.settings.party.clone(),
            shows,
            overruled: self.copy.overruled().to_vec(),
        };
        folder.add("about.json", json(&header)?.as_bytes())?;
        folder.add("policy", self.policy()?.to_string().as_bytes())?;
        Ok(())
    }
}

/// The hashes of a tile, as many as it names.
fn whole(hashes: Option<Vec<u8>>, tile: &Tile) -> Result<Vec<u8>, DeskError> {
    let mut hashes = hashes.unwrap_or_default();
    if hashes.len() < usize::from(tile.width) * 32 {
        return Err(DeskError::damaged(format!("{tile} is missing")));
    }
    hashes.truncate(usize::from(tile.width) * 32);
    Ok(hashes)
}

fn json(value: &impl Serialize) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|error| DeskError::damaged(error.to_string()))
}

fn json_line(value: &impl Serialize) -> Result<String, DeskError> {
    json(value).map(|line| line + "\n")
}
