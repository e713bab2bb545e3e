//! A space of four parties in a folder of its own, and the statements of its operators.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use deconflict_core::{
    Charter, Datum, DeclarationContent, DeclarationId, DeclaredVolume, Edges, Ending, Level,
    Operation, Place, Role, Say, Shape, Sharing, Time,
};
use deconflict_host::{Clock, Roster, Space, Timing, VerifiedStatement, system_entropy};
use deconflict_record::{Hash, SignedStatement, SigningKey};
use deconflict_store::Store;
use deconflict_testing::{
    PARTIES, SPACE, START, Signing, at, charter, duty, enrolment, founding, key, log_key, root,
};
use tempfile::TempDir;

use crate::workload::Random;

/// A space, begun, each party with an operator `duty`.
pub(super) struct Rig {
    pub(super) folder: TempDir,
    seconds: Arc<AtomicI64>,
    signing: Signing,
    random: Random,
}

/// Statements, each with its signature verified.
pub(super) fn checked(envelopes: &[Vec<u8>], roster: &Roster) -> Vec<VerifiedStatement> {
    let one = |envelope: &Vec<u8>| {
        VerifiedStatement::new(envelope, SPACE, roster).expect("a signed statement")
    };
    envelopes.iter().map(one).collect()
}

fn lane_key(name: &str, lane: usize) -> SigningKey {
    key(&format!("lane {lane} {name}"))
}

/// What is measured is the work, not a refusal of it.
fn boundless() -> Charter {
    let mut charter = charter(&PARTIES);
    charter.rules.limits.declarations = deconflict_core::MAX_LIMIT;
    charter.rules.limits.messages = deconflict_core::MAX_LIMIT;
    charter.rules.probing_a_day = u32::MAX;
    charter
}

impl Rig {
    pub(super) fn new() -> (Rig, Space) {
        Rig::with(boundless())
    }

    /// A space of this charter.
    pub(super) fn with(charter: Charter) -> (Rig, Space) {
        let mut rig = Rig {
            folder: tempfile::tempdir().expect("a folder for the space"),
            seconds: Arc::new(AtomicI64::new(at(START).seconds())),
            signing: Signing::new(SPACE),
            random: Random(7),
        };
        let say = founding(charter);
        let roots = PARTIES.map(|name| root(name, 0));
        let envelope = rig.sign("host", &roots.each_ref(), &say);
        let store = Store::create(&rig.path()).expect("a store");
        let timing = Timing::default();
        let (entropy, now) = (system_entropy(), rig.now());
        let mut space = Space::found(store, &envelope, log_key(), entropy, timing, now)
            .expect("a charter that founds a space");
        for name in PARTIES {
            let say = enrolment(name, "duty", Role::Person);
            let envelope = rig.sign(name, &[&root(name, 0)], &say);
            rig.take(&mut space, &[envelope]);
        }
        (rig, space)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("space.sqlite")
    }

