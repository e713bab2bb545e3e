//! Telling a host that was started anew what this desk saw of its record, and giving back what it lost.

use std::collections::BTreeSet;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{
    LastHead, LostCommitments, LostEntries, LostEntry, MAX_LOST_BYTES, MAX_LOST_COMMITMENTS,
    Recovery, WitnessWord, asking_message, last_head_message,
};
use deconflict_core::Charter;
use deconflict_proof::{Notice, salt_hex};
use deconflict_record::{Hash, Signature, UtcSecond};

use crate::copy::commitment;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::{Line, LineError, RecoveryMessage, in_session};
use crate::sync::Keys;

/// The most bytes of a commitment in a message.
const COMMITMENT_BYTES: usize = 67;

impl Desk {
    /// Answers a host that asks: the last head, as the witness that this desk is, then what the host
    /// lacks of the record under it. Whether the host asked.
    pub(crate) fn answer_host(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        now: UtcSecond,
    ) -> Result<bool, DeskError> {
        let space = self.settings.space.clone();
        let begun = Instant::now();
        let asked = match in_session(line, &space, keys.session, |line| line.recovery()) {
            // A host of an earlier release never asks.
            Err(error) if error.status() == Some(404) => return Ok(false),
            asked => asked?,
        };
        self.told_time(asked.time.as_deref(), now, begun.elapsed());
        self.host_waits.clone_from(&asked.waits);
        let Some(nonce) = asked.nonce.clone() else { return Ok(false) };
        let own = self.copy.size();
        let last = self.last_head(keys, Some(&nonce))?;
        let (challenge, head) = (last.challenge.clone(), RecoveryMessage::Head(last));
        let mut asked = in_session(line, &space, keys.session, |line| line.tell(&head))?;
        self.host_waits.clone_from(&asked.waits);
        if asked.nonce.is_none() {
            return Ok(true);
        }
        if !self.is_asked_by_host(&asked, &nonce, &challenge) {
            let fault =
                "it asks for what it lost, and does not show that it is the record's own host";
            return Err(LineError::Garbled(fault.into()).into());
        }
        if own > asked.size {
            self.copy.notify(Notice::HostLacksEntries { has: asked.size, signed: own });
        }
        while own >= asked.known && asked.commitments < asked.known {
            let before = asked.commitments;
            let lost = RecoveryMessage::Commitments(self.lost_commitments(&asked)?);
            asked = in_session(line, &space, keys.session, |line| line.tell(&lost))?;
            if asked.commitments <= before {
                break;
            }
        }
        let asking = (nonce, asked.known);
        if asked.nonce.is_some()
            && asked.commitments == asked.known
            && self.given_back != Some(asking.clone())
        {
            self.give_back(line, keys, &asked)?;
            self.given_back = Some(asking);
        }
        Ok(true)
    }

    /// How a new space stands to this desk's record, by its charter: what it continues, and what this
    /// desk saw that it leaves out. For when a host lost entries for good, or was left.
    ///
    /// # Errors
    /// When the charter continues no earlier record, another one than this, or a head that this desk has
    /// not seen.
    pub fn continued_by(&self, charter: &Charter) -> Result<String, DeskError> {
        let refused =
            |fault: String| DeskError::Refused(format!("space `{}`: {fault}", charter.space));
        let Some(earlier) = &charter.continues else {
            return Err(refused("its charter continues no earlier record".into()));
        };
        let (size, own) = (earlier.size, self.copy.size());
        match self.copy.root_at(size)? {
            None => Err(refused(format!(
                "it continues a head of size {size}, and this desk has seen {own}: ask the other \
                 parties for what they saw"
            ))),
            Some(root) if root != earlier.root => Err(refused(format!(
                "it continues root {} at size {size}, and this desk saw {root} there: it is not this \
                 record",
                earlier.root
            ))),
            Some(_) => {
                let left: BTreeSet<u64> = self
                    .copy
                    .rows()?
                    .iter()
                    .map(|row| row.index)
                    .filter(|at| *at >= size)
                    .collect();
                Ok(format!(
                    "space `{}` continues this record from its head of size {size}. It leaves out {} \
                     later entries that this desk saw signed, of which its party was given {}. The \
                     charter says of what is lost: {}",
                    charter.space,
                    own - size,
                    left.len(),
                    if earlier.lost.is_empty() { "nothing" } else { &earlier.lost }
                ))
            }
        }
    }

