//! Countersigning heads: what makes a desk a witness.

use deconflict_api::CosignatureLine;
use deconflict_core::{Ledger, USUAL_CLOCK_SKEW_S};
use deconflict_proof::{Notice, host_keys, signed_by};
use deconflict_record::{
    AddCheckpoint, Cosigner, KeyUse, Note, NoteSignature, SignedCheckpoint, SigningKey, UtcSecond,
    Vkey, consistency_proof,
};

use crate::copy::node;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::hosts::Signer;
use crate::line::{Line, LineError, in_session};
use crate::sync::Keys;

/// What became of a desk's countersignature.
pub(crate) enum CosigningResult {
    /// The host has it.
    Taken,
    /// The desk is no witness, or the host has it not yet.
    No,
    /// It was not made, or the host does not take it, for this reason.
    NotTaken(String),
}

/// By how many seconds clocks may be apart, by the charter of what was read.
pub(crate) fn clock_skew_s(ledger: &Ledger) -> u64 {
    let charter = ledger.charter.as_ref();
    charter.map_or(u64::from(USUAL_CLOCK_SKEW_S), |charter| u64::from(charter.rules.clock_skew_s))
}

impl Desk {
    /// The witnesses that the charter names.
    pub(crate) fn witnesses(&self) -> Vec<Vkey> {
        let named = self.view().charter.iter().flat_map(|charter| &charter.witnesses);
        named.filter_map(|w| Vkey::new(&w.name, KeyUse::Witness, w.key).ok()).collect()
    }

    /// Countersigns the head, once it is durable and if it is not countersigned yet, and hands the cosignature
    /// over if the host does not show it: one that it has not taken is kept with the head for the next time.
    /// Whether the host has it, and else why not, if people should know.
    pub(crate) fn countersign(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        (served, before): (&SignedCheckpoint, Option<SignedCheckpoint>),
        now: UtcSecond,
    ) -> Result<CosigningResult, DeskError> {
        self.drop_contradicting()?;
        let (Some(name), Some(head)) =
            (self.settings.witness.clone(), self.copy.signed_head().cloned())
        else {
            return Ok(CosigningResult::No);
        };
        let own = keys.witness.map(|key| Vkey::new(&name, KeyUse::Witness, key.verifying_key()));
        let own = own.transpose()?;
        let cosigned = match (own_line(&head, &name, own.as_ref()), keys.witness, own) {
            (Some(cosigned), ..) => cosigned,
            (None, Some(key), Some(own)) => {
                if let Some(behind_s) = self.behind_the_record(now) {
                    // It would say that what stands under the head was seen before it was there.
                    return Ok(CosigningResult::NotTaken(format!(
                        "this desk's clock is {behind_s} s behind the newest entry under it, and the charter \
                         allows {} s: compare it and the host's with a third",
                        clock_skew_s(self.view())
                    )));
                }
                if let Some(why) = self.not_led_on(&name, &head, now)? {
                    return Ok(CosigningResult::NotTaken(why));
                }
                let cosigned = self.cosignature(&name, key, &head, before, now)?;
                self.copy.keep_cosigned(head.clone().collect(&cosigned.line(), &[&own])?)?;
                cosigned
            }
            _ => return Ok(CosigningResult::No),
        };
        if served.note().has_line_of(&cosigned) {
            return Ok(CosigningResult::Taken);
        }
        let cosigned = CosignatureLine { size: head.claimed().size, line: cosigned.line() };
        // Evidence grade waits for cosignatures; nothing else does.
        let taken =
            in_session(line, &self.settings.space, keys.session, |line| line.cosign(&cosigned));
        match taken {
            Ok(()) => Ok(CosigningResult::Taken),
            Err(LineError::Refused(problem)) if problem.status == 400 => {
                let word = problem.kind.rsplit('/').next().unwrap_or_default().to_owned();
                self.copy.notify(Notice::CosignatureRefused { problem: word });
                Ok(CosigningResult::NotTaken(problem.detail))
            }
            Err(_) => Ok(CosigningResult::No),
        }
    }

