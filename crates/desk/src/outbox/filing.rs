//! Saying something: signed and durable here first, then sent, in order, when the line is up.

use std::collections::BTreeSet;
use std::time::Instant;

use deconflict_api::{FilingAnswer, HostWait, read_statement, say_json};
use deconflict_core::{MessageId, Say};
use deconflict_proof::folder_form::read_promise;
use deconflict_proof::{Charge, Notice, host_keys};
use deconflict_record::{
    Hash, Head, Header, KeyId, SignedStatement, SigningKey, StatementId, UtcSecond,
};
use serde::{Deserialize, Serialize};

use super::{Fate, QueuedStatement};
use crate::clock::AT_ONCE;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::{Line, LineError};
use crate::signing::{is_void, of_number};
use crate::sync::Keys;
use crate::witness::clock_skew_s;

/// What came of sending.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendReport {
    /// Statements that the host promised to log, with its answers.
    pub filed: Vec<FilingAnswer>,
    /// Statements that were signed anew: what each was named, and is named now.
    pub resigned: Vec<(Hash, Hash)>,
    /// Statements that were not sent, since their time is over.
    pub too_late: Vec<Hash>,
    /// Keys whose statements wait, and why.
    pub held_up: Vec<(KeyId, String)>,
    /// Statements that the host keeps and does not take into the record yet, and for whom it waits.
    #[serde(default)]
    pub kept: Vec<(Hash, HostWait)>,
    /// Statements that wait for a message which does not stand in the record yet, and which. They hold nothing else up.
    #[serde(default)]
    pub awaiting: Vec<(Hash, MessageId)>,
}

/// A promise whose deadline has passed, and the statement does not stand in what the party was given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// The statement.
    pub statement: Hash,
    /// By when it was to be there.
    pub deadline: UtcSecond,
    /// When the desk had read the record last.
    pub read_at: UtcSecond,
    /// The file in the desk's folder that shows the promise.
    pub evidence: String,
}

/// Whether the host says that the next of a key comes before this one.
fn comes_before(error: &LineError, item: &QueuedStatement) -> bool {
    let next = match error {
        LineError::Refused(problem) => problem.next_seq,
        _ => None,
    };
    matches!((next, item.number()), (Some(next), Some(number)) if next < number)
}

/// The name of the file that shows the promise of a statement, while it is overdue.
pub(crate) fn overdue_file(statement: &Hash) -> String {
    format!("overdue-{statement}.json")
}

/// What became of one attempt.
enum Attempt {
    Done,
    HeldUp(String),
    LineDown(LineError),
}

impl Desk {
    /// Signs what an operator says and keeps it to be sent ([`Desk::send`]). It is durable when this
    /// returns. After `valid_until` it is not sent any more.
    ///
    /// # Errors
    /// When the key is known as another party's, the host's or a witness's; when it is too long, too
    /// much waits already, or the disk fails; [`DeskError::Caught`].
    pub fn file(
        &mut self,
        say: &Say,
        key: &SigningKey,
        valid_until: Option<UtcSecond>,
    ) -> Result<QueuedStatement, DeskError> {
        let link = self.own_link(key)?;
        let queued = self.signed(say, key, link, valid_until)?;
        self.change_outbox(|outbox| outbox.push(queued.clone()))?;
        Ok(queued)
    }

    /// As [`Desk::file`], for several that one key says after another and that are in time whenever they come: all of them
    /// are durable when this returns, or none is. `sent`: and that they may have been sent, which they are next.
    pub(crate) fn file_all(
        &mut self,
        says: &[Say],
        key: &SigningKey,
        sent: bool,
    ) -> Result<(), DeskError> {
        let mut link = self.own_link(key)?;
        let mut all = Vec::new();
        for say in says {
            let mut queued = self.signed(say, key, link, None)?;
            queued.fate = Fate::Waiting { tried: sent };
            link = (link.0 + 1, Some(queued.statement));
            all.push(queued);
        }
        self.change_outbox(|outbox| all.into_iter().try_for_each(|queued| outbox.push(queued)))
    }

    /// The number of the key's next statement, and what it follows.
    fn own_link(&self, key: &SigningKey) -> Result<(u64, Option<Hash>), DeskError> {
        self.not_caught()?;
        let key = key.verifying_key().id();
        self.may_speak(&key)?;
        Ok(self.outbox.link(self.copy.chains(), &key, None, &self.put_off))
    }

