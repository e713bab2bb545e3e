//! Whose signature counts under a head: the record can be moved from one host to another.
//!
//! The statement that moves it stands in the record, signed by the roots that the charter asks. Heads up
//! to the one that ends with it are verified by the old key, those from there on by the new one. What a
//! former host signs beside the record tells against that host, and not against the present one.

use deconflict_api::GivenCursor;
use deconflict_core::{Say, What};
use deconflict_proof::{Charge, FormerHostHead, Judge, Notice, Row, host_keys, host_keys_at};
use deconflict_record::{Evidence, Hash, Head, SignedCheckpoint, UtcSecond, Vkey};

use crate::copy::{commitment, node};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::intake::Fold;
use crate::line::{Line, LineError, in_session};
use crate::sync::{Fresh, Keys, PAGE, rows_of};
use crate::witness::bare;

/// Who signed a head.
pub(crate) enum Signer {
    /// The present host, or a host in its time.
    InTime(Box<Vkey>),
    /// A host that the record was moved away from, over more than it had to sign.
    Former,
    /// Nobody whom the desk knows.
    Unknown,
}

impl Desk {
    /// The key of the present host, as far as this desk has read.
    pub(crate) fn log_now(&self) -> Vkey {
        let keys = host_keys(self.copy.view(), &self.settings.log);
        keys.last().unwrap_or(&self.settings.log).clone()
    }

    pub(crate) fn signer(&self, signed: &SignedCheckpoint) -> Signer {
        let began = &self.settings.log;
        let by = |keys: Vec<Vkey>| keys.into_iter().find(|key| signed.verify(key).is_ok());
        match by(host_keys_at(self.copy.view(), began, signed.claimed().size)) {
            Some(key) => Signer::InTime(Box::new(key)),
            None => {
                by(host_keys(self.copy.view(), began)).map_or(Signer::Unknown, |_| Signer::Former)
            }
        }
    }

    /// A head by a host that the record was moved away from, which does not fit: it tells against that
    /// host alone, and is kept as evidence of it.
    pub(crate) fn by_former(
        &mut self,
        met: &SignedCheckpoint,
        head: Head,
        now: UtcSecond,
    ) -> Result<DeskError, DeskError> {
        let stands = match (self.copy.signed_head().cloned(), self.copy.root_at(head.size)?) {
            (Some(own), Some(root)) if root != head.root => {
                let evidence = self.evidence(met, head, &own)?;
                let evidence = String::from_utf8_lossy(&evidence.encode()).into_owned();
                let name = format!("former-host-{}.json", head.size);
                let file = self.exhibit(&name, Charge::Fork { evidence }, now)?;
                FormerHostHead::Fork { evidence: file }
            }
            (_, Some(_)) => FormerHostHead::Same,
            (_, None) => FormerHostHead::Ahead,
        };
        let notice = Notice::FormerHostSigned { size: head.size, head: stands };
        self.copy.notify(notice.clone());
        Ok(DeskError::FormerHost(Box::new(notice)))
    }

    /// Two heads, and what of this desk's tree shows whether they agree.
    pub(crate) fn evidence(
        &self,
        met: &SignedCheckpoint,
        head: Head,
        own: &SignedCheckpoint,
    ) -> Result<Evidence, DeskError> {
        let (own_size, keys) = (self.copy.size(), host_keys(self.copy.view(), &self.settings.log));
        let nodes = if head.size == own_size {
            Vec::new()
        } else {
            let records = self.copy.records()?;
            deconflict_record::prefix_proof(head.size, own_size, |level, index| {
                node(&records, level, index)
            })?
        };
        Ok(Evidence::new(bare(met, &keys)?, bare(own, &keys)?, nodes))
    }

    /// The key of a head that nobody whom this desk knows has signed, if the record under it moves to
    /// that key by a statement that holds.
    pub(crate) fn moved_to(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        served: &SignedCheckpoint,
    ) -> Result<Vkey, DeskError> {
        let (own, size) = (self.copy.size(), served.claimed().size);
        let stranger = |why: &str| {
            let fault = format!("the head is not signed by a key that this desk knows, {why}");
            DeskError::Line(LineError::Garbled(fault))
        };
        if size <= self.copy.progress().next_cause || size < own {
            return Err(stranger("and nothing after what it has read could tell of a new one"));
        }
        let mut fresh = self.fetch(line, keys, served.clone(), self.log_now(), &mut |_| {})?;
        if fresh.tree.root() != served.claimed().root {
            return Err(stranger(
                "and the entries under it do not lead on from what it saw: if the record was moved \
                 from an earlier head than this desk's, keep this desk as evidence and begin a new one \
                 in another folder",
            ));
        }
        let mut fold = self.fold_on();
        let mut next = GivenCursor::from(self.copy.progress().next_cause);
        while next.cause < size {
            let space = &self.settings.space;
            let page = in_session(line, space, keys.session, |line| line.given(next, PAGE))?;
            let after = page.cursor();
            if after <= next {
                break;
            }
            let rows = rows_of(page, next, size)?;
            next = after;
            if let Some(key) = self.moving(&mut fold, &rows, &mut fresh, served)? {
                return Ok(key);
            }
        }
        Err(stranger("and no statement under it moves the record to one"))
    }

    /// Folds rows in until one moves the record to the key that signed this head.
    fn moving(
        &self,
        fold: &mut Fold,
        rows: &[Row],
        fresh: &mut Fresh,
        served: &SignedCheckpoint,
    ) -> Result<Option<Vkey>, DeskError> {
        let (records, own) = (self.copy.records()?, self.copy.size());
        for row in rows {
            let Some(opening) = &row.opening else {
                fold.chains.erased = true;
                continue;
            };
            let committed = if row.index < own {
                commitment(&records, row.index)?
            } else {
                fresh.pending.commitment(&records, row.index)?.unwrap_or(Hash([0; 32]))
            };
            // What is false stops here; once the head is taken in, it is caught.
            let judge = self.judge(fold);
            let place = (row.index, row.cause);
            let checked = judge.check(place, &committed, &opening.salt, &opening.content);
            let checked = checked.map_err(|fault| {
                LineError::Garbled(format!("entry {}, before the record moves: {fault}", row.index))
            })?;
            fold.note(&checked, &self.settings.party);
            fold.ledger.apply(row.index, row.cause, &checked.content.entry);
            let moves = matches!(&checked.content.entry.what,
                What::Accepted(said) if matches!(said.say, Say::MoveHost { .. }));
            let size = served.claimed().size;
            let keys = host_keys_at(&fold.ledger, &self.settings.log, size);
            let key = keys.into_iter().find(|key| moves && served.verify(key).is_ok());
            if key.is_some() {
                return Ok(key);
            }
        }
        Ok(None)
    }

    pub(crate) fn judge<'a>(&'a self, fold: &'a Fold) -> Judge<'a> {
        Judge {
            space: &self.settings.space,
            own: Some((&self.settings.party, &fold.chains)),
            ledger: &fold.ledger,
            founding: self.settings.founding,
            log: self.settings.log.key(),
            overruled: self.copy.overruled(),
        }
    }
}
