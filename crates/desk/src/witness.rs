//! Countersigning heads: what makes a desk a witness.

use deconflict_api::CosignatureLine;
use deconflict_proof::signed_by;
use deconflict_record::{
    AddCheckpoint, Cosigner, KeyUse, Note, NoteSignature, SignedCheckpoint, SigningKey, UtcSecond,
    Vkey, consistency_proof,
};

use crate::copy::node;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::hosts::Signer;
use crate::line::{Line, in_session};
use crate::sync::Keys;

impl Desk {
    /// The witnesses that the charter names.
    pub(crate) fn witnesses(&self) -> Vec<Vkey> {
        let named = self.view().charter.iter().flat_map(|charter| &charter.witnesses);
        named.filter_map(|w| Vkey::new(&w.name, KeyUse::Witness, w.key).ok()).collect()
    }

    /// Countersigns the head, once it is durable and if it is not countersigned yet, and hands the cosignature
    /// over if the host does not show it: one that it has not taken is kept with the head for the next time.
    /// Whether the host has it.
    pub(crate) fn countersign(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        (served, before): (&SignedCheckpoint, Option<SignedCheckpoint>),
        now: UtcSecond,
    ) -> Result<bool, DeskError> {
        let (Some(name), Some(head)) =
            (self.settings.witness.clone(), self.copy.signed_head().cloned())
        else {
            return Ok(false);
        };
        let own = keys.witness.map(|key| Vkey::new(&name, KeyUse::Witness, key.verifying_key()));
        let own = own.transpose()?;
        let cosigned = match (own_line(&head, &name, own.as_ref()), keys.witness, own) {
            (Some(cosigned), ..) => cosigned,
            (None, Some(key), Some(own)) => {
                let cosigned = self.cosignature(&name, key, &head, before, now)?;
                self.copy.keep_cosigned(head.clone().collect(&cosigned.line(), &[&own])?)?;
                cosigned
            }
            _ => return Ok(false),
        };
        if served.note().has_line_of(&cosigned) {
            return Ok(true);
        }
        let cosigned = CosignatureLine { size: head.claimed().size, line: cosigned.line() };
        // Evidence grade waits for cosignatures; nothing else does.
        let taken =
            in_session(line, &self.settings.space, keys.session, |line| line.cosign(&cosigned));
        Ok(taken.is_ok())
    }

    fn cosignature(
        &self,
        name: &str,
        key: &SigningKey,
        head: &SignedCheckpoint,
        before: Option<SignedCheckpoint>,
        now: UtcSecond,
    ) -> Result<NoteSignature, DeskError> {
        let Signer::InTime(log) = self.signer(head) else {
            return Err(DeskError::damaged("its own head is signed by no host of the record"));
        };
        let mut witness = Cosigner::new(name, *log, before)?;
        let (old_size, size) = (witness.head().size, head.claimed().size);
        let records = self.copy.records()?;
        let proof = consistency_proof(old_size, size, |level, index| node(&records, level, index))?;
        let request = AddCheckpoint { old_size, proof, checkpoint: head.clone() };
        let pending = witness
            .judge(&request)
            .map_err(|refusal| DeskError::damaged(format!("its own head: {refusal}")))?;
        // The head has been durable since it was verified.
        Ok(pending.persisted(key, now))
    }
}

/// What this desk itself signed under a head, by its key where that is unlocked, else by its name.
fn own_line(head: &SignedCheckpoint, name: &str, own: Option<&Vkey>) -> Option<NoteSignature> {
    let by_own = |line: &&NoteSignature| match own {
        Some(own) => Note::unsigned(head.note().claimed_text())
            .and_then(|note| note.and((*line).clone()))
            .is_ok_and(|alone| alone.verify(&[own]).is_ok()),
        None => line.claimed_name() == name,
    };
    head.note().claimed_signatures().iter().find(by_own).cloned()
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