    /// Signs what an operator says, and does not keep it yet.
    fn signed(
        &mut self,
        say: &Say,
        key: &SigningKey,
        link: (u64, Option<Hash>),
        valid_until: Option<UtcSecond>,
    ) -> Result<QueuedStatement, DeskError> {
        let json = say_json(say).map_err(|error| DeskError::Refused(error.to_string()))?;
        let drawn = self.randomness.draw()?;
        let mut id = [0; 16];
        id.copy_from_slice(&drawn[..16]);
        let statement = self.sign((&json, self.seen()), key, link, StatementId(id), valid_until)?;
        Ok(QueuedStatement::new(&statement, true))
    }

    /// That a key is not known to be somebody else's: what it signed would wait here for ever. One that
    /// the desk does not know may be about to be enrolled.
    pub(crate) fn may_speak(&self, key: &KeyId) -> Result<(), DeskError> {
        let (view, party) = (self.copy.view(), &self.settings.party);
        let owner = view.keys.get(key).map(|known| &known.party);
        let whose = match owner {
            Some(owner) if owner == party => return Ok(()),
            Some(owner) => format!("a key of `{owner}`"),
            None if host_keys(view, &self.settings.log)
                .iter()
                .any(|log| log.key().id() == *key) =>
            {
                "the key of the record's heads".to_owned()
            }
            None => {
                let witnesses = view.charter.iter().flat_map(|charter| &charter.witnesses);
                let mut named = witnesses.filter(|witness| witness.key.id() == *key);
                match named.next() {
                    Some(witness) => format!("the key of the witness `{}`", witness.name),
                    None => return Ok(()),
                }
            }
        };
        Err(DeskError::Refused(format!(
            "key {}: it is {whose}, and this desk speaks for `{party}`: nothing was signed; give the \
             file of a key that `{party}` enrolled",
            key.short()
        )))
    }

    fn sign(
        &self,
        (say, seen): (&str, Option<Head>),
        key: &SigningKey,
        (seq, prev): (u64, Option<Hash>),
        id: StatementId,
        valid_until: Option<UtcSecond>,
    ) -> Result<SignedStatement, DeskError> {
        let say = of_number(say, seq)?;
        let header = Header {
            space: self.settings.space.clone(),
            party: self.settings.party.to_string(),
            key: key.verifying_key().id(),
            seq,
            prev,
            seen,
            valid_until,
            clock_ahead_s: self.clock_ahead_s,
            id,
        };
        let statement = SignedStatement::sign(header, &say, key)?;
        read_statement(&statement).map_err(|error| DeskError::Refused(error.to_string()))?;
        Ok(statement)
    }

    /// What was filed and does not stand in the record yet, in its order.
    pub fn queued(&self) -> impl Iterator<Item = &QueuedStatement> {
        self.outbox.items()
    }

    /// Forgets a statement that was not sent, or that the host will not have. Whoever else has it can still
    /// have it taken in, unless its number is used: [`crate::DeskAccess::number_to_void`].
    ///
    /// # Errors
    /// When it is not one of these: what was sent or promised is kept until the record shows it.
    pub fn dismiss(&mut self, statement: &Hash) -> Result<(), DeskError> {
        let over = |item: &&QueuedStatement| {
            matches!(
                item.fate,
                Fate::TooLate { .. } | Fate::Refused { .. } | Fate::Waiting { tried: false }
            )
        };
        let found = self.outbox.items().find(|item| item.statement == *statement);
        if found.filter(over).is_none() {
            return Err(DeskError::Refused(format!(
                "statement {statement} is not one that waits unsent: it is kept until it stands in \
                 the record"
            )));
        }
        self.change_outbox(|outbox| {
            outbox.logged(statement);
            Ok(())
        })
    }

    /// Sends what waits, in its order; before that, once more, what was promised and does not stand where
    /// it was to be, as after a host lost its last entries. What no longer follows the statement before it is signed anew
    /// with the operator's key, if it is among these; what is past its time is not sent.
    ///
    /// # Errors
    /// [`DeskError::Line`] when the line is down: what was not sent stays; [`DeskError::Caught`].
    pub fn send(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        operators: &[&SigningKey],
        now: UtcSecond,
    ) -> Result<SendReport, DeskError> {
        self.send_while(line, keys, operators, now, &mut |_| true)
    }

