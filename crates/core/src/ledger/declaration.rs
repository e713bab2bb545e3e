//! A declaration, what has become of it, and who was given it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::KeyId;
use imbl::Vector;
use serde::{Deserialize, Serialize};

use super::tagged;
use crate::declared::{DeclarationContent, OperationState};
use crate::names::{DeclarationId, GroupId, Handle, PartyId, Version};
use crate::say::{Authority, Ending, Sharing};
use crate::shared::Joint;
use crate::time::Time;

/// A declaration in its present version.
///
/// Whoever changes one that another ledger holds too copies it, so what may be long is held in common with the
/// copy: it takes no longer after thousands of versions than after the first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The party that declared it, and alone amends, shares or ends it.
    pub owner: PartyId,
    /// By whose word.
    pub authority: Authority,
    /// Whether somebody has signed for the present version since it was entered or attested: its owner's own key
    /// confirmed it, set its state or shared it, or another party agreed to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
    /// The present version.
    pub version: Version,
    /// When it came.
    pub at: Time,
    /// What it says.
    pub declared: Joint<DeclarationContent>,
    /// Earlier versions, oldest first.
    pub past: Vector<Joint<Earlier>>,
    /// Who may see it.
    pub sharing: Sharing,
    /// The entry by which its owner shared the present version otherwise than it was declared, the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<u64>,
    /// What has become of it, by its kind.
    pub condition: Condition,
    /// When and how it ended.
    pub ended: Option<(Time, Ending)>,
    /// That somebody else said for its owner that it ended. What an owner signed, its own key alone ends: until
    /// then it stands, and so do its conflicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsigned_end: Option<UnsignedEnd>,
    /// The entries that one who may see it from now on has to read.
    pub entries: Vector<u64>,
    /// What it will be called in its next conflict; `None` where the reader is not its owner.
    pub handle: Option<Handle>,
    /// Which parties were given the present version. The host's alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosed: Vec<Disclosure>,
    /// The entries with statements about it, the first first: what is erased with it. The host's alone.
    #[serde(default, skip_serializing_if = "Vector::is_empty")]
    pub statements: Vector<u64>,
}

/// What has become of a declaration, by its kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// Of a zone.
    Zone {
        /// Where each party that it concerns stands towards the present version.
        standings: BTreeMap<PartyId, Standing>,
    },
    /// Of an operation.
    Operation {
        /// How far it is.
        state: OperationState,
        /// The entry that set that, unless it began so.
        entry: Option<u64>,
    },
    /// Of a site.
    Site {
        /// Until when it counts as confirmed.
        confirmed_until: Option<Time>,
        /// Nobody has re-confirmed it since. Its protection in law is unchanged.
        lapsed: bool,
    },
    /// Of a movement.
    Movement {
        /// It was notified with less lead than the rules ask. Marked, never refused.
        late: bool,
        /// By when somebody was to have said that units were told of the present version, where nobody had. Its owner's
        /// alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        units_not_told: Option<Time>,
    },
}

/// What was entered or attested for an owner of the end of what it had signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsignedEnd {
    /// When it was taken in, by the host's clock.
    pub at: Time,
    /// How it is said to have ended.
    pub how: Ending,
    /// The entry that says so.
    pub entry: u64,
}

/// An earlier version of a declaration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// What it was called: the hash of the statement that said it.
    pub version: Version,
    /// Which parties were given it. The host's alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosed: Vec<Disclosure>,
}

/// Where a party stands towards a version of a zone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Standing {
    /// It signed this very version.
    Agreed {
        /// When it was taken in, by the host's clock.
        at: Time,
        /// Which operator's key.
        by: KeyId,
        /// The entry that says so.
        entry: u64,
    },
    /// It disputes a point.
    Disputed {
        /// When it was taken in, by the host's clock.
        at: Time,
        /// What of the zone it disputes, in its own words.
        point: String,
        /// What it would have it say.
        own_text: String,
    },
    /// It had agreed and no longer does.
    Withdrew {
        /// When it was taken in, by the host's clock.
        at: Time,
        /// Why, in its own words.
        reason: String,
    },
    /// It was asked and has not answered. Silence is never consent.
    Silent {},
}

/// That a party was given a version of a declaration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// Which party.
    pub party: PartyId,
    /// How precisely.
    pub precision: Precision,
    /// The entry that caused it.
    pub cause: u64,
    /// The statement by which its owner consented, where it is not the version's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Version>,
}

/// A disclosure, and of what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionDisclosure {
    /// Of which declaration.
    pub declaration: DeclarationId,
    /// Which version of it.
    pub version: Version,
    /// To whom, how and why.
    pub given: Disclosure,
}

/// How precisely something was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// As a conflict on the sharing grid.
    Grid,
    /// In full.
    Full,
}

/// On which terms something is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) owner: &'a PartyId,
    pub(crate) declared: &'a DeclarationContent,
    pub(crate) sharing: &'a Sharing,
}

