//! A party's desk in the simulation: the real one, on a disk that can fail.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use deconflict_core::{Ledger, Say};
use deconflict_desk::{Desk, DeskError, Fate, Keys, LineError, QueuedStatement, Settings};
use deconflict_faults::{Loss, PowerCut};
use deconflict_host::Entropy;
use deconflict_record::{Hash, SignedStatement, SigningKey, StatementId, UtcSecond};
use deconflict_store::Options;

use super::host_side::{fail, some_loss};
use super::planted::PlantedFault;
use super::wire::{Net, Wire};
use crate::{Dice, SPACE, duty, log, party, root, seeded, utc, witness, witness_name};

/// Why there is a desk whenever one is asked for.
const UP: &str = "a desk is started again in one step";

/// A desk, its line, and what was said at it.
pub(super) struct DeskSide {
    pub(super) name: &'static str,
    pub(super) disk: PowerCut,
    /// By how many seconds its clock differs from everybody's.
    pub(super) skew_s: i64,
    dir: PathBuf,
    net: Rc<RefCell<Net>>,
    wire: Wire,
    /// `None` while it is started again.
    desk: Option<Desk>,
    /// Its randomness, which goes on over all its lives.
    entropy: Entropy,
    keys: [SigningKey; 2],
    witness: SigningKey,
    /// What was said and is neither in the record nor known not to get there.
    open: BTreeSet<StatementId>,
    /// The size below which its view is known to be complete.
    viewed: u64,
    /// Whether nothing failed since all was read.
    whole: bool,
    /// Its disk failed it in the middle of something.
    broken: bool,
    /// Why its last call did not do what it was to.
    fault: Option<String>,
    /// What it shows although it has read on.
    old_view: Option<Ledger>,
}

impl DeskSide {
    pub(super) fn new(
        net: &Rc<RefCell<Net>>,
        dir: PathBuf,
        name: &'static str,
        seed: u64,
    ) -> DeskSide {
        let disk = PowerCut::new();
        let settings = Settings {
            space: SPACE.into(),
            party: party(name),
            log: log(),
            founding: None,
            witness: Some(witness_name(name)),
        };
        let mut desk = Desk::create_with(&dir, &settings, &options(&disk)).unwrap();
        let entropy = seeded(seed);
        let source = entropy.clone();
        desk.draw_from(move || source());
        DeskSide {
            name,
            disk,
            skew_s: 0,
            dir,
            net: net.clone(),
            wire: Wire::new(net, name),
            desk: Some(desk),
            entropy,
            keys: [duty(name), root(name, 0)],
            witness: witness(name),
            open: BTreeSet::new(),
            viewed: 0,
            whole: false,
            broken: false,
            fault: None,
            old_view: None,
        }
    }

    /// What its people look at.
    pub(super) fn view(&self) -> Ledger {
        let net = self.net.borrow();
        let (whole, old) = (net.auditor.ledger(self.desk().head().size), self.old_view.clone());
        match net.planted {
            Some(PlantedFault::ShowsAnOldView) => old.unwrap_or_else(|| self.desk().view().clone()),
            Some(PlantedFault::ShowsWithoutProjection) if whole.is_some() => {
                whole.cloned().unwrap_or_default()
            }
            _ => self.desk().view().clone(),
        }
    }

    /// How much of the record it has.
    pub(super) fn size(&self) -> u64 {
        self.desk().head().size
    }

    /// How much of the record it has, if it has all that its party was given of it.
    pub(super) fn read_whole(&self) -> u64 {
        if self.whole { self.size() } else { 0 }
    }

    /// Why its last call did not do what it was to.
    pub(super) fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    /// Below which size nobody need know what it may see.
    pub(super) fn viewed(&self) -> u64 {
        self.viewed
    }

    fn desk(&self) -> &Desk {
        self.desk.as_ref().expect(UP)
    }

    fn now(&self) -> UtcSecond {
        utc(self.net.borrow().host.borrow().true_now().after_seconds(self.skew_s))
    }

    /// Somebody says something at this desk.
    pub(super) fn say(&mut self, say: &Say, as_root: bool) -> Result<(), String> {
        let key = &self.keys[usize::from(as_root)];
        let later = UtcSecond::new(self.now().seconds() + 7_200).unwrap();
        let desk = self.desk.as_mut().expect(UP);
        match desk.file(say, key, Some(later)) {
            Ok(queued) => {
                // A void one is of no use once another statement has its number, and goes.
                if !matches!(say, Say::Void { .. }) {
                    self.open.insert(intention(queued.envelope.as_bytes()));
                }
                Ok(())
            }
            Err(error) => self.may_fail(error),
        }
    }

    /// Reads on.
    pub(super) fn sync(&mut self) -> Result<(), String> {
        let now = self.now();
        let before = self.desk().view().clone();
        let keys = Keys { session: &self.keys[0], witness: Some(&self.witness) };
        let desk = self.desk.as_mut().expect(UP);
        match desk.sync(&mut self.wire, &keys, now) {
            Ok(_) => {
                (self.whole, self.broken, self.old_view) = (true, false, Some(before));
                Ok(())
            }
            Err(error) => self.may_fail(error),
        }
    }

    /// Sends what waits.
    pub(super) fn send(&mut self) -> Result<(), String> {
        let now = self.now();
        let keys = Keys { session: &self.keys[0], witness: Some(&self.witness) };
        let operators = self.keys.each_ref();
        let desk = self.desk.as_mut().expect(UP);
        match desk.send(&mut self.wire, &keys, &operators, now) {
            Ok(_) => Ok(()),
            Err(error) => self.may_fail(error),
        }
    }

