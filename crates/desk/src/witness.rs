//! Countersigning heads: what makes a desk a witness.

use deconflict_api::CosignatureLine;
use deconflict_proof::signed_by;
use deconflict_record::{
    AddCheckpoint, Cosigner, KeyUse, Note, SignedCheckpoint, SigningKey, UtcSecond, Vkey,
    consistency_proof,
};
use deconflict_store::AppendBatch;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::hosts::Signer;
use crate::layout::{self, node};
use crate::line::{Line, in_session};
use crate::sync::Keys;

impl Desk {
    /// The witnesses that the charter names.
    pub(crate) fn witnesses(&self) -> Vec<Vkey> {
        let named = self.view.charter.iter().flat_map(|charter| &charter.witnesses);
        named.filter_map(|w| Vkey::new(&w.name, KeyUse::Witness, w.key).ok()).collect()
    }

    /// Countersigns the head, once it is durable, and hands the cosignature over; one that the host has
    /// not taken is kept for the next time.
    pub(crate) fn countersign(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        before: Option<SignedCheckpoint>,
        now: UtcSecond,
    ) -> Result<bool, DeskError> {
        let mut batch = AppendBatch::default();
        if let (Some(name), Some(key), Some(head)) =
            (self.settings.witness.clone(), keys.witness, self.head.clone())
        {
            let line = self.cosignature(&name, key, &head, before, now)?;
            self.progress.undelivered = Some((head.claimed().size, line.clone()));
            let own = Vkey::new(&name, KeyUse::Witness, key.verifying_key())?;
            let head = head.collect(&line, &[&own])?;
            batch.marks.push(layout::mark("head", &head.encode())?);
            self.head = Some(head);
        }
        batch.marks.push(layout::mark("progress", &self.progress)?);
        self.append(&batch)?;
        let Some((size, text)) = self.progress.undelivered.clone() else { return Ok(false) };
        let cosigned = CosignatureLine { size, line: text };
        // Evidence grade waits for cosignatures; nothing else does.
        let taken =
            in_session(line, &self.settings.space, keys.session, |line| line.cosign(&cosigned));
        if taken.is_ok() {
            self.progress.undelivered = None;
            let marks = vec![layout::mark("progress", &self.progress)?];
            self.append(&AppendBatch { marks, ..AppendBatch::default() })?;
        }
        Ok(taken.is_ok())
    }

    fn cosignature(
        &self,
        name: &str,
        key: &SigningKey,
        head: &SignedCheckpoint,
        before: Option<SignedCheckpoint>,
        now: UtcSecond,
    ) -> Result<String, DeskError> {
        let Signer::InTime(log) = self.signer(head) else {
            return Err(DeskError::damaged("its own head is signed by no host of the record"));
        };
        let mut witness = Cosigner::new(name, *log, before)?;
        let (old_size, size) = (witness.head().size, head.claimed().size);
        let view = self.records()?;
        let proof = consistency_proof(old_size, size, |level, index| node(&view, level, index))?;
        let request = AddCheckpoint { old_size, proof, checkpoint: head.clone() };
        let pending = witness
            .judge(&request)
            .map_err(|refusal| DeskError::damaged(format!("its own head: {refusal}")))?;
        // The head has been durable since it was verified.
        Ok(pending.persisted(key, now).line())
    }
}

/// The head with a host's own signature alone: in evidence stands nothing that nobody checks.
pub(crate) fn bare(head: &SignedCheckpoint, logs: &[Vkey]) -> Result<SignedCheckpoint, DeskError> {
    for line in head.note().claimed_signatures() {
        let note = Note::unsigned(head.note().claimed_text())?.and(line.clone())?;
        let alone = SignedCheckpoint::parse(note.encode().as_bytes())?;
        if signed_by(&alone, logs).is_some() {
            return Ok(alone);
        }
    }
    Err(DeskError::Refused("the head is not signed by the host".into()))
}
