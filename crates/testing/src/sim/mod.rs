//! A host, four desks and the lines between them in one thread, on a clock that nobody waits for, with
//! whatever can go wrong: answers lost, late and twice, lines down, processes killed within a call, power
//! cut, disks full and failing, backups restored, clocks that jump.
//!
//! All of it follows from a seed. After every step it is judged by somebody who reads the whole record and
//! folds it on its own ([`Simulation::step`]): what was acknowledged stands where it was said to; nobody was
//! shown what is not durable or not theirs; each view is what its party may see at that head; heads agree;
//! nothing due was passed over, and nothing ended by a clock that jumped; what was said waits, or stands in the record
//! once.

mod auditor;
mod desk_side;
mod host_side;
mod planted;
mod wire;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use deconflict_core::Say;
use tempfile::TempDir;

use crate::history::something;
use crate::{Dice, PARTIES};
use desk_side::DeskSide;
use host_side::HostSide;
pub use planted::{PLANTED_FAULTS, PlantedFault};
use wire::Net;

/// How many of the last steps are told of, when something is wrong.
const TOLD_STEPS: usize = 24;

/// So many turns are enough for all that is left to be compared.
const MOST_PARTS: usize = 20_000;

/// The whole of it.
pub struct Simulation {
    seed: u64,
    step: u64,
    dice: Dice,
    net: Rc<RefCell<Net>>,
    host: HostSide,
    desks: Vec<DeskSide>,
    last: VecDeque<String>,
    done: BTreeMap<&'static str, u64>,
    _folder: TempDir,
}

/// What must not be, and how to see it again.
#[derive(Debug)]
pub struct Violation {
    /// The seed that leads to it.
    pub seed: u64,
    /// After which step it was seen.
    pub step: u64,
    /// What is wrong.
    pub what: String,
    last: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, step {}: {}", self.seed, self.step, self.what)?;
        writeln!(f, "again with DECONFLICT_SIM_SEED={}; the last steps were:", self.seed)?;
        self.last.iter().try_for_each(|step| writeln!(f, "  {step}"))
    }
}

/// What may be done in a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Act {
    Say,
    SayAsRoot,
    Client,
    Sync,
    Send,
    Turn,
    Pass,
    Jump,
    Late,
    LineDown,
    LineUp,
    HostKilled,
    HostLosesPower,
    HostDiskFails,
    HostStarts,
    Backup,
    Restore,
    DeskRestarts,
    DeskLosesPower,
    DeskDiskFails,
    DeskHeals,
    ClockSkew,
    HostClockJumps,
    HostClockIsSet,
}

/// How often each is done, among all.
const ACTS: [(Act, usize); 24] = [
    (Act::Say, 24),
    (Act::SayAsRoot, 2),
    (Act::Client, 8),
    (Act::Sync, 26),
    (Act::Send, 20),
    (Act::Turn, 14),
    (Act::Pass, 10),
    (Act::Jump, 2),
    (Act::Late, 4),
    (Act::LineDown, 3),
    (Act::LineUp, 6),
    (Act::HostKilled, 1),
    (Act::HostLosesPower, 1),
    (Act::HostDiskFails, 1),
    (Act::HostStarts, 8),
    (Act::Backup, 3),
    (Act::Restore, 3),
    (Act::DeskRestarts, 2),
    (Act::DeskLosesPower, 2),
    (Act::DeskDiskFails, 1),
    (Act::DeskHeals, 3),
    (Act::ClockSkew, 1),
    (Act::HostClockJumps, 1),
    (Act::HostClockIsSet, 2),
];

impl Act {
    /// For the summary.
    fn word(self) -> &'static str {
        match self {
            Act::Say | Act::SayAsRoot => "said",
            Act::Client => "filed past desks",
            Act::Sync => "readings",
            Act::Send => "sendings",
            Act::Turn => "turns of the host",
            Act::Pass | Act::Jump | Act::ClockSkew => "changes of clocks",
            Act::HostClockJumps | Act::HostClockIsSet => "jumps of the host's clock",
            Act::Late => "late arrivals",
            Act::LineDown | Act::LineUp => "changes of lines",
            Act::HostKilled => "hosts killed",
            Act::HostLosesPower | Act::DeskLosesPower => "power cuts",
            Act::HostDiskFails | Act::DeskDiskFails => "failing disks",
            Act::HostStarts => "starts of the host",
            Act::Backup => "backups",
            Act::Restore => "restorings",
            Act::DeskRestarts => "restarts of desks",
            Act::DeskHeals => "mendings",
        }
    }
}