    /// Whether this may happen to a desk before an honest host.
    fn may_fail(&mut self, error: DeskError) -> Result<(), String> {
        self.whole = false;
        self.fault = Some(format!("{}: {error}", self.name));
        match error {
            DeskError::Line(LineError::Down(_) | LineError::Refused(_)) => Ok(()),
            // A host that was set back shows what it has.
            DeskError::Line(LineError::Garbled(fault)) if fault.contains("may be an old copy") => {
                Ok(())
            }
            // It never wrote a byte that it was not to; what its disk does is the simulation's.
            DeskError::Store(_) | DeskError::File { .. } => {
                self.broken = true;
                Ok(())
            }
            error => Err(format!("the desk of {}: {error}", self.name)),
        }
    }

    /// It ends, and begins again with what its disk holds.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.disk.heal();
        self.disk.power_on();
        // A store is held by one: the old one goes first.
        self.desk = None;
        let desk = Desk::open_with(&self.dir, &options(&self.disk));
        let mut desk = desk.map_err(|error| format!("{} opens no more: {error}", self.name))?;
        let source = self.entropy.clone();
        desk.draw_from(move || source());
        self.desk = Some(desk);
        (self.whole, self.broken) = (false, false);
        self.wire = Wire::new(&self.net, self.name);
        self.wire.served = self.desk().head().size;
        if self.net.borrow().planted == Some(PlantedFault::ForgetsTheOutbox) {
            let all: Vec<Hash> = self.desk().queued().map(|item| item.statement).collect();
            all.iter().for_each(|statement| drop(self.desk.as_mut().expect(UP).dismiss(statement)));
        }
        Ok(())
    }

    /// The power goes within the next changes of its disk.
    pub(super) fn lose_power_soon(&self, dice: &mut Dice) {
        self.disk.cut_after(dice.below(30) as u64, some_loss(dice));
    }

    /// Its disk soon takes nothing any more.
    pub(super) fn fail_soon(&self, dice: &mut Dice) {
        fail(&self.disk, dice);
    }

    /// Without power nothing runs; when it is back, the desk begins again.
    pub(super) fn see_to_power(&mut self) -> Result<(), String> {
        if self.disk.is_dark() { self.restart() } else { Ok(()) }
    }

    /// That it has what it must have, and nothing else.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let net = self.net.clone();
        let net = net.borrow();
        let (head, name) = (self.desk().head(), self.name);
        // A host that died once it had shown this: what it holds is read when it is back.
        if head.size > net.auditor.size() && !net.host.borrow().is_up() {
            return Ok(());
        }
        if net.auditor.root_at(head.size) != Some(head.root) {
            return Err(format!("{name} has a head of size {} that is none", head.size));
        }
        if !self.broken {
            self.view_is_right(&net)?;
        }
        let queued = self.desk().queued().map(|item| intention(item.envelope.as_bytes()));
        let queued: BTreeSet<StatementId> = queued.collect();
        if let Some(lost) = self.open.iter().find(|id| !net.auditor.has(id) && !queued.contains(id))
        {
            return Err(format!("what was said at {name} is nowhere: {lost:?}"));
        }
        self.open.retain(|id| !net.auditor.has(id) || queued.contains(id));
        Ok(())
    }

    fn view_is_right(&mut self, net: &Net) -> Result<(), String> {
        let (size, party) = (self.desk().head().size, party(self.name));
        let view = self.view();
        // Where reading broke off, the view is that of some cause on the way.
        let from = if self.whole { size } else { self.viewed };
        let at = (from..=size).find(|size| {
            let projection = net.auditor.projection(&party, *size);
            projection.is_some_and(|projection| projection == view)
        });
        match at {
            Some(at) => {
                self.viewed = at;
                // Heads stand over an entry that says so, but for one over the entry by which the record moves.
                if self.whole && net.auditor.is_comparing(at) && !view.comparing {
                    return Err(format!("{party} is shown as compared at {at} what is not"));
                }
            }
            None if size == 0 => {}
            None => {
                return Err(format!("{party}'s view is not what it may see from {from} to {size}"));
            }
        }
        Ok(())
    }

    /// That all that was said stands in the record, or is known not to get there.
    pub(super) fn is_settled(&self) -> Result<(), String> {
        let settled = |fate: &Fate| matches!(fate, Fate::TooLate { .. } | Fate::Refused { .. });
        // What is about a message that stands nowhere waits for it, and people are told so.
        let view = self.desk().view();
        let awaits = |item: &QueuedStatement| {
            item.about().is_some_and(|about| !view.dialogues.contains_key(&about))
        };
        match self.desk().queued().find(|item| !settled(&item.fate) && !awaits(item)) {
            Some(item) => Err(format!("{} waits for ever: {:?}", self.name, item.fate)),
            None => Ok(()),
        }
    }
}

impl Drop for DeskSide {
    /// The disk's memory outlives the simulation: what it holds must not.
    fn drop(&mut self) {
        self.desk = None;
        let _ = self.disk.cut(Loss::All);
    }
}

fn options(disk: &PowerCut) -> Options {
    Options { vfs: Some(disk.name().to_owned()), ..Options::default() }
}

/// What stays the same however often a statement is signed anew.
fn intention(envelope: &[u8]) -> StatementId {
    let signed = SignedStatement::parse(envelope).expect("a desk keeps statements");
    signed.claimed_header().id
}
