//! A statement that collects signatures: what is signed, and who has signed it.
//!
//! The founding statement follows from the charter alone, to the byte: every party signs what it drafted
//! or was sent, in any order, and the signatures fit together.

use std::fs;
use std::path::Path;
use std::time::Duration;

use deconflict_api::{FilingAnswer, read_statement, say_json};
use deconflict_core::{Charter, Ledger, Member, Outcome, Refusal, Say, State, Time, What, Witness};
use deconflict_desk::{DeskError, Line, LineError};
use deconflict_record::{
    Envelope, Hash, Header, KeyId, STATEMENT_TYPE, SignedStatement, SigningKey, StatementId,
    VerifyingKey, leaf_hash,
};
use deconflict_words::printable;
use serde_json::Value;

use crate::desk_client::{DeskSession, FilingResult};
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::options::words;
use crate::outcome::Failure;
use crate::output::write_whole;
use crate::text::shown;

/// How long a host that cannot now is waited for before it is asked again.
const BUSY_WAITS: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// What is signed, and the signatures so far.
pub(crate) struct Sheet {
    body: String,
    say: Say,
    author: KeyId,
    /// `None` before the first signature.
    envelope: Option<Envelope>,
}

impl Sheet {
    /// A statement to be signed.
    pub(crate) fn draft(header: Header, say: &Say) -> Result<Sheet, Failure> {
        let json = say_json(say).map_err(|error| error.to_string())?;
        let body = SignedStatement::body(&header, &json).map_err(|error| error.to_string())?;
        Ok(Sheet { body, say: say.clone(), author: header.key, envelope: None })
    }

    /// The founding statement of a charter.
    pub(crate) fn founding(charter: &Charter) -> Result<Sheet, Failure> {
        let say = Say::FoundSpace { charter: Box::new(charter.clone()) };
        let json = say_json(&say).map_err(|error| error.to_string())?;
        let of_host = |fault: &str| format!("charter: {fault}");
        let author = charter.parties.iter().find(|member| member.id == charter.host.party);
        let author = author.ok_or_else(|| of_host("the host is no party of the space"))?;
        let mut id = [0; 16];
        id.copy_from_slice(&leaf_hash(json.as_bytes()).0[..16]);
        let header = Header {
            space: charter.space.clone(),
            party: author.id.to_string(),
            key: author.root.id(),
            seq: 1,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            id: StatementId(id),
        };
        Sheet::draft(header, &say)
    }

    /// A sheet that was begun, or the founding statement of a charter.
    pub(crate) fn begin_or_read(path: &Path) -> Result<Sheet, Failure> {
        let bytes = within(path, MAX_SIGNED_BYTES)?;
        match charter_of(&bytes) {
            Some(charter) => Sheet::founding(&checked(path, charter)?),
            None => of_bytes(path, &bytes),
        }
    }

    /// A sheet that was begun.
    pub(crate) fn read(path: &Path) -> Result<Sheet, Failure> {
        of_bytes(path, &within(path, MAX_SIGNED_BYTES)?)
    }

    /// Whether nobody has signed yet.
    pub(crate) fn is_new(&self) -> bool {
        self.envelope.is_none()
    }

    /// What it says.
    pub(crate) fn say(&self) -> &Say {
        &self.say
    }

    /// Whose keys have signed.
    pub(crate) fn signers(&self) -> Vec<KeyId> {
        self.envelope.iter().flat_map(Envelope::claimed_signers).collect()
    }

    /// Whether the author, whose key the statement names, has signed.
    pub(crate) fn author(&self) -> KeyId {
        self.author
    }

    /// The bytes of the envelope.
    pub(crate) fn envelope(&self) -> Option<&Envelope> {
        self.envelope.as_ref()
    }

    /// The space in which it is said, once somebody has signed.
    pub(crate) fn space(&self) -> Option<String> {
        let signed = SignedStatement::of(self.envelope.clone()?).ok()?;
        Some(signed.claimed_header().space.clone())
    }

    /// The hash that names the statement, whoever has signed.
    pub(crate) fn hash(&self) -> Hash {
        SignedStatement::hash_of(&self.body)
    }