    /// Whether whoever asks holds the key of the record: contents go to nobody else.
    fn is_asked_by_host(&self, asked: &Recovery, nonce: &str, challenge: &str) -> bool {
        let text = asked.signature.as_deref().unwrap_or_default();
        let signature = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        let message = asking_message(&self.settings.space, nonce, challenge);
        let log = self.log_now();
        asked.nonce.as_deref() == Some(nonce)
            && signature.is_some_and(|bytes| log.key().verify(&message, &Signature(bytes)).is_ok())
    }

    /// Charge the host a head of its own key that lies beyond what it shows.
    pub(crate) fn show_head(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
    ) -> Result<(), DeskError> {
        let head = RecoveryMessage::Head(self.last_head(keys, None)?);
        let space = &self.settings.space;
        in_session(line, space, keys.session, |line| line.tell(&head))?;
        Ok(())
    }

    fn last_head(&self, keys: &Keys<'_>, nonce: Option<&str>) -> Result<LastHead, DeskError> {
        let challenge = Hash(self.randomness.draw()?).to_string();
        // What its key countersigned may be more than a desk holds that was set back.
        let beside = self.countersigned.as_ref();
        let last = beside.map(|beside| beside.of(&self.settings.space)).transpose()?.flatten();
        let known = last.is_some() || self.copy.uncompared().is_none();
        let further = last.filter(|last| last.claimed().size > self.copy.size());
        let head = further.or_else(|| self.copy.signed_head().cloned());
        let (note, text) = head.map_or_else(Default::default, |head| {
            (head.encode(), head.note().claimed_text().to_owned())
        });
        // A backup's last head is not its witness's: by its word a host would go on from too little.
        let as_witness =
            self.settings.witness.as_ref().filter(|_| known).zip(keys.witness).zip(nonce);
        let witness = as_witness.map(|((name, key), nonce)| {
            let message = last_head_message(&self.settings.space, nonce, &text);
            WitnessWord { name: name.clone(), signature: STANDARD.encode(key.sign(&message).0) }
        });
        Ok(LastHead { note, challenge, witness })
    }

    fn lost_commitments(&self, asked: &Recovery) -> Result<LostCommitments, DeskError> {
        let most = MAX_LOST_COMMITMENTS.min(MAX_LOST_BYTES / 2 / COMMITMENT_BYTES) as u64;
        let from = asked.commitments;
        let to = asked.known.min(from + most);
        let records = self.copy.records()?;
        let commitments: Result<Vec<String>, DeskError> =
            (from..to).map(|index| Ok(commitment(&records, index)?.to_string())).collect();
        Ok(LostCommitments { from, commitments: commitments? })
    }

    /// All that this desk was given of what the host lost, in the order of the record.
    fn give_back(
        &self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        asked: &Recovery,
    ) -> Result<(), DeskError> {
        let lost = asked.size..asked.known;
        let mut rows = self.copy.rows()?;
        rows.retain(|row| lost.contains(&row.index) && row.opening.is_some());
        rows.sort_by_key(|row| row.index);
        rows.dedup_by_key(|row| row.index);
        let (mut part, mut bytes) = (Vec::new(), 0);
        let mut parts = Vec::new();
        for row in rows {
            let Some(opening) = row.opening else { continue };
            let content = String::from_utf8_lossy(&opening.content).into_owned();
            // In JSON a byte of text takes two at the most: it has no control characters.
            let length = 2 * content.len() + 256;
            if !part.is_empty() && bytes + length > MAX_LOST_BYTES {
                parts.push(std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += length;
            part.push(LostEntry { index: row.index, salt: salt_hex(&opening.salt), content });
        }
        parts.push(part);
        for entries in parts.into_iter().filter(|part| !part.is_empty()) {
            let told = RecoveryMessage::Entries(LostEntries { entries });
            in_session(line, &self.settings.space, keys.session, |line| line.tell(&told))?;
        }
        Ok(())
    }
}