    /// As [`Desk::send`], and of each statement it is asked whether to go on with it: what was not sent stays.
    ///
    /// # Errors
    /// As [`Desk::send`].
    pub(crate) fn send_while(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        operators: &[&SigningKey],
        now: UtcSecond,
        goes_on: &mut dyn FnMut(&QueuedStatement) -> bool,
    ) -> Result<SendReport, DeskError> {
        self.not_caught()?;
        line.prove_to(&self.log_now().key().id());
        for number in self.outbox.numbers() {
            self.remind(line, number)?;
        }
        let (mut sent, mut held) = (SendReport::default(), BTreeSet::new());
        self.put_off.clear();
        let mut by_itself_to = None;
        for number in self.outbox.numbers() {
            let Some(statement) = self.waiting(number) else { continue };
            let header = statement.claimed_header();
            let key = header.key;
            if held.contains(&key) {
                continue;
            }
            if !self.outbox.get(number).is_some_and(&mut *goes_on) {
                break;
            }
            if header.valid_until.is_some_and(|until| until < self.host_time_of(header, now)) {
                self.too_late(number, &mut sent)?;
                continue;
            }
            if self.is_put_off(number, &mut sent)? {
                continue;
            }
            if by_itself_to.is_none_or(|last| number > last) {
                by_itself_to = self.send_together(line, number, now, &mut sent)?;
                if self.waiting(number).is_none() {
                    continue;
                }
            }
            match self.attempt(line, keys, operators, number, now, &mut sent)? {
                Attempt::Done => {}
                Attempt::LineDown(error) => return Err(error.into()),
                Attempt::HeldUp(why) => {
                    held.insert(key);
                    sent.held_up.push((key, why));
                }
            }
        }
        Ok(sent)
    }

