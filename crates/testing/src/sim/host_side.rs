//! The host in the simulation: the real one, on a disk that can fail.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use deconflict_core::{Pace, Role, Say, Time};
use deconflict_faults::{Fault, Loss, PowerCut};
use deconflict_host::Timing;
use deconflict_record::{SignedStatement, SigningKey};
use deconflict_store::Options;

use super::planted::PlantedFault;
use super::wire::Net;
use crate::history::something;
use crate::{
    Dice, HostRig, PARTIES, SPACE, SharedHost, enrolment, operator, root, sign, witnessed,
};

/// So many witnesses must countersign, and so many must have spoken before a host that was started again
/// goes on.
const QUORUM: usize = 2;
/// The party one of whose operators files without its desk.
const CLIENT: &str = "host";

/// That operator's key.
fn client_key() -> SigningKey {
    operator(CLIENT, "radio")
}

/// The host, its disk, and who files past any desk.
pub(super) struct HostSide {
    pub(super) host: SharedHost,
    disk: PowerCut,
    /// Statements that were sent together and are not all answered.
    pending: Vec<SignedStatement>,
    /// The last backup.
    backup: Option<PathBuf>,
    /// It was set back and has not got everything back yet.
    set_back: bool,
}

impl HostSide {
    pub(super) fn new(seed: u64) -> HostSide {
        let disk = PowerCut::new();
        let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
        // The state is written down every now and then, and a start builds upon it.
        // So little is found at once that most of what meets something follows later.
        let pace = Pace { findings: 1, work: 1 + seed as usize % 4 };
        let timing = Timing { snapshot_entries: 4, pace, ..Timing::default() };
        let mut rig = HostRig::with(witnessed(&PARTIES, &PARTIES, QUORUM), options, timing);
        rig.seed = seed;
        rig.say(CLIENT, &[&root(CLIENT, 0)], &enrolment(CLIENT, "radio", Role::Person));
        rig.turn();
        let host = Rc::new(RefCell::new(rig));
        HostSide { host, disk, pending: Vec::new(), backup: None, set_back: false }
    }

    fn is_up(&self) -> bool {
        self.host.borrow().is_up()
    }

    fn now(&self) -> Time {
        self.host.borrow().clock.now()
    }

    /// Whether something is still to be compared.
    pub(super) fn is_comparing(&self) -> bool {
        self.host.borrow_mut().space().state().is_comparing()
    }

    /// How many entries its last head covers.
    pub(super) fn signed(&self) -> u64 {
        self.host.borrow_mut().space().published().tip().checkpoint_size
    }

    /// Why it takes nothing in, if that is so.
    pub(super) fn why_closed(&self) -> String {
        let mut host = self.host.borrow_mut();
        let published = host.space().published();
        let closed = published.closed().map(|closed| closed.to_string());
        closed.unwrap_or_else(|| format!("writable: {}", published.writable()))
    }

    /// What its thread does now and then; nothing may be due after it.
    pub(super) fn turn(&mut self, net: &RefCell<Net>) -> Result<(), String> {
        if !self.is_up() {
            return Ok(());
        }
        let (now, planted) = (self.now(), net.borrow().planted);
        let mut host = self.host.borrow_mut();
        if planted == Some(PlantedFault::SkipsWhatIsDue) {
            // All else goes on.
            let _ = host.space().find_rest(now);
            let _ = host.space().checkpoint(now);
        } else {
            host.turn();
        }
        // Without power nothing can be read: what is left is judged when it is back.
        if !host.space().published().writable() || self.disk.is_dark() {
            return Ok(());
        }
        if planted == Some(PlantedFault::EndsByAJumpedClock) {
            host.space().clock_is_right(now);
            host.turn();
        }
        let in_doubt = host.space().published().clock_doubt().is_some();
        let auditor = &mut net.borrow_mut().auditor;
        auditor.true_now = Some(host.true_now());
        auditor.read_on(host.space().store())?;
        auditor.nothing_due(now, in_doubt)
    }

    /// Why it does not believe its clock, if it does not.
    pub(super) fn clock_doubt(&self) -> Option<String> {
        let mut host = self.host.borrow_mut();
        host.space().published().clock_doubt().map(|doubt| doubt.to_string())
    }