impl Simulation {
    /// What follows from this seed, with a fault that is planted, if any.
    pub fn new(seed: u64, planted: Option<PlantedFault>) -> Simulation {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed);
        let host = HostSide::new(dice.number());
        let up = PARTIES.map(|name| (name, true)).into();
        let net = Rc::new(RefCell::new(Net::new(&host.host, Dice(dice.number()), up, planted)));
        let desk = |name| DeskSide::new(&net, folder.path().join(name), name, dice.number());
        let desks = PARTIES.into_iter().map(desk).collect();
        Simulation {
            seed,
            step: 0,
            dice,
            net,
            host,
            desks,
            last: VecDeque::new(),
            done: BTreeMap::new(),
            _folder: folder,
        }
    }

    /// So many steps, after which everything is mended and must come to rest.
    ///
    /// # Errors
    /// With what must not be.
    pub fn run(&mut self, steps: u64) -> Result<(), Box<Violation>> {
        for _ in 0..steps {
            self.step()?;
        }
        self.come_to_rest()
    }

    /// One step, and the judgement after it.
    ///
    /// # Errors
    /// With what must not be.
    pub fn step(&mut self) -> Result<(), Box<Violation>> {
        self.step += 1;
        let act = self.choose();
        let desk = self.dice.below(self.desks.len());
        self.note(format!("{:>5} {act:?} {}", self.step, self.desks[desk].name));
        let done = self.act(act, desk);
        self.note_faults();
        // What came over a line tells more than what a desk made of it.
        let wrong = self.net.borrow_mut().wrong.take();
        let judged = wrong.map_or(done, Err).and_then(|()| self.judge());
        judged.map_err(|what| self.violation(what))
    }

    /// Adds to the last step what did not work in it.
    fn note_faults(&mut self) {
        let faults: Vec<String> = self.desks.iter_mut().filter_map(DeskSide::take_fault).collect();
        if let Some(last) = self.last.back_mut() {
            faults.iter().for_each(|fault| *last += &format!(": {fault}"));
        }
    }

    /// What was done how often, and what went wrong how often.
    pub fn summary(&self) -> String {
        let net = self.net.borrow();
        let all = self.done.iter().chain(&net.troubles);
        let all: Vec<String> = all.map(|(what, times)| format!("{times} {what}")).collect();
        format!(
            "{} steps, {} entries, {} statements answered, {} of them in parts, {}",
            self.step,
            net.auditor.size(),
            net.answered.len(),
            net.auditor.in_parts(),
            all.join(", ")
        )
    }

    fn violation(&self, what: String) -> Box<Violation> {
        let last = self.last.iter().cloned().collect();
        Box::new(Violation { seed: self.seed, step: self.step, what, last })
    }

    fn note(&mut self, step: String) {
        if self.last.len() == TOLD_STEPS {
            self.last.pop_front();
        }
        self.last.push_back(step);
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn choose(&mut self) -> Act {
        let all: usize = ACTS.iter().map(|(_, weight)| weight).sum();
        let mut drawn = self.dice.below(all);
        for (act, weight) in ACTS {
            if drawn < weight {
                return act;
            }
            drawn -= weight;
        }
        Act::Turn
    }

    fn act(&mut self, act: Act, desk: usize) -> Result<(), String> {
        match act {
            Act::Say => self.say(desk)?,
            Act::SayAsRoot => self.say_as_root(desk)?,
            Act::Client => self.host.client(&self.net, &mut self.dice)?,
            Act::Sync => self.desks[desk].sync()?,
            Act::Send => self.desks[desk].send()?,
            Act::Turn => self.host.turn(&self.net)?,
            Act::Pass => self.host.pass(1 + self.dice.below(90) as i64),
            Act::Jump => self.jump(),
            Act::Late => self.host.late(&self.net, &mut self.dice),
            Act::LineDown => self.line(desk, false),
            Act::LineUp => self.line(desk, true),
            Act::HostKilled => self.host.kill(),
            Act::HostLosesPower => self.host.lose_power_soon(&mut self.dice),
            Act::HostDiskFails => self.host.fail_soon(&mut self.dice),
            Act::HostStarts => self.host.start(&self.net, &mut self.dice)?,
            Act::Backup => self.host.back_up(),
            Act::Restore => self.restore()?,
            Act::DeskRestarts => self.desks[desk].restart()?,
            Act::DeskLosesPower => self.desks[desk].lose_power_soon(&mut self.dice),
            Act::DeskDiskFails => self.desks[desk].fail_soon(&mut self.dice),
            Act::DeskHeals => self.desks[desk].disk.heal(),
            Act::HostClockJumps => self.host.clock_jumps(&self.net, &mut self.dice)?,
            Act::HostClockIsSet => self.host.clock_is_set(),
            Act::ClockSkew => self.desks[desk].skew_s = self.dice.below(60) as i64 - 30,
        }
        self.count(act.word());
        self.host.see_to_power();
        for desk in &mut self.desks {
            desk.see_to_power()?;
        }
        Ok(())
    }

    fn say(&mut self, desk: usize) -> Result<(), String> {
        let (name, view) = (self.desks[desk].name, self.desks[desk].view());
        let now = self.net.borrow().host.borrow().true_now();
        let say = something(&view, now, name, &mut self.dice);
        self.desks[desk].say(&say, false)
    }

    fn say_as_root(&mut self, desk: usize) -> Result<(), String> {
        let group = "militia".parse().unwrap();
        let say = match self.dice.below(5) {
            0 => Say::Suspend { reason: "quarrel".into() },
            1 | 2 => Say::Resume {},
            3 => Say::SpeakFor { group },
            _ => Say::StopSpeakingFor { group },
        };
        self.desks[desk].say(&say, true)
    }

    fn jump(&mut self) {
        let by = [-5, -1, 600, 3_600, 14_400, 90_000][self.dice.below(6)];
        self.host.pass(by);
    }

    fn line(&mut self, desk: usize, up: bool) {
        self.net.borrow_mut().up.insert(self.desks[desk].name, up);
    }

    /// An earlier backup takes the place of the host's store. Only where every desk has seen the last head,
    /// so that they can give back what is gone.
    fn restore(&mut self) -> Result<(), String> {
        for desk in 0..self.desks.len() {
            // Seldom does an answer come over every line at once.
            self.line(desk, true);
            for _ in 0..4 {
                self.desks[desk].sync()?;
                if self.desks[desk].read_whole() > 0 {
                    break;
                }
            }
        }
        let seen = self.desks.iter().map(DeskSide::read_whole).min().unwrap_or(0);
        self.host.restore(&self.net, seen)
    }

    fn judge(&mut self) -> Result<(), String> {
        let now = self.net.borrow().host.borrow().true_now();
        self.net.borrow_mut().auditor.true_now = Some(now);
        self.host.judge(&self.net)?;
        if let Some(wrong) = self.net.borrow_mut().wrong.take() {
            return Err(wrong);
        }
        for desk in &mut self.desks {
            desk.check()?;
        }
        let least = self.desks.iter().map(DeskSide::viewed).min().unwrap_or(0);
        self.net.borrow_mut().auditor.forget_below(least);
        Ok(())
    }

    /// Everything is mended; then all that was said must get to its place, and all desks to one head.
    fn come_to_rest(&mut self) -> Result<(), Box<Violation>> {
        self.note("everything is mended".into());
        let rested = self.mend().and_then(|()| {
            for _ in 0..12 {
                self.quietly()?;
            }
            // What is left to be compared takes as many turns as it has parts.
            let mut turns = 0;
            while self.host.is_comparing() {
                turns += 1;
                if turns > MOST_PARTS {
                    return Err(format!("after {turns} turns not all is compared"));
                }
                self.host.turn(&self.net)?;
            }
            self.quietly()?;
            self.all_is_settled()
        });
        rested.map_err(|what| self.violation(what))
    }

    fn mend(&mut self) -> Result<(), String> {
        {
            let mut net = self.net.borrow_mut();
            net.trouble = 0;
            net.late.clear();
            net.up.values_mut().for_each(|up| *up = true);
        }
        self.host.mend(&self.net, &mut self.dice)?;
        self.desks.iter_mut().try_for_each(DeskSide::restart)
    }

    fn quietly(&mut self) -> Result<(), String> {
        self.step += 1;
        self.note(format!("{:>5} quiet", self.step));
        self.host.pass(2);
        self.host.client_settles(&self.net)?;
        self.host.turn(&self.net)?;
        for desk in &mut self.desks {
            desk.skew_s = 0;
            desk.send()?;
            desk.sync()?;
        }
        self.note_faults();
        self.judge()
    }

    fn all_is_settled(&mut self) -> Result<(), String> {
        let size = self.net.borrow().auditor.size();
        let signed = self.host.signed();
        if signed != size {
            let why = self.host.why_closed();
            return Err(format!("{size} entries, and the head covers {signed}: {why}"));
        }
        if let Some(doubt) = self.host.clock_doubt() {
            return Err(format!("the clock is right, witnesses countersign, and still: {doubt}"));
        }
        for desk in &self.desks {
            if desk.size() != size {
                return Err(format!("{} has {} entries of {size}", desk.name, desk.size()));
            }
            desk.is_settled()?;
        }
        Ok(())
    }
}