    /// Adds a signature. One that is there already stays.
    pub(crate) fn sign(&mut self, key: &SigningKey) -> Result<(), Failure> {
        if self.signers().contains(&key.verifying_key().id()) {
            return Ok(());
        }
        let signed = match self.envelope.take() {
            None => Envelope::sign(STATEMENT_TYPE, self.body.as_bytes(), &[key]),
            Some(envelope) => envelope.and_signed(key),
        };
        self.envelope = Some(signed.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Takes the signatures of a copy over.
    pub(crate) fn collect(&mut self, path: &Path) -> Result<(), Failure> {
        let other = Sheet::read(path)?;
        if other.body != self.body {
            return Err(format!(
                "{}: was signed over something else: its hash is {}, this one's is {}. Compare both \
                 by voice, and have the right one signed",
                shown(path),
                other.hash(),
                self.hash()
            )
            .into());
        }
        let fault = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
        let Some(theirs) = other.envelope else { return Ok(()) };
        self.envelope = Some(match &self.envelope {
            None => theirs,
            Some(ours) => merged(ours, &theirs).map_err(fault)?,
        });
        Ok(())
    }

    /// Whether as many roots have signed as the charter in force asks for, as far as it is known here, whoever
    /// joins, and every key that comes into the record by it. The host decides; but what it refuses stands in the record and cannot be signed on.
    pub(crate) fn signed_by_enough(&self, known: &Ledger) -> Result<(), String> {
        let Some(envelope) = &self.envelope else { return Ok(()) };
        if let Say::Join { member } = &self.say
            && !self.signers().contains(&member.root.id())
        {
            return Err(format!("{}, who joins, has not signed yet", member.id));
        }
        let signed = SignedStatement::of(envelope.clone()).map_err(|error| error.to_string())?;
        let statement = read_statement(&signed).map_err(|error| error.to_string())?;
        let brought = statement.own_signers();
        let stranger = |id: &&KeyId| {
            !known.keys.contains_key(*id) && !brought.iter().any(|(_, key)| key.id() == **id)
        };
        if let Some(stranger) = statement.signed_by.iter().find(stranger) {
            return Err(format!(
                "key {}, which this space does not know, signs too, and the host takes in no signature that it \
                 cannot verify: collect the others anew, without that one",
                stranger.short()
            ));
        }
        let now = known.now.unwrap_or(Time::from_seconds(0));
        let mut ledger = known.clone();
        // Another party's desk is not told how many statements a key has made.
        if let Some(key) = ledger.keys.get_mut(&statement.key) {
            let key = key.get_mut();
            (key.seq, key.last) = (statement.seq.saturating_sub(1), statement.prev);
        }
        let Outcome::Entries(entries) = State::new(ledger).decide(&statement, now).outcome else {
            return Ok(());
        };
        match entries.first().map(|entry| &entry.what) {
            Some(What::Refused(
                _,
                refusal @ (Refusal::Consent { .. } | Refusal::KeyUnproven { .. }),
            )) => Err(words().refusal(refusal)),
            _ => Ok(()),
        }
    }

    /// Writes the sheet; whoever signed it before is still on it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        match &self.envelope {
            Some(envelope) => write_whole(path, envelope.as_bytes()),
            None => Err("nobody has signed: give --key".to_owned().into()),
        }
    }

    /// Writes the sheet where no file stands.
    pub(crate) fn write_new(&self, path: &Path) -> Result<(), Failure> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(format!(
                "{}: stands there already, and is not overwritten: choose another name",
                shown(path)
            )
            .into());
        }
        self.write(path)
    }
}

/// The header of the next statement of a root key, as the desk knows it.
pub(crate) fn author_of(at: &DeskSession, key: &SigningKey) -> Result<Header, Failure> {
    let id = key.verifying_key().id();
    let known = at.view().keys.get(&id).filter(|known| known.revoked.is_none());
    let known = known.ok_or_else(|| {
        format!(
            "key {}: is no valid key of this space as the desk knows it: read on with `deconflict \
             desk sync`, or take another key",
            id.short()
        )
    })?;
    Ok(Header {
        space: at.status().settings.space.clone(),
        party: known.party.to_string(),
        key: id,
        seq: known.seq + 1,
        prev: known.last,
        seen: at.status().signed_head.as_ref().map(|head| head.claimed().head()),
        valid_until: None,
        clock_ahead_s: at.status().clock_ahead_s,
        id: new_id()?,
    })
}

/// 128 random bits.
fn new_id() -> Result<StatementId, Failure> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| format!("the system gave no randomness: {error}"))?;
    Ok(StatementId(id))
}

/// Files a sheet through a desk's line, and looks for it in a session of this key. It is not kept in the
/// queue: the file is.
pub(crate) fn send(
    at: &mut DeskSession,
    sheet: &Sheet,
    session: &SigningKey,
) -> Result<FilingResult, Failure> {
    let Some(envelope) = sheet.envelope() else {
        return Err("nobody has signed: `deconflict space sign` it first".to_owned().into());
    };
    if !sheet.signers().contains(&sheet.author()) {
        return Err(format!(
            "key {}, in whose name the statement is, has not signed: `deconflict space sign` it with \
             that key first",
            sheet.author().short()
        )
        .into());
    }
    if at.offline() {
        return Err("--offline: such a statement is not queued; file it when the line is up"
            .to_owned()
            .into());
    }
    let filed = file_patiently(at, envelope.as_bytes())?;
    let filed = at.done(filed.map_err(DeskError::Line))?;
    at.filed(sheet.hash(), &filed, session)
}