    /// Its clock jumps ahead, and nobody else's: where as many witnesses as a quorum have countersigned, so that a
    /// start can tell, and only where it does not stand wrong already.
    pub(super) fn clock_jumps(&self, net: &RefCell<Net>, dice: &mut Dice) -> Result<(), String> {
        const YEARS_S: i64 = 11 * 365 * 86_400;
        let by = [7_200, YEARS_S][dice.below(2)];
        let mut host = self.host.borrow_mut();
        if !host.is_up() || host.leap_s != 0 || !host.space().published().writable() {
            return Ok(());
        }
        let view = host.space().store().view(SPACE).map_err(|error| error.to_string())?;
        let seen = view.last_cosigned(1_024).map_err(|error| error.to_string())?;
        drop(view);
        if seen.len() <= QUORUM {
            return Ok(());
        }
        host.turn();
        net.borrow_mut().auditor.read_on(host.space().store())?;
        host.jump(by);
        Ok(())
    }

    /// Somebody sets its clock right.
    pub(super) fn clock_is_set(&self) {
        let mut host = self.host.borrow_mut();
        let leap_s = host.leap_s;
        host.jump(-leap_s);
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.host.borrow().clock.pass(seconds);
    }

    /// Somebody without a desk files a few statements at once, or again what was not answered.
    pub(super) fn client(&mut self, net: &RefCell<Net>, dice: &mut Dice) -> Result<(), String> {
        if self.is_up() && self.pending.is_empty() {
            let many = 1 + dice.below(3);
            let says: Vec<Say> = (0..many).map(|_| self.client_says(dice)).collect();
            self.sign_all(&says);
        }
        self.client_settles(net)
    }

    fn client_says(&self, dice: &mut Dice) -> Say {
        let mut host = self.host.borrow_mut();
        let now = host.true_now();
        something(host.space().state().ledger(), now, CLIENT, dice)
    }

    fn sign_all(&mut self, says: &[Say]) {
        let key = client_key();
        let (mut seq, mut prev) = {
            let mut host = self.host.borrow_mut();
            let known = host.space().state().ledger().keys.get(&key.verifying_key().id()).cloned();
            known.map_or((0, None), |known| (known.seq, known.last))
        };
        for say in says {
            seq += 1;
            let signed = sign(SPACE, CLIENT, &[&key], (seq, prev), None, say);
            prev = Some(signed.hash());
            self.pending.push(signed);
        }
    }

