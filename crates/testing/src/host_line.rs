//! A line to the real [`deconflict_host::Space`] without sockets.

use std::cell::RefCell;
use std::rc::Rc;

use deconflict_api::{
    AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenEntry, GivenPage, Problem,
    Recovery,
};
use deconflict_core::PartyId;
use deconflict_desk::{Line, LineError, RecoveryMessage};
use deconflict_host::{Failure, Space, Word};
use deconflict_record::{
    Hash, KeyId, Note, NoteSignature, SignedCheckpoint, SigningKey, Tile, TileRow, Vkey, bundle,
};
use deconflict_store::{GivenPlace, GivenRows, PageBounds, StoredCosignature, View};

use crate::host_rig::HostRig;
use crate::{SPACE, log};

/// A host that several lines lead to.
pub type SharedHost = Rc<RefCell<HostRig>>;

/// An honest line to a host in this thread. It answers as the host's routes do: what the session's party
/// was given, up to the last head.
#[derive(Debug)]
pub struct HostLine {
    /// The other end.
    pub host: SharedHost,
    /// The most entries of a page, so that a short record has several.
    pub page: usize,
    /// Bytes of contents after which a page takes no more entries.
    pub page_bytes: usize,
    session: Option<Session>,
}

#[derive(Debug)]
struct Session {
    key: KeyId,
    /// In which life of the host it began: a host keeps sessions in memory alone.
    life: u64,
}

impl HostLine {
    /// A line without a session.
    pub fn new(host: &SharedHost) -> HostLine {
        HostLine { host: host.clone(), page: 4, page_bytes: 16_384, session: None }
    }

    /// Whose session it is, as long as the key is good.
    fn reader(&self, host: &mut HostRig) -> Result<PartyId, LineError> {
        let session = self.session.as_ref().filter(|session| session.life == host.seed);
        let key = session.and_then(|s| host.space().state().ledger().keys.get(&s.key).cloned());
        let key = key.filter(|key| key.revoked.is_none());
        key.map(|key| key.party.clone()).ok_or_else(|| problem(401, "session"))
    }

    /// Asks in the session.
    fn read<T>(
        &self,
        ask: impl FnOnce(&mut Space, PartyId) -> Result<T, LineError>,
    ) -> Result<T, LineError> {
        let mut host = self.host.borrow_mut();
        up(&host)?;
        let reader = self.reader(&mut host)?;
        ask(host.space(), reader)
    }
}

fn up(host: &HostRig) -> Result<(), LineError> {
    if host.is_up() { Ok(()) } else { Err(LineError::Down("connection refused".into())) }
}

fn refused(failure: Failure) -> LineError {
    LineError::Refused(failure.problem)
}

/// What a host answers where it does not do what it was asked to.
pub(crate) fn problem(status: u16, kind: &str) -> LineError {
    LineError::Refused(Box::new(Problem {
        kind: format!("problems/{kind}"),
        title: kind.into(),
        status,
        detail: "the host of a test".into(),
        next_seq: None,
        prev: None,
        waits: None,
    }))
}

fn view(space: &Space) -> Result<View<'_>, LineError> {
    space.store().view(SPACE).map_err(|_| problem(503, "unreadable"))
}