/// Files it, and once more where the host says that it cannot now: one that was just heard by its last witness
/// opens a moment later. The same bytes count once, however often they come.
fn file_patiently(
    at: &mut DeskSession,
    envelope: &[u8],
) -> Result<Result<FilingAnswer, LineError>, Failure> {
    let mut waits = BUSY_WAITS.iter();
    loop {
        let filed: Result<FilingAnswer, _> = at.line()?.file(envelope);
        match waits.next().filter(|_| filed.as_ref().is_err_and(LineError::is_busy)) {
            Some(wait) => std::thread::sleep(*wait),
            None => return Ok(filed),
        }
    }
}

/// Whose signatures belong under a statement as far as it tells itself, and how they are called.
pub(crate) fn named_signers(say: &Say) -> Vec<(String, VerifyingKey)> {
    let root = |member: &Member| (member.id.to_string(), member.root);
    let of_charter = |charter: &Charter| {
        let witness = |w: &Witness| (format!("witness {}", printable(&w.name)), w.key);
        let mut named: Vec<_> = charter.parties.iter().map(root).collect();
        named.extend(charter.witnesses.iter().filter(|w| w.signs_charter()).map(witness));
        named
    };
    match say {
        Say::FoundSpace { charter } => {
            let mut named = of_charter(charter);
            named.push(("the record's key".to_owned(), charter.host.key));
            named
        }
        Say::AmendCharter { charter } => of_charter(charter),
        Say::Join { member } => vec![root(member)],
        Say::MoveHost { host, .. } => vec![("the new host's key".to_owned(), host.key)],
        Say::Enrol { operator_key, .. } => {
            vec![(format!("the operator's key {}", operator_key.id().short()), *operator_key)]
        }
        _ => Vec::new(),
    }
}

/// The charter in a file: itself, or what a statement in it founds or amends.
pub(super) fn charter_in(path: &Path) -> Result<Charter, Failure> {
    let bytes = within(path, MAX_SIGNED_BYTES)?;
    if let Some(charter) = charter_of(&bytes) {
        return checked(path, charter);
    }
    match of_bytes(path, &bytes)?.say {
        Say::FoundSpace { charter } | Say::AmendCharter { charter } => Ok(*charter),
        _ => Err(format!("{}: says something else than a charter", shown(path)).into()),
    }
}

fn charter_of(bytes: &[u8]) -> Option<Result<Charter, serde_json::Error>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.get("rules").is_some().then(|| serde_json::from_slice(bytes))
}

fn checked(path: &Path, charter: Result<Charter, serde_json::Error>) -> Result<Charter, Failure> {
    let charter = charter.map_err(|error| format!("{}: charter: {error}", shown(path)))?;
    let faulty = |fault| format!("{}: {}", shown(path), words().charter_fault(&fault));
    charter.check().map_err(faulty)?;
    Ok(charter)
}

fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Sheet, Failure> {
    let fault = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let envelope = Envelope::parse(bytes)
        .map_err(|error| fault(format!("is neither a charter nor a signed statement: {error}")))?;
    let body = String::from_utf8(envelope.payload().to_owned())
        .map_err(|error| fault(error.to_string()))?;
    let read: Value = serde_json::from_str(&body).map_err(|error| fault(error.to_string()))?;
    let member = |name: &str| read.get(name).cloned().unwrap_or_default();
    let say: Say =
        serde_json::from_value(member("say")).map_err(|error| fault(error.to_string()))?;
    let author: KeyId =
        serde_json::from_value(member("key")).map_err(|error| fault(error.to_string()))?;
    Ok(Sheet { body, say, author, envelope: Some(envelope) })
}

/// An envelope with the signatures of both.
fn merged(ours: &Envelope, theirs: &Envelope) -> Result<Envelope, String> {
    let read = |envelope: &Envelope| serde_json::from_slice::<Value>(envelope.as_bytes());
    let (mut ours, theirs) = (
        read(ours).map_err(|error| error.to_string())?,
        read(theirs).map_err(|error| error.to_string())?,
    );
    let key_of = |signature: &Value| signature.get("keyid").cloned();
    if let (Some(Value::Array(all)), Some(Value::Array(more))) =
        (ours.get_mut("signatures"), theirs.get("signatures"))
    {
        for signature in more {
            if !all.iter().any(|known| key_of(known) == key_of(signature)) {
                all.push(signature.clone());
            }
        }
    }
    let bytes = serde_json::to_vec(&ours).map_err(|error| error.to_string())?;
    Envelope::parse(&bytes).map_err(|error| error.to_string())
}

/// Whether every signature that claims to be by one of these keys is.
pub(super) fn verified(sheet: &Sheet, keys: &[VerifyingKey]) -> Result<Vec<KeyId>, Failure> {
    match sheet.envelope() {
        Some(envelope) if !keys.is_empty() => match envelope.verify(keys) {
            Ok(signers) => Ok(signers),
            Err(deconflict_record::EnvelopeError::NotSigned) => Ok(Vec::new()),
            Err(error) => Err(error.to_string().into()),
        },
        _ => Ok(Vec::new()),
    }
}
