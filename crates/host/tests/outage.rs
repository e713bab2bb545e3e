//! A host under load whose disk loses its power, fills up or fails: what was acknowledged stands, what
//! cannot be kept is refused in words, reads go on, and so does the host when there is room again.
//!
//! With `DECONFLICT_SOAK_ROUNDS` set, so many rounds are played instead of 20.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;
mod load;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::*;
use deconflict_faults::{Chance, Fault, Loss, PowerCut};
use deconflict_host::{Config, Timing};
use deconflict_store::{Options, Store};
use load::{
    Client, Ends, LITTLE, Line, Told, check_kept, check_served, enrol_all, first_statement, read,
};

const CLIENTS: [&str; 4] = ["north", "south", "aid", "host"];

/// What befalls the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Blow {
    Cut(Loss),
    Full,
    Broken,
    NoSync,
}

struct Played {
    rig: Rig,
    disk: PowerCut,
    told: Told,
    clients: Vec<Client>,
}

impl Played {
    fn new(seed: u64) -> Played {
        let disk = PowerCut::new();
        let options = Options { vfs: Some(disk.name().to_owned()), wal_pages: 30, idle_readers: 8 };
        let (head_spacing_ms, snapshot_entries) = (0, 20);
        let timing =
            Timing { head_spacing_ms, snapshot_entries, pace: LITTLE, ..Timing::default() };
        let rig = Rig::founded(Config { timing, ..Config::default() }, options, &first_statement());
        let clients = CLIENTS.iter().zip(seed * 10..).map(|(name, seed)| Client::new(name, seed));
        let (told, clients) = (Told::default(), clients.collect());
        enrol_all(&rig.url(""), &told);
        Played { rig, disk, told, clients }
    }

    /// Files under load until the blow has fallen, and goes on after it.
    fn round(&mut self, blow: Blow, dice: &mut Chance) {
        let (stop, ends) = (AtomicBool::new(false), AtomicBool::new(false));
        let unwritable = self.told.problems("problems/unwritable");
        let unanswered = self.told.problems("no answer to a reader");
        let base = &self.rig.url("");
        std::thread::scope(|scope| {
            let Played { rig, disk, told, clients } = self;
            let (rig, disk, told, stop, ends) = (&*rig, &*disk, &*told, &stop, &ends);
            let _over = (Ends(stop), Ends(ends));
            // Its clock runs fast: what failed is tried again after a second.
            scope.spawn(move || {
                while !ends.load(Ordering::SeqCst) {
                    rig.seconds.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(25));
                }
            });
            for client in clients {
                scope.spawn(move || client.file(base, told, stop));
            }
            scope.spawn(move || read("aid", base, told, stop));
            std::thread::sleep(Duration::from_millis(20 + dice.below(80)));
            match blow {
                Blow::Cut(loss) => disk.cut_after(dice.below(60), loss),
                Blow::Full => disk.fail_writes_after(dice.below(40_000), Fault::Full),
                Blow::Broken => disk.fail_writes_after(dice.below(40_000), Fault::Broken),
                Blow::NoSync => disk.fail_syncs(),
            }
            rig.wait("the host to notice", || {
                told.problems("problems/unwritable") > unwritable + 3
            });
            if !matches!(blow, Blow::Cut(_)) {
                reads_go_on(base);
                disk.heal();
                // The same process goes on by itself.
                rig.wait("writing to come back", || {
                    rig.host.as_ref().unwrap().published().writable()
                });
                let before = told.filed();
                rig.wait("answers", || told.filed() > before + 4);
                assert_eq!(told.problems("no answer to a reader"), unanswered, "reads go on");
            }
        });
    }

    /// Starts the host again after the power was off.
    fn power_on(&mut self) {
        self.rig.stop();
        assert!(self.disk.is_dark());
        self.disk.heal();
        self.disk.power_on();
        self.rig.start();
    }

    fn check(&mut self, dice: &mut Chance) -> u64 {
        let base = self.rig.url("");
        // What was under way is sent again, and answered once.
        self.rig.seconds.fetch_add(5, Ordering::SeqCst);
        self.clients.iter_mut().for_each(|client| client.settle(&base, &self.told));
        self.rig.seconds.fetch_add(5, Ordering::SeqCst);
        check_served(&base, &self.told, dice);
        check_kept(self.rig.store.as_ref().unwrap(), &self.told)
    }
}

fn reads_go_on(base: &str) {
    for name in PARTIES {
        let line = Line::of(base, &duty(name)).expect("sessions need no disk");
        for path in ["/v1/given", "/checkpoint", "/tile/entries/000.p/3"] {
            let (status, body) = line.get(path).unwrap();
            assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        }
        let (_, health) = line.get("/health").unwrap();
        assert!(String::from_utf8(health).unwrap().contains(r#""writable":false"#));
    }
}

#[test]
fn whatever_befalls_the_disk_under_load_what_was_acknowledged_stands_and_the_host_goes_on() {
    let rounds = std::env::var("DECONFLICT_SOAK_ROUNDS").map_or(20, |n| n.parse().unwrap());
    let mut dice = Chance::new(43);
    let mut played = Played::new(0);
    let (mut acknowledged, mut refused, mut cuts, mut in_parts) = (0, 0, 0, 0);
    let begun = Instant::now();
    for round in 0..rounds {
        let seed = dice.number();
        let blow = match dice.below(8) {
            0 => Blow::Cut(Loss::All),
            1 | 2 => Blow::Cut(Loss::Each { seed }),
            3 | 4 => Blow::Cut(Loss::Torn { seed }),
            5 => Blow::Full,
            6 => Blow::Broken,
            _ => Blow::NoSync,
        };
        played.round(blow, &mut dice);
        if matches!(blow, Blow::Cut(_)) {
            played.power_on();
            cuts += 1;
        }
        played.check(&mut dice);
        if round % 10 == 9 || round + 1 == rounds {
            acknowledged += played.told.filed();
            refused += played.told.problems("problems/unwritable");
            in_parts += played.told.in_parts();
            // And it ends tidily: what is left opens without the disk's help.
            played.rig.stop();
            played.disk.cut(Loss::All).unwrap();
            check_kept(&Store::open(&played.rig.path()).unwrap(), &played.told);
            played = Played::new(round as u64 + 1);
        }
    }
    println!(
        "{rounds} rounds, {cuts} of them power cuts, {acknowledged} statements acknowledged, {in_parts} in \
         parts, {refused} refused while nothing could be written, {:?}",
        begun.elapsed()
    );
    assert!(cuts > rounds / 4 && cuts < rounds && acknowledged > 10 * rounds);
    assert!(in_parts > rounds, "too little followed in parts");
}