    /// Sends a statement again that is not where the host promised it. The first promise is kept: it
    /// tells against a host that never logs it.
    fn remind(&self, line: &mut dyn Line, number: u64) -> Result<(), DeskError> {
        let Some(item) = self.outbox.get(number) else { return Ok(()) };
        let missing = match &item.fate {
            Fate::Promised { index, .. } => *index < self.copy.progress().next_cause,
            _ => false,
        };
        if !missing {
            return Ok(());
        }
        match line.file(item.envelope.as_bytes()) {
            Err(error) if error.may_pass() && error.status() != Some(401) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whether a statement waits for its message. What comes after it need not.
    fn is_put_off(&mut self, number: u64, sent: &mut SendReport) -> Result<bool, DeskError> {
        let Some(item) = self.outbox.get(number) else { return Ok(false) };
        if let Some(detail) = self.awaits_in_vain(item, sent) {
            self.set_fate(number, Fate::Refused { detail })?;
            return Ok(true);
        }
        let Some(message) = self.awaited(item, sent) else { return Ok(false) };
        sent.awaiting.push((item.statement, message));
        self.put_off.insert(item.statement);
        Ok(true)
    }

    fn waiting(&self, number: u64) -> Option<SignedStatement> {
        let item = self.outbox.get(number)?;
        if matches!(item.fate, Fate::Waiting { .. }) { item.read() } else { None }
    }

    fn too_late(&mut self, number: u64, sent: &mut SendReport) -> Result<(), DeskError> {
        let Some(item) = self.outbox.get(number) else { return Ok(()) };
        let tried = matches!(item.fate, Fate::Waiting { tried: true });
        sent.too_late.push(item.statement);
        self.set_fate(number, Fate::TooLate { tried })
    }

    fn attempt(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        operators: &[&SigningKey],
        number: u64,
        now: UtcSecond,
        sent: &mut SendReport,
    ) -> Result<Attempt, DeskError> {
        let (mut synced, mut in_session) = (false, false);
        // A statement that was sent before may have been promised then.
        let first = self
            .outbox
            .get(number)
            .is_some_and(|item| matches!(item.fate, Fate::Waiting { tried: false }));
        loop {
            if let Err(why) = self.relink(number, operators, sent)? {
                return Ok(Attempt::HeldUp(why));
            }
            self.set_fate(number, Fate::Waiting { tried: true })?;
            let Some(item) = self.outbox.get(number).cloned() else { return Ok(Attempt::Done) };
            let asked = Instant::now();
            let error = match line.file(item.envelope.as_bytes()) {
                Ok(filed) => {
                    let at_once = asked.elapsed() < AT_ONCE;
                    // With whom it conflicts is told in a session alone: ask again in one. If there is
                    // none, the record tells.
                    let untold = filed.conflicts.is_none() && item.ours && !in_session;
                    in_session = true;
                    if untold && line.session(&self.settings.space, keys.session).is_ok() {
                        continue;
                    }
                    // Sent again, it may be the answer of before that comes.
                    let sent_at = first.then_some((now, at_once && sent.filed.is_empty()));
                    let fate = match self.promised(&item, &filed, sent_at) {
                        Ok(fate) => fate,
                        Err(fault) => return Ok(Attempt::LineDown(LineError::Garbled(fault))),
                    };
                    if item.ours {
                        self.set_fate(number, fate)?;
                    } else {
                        // Its author, who has the promise from the same host, will look for it.
                        self.change_outbox(|outbox| {
                            outbox.remove(number);
                            Ok(())
                        })?;
                    }
                    sent.filed.push(filed);
                    return Ok(Attempt::Done);
                }
                Err(LineError::Refused(problem)) if problem.is_kept() => {
                    // For whom it waits is told in a session alone.
                    if problem.waits.is_none()
                        && !in_session
                        && line.session(&self.settings.space, keys.session).is_ok()
                    {
                        in_session = true;
                        continue;
                    }
                    let waits = *problem.waits.unwrap_or_default();
                    self.set_kept(number, Some(waits.clone()))?;
                    sent.kept.push((item.statement, waits));
                    return Ok(Attempt::Done);
                }
                Err(error) => error,
            };
            if error.status().is_some() {
                self.set_kept(number, None)?;
            }
            match error.status() {
                Some(409) if !synced => {
                    // The record tells what the key said last; then once more.
                    synced = true;
                    let synced = self.sync(line, keys, now)?;
                    sent.resigned.extend(synced.renamed);
                    if self.waiting(number).is_none() {
                        return Ok(Attempt::Done);
                    }
                    if !item.ours && comes_before(&error, &item) {
                        // Its author's desk has what was said before it: then it can go.
                        self.set_fate(number, Fate::Waiting { tried: false })?;
                        return Ok(Attempt::HeldUp(
                            "its author said something before it that does not stand in the record yet: \
                             it goes once that does"
                                .into(),
                        ));
                    }
                    if !item.ours {
                        let detail = "its author's later statements stand in the record".into();
                        self.set_fate(number, Fate::Refused { detail })?;
                        return Ok(Attempt::Done);
                    }
                }
                Some(409) => {
                    return Ok(Attempt::HeldUp(
                        "the host names another last statement of this key than the record shows to \
                         this desk: it may be about to appear; if it does not, find out who else \
                         uses the key"
                            .into(),
                    ));
                }
                Some(401) => {
                    // It was answered and not taken in: the key may be enrolled later, and whoever gave
                    // a wrong one can dismiss it.
                    self.set_fate(number, Fate::Waiting { tried: false })?;
                    return Ok(Attempt::HeldUp(error.to_string()));
                }
                _ if error.may_pass() => return Ok(Attempt::LineDown(error)),
                _ => {
                    let detail = error.to_string();
                    self.set_fate(number, Fate::Refused { detail })?;
                    return Ok(Attempt::Done);
                }
            }
        }
    }

    /// Signs a statement anew if it does not follow the one before it; says why it cannot.
    fn relink(
        &mut self,
        number: u64,
        operators: &[&SigningKey],
        sent: &mut SendReport,
    ) -> Result<Result<(), String>, DeskError> {
        let Some(item) = self.outbox.get(number) else { return Ok(Ok(())) };
        let (Some(statement), true) = (item.read(), item.ours) else { return Ok(Ok(())) };
        let header = statement.claimed_header().clone();
        let link = self.outbox.link(self.copy.chains(), &header.key, Some(number), &self.put_off);
        if (header.seq, header.prev) == link {
            return Ok(Ok(()));
        }
        if is_void(statement.claimed_say()) && header.seq < link.0 {
            // Another statement has the number that it was to use.
            return self
                .change_outbox(|outbox| {
                    outbox.remove(number);
                    Ok(())
                })
                .map(Ok);
        }
        let key = operators.iter().find(|key| key.verifying_key().id() == header.key);
        let Some(key) = key else {
            return Ok(Err(format!(
                "statement {} must be signed anew, since others of its key came before it: unlock \
                 key {}",
                item.statement,
                header.key.short()
            )));
        };
        // Signed anew, it is still said by who had read no further.
        let said = (statement.claimed_say(), header.seen);
        let anew =
            QueuedStatement::new(&self.sign(said, key, link, header.id, header.valid_until)?, true);
        sent.resigned.push((item.statement, anew.statement));
        self.change_outbox(|outbox| {
            if let Some(item) = outbox.get_mut(number) {
                *item = anew;
            }
            Ok(())
        })?;
        Ok(Ok(()))
    }

    /// What an answer makes of a statement, once it is seen to hold the host's promise. `sent_at`: when it was sent, if
    /// it was for the first time, and whether the answer came at once.
    ///
    /// # Errors
    /// Why the answer cannot be used.
    pub(super) fn promised(
        &mut self,
        item: &QueuedStatement,
        filed: &FilingAnswer,
        sent_at: Option<(UtcSecond, bool)>,
    ) -> Result<Fate, String> {
        let (promise, place) = read_promise(&filed.promise)?;
        // The record may have moved since: a host's promise binds whoever keeps it.
        let hosts = host_keys(self.copy.view(), &self.settings.log);
        let terms =
            hosts.iter().find_map(|log| promise.verify(log.key(), &item.statement, &place).ok());
        let Some(terms) = terms.filter(|terms| terms.space == self.settings.space) else {
            return Err(format!(
                "it does not promise to log statement {}: it is kept and sent again",
                item.statement
            ));
        };
        let (time, deadline) = (terms.time, terms.deadline);
        self.compare_clocks(time, sent_at);
        Ok(Fate::Promised {
            index: filed.index,
            outcome: filed.outcome,
            refusal: filed.refusal.clone(),
            promise: filed.promise.clone(),
            deadline,
        })
    }

    /// Tells people where the host promised, by its clock, earlier than the statement was sent by this desk's: once,
    /// and again when it has become twice as much. Where the answer came at once, it shows how far the clocks are apart.
    fn compare_clocks(&mut self, promised: UtcSecond, sent_at: Option<(UtcSecond, bool)>) {
        let Some((sent_at, at_once)) = sent_at else { return };
        let ahead_s = self.saw_clock(promised, sent_at, at_once);
        let Ok(seconds) = u64::try_from(ahead_s) else { return };
        let told = self.notices().iter().filter_map(|notice| match notice {
            Notice::ClockIsBehind { seconds } => Some(seconds.saturating_mul(2)),
            _ => None,
        });
        if seconds > told.max().unwrap_or(0).max(clock_skew_s(self.view())) {
            self.copy.notify(Notice::ClockIsBehind { seconds });
        }
    }

    /// Promises that were not kept: the deadline has passed, all of the record was read after it, and
    /// the statement is not among what the party was given. A finding for people, not proof: it is for
    /// the host to show the entry. Each comes with a file that shows the promise.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn overdue(&self) -> Result<Vec<Overdue>, DeskError> {
        let (Some(read_at), Some(head)) = (self.read_at(), self.copy.signed_head()) else {
            return Ok(Vec::new());
        };
        let mut overdue = Vec::new();
        for item in self.outbox.items() {
            let Fate::Promised { promise, deadline, .. } = &item.fate else { continue };
            if *deadline >= read_at {
                continue;
            }
            let (_, place) = read_promise(promise).map_err(DeskError::damaged)?;
            let shows = Charge::Promise {
                statement: item.envelope.clone(),
                promise: promise.envelope.clone(),
                place,
                head: head.encode(),
            };
            // Of one promise, one file.
            let name = overdue_file(&item.statement);
            let evidence = self.exhibit(&name, shows, read_at)?;
            let (statement, deadline) = (item.statement, *deadline);
            overdue.push(Overdue { statement, deadline, read_at, evidence });
        }
        Ok(overdue)
    }
}