    /// Why a head is not to be countersigned by a key that may have countersigned a later one: what stands beside
    /// the key does not lead to it, or this desk is a backup and was compared with no other witness's.
    ///
    /// # Errors
    /// [`DeskError::Caught`] where what the key countersigned before is of another history; when the disk fails.
    fn not_led_on(
        &mut self,
        name: &str,
        head: &SignedCheckpoint,
        now: UtcSecond,
    ) -> Result<Option<String>, DeskError> {
        let (space, size) = (self.settings.space.clone(), self.copy.size());
        let beside = self.countersigned.clone();
        let last = match beside.as_ref().map(|beside| beside.of(&space)).transpose() {
            Ok(last) => last.flatten(),
            Err(error) => return Ok(Some(error.to_string())),
        };
        if let Some(last) = &last {
            let signed = last.claimed().size;
            if signed > size {
                return Ok(Some(format!(
                    "its key has countersigned a record of {signed} entries, and this desk has {size}: it was \
                     set back, and countersigns again once it has read on to there"
                )));
            }
            // Of another history it is evidence, and the host is caught.
            match self.meet(last.encode().as_bytes(), now) {
                Ok(_) => self.compared()?,
                Err(DeskError::Refused(why)) => {
                    return Ok(Some(format!("what stands beside its key: {why}")));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(since) = self.uncompared_since(now)? {
            if !self.another_cosigned(name, head, since) {
                return Ok(Some(
                    "this desk was restored from a backup, and its key may have countersigned more than it \
                     holds: it countersigns again once another witness has countersigned the head that it has \
                     read, or was compared with it (`deconflict desk compare`)"
                        .to_owned(),
                ));
            }
            self.compared()?;
        }
        // Before it signs: a power cut between the two must not let it sign another one.
        match &beside {
            Some(beside) if last.as_ref().is_none_or(|last| last.claimed().size < size) => {
                let hosts = host_keys(self.view(), &self.settings.log);
                let kept = bare(head, &hosts).and_then(|bare| beside.keep(&space, &bare));
                Ok(kept.err().map(|error| {
                    format!("what its key countersigns cannot be kept beside the key: {error}")
                }))
            }
            _ => Ok(None),
        }
    }

    /// Whether a witness that counts, and is not this desk, has countersigned a head since a time.
    fn another_cosigned(&self, name: &str, head: &SignedCheckpoint, since: UtcSecond) -> bool {
        let charter = self.view().charter.as_ref();
        let counting = charter.iter().flat_map(|charter| charter.counting_witnesses());
        let others: Vec<Vkey> = counting
            .filter(|witness| witness.name != name)
            .filter_map(|witness| Vkey::new(&witness.name, KeyUse::Witness, witness.key).ok())
            .collect();
        let seen = head.cosignatures(&others.iter().collect::<Vec<_>>()).unwrap_or_default();
        seen.iter().any(|seen| seen.time_s >= since.seconds())
    }

    /// When the newest entry was taken in that this party was given as it came, by the host's clock.
    fn newest_s(&self) -> Option<u64> {
        u64::try_from(self.copy.progress().newest?.seconds()).ok()
    }

    /// By how many seconds this desk's clock is behind the newest entry, where that is more than clocks may be
    /// apart.
    fn behind_the_record(&self, now: UtcSecond) -> Option<u64> {
        let behind_s = self.newest_s()?.checked_sub(now.seconds())?;
        (behind_s > clock_skew_s(self.view())).then_some(behind_s)
    }

    /// Whether a cosignature of this time says that the newest entry was seen before it was there.
    fn is_too_early(&self, time_s: u64) -> bool {
        let least_s = time_s.saturating_add(clock_skew_s(self.view()));
        self.newest_s().is_some_and(|newest_s| least_s < newest_s)
    }

    /// A head with the cosignatures that another copy of it carries, but for those whose times cannot be: whose
    /// these are, people are told.
    pub(crate) fn cosigned_in_time(
        &mut self,
        kept: SignedCheckpoint,
        served: &SignedCheckpoint,
    ) -> Result<SignedCheckpoint, DeskError> {
        let (witnesses, mut lines) = (self.witnesses(), String::new());
        for line in served.note().claimed_signatures() {
            let alone = Note::unsigned(served.note().claimed_text())?.and(line.clone())?;
            let by = |vkey: &Vkey| alone.verify(&[vkey]).ok()?.into_iter().flatten().next();
            match witnesses.iter().find_map(|vkey| Some((vkey.name(), by(vkey)?))) {
                Some((witness, time_s)) if self.is_too_early(time_s) => {
                    let witness = witness.to_owned();
                    self.copy.notify(Notice::CountersignedTooEarly { witness });
                }
                Some(_) => lines.push_str(&line.line()),
                None => {}
            }
        }
        Ok(kept.collect(&lines, &witnesses.iter().collect::<Vec<_>>())?)
    }

    /// Lets cosignatures go whose times cannot be, now that what stands under the head is known, and says whose.
    fn drop_contradicting(&mut self) -> Result<(), DeskError> {
        let Some(head) = self.copy.signed_head().cloned() else { return Ok(()) };
        let witnesses = self.witnesses();
        let seen = head.cosignatures(&witnesses.iter().collect::<Vec<_>>()).unwrap_or_default();
        if !seen.iter().any(|seen| self.is_too_early(seen.time_s)) {
            return Ok(());
        }
        let hosts = host_keys(self.view(), &self.settings.log);
        let kept = self.cosigned_in_time(bare(&head, &hosts)?, &head)?;
        self.copy.keep_cosigned(kept)
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