impl Declaration {
    /// The versions that there were and are, each with those who were given it; the present one last.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = (Version, &[Disclosure])> {
        let past = self.past.iter().map(|earlier| (earlier.version, &*earlier.disclosed));
        past.chain([(self.version, &*self.disclosed)])
    }

    /// That a party was given a version.
    pub fn disclosure(&self, version: Version, party: &PartyId) -> Option<&Disclosure> {
        let (_, given) = self.versions().rfind(|(one, _)| *one == version)?;
        given.iter().find(|given| given.party == *party)
    }

    /// Whether its owner's key alone ends and amends it.
    pub(crate) fn is_signed(&self) -> bool {
        self.authority == Authority::Signed {} || self.vouched
    }

    /// Whether what is said by this authority of its end waits for its owner's key.
    pub(crate) fn ends_by_key_alone(&self, authority: &Authority) -> bool {
        self.is_signed() && *authority != Authority::Signed {}
    }

    /// Somebody signed for the present version.
    pub(crate) fn vouch(&mut self) {
        self.vouched = self.authority != Authority::Signed {};
    }

    /// Its owner speaks for the present version, by this authority. That its own key says how it goes on is more
    /// than what somebody else said of its end.
    pub(crate) fn spoken_for(&mut self, authority: &Authority) {
        if *authority == (Authority::Signed {}) {
            self.vouch();
            self.unsigned_end = None;
        }
    }

    /// The entry that began it, in a host's ledger.
    pub fn begun(&self) -> Option<u64> {
        self.statements.front().copied()
    }

    /// Where a party stands towards it, if it is a zone that asks the party.
    pub fn standing(&self, party: &PartyId) -> Option<&Standing> {
        match &self.condition {
            Condition::Zone { standings } => standings.get(party),
            _ => None,
        }
    }

    /// Where a party stands from now on, if it is a zone.
    pub(crate) fn stands(&mut self, party: &PartyId, standing: Standing) {
        if let Condition::Zone { standings } = &mut self.condition {
            standings.insert(party.clone(), standing);
        }
    }

    /// How far it is, if it is an operation.
    pub fn operation_state(&self) -> Option<OperationState> {
        match self.condition {
            Condition::Operation { state, .. } => Some(state),
            _ => None,
        }
    }

    /// Until when it counts as confirmed, if it is a site.
    pub fn confirmed_until(&self) -> Option<Time> {
        match self.condition {
            Condition::Site { confirmed_until, .. } => confirmed_until,
            _ => None,
        }
    }

    /// Whether it is a site that nobody has re-confirmed in time.
    pub fn lapsed(&self) -> bool {
        matches!(self.condition, Condition::Site { lapsed: true, .. })
    }

    /// Whether it is a movement that was notified with too little lead.
    pub fn late(&self) -> bool {
        matches!(self.condition, Condition::Movement { late: true, .. })
    }

    /// By when somebody was to have said that units were told of it, if it is a movement and nobody had: told to its owner.
    pub fn units_not_told(&self) -> Option<Time> {
        match self.condition {
            Condition::Movement { units_not_told, .. } => units_not_told,
            _ => None,
        }
    }

    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms { owner: &self.owner, declared: &self.declared, sharing: &self.sharing }
    }

    /// Whether it is a zone that binds one of these groups.
    pub(crate) fn binds_one_of(&self, groups: &BTreeSet<GroupId>) -> bool {
        let declared: &DeclarationContent = &self.declared;
        match declared {
            DeclarationContent::Zone(zone) => !zone.binds_groups.is_disjoint(groups),
            _ => false,
        }
    }

    /// Whether the present version came, and was shared as it is, before an entry, in a host's ledger.
    pub(crate) fn stood_before(&self, entry: u64) -> bool {
        self.entries.front().into_iter().chain(&self.shared).all(|last| *last < entry)
    }

    /// One more entry tells of it. They stay in their order, after the version's own, also where a desk
    /// is given them later.
    pub(crate) fn told_by(&mut self, entry: u64) {
        // Mostly it is the last one.
        let later = self.entries.iter().skip(1).rev().take_while(|one| **one > entry).count();
        let place = self.entries.len() - later;
        let told = [self.entries.front(), place.checked_sub(1).and_then(|at| self.entries.get(at))];
        if !told.contains(&Some(&entry)) {
            self.entries.insert(place, entry);
        }
    }

    /// What it will be called in its next conflict.
    pub(crate) fn next_handle(&self) -> Handle {
        self.handle.unwrap_or_else(|| Handle::first(self.version))
    }
}

impl Handle {
    /// What a version is called in its first conflict. Who knew an earlier version, and may not see this
    /// one, does not recognise it.
    pub(crate) fn first(version: Version) -> Handle {
        Handle(tagged("deconflict handle v1", &[&version.0.0]))
    }

    /// What a version is called in the conflict after one in which it met `other`. Who met it and does
    /// not know the version does not recognise it; who knows the version, and not all that it met,
    /// cannot count its conflicts.
    #[must_use]
    pub(crate) fn after(self, version: Version, other: Handle) -> Handle {
        Handle(tagged("deconflict next handle v1", &[&version.0.0, &self.0.0, &other.0.0]))
    }
}