impl Line for HostLine {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        up(&self.host.borrow())?;
        let (space, vkey, release) = (SPACE.into(), log().to_string(), "test".into());
        Ok(AboutSpace { space, vkey, began: None, release, troubles: Vec::new() })
    }

    fn prove_to(&mut self, _log: &KeyId) {}

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        assert_eq!(space, SPACE);
        let mut host = self.host.borrow_mut();
        up(&host)?;
        let (key, life) = (key.verifying_key().id(), host.seed);
        self.session = Some(Session { key, life });
        self.reader(&mut host).map(drop)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        let mut host = self.host.borrow_mut();
        up(&host)?;
        let own = self.reader(&mut host).ok();
        let mut answer = host.file(&[envelope.to_vec()]).remove(0).map_err(refused)?;
        let author = deconflict_record::SignedStatement::parse(envelope).ok();
        let author = author.map(|signed| signed.claimed_header().party.clone());
        let own = own.map(|own| own.to_string()) == author;
        answer.conflicts = answer.conflicts.filter(|_| own);
        answer.overlays = answer.overlays.filter(|_| own);
        Ok(answer)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        let most = PageBounds { rows: limit.min(self.page), bytes: self.page_bytes };
        let from = GivenPlace { cause: from.cause, within: from.within };
        self.read(|space, reader| {
            let signed = space.published().tip().checkpoint_size;
            let view = view(space)?;
            let read = view.given(reader.as_str(), from, most);
            let GivenRows { rows, next } = read.map_err(|_| problem(503, "unreadable"))?;
            let past = rows.last().map_or(from.cause, |(row, _)| row.cause + 1);
            let next = next.unwrap_or_else(|| past.max(signed).into());
            let wire = |(row, entry): (deconflict_store::Grant, deconflict_store::StoredEntry)| {
                let (salt, content) = entry.opening.map_or((None, None), |opening| {
                    let content = String::from_utf8(opening.content).unwrap();
                    (Some(Hash(opening.salt).to_string()), Some(content))
                });
                GivenEntry { cause: row.cause, index: row.entry, salt, content }
            };
            let (given, within) = (rows.into_iter().map(wire).collect(), next.within);
            Ok(GivenPage { given, next: next.cause, within })
        })
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.read(|space, _| {
            let level = match tile.row {
                TileRow::Level(level) => level,
                TileRow::Entries => 0,
            };
            let first = tile.index * 256;
            let end = first + u64::from(tile.width);
            if end > space.published().tip().checkpoint_size >> (8 * u32::from(level)) {
                return Err(problem(404, "unknown"));
            }
            let view = view(space)?;
            let bytes = match tile.row {
                TileRow::Level(level) => view.tile(level, tile.index).ok().flatten(),
                TileRow::Entries => {
                    let commitments = view.commitments(first..end).ok();
                    commitments.and_then(|all| bundle(all.iter().map(|one| &one[..])).ok())
                }
            };
            let mut bytes = bytes.ok_or_else(|| problem(503, "unreadable"))?;
            if matches!(tile.row, TileRow::Level(_)) {
                bytes.truncate(usize::from(tile.width) * 32);
            }
            Ok(bytes)
        })
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.read(|space, _| {
            let tip = space.published().tip();
            let cosignatures = view(space)?.cosignatures(tip.checkpoint_size);
            let cosignatures = cosignatures.map_err(|_| problem(503, "unreadable"))?;
            let waiting = space.published().cosigned();
            let waiting = waiting.iter().filter(|one| one.size == tip.checkpoint_size);
            let all = cosignatures.iter().chain(waiting);
            let lines: String = all.map(|one| one.line.as_str()).collect();
            let witnesses = witnesses(space);
            let signed = SignedCheckpoint::parse(tip.note.as_bytes()).unwrap();
            let note = signed.collect(&lines, &witnesses.iter().collect::<Vec<_>>());
            Ok(note.map_or(tip.note.to_string(), |note| note.encode()).into_bytes())
        })
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        let now = self.host.borrow_mut().keep_time();
        self.read(|space, _| {
            let head = view(space)?.checkpoint_at(cosigned.size);
            let head = head.ok().flatten().ok_or_else(|| problem(404, "unknown"))?;
            let cosignature = verified(&head.note, cosigned, &witnesses(space))
                .ok_or_else(|| problem(400, "malformed"))?;
            space.cosign(cosignature, now).map_err(refused)
        })
    }

    fn recovery(&mut self) -> Result<Recovery, LineError> {
        let time = self.host.borrow().clock.utc().to_string();
        let asked = self.read(|space, _| Ok(asked(space)))?;
        Ok(Recovery { time: Some(time), ..asked })
    }

    fn tell(&mut self, told: &RecoveryMessage) -> Result<Recovery, LineError> {
        let now = self.host.borrow_mut().keep_time();
        self.read(|space, reader| {
            let word = match told.clone() {
                RecoveryMessage::Head(head) => Word::Head(head),
                RecoveryMessage::Commitments(commitments) => Word::Commitments(commitments),
                RecoveryMessage::Entries(entries) => Word::Entries(entries),
            };
            let heard = space.hear(&reader, &word, now).map_err(refused)?;
            Ok(if heard.nonce.is_none() { asked(space) } else { heard })
        })
    }
}

/// What a host asks of desks.
fn asked(space: &Space) -> Recovery {
    if let Some(closed) = space.published().closed() {
        return closed.recovery.clone();
    }
    let size = space.published().tip().checkpoint_size;
    Recovery { size, known: size, commitments: size, ..Recovery::default() }
}

fn witnesses(space: &Space) -> Vec<Vkey> {
    let named = space.state().ledger().charter.iter().flat_map(|charter| &charter.witnesses);
    let vkey = |witness: &deconflict_core::Witness| {
        Vkey::new(&witness.name, deconflict_record::KeyUse::Witness, witness.key).ok()
    };
    named.filter_map(vkey).collect()
}

/// The cosignature, once one of these witnesses is seen to have made it under this head.
fn verified(note: &str, cosigned: &CosignatureLine, by: &[Vkey]) -> Option<StoredCosignature> {
    let text = SignedCheckpoint::parse(note.as_bytes()).ok()?;
    let signature = NoteSignature::parse(&cosigned.line).ok()?;
    let alone = Note::unsigned(text.note().claimed_text()).ok()?.and(signature).ok()?;
    by.iter().find_map(|vkey| {
        let time_s = alone.verify(&[vkey]).ok()?.into_iter().flatten().next()?;
        Some(StoredCosignature {
            size: cosigned.size,
            witness: vkey.name().to_owned(),
            time_s: i64::try_from(time_s).ok()?,
            line: cosigned.line.clone(),
        })
    })
}
