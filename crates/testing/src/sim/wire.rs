//! The line between a desk and the host, on which anything can get lost, late, or come twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use deconflict_api::{AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage, Recovery};
use deconflict_desk::{Line, LineError, RecoveryMessage};
use deconflict_record::{Hash, KeyId, SignedStatement, SigningKey, Tile, TileRow};

use super::auditor::Auditor;
use super::planted::{self, PlantedFault};
use crate::host_line::HostLine;
use crate::{Dice, SPACE, SharedHost, party};

/// One call out of so many goes wrong.
const TROUBLE: usize = 12;

/// What lies between the desks and the host, and what came over it.
pub(super) struct Net {
    pub(super) host: SharedHost,
    pub(super) auditor: Auditor,
    pub(super) dice: Dice,
    /// Out of so many calls one goes wrong; 0: none does.
    pub(super) trouble: usize,
    /// Which lines are up.
    pub(super) up: BTreeMap<&'static str, bool>,
    /// Filings that are on their way still, although whoever sent them has given up waiting.
    pub(super) late: Vec<Vec<u8>>,
    /// Every statement that somebody was answered on, and the answer.
    pub(super) answered: BTreeMap<Hash, FilingAnswer>,
    /// What should not have come over a line.
    pub(super) wrong: Option<String>,
    pub(super) planted: Option<PlantedFault>,
    /// How many calls went wrong, by how.
    pub(super) troubles: BTreeMap<&'static str, u64>,
}

/// What becomes of one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    None,
    RequestLost,
    AnswerLost,
    Twice,
    Late,
    HostDiesBefore,
    HostDiesAfter,
}

impl Net {
    /// All is well, and nothing has come over a line yet.
    pub(super) fn new(
        host: &SharedHost,
        dice: Dice,
        up: BTreeMap<&'static str, bool>,
        planted: Option<PlantedFault>,
    ) -> Net {
        Net {
            host: host.clone(),
            auditor: Auditor::new(),
            dice,
            trouble: TROUBLE,
            up,
            late: Vec::new(),
            answered: BTreeMap::new(),
            wrong: None,
            planted,
            troubles: BTreeMap::new(),
        }
    }

    fn trouble(&mut self, name: &'static str) -> Trouble {
        let trouble = match self.trouble {
            _ if !self.up[name] => Trouble::RequestLost,
            most if most > 0 && self.dice.one_in(most) => match self.dice.below(8) {
                0 => Trouble::RequestLost,
                1 | 2 => Trouble::AnswerLost,
                3 | 4 => Trouble::Twice,
                5 => Trouble::Late,
                6 => Trouble::HostDiesBefore,
                _ => Trouble::HostDiesAfter,
            },
            _ => Trouble::None,
        };
        let word = match trouble {
            Trouble::None => return trouble,
            Trouble::RequestLost => "requests lost",
            Trouble::AnswerLost => "answers lost",
            Trouble::Twice => "requests twice",
            Trouble::Late => "requests late",
            Trouble::HostDiesBefore | Trouble::HostDiesAfter => "hosts killed within a call",
        };
        *self.troubles.entry(word).or_default() += 1;
        trouble
    }

    /// Somebody was answered.
    pub(super) fn note_answer(&mut self, statement: Hash, answer: &FilingAnswer) {
        let told = |answer: &FilingAnswer| (answer.index, answer.outcome);
        match self.answered.get(&statement) {
            Some(before) if told(before) != told(answer) => {
                self.is_wrong(format!("statement {statement} was answered otherwise than before"));
            }
            Some(_) => {}
            None => drop(self.answered.insert(statement, answer.clone())),
        }
    }

    pub(super) fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}

/// A party's line.
pub(super) struct Wire {
    pub(super) name: &'static str,
    net: Rc<RefCell<Net>>,
    line: HostLine,
    /// How much of the record the desk has, or was served.
    pub(super) served: u64,
}

impl Wire {
    pub(super) fn new(net: &Rc<RefCell<Net>>, name: &'static str) -> Wire {
        let line = HostLine::new(&net.borrow().host);
        Wire { name, net: net.clone(), line, served: 0 }
    }

    fn carry<T>(
        &mut self,
        ask: impl FnMut(&mut HostLine) -> Result<T, LineError>,
    ) -> Result<T, LineError> {
        self.carry_or_delay(|_| {}, ask)
    }