    pub(super) fn now(&self) -> Time {
        Time::from_seconds(self.seconds.load(Ordering::Relaxed))
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> Clock {
        let seconds = self.seconds.clone();
        Arc::new(move || Time::from_seconds(seconds.load(Ordering::Relaxed)))
    }

    /// The same, and it goes on from there, in whole milliseconds.
    pub(super) fn running_clock(&self) -> Clock {
        let (seconds, begun) = (self.seconds.clone(), std::time::Instant::now());
        Arc::new(move || {
            let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
            let start = Time::from_seconds(seconds.load(Ordering::Relaxed));
            Time(deconflict_geometry::Instant(start.0.nanos() + ms * 1_000_000))
        })
    }

    /// Verifies statements and files them together.
    pub(super) fn take(&self, space: &mut Space, envelopes: &[Vec<u8>]) {
        let roster = space.published().roster();
        self.file(space, &checked(envelopes, &roster));
    }

    /// Files statements together; all must be accepted.
    pub(super) fn file(&self, space: &mut Space, checked: &[VerifiedStatement]) {
        for answer in space.file(self.now(), checked) {
            let filed = answer.unwrap_or_else(|failure| panic!("{}", failure.problem.detail));
            assert_eq!(filed.refusal, None, "{filed:?}");
        }
    }

    /// The envelope of the next statement of the first signer.
    pub(super) fn sign(&mut self, party: &str, signers: &[&SigningKey], say: &Say) -> Vec<u8> {
        self.signed(party, signers, say).envelope().encode()
    }

    pub(super) fn signed(
        &mut self,
        party: &str,
        signers: &[&SigningKey],
        say: &Say,
    ) -> SignedStatement {
        self.signing.noted(party, signers, say)
    }

    /// Operations declared by the parties in turn.
    pub(super) fn declare(&mut self, count: usize, sharing: &Sharing) -> Vec<SignedStatement> {
        let keys = PARTIES.map(duty);
        (0..count)
            .map(|i| {
                let declared = Box::new(DeclarationContent::Operation(self.delivery()));
                let sharing = sharing.clone();
                let say = Say::Declare { declared, sharing, knows: [].into() };
                let turn = i % PARTIES.len();
                self.signed(PARTIES[turn], &[&keys[turn]], &say)
            })
            .collect()
    }

    /// Enrols further keys, so many for each party.
    pub(super) fn enrol_lanes(&mut self, space: &mut Space, lanes: usize) {
        for name in PARTIES {
            for lane in 0..lanes {
                let say = Say::Enrol {
                    operator: format!("lane-{lane}").parse().expect("an operator's name"),
                    post: "lane".to_owned(),
                    operator_key: lane_key(name, lane).verifying_key(),
                    role: Role::Machine,
                };
                let envelope = self.sign(name, &[&root(name, 0)], &say);
                self.take(space, &[envelope]);
            }
        }
    }

    /// So many declarations in all, by lane.
    pub(super) fn lanes(
        &mut self,
        lanes: usize,
        count: usize,
        sharing: &Sharing,
    ) -> Vec<Vec<Vec<u8>>> {
        let each = count / (lanes * PARTIES.len());
        let mut all = Vec::new();
        for name in PARTIES {
            for lane in 0..lanes {
                let key = lane_key(name, lane);
                let envelopes = (0..each).map(|_| {
                    let declared = Box::new(DeclarationContent::Operation(self.delivery()));
                    let sharing = sharing.clone();
                    let say = Say::Declare { declared, sharing, knows: [].into() };
                    self.sign(name, &[&key], &say)
                });
                all.push(envelopes.collect());
            }
        }
        all
    }

    /// The ends of operations that the parties declared in turn.
    pub(super) fn end(&mut self, declared: &[Hash]) -> Vec<Vec<u8>> {
        let keys = PARTIES.map(duty);
        let ends = declared.iter().enumerate().map(|(i, hash)| {
            let declaration = DeclarationId(*hash);
            let turn = i % PARTIES.len();
            let say = Say::End { declaration, how: Ending::Ended };
            self.sign(PARTIES[turn], &[&keys[turn]], &say)
        });
        ends.collect()
    }

    /// A drone's way of half a kilometre within half an hour, somewhere in 300 km by 300 km and half
    /// a day.
    fn delivery(&mut self) -> Operation {
        let place =
            Place { lat: self.random.between(33.0, 36.0), lon: self.random.between(38.0, 41.0) };
        let end = Place { lat: place.lat + 0.004, lon: place.lon + 0.002 };
        let from = self.now().after_seconds(self.random.between(0.0, 43_200.0) as i64);
        let volume = DeclaredVolume {
            shape: Shape::Corridor {
                path: vec![place, end],
                half_width_m: 30.0,
                edges: Edges::GreatCircle,
            },
            lower: Level::At { m: 30.0, above: Datum::Agl },
            upper: Level::At { m: 120.0, above: Datum::Agl },
            from: Some(from),
            until: Some(from.after_seconds(1_800)),
        };
        let name = [("en".to_owned(), "delivery".to_owned())].into();
        Operation { name, volumes: vec![volume], contact: None }
    }
}