    /// Sends again what was not answered.
    pub(super) fn client_settles(&mut self, net: &RefCell<Net>) -> Result<(), String> {
        if !self.is_up() {
            return Ok(());
        }
        let sent: Vec<Vec<u8>> = self.pending.iter().map(|s| s.envelope().encode()).collect();
        let answers = self.host.borrow_mut().file(&sent);
        let (mut answered, mut over) = (0, false);
        for (statement, answer) in self.pending.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    answered += 1;
                    net.borrow_mut().note_answer(statement.hash(), &answer);
                }
                // The record was set back below what it follows.
                Err(failure) => over |= failure.problem.status < 500,
            }
        }
        if over || answered == sent.len() {
            self.pending.clear();
        }
        Ok(())
    }

    /// One of the filings that are still on their way arrives. Nobody waits for its answer.
    pub(super) fn late(&self, net: &RefCell<Net>, dice: &mut Dice) {
        let late = &mut net.borrow_mut().late;
        if late.is_empty() || !self.is_up() {
            return;
        }
        let envelope = late.swap_remove(dice.below(late.len()));
        let _ = self.host.borrow_mut().file(&[envelope]);
    }

    pub(super) fn kill(&self) {
        self.host.borrow_mut().kill();
    }

    pub(super) fn lose_power_soon(&self, dice: &mut Dice) {
        self.disk.cut_after(dice.below(40) as u64, some_loss(dice));
    }

    pub(super) fn fail_soon(&self, dice: &mut Dice) {
        fail(&self.disk, dice);
    }

    /// Without power nothing runs.
    pub(super) fn see_to_power(&self) {
        if self.disk.is_dark() {
            self.kill();
        }
    }

    /// Mends its disk, and starts it if it is down.
    pub(super) fn start(&mut self, net: &RefCell<Net>, dice: &mut Dice) -> Result<(), String> {
        let dark = self.disk.is_dark();
        self.disk.heal();
        self.disk.power_on();
        if self.is_up() {
            return Ok(());
        }
        if dark && net.borrow().planted == Some(PlantedFault::ForgetsAtPowerCut) {
            self.put_backup_in_place();
        }
        self.host.borrow_mut().start().map_err(|error| format!("no start: {error}"))?;
        if !self.set_back && dice.one_in(4) {
            let now = self.now();
            // Refused where a desk has told of a head over more: then the witnesses are to be heard.
            let _ = self.host.borrow_mut().space().go_on_alone(now);
        }
        self.judge_whole(net)
    }

    pub(super) fn back_up(&mut self) {
        if !self.is_up() {
            return;
        }
        let mut host = self.host.borrow_mut();
        let path = host.folder.path().join("backup.sqlite");
        let _ = fs::remove_file(&path);
        let copied = host.space().store().backup_to(&path, |_| {});
        self.backup = copied.is_ok().then_some(path);
    }

    fn put_backup_in_place(&self) {
        let Some(backup) = &self.backup else { return };
        // What the disk has in memory is forgotten.
        self.disk.cut(Loss::All).unwrap();
        self.disk.power_on();
        let path = self.host.borrow().path();
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", path.display()));
        }
        fs::copy(backup, path).unwrap();
    }

    /// The backup takes the place of its store, and it starts from that, if its last head is the one that
    /// everybody has seen.
    pub(super) fn restore(&mut self, net: &RefCell<Net>, seen: u64) -> Result<(), String> {
        if !self.is_up() || self.set_back || self.backup.is_none() || self.signed() != seen {
            return Ok(());
        }
        self.kill();
        self.disk.heal();
        self.put_backup_in_place();
        self.host.borrow_mut().start().map_err(|error| format!("no start: {error}"))?;
        {
            let mut net = net.borrow_mut();
            net.auditor.set_back_to(seen);
            net.answered.retain(|_, answer| answer.index < seen);
        }
        self.set_back = true;
        if net.borrow().planted == Some(PlantedFault::GoesOnWithoutAsking) {
            let now = self.now();
            let _ = self.host.borrow_mut().space().go_on_alone(now);
        }
        Ok(())
    }

    /// That the record is the one that it was, and has what was answered.
    pub(super) fn judge(&mut self, net: &RefCell<Net>) -> Result<(), String> {
        if !self.is_up() || self.disk.is_dark() {
            return Ok(());
        }
        let (writable, closed) = {
            let mut host = self.host.borrow_mut();
            let published = host.space().published().clone();
            (published.writable(), published.closed())
        };
        if let Some(split) = closed.as_ref().and_then(|closed| closed.split.clone()) {
            return Err(format!("the host is closed for good: {split}"));
        }
        if closed.is_none() && !writable || closed.is_some() && self.set_back {
            // What failed may be there or not; what is lost is not there yet.
            return Ok(());
        }
        if self.set_back {
            self.set_back = false;
            self.judge_whole(net)?;
        }
        let mut host = self.host.borrow_mut();
        let net = &mut *net.borrow_mut();
        net.auditor.read_on(host.space().store())?;
        if writable {
            net.auditor.is_shown(host.space())?;
        }
        net.answered.iter().try_for_each(|(hash, answer)| net.auditor.stands(hash, answer))
    }

    /// That everything is there that was read before, from the first entry on.
    fn judge_whole(&self, net: &RefCell<Net>) -> Result<(), String> {
        if self.set_back {
            return Ok(());
        }
        let mut host = self.host.borrow_mut();
        let view = host.space().store().view(SPACE).map_err(|error| error.to_string())?;
        let (size, known) = (view.head().size, net.borrow().auditor.size());
        if size < known {
            return Err(format!("the record lost entries: it had {known}, and has {size}"));
        }
        net.borrow().auditor.same_as_before(&view, 0)
    }

    /// Everything works again.
    pub(super) fn mend(&mut self, net: &RefCell<Net>, dice: &mut Dice) -> Result<(), String> {
        self.see_to_power();
        self.clock_is_set();
        self.start(net, dice)
    }
}

impl Drop for HostSide {
    /// The disk's memory outlives the simulation: what it holds must not.
    fn drop(&mut self) {
        self.kill();
        let _ = self.disk.cut(Loss::All);
    }
}

/// What becomes of what was not synced.
pub(super) fn some_loss(dice: &mut Dice) -> Loss {
    let seed = dice.number();
    match dice.below(3) {
        0 => Loss::All,
        1 => Loss::Each { seed },
        _ => Loss::Torn { seed },
    }
}

/// A disk that soon takes nothing any more.
pub(super) fn fail(disk: &PowerCut, dice: &mut Dice) {
    let room = dice.below(40_000) as u64;
    match dice.below(3) {
        0 => disk.fail_writes_after(room, Fault::Full),
        1 => disk.fail_writes_after(room, Fault::Broken),
        _ => disk.fail_syncs(),
    }
}