    /// Carries a question over, or leaves it to arrive when nobody waits for its answer any more.
    fn carry_or_delay<T>(
        &mut self,
        delay: impl FnOnce(&mut Net),
        mut ask: impl FnMut(&mut HostLine) -> Result<T, LineError>,
    ) -> Result<T, LineError> {
        let trouble = self.net.borrow_mut().trouble(self.name);
        let lost = || Err(LineError::Down("the answer did not come in time".into()));
        match trouble {
            Trouble::None => ask(&mut self.line),
            Trouble::RequestLost => lost(),
            Trouble::Late => {
                delay(&mut self.net.borrow_mut());
                lost()
            }
            Trouble::AnswerLost => {
                let _ = ask(&mut self.line);
                lost()
            }
            Trouble::Twice => {
                let _ = ask(&mut self.line);
                ask(&mut self.line)
            }
            Trouble::HostDiesBefore => {
                self.line.host.borrow_mut().kill();
                ask(&mut self.line)
            }
            Trouble::HostDiesAfter => {
                let _ = ask(&mut self.line);
                self.line.host.borrow_mut().kill();
                lost()
            }
        }
    }

    /// Nothing is shown that is not durable, and to nobody what is not given to it.
    fn judge_page(&self, page: &GivenPage) {
        let mut net = self.net.borrow_mut();
        let net = &mut *net;
        let mut host = net.host.borrow_mut();
        if !host.is_up() {
            return;
        }
        let store = host.space().store();
        let mut wrong = net.auditor.read_on(store).err();
        for row in &page.given {
            let entry = store.view(SPACE).ok().and_then(|view| view.entry(row.index).ok()?);
            let content = entry.and_then(|entry| entry.opening).map(|opening| opening.content);
            if content.as_deref() != row.content.as_deref().map(str::as_bytes) {
                wrong.get_or_insert(format!("entry {} was shown and is not durable", row.index));
            } else if !net.auditor.may_read(&party(self.name), (row.cause, row.index)) {
                wrong.get_or_insert(format!("{} was shown entry {}", self.name, row.index));
            }
        }
        drop(host);
        if let Some(wrong) = wrong {
            net.is_wrong(wrong);
        }
    }
}

impl Line for Wire {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.carry(HostLine::about)
    }

    fn prove_to(&mut self, _log: &KeyId) {}

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.carry(|line| line.session(space, key))
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        if let Some(answer) = self.net.borrow_mut().answers_early(envelope) {
            return Ok(answer);
        }
        let answer =
            self.carry_or_delay(|net| net.late.push(envelope.to_vec()), |line| line.file(envelope));
        let answer = self.net.borrow_mut().misanswer(envelope, answer);
        if let Ok(answer) = &answer {
            let statement = SignedStatement::parse(envelope).expect("a desk sends statements");
            self.net.borrow_mut().note_answer(statement.hash(), answer);
        }
        answer
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        let mut page = self.carry(|line| line.given(from, limit))?;
        self.net.borrow_mut().misgive(self.name, &mut page);
        self.judge_page(&page);
        Ok(page)
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        let bytes = self.carry(|line| line.tile(tile))?;
        if tile.row == TileRow::Entries {
            self.served = self.served.max(256 * tile.index + u64::from(tile.width));
        }
        Ok(bytes)
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        let note = self.carry(HostLine::checkpoint)?;
        let planted = self.net.borrow().planted;
        match planted {
            Some(PlantedFault::SignsAnotherHistory) => Ok(planted::another_history(&note)),
            Some(PlantedFault::CosignsBeforeItChecks) => {
                let now = self.line.host.borrow().clock.utc();
                let line = planted::cosignature(&note, self.name, now);
                let _ = self.cosign(&line);
                Ok(note)
            }
            _ => Ok(note),
        }
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        if cosigned.size > self.served {
            let fault = format!(
                "{} countersigned the head of size {}, of which it has read {}",
                self.name, cosigned.size, self.served
            );
            self.net.borrow_mut().is_wrong(fault);
        }
        self.carry(|line| line.cosign(cosigned))
    }

    fn recovery(&mut self) -> Result<Recovery, LineError> {
        self.carry(HostLine::recovery)
    }

    fn tell(&mut self, told: &RecoveryMessage) -> Result<Recovery, LineError> {
        self.carry(|line| line.tell(told))
    }
}
