//! All that follows from the entries of a record: what is kept, and for whom.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{Hash, KeyId, VerifyingKey, leaf_hash};
use serde::{Deserialize, Serialize};

use crate::charter::{Charter, Host, Member};
use crate::declared::{DeclarationContent, Kind, OperationState};
use crate::entry::{Extent, GridCell, Side};
use crate::names::{
    ConflictId, DeclarationId, GroupId, Handle, InterestId, OperatorId, PartyId, Version,
};
use crate::say::{Authority, Ending, Role, Sharing};
use crate::time::Time;
use crate::volumes::DeclaredVolume;

/// The fold of a record's entries, or, on a desk, of those that its party was given. Data alone; two
/// ledgers that are equal mean the same.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// How many entries have been folded; a party's view has none, its heads tell.
    pub size: u64,
    /// When the last entry was taken in; a party's view has none.
    pub now: Option<Time>,
    /// The charter in force; `None` before the space begins.
    pub charter: Option<Charter>,
    /// Who takes or took part.
    pub parties: BTreeMap<PartyId, Party>,
    /// Every key that is or was enrolled, roots included.
    pub keys: BTreeMap<KeyId, Key>,
    /// What was declared: each is large, and is not to be moved when another one comes.
    pub declarations: BTreeMap<DeclarationId, Box<Declaration>>,
    /// What a declaration will be called in its next conflict.
    pub handles: BTreeMap<Handle, DeclarationId>,
    /// Conflicts.
    pub conflicts: BTreeMap<ConflictId, Conflict>,
    /// Who wants to be told of what.
    pub interests: BTreeMap<PartyId, BTreeMap<InterestId, Interest>>,
    /// What a party's filings raised, by block of cells.
    pub probing: BTreeMap<PartyId, BTreeMap<String, ProbingTally>>,
    /// Disclosures since the last entry with a root over them. The host's alone.
    pub unsealed: Vec<VersionDisclosure>,
    /// The entries that everybody may read who takes part, and that whoever joins is given.
    pub public: Vec<u64>,
    /// Who kept the record before its present host, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
}

/// A host that the record was moved away from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Former {
    /// Who, and with which key.
    pub host: Host,
    /// The entry that moved the record. Its key signs no head that reaches beyond this entry.
    pub until: u64,
}

/// A party and its history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// As it introduced itself, with the groups that it says to speak for now.
    pub member: Member,
    /// When its participation changed, the last change last.
    pub history: Vec<Participation>,
    /// Who disputes that it speaks for a group, and why.
    pub disputes: BTreeMap<GroupId, BTreeMap<PartyId, String>>,
}

/// A change of a party's participation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participation {
    /// To what.
    pub state: ParticipationState,
    /// When.
    pub at: Time,
    /// By which entry.
    pub entry: u64,
    /// Why, in its own words.
    pub reason: String,
}

/// Whether a party takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParticipationState {
    /// It does.
    Joined,
    /// It pauses: it files nothing, and is still told what it was told before.
    Suspended,
    /// It left: it is told nothing more.
    Withdrew,
}

/// A key, and how far its chain of statements has come.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Whose.
    pub party: PartyId,
    /// The key itself.
    pub key: VerifyingKey,
    /// What for; `None`: it is the party's root.
    pub operator: Option<Operator>,
    /// The entry that enrolled it.
    pub enrolled: u64,
    /// The entry that revoked or replaced it.
    pub revoked: Option<u64>,
    /// The number of its last statement.
    pub seq: u64,
    /// Its last statement.
    pub last: Option<Hash>,
    /// The entry that holds it.
    pub last_entry: Option<u64>,
}

/// Who acts with a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The post or machine.
    pub id: OperatorId,
    /// What people call the post.
    pub post: String,
    /// What for.
    pub role: Role,
}

/// A declaration in its present version.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Whose.
    pub owner: PartyId,
    /// By whose word.
    pub authority: Authority,
    /// The present version.
    pub version: Version,
    /// When it came.
    pub at: Time,
    /// What it says.
    pub declared: DeclarationContent,
    /// Earlier versions, oldest first.
    pub past: Vec<Earlier>,
    /// Who may see it.
    pub sharing: Sharing,
    /// Of a zone: where each party that it concerns stands towards the present version.
    pub standings: BTreeMap<PartyId, Standing>,
    /// Of an operation: its state.
    pub state: Option<OperationState>,
    /// The entry that set it.
    pub state_entry: Option<u64>,
    /// Of a site: until when it counts as confirmed.
    pub confirmed_until: Option<Time>,
    /// Of a site: nobody has re-confirmed it since. Its protection in law is unchanged.
    pub lapsed: bool,
    /// Of a movement: it was notified with less lead than the rules ask. Marked, never refused.
    pub late: bool,
    /// When and how it ended.
    pub ended: Option<(Time, Ending)>,
    /// The entries that one who may see it from now on has to read.
    pub entries: Vec<u64>,
    /// What it will be called in its next conflict; `None` where the reader is not its owner.
    pub handle: Option<Handle>,
    /// Which parties were given the present version. The host's alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosed: Vec<Disclosure>,
    /// The entries with statements about it, the first first: what is erased with it. The host's alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<u64>,
}

/// An earlier version of a declaration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Which.
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
        /// When.
        at: Time,
        /// Which operator's key.
        by: KeyId,
        /// The entry that says so.
        entry: u64,
    },
    /// It disputes a point.
    Disputed {
        /// When.
        at: Time,
        /// Which.
        point: String,
        /// What it would have it say.
        own_text: String,
    },
    /// It had agreed and no longer does.
    Withdrew {
        /// When.
        at: Time,
        /// Why.
        reason: String,
    },
    /// It was asked and has not answered. Silence is never consent.
    Silent {},
}

/// A conflict and its history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// First the one whose filing brought it about.
    pub sides: [Side; 2],
    /// The declarations, as far as the reader may know them.
    pub between: [Option<DeclarationId>; 2],
    /// Where and when.
    pub extent: Extent,
    /// When it was found.
    pub opened: Time,
    /// Who has taken it on.
    pub owner: Option<(PartyId, KeyId)>,
    /// When a person of a side said that they had read of it.
    pub noticed: BTreeMap<PartyId, Time>,
    /// How and when the sides spoke with each other, and who says so.
    pub contact: Option<ContactMade>,
    /// Which sides accept the risk.
    pub accepted: BTreeSet<PartyId>,
    /// It is about to begin, and the sides have not spoken with each other.
    pub contact_overdue: bool,
    /// When and how it ended.
    pub closed: Option<(Time, ConflictEnd)>,
    /// The entries that tell of it.
    pub entries: Vec<u64>,
}

/// That the sides of a conflict spoke with each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactMade {
    /// Who says so.
    pub party: PartyId,
    /// By what means.
    pub means: String,
    /// When it was said.
    pub at: Time,
}

/// How a conflict ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictEnd {
    /// A change resolved it.
    Resolved,
    /// Its time is over.
    Expired,
}

/// Where a conflict stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictState {
    /// Nobody has taken it on.
    Open,
    /// Somebody has.
    Owned,
    /// Both sides have read of it.
    Notified,
    /// The sides have spoken with each other.
    ContactMade,
    /// Both sides accept the risk.
    AcceptedRisk,
    /// A change resolved it.
    Resolved,
    /// Its time is over.
    Expired,
}

/// An area, a time, kinds and a counter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interest {
    /// Where and when.
    pub area: DeclaredVolume,
    /// Of which kinds.
    pub kinds: BTreeSet<Kind>,
    /// How often a change has touched it.
    pub count: u64,
}

/// What a party's filings raised in one block of cells on one day.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbingTally {
    /// Days since 1970-01-01.
    pub day: i64,
    /// How many conflicts with others they raised, changed or resolved, and how many zones they laid over
    /// others' sites and movements.
    pub count: u32,
    /// Whom that touched.
    pub touched: BTreeSet<PartyId>,
    /// Who of them was told that it was more than the rules allow.
    pub told: BTreeSet<PartyId>,
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

impl Ledger {
    /// Who may be told things: every party that has not left.
    pub fn readers(&self) -> BTreeSet<PartyId> {
        self.parties
            .iter()
            .filter(|(_, party)| party.participation_state() != ParticipationState::Withdrew)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// The parties that have joined and neither pause nor left.
    pub fn joined(&self) -> BTreeSet<PartyId> {
        self.parties
            .iter()
            .filter(|(_, party)| party.participation_state() == ParticipationState::Joined)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Whether a party may see a declaration.
    pub fn sees(&self, party: &PartyId, declaration: &Declaration) -> bool {
        self.may_see(party, declaration.terms())
    }

    /// Whether a party may see what is declared on these terms.
    pub(crate) fn may_see(&self, party: &PartyId, terms: Terms<'_>) -> bool {
        if party == terms.owner {
            return true;
        }
        let takes_part = self
            .parties
            .get(party)
            .is_some_and(|p| p.participation_state() != ParticipationState::Withdrew);
        let shared = match terms.sharing {
            Sharing::Open => true,
            Sharing::Named(parties) => parties.contains(party),
            Sharing::ConflictOnly | Sharing::Sealed => false,
        };
        let concerned = match terms.declared {
            DeclarationContent::Zone(zone) => zone.concerns.contains(party),
            _ => false,
        };
        takes_part && (shared || concerned)
    }

    /// The parties that may see a declaration, its owner included.
    pub fn who_sees(&self, declaration: &Declaration) -> BTreeSet<PartyId> {
        self.parties.keys().filter(|party| self.sees(party, declaration)).cloned().collect()
    }

    /// The parties that a zone binds: those that it names, and whoever says to speak for a group that
    /// it names, disputed or not.
    pub fn bound_by(&self, declared: &DeclarationContent) -> BTreeSet<PartyId> {
        let DeclarationContent::Zone(zone) = declared else { return BTreeSet::new() };
        let speaks = |party: &Party| !party.member.speaks_for.is_disjoint(&zone.binds_groups);
        let speakers = self.parties.iter().filter(|(_, party)| speaks(party)).map(|(id, _)| id);
        zone.binds.iter().chain(speakers).cloned().collect()
    }

    /// The parties towards which a zone is unilateral: it binds them, and they have not signed its
    /// present version.
    pub fn unilateral_towards(&self, declaration: &Declaration) -> BTreeSet<PartyId> {
        let signed = |party: &PartyId| {
            *party == declaration.owner
                || matches!(declaration.standings.get(party), Some(Standing::Agreed { .. }))
        };
        self.bound_by(&declaration.declared).into_iter().filter(|party| !signed(party)).collect()
    }

    /// The watch desk's party.
    pub fn host(&self) -> Option<&PartyId> {
        self.charter.as_ref().map(|charter| &charter.host.party)
    }

    /// Which keys may sign a head over so many entries. The head that ends with the entry that moved the
    /// record is the last one of the old host or the first one of the new: both sign the same.
    pub fn head_keys(&self, size: u64) -> Vec<VerifyingKey> {
        let (mut keys, mut from) = (Vec::new(), 0);
        for former in &self.former {
            if (from..=former.until.saturating_add(1)).contains(&size) {
                keys.push(former.host.key);
            }
            from = former.until.saturating_add(1);
        }
        if size >= from {
            keys.extend(self.charter.as_ref().map(|charter| charter.host.key));
        }
        keys
    }

    /// All keys that sign or signed heads, in their order.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        let former = self.former.iter().map(|former| &former.host);
        former.chain(self.charter.as_ref().map(|charter| &charter.host))
    }

    /// Which parties that take part have signed a statement with their roots.
    pub fn roots_among(&self, signed_by: &BTreeSet<KeyId>) -> BTreeSet<PartyId> {
        let signed = |party: &PartyId| {
            let party = self.parties.get(party);
            party.is_some_and(|party| signed_by.contains(&party.member.root.id()))
        };
        self.joined().into_iter().filter(signed).collect()
    }
}

impl Party {
    /// Whether it takes part.
    pub fn participation_state(&self) -> ParticipationState {
        self.history.last().map_or(ParticipationState::Withdrew, |change| change.state)
    }
}

impl Key {
    /// Whether it is its party's root.
    pub fn is_root(&self) -> bool {
        self.operator.is_none()
    }

    /// What an operator may use it for.
    pub fn role(&self) -> Option<Role> {
        self.operator.as_ref().map(|operator| operator.role)
    }
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

    /// The entry that began it, in a host's ledger.
    pub fn begun(&self) -> Option<u64> {
        self.statements.first().copied()
    }

    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms { owner: &self.owner, declared: &self.declared, sharing: &self.sharing }
    }

    /// One more entry tells of it. They stay in their order, after the version's own, also where a desk
    /// is given them later.
    pub(crate) fn told_by(&mut self, entry: u64) {
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
            self.entries[1..].sort_unstable();
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

impl Conflict {
    /// What names the conflict of two declarations that an entry opens.
    pub(crate) fn named(handles: [Handle; 2], entry: u64) -> ConflictId {
        let [a, b] = handles;
        ConflictId(tagged("deconflict conflict v1", &[&a.0.0, &b.0.0, &entry.to_be_bytes()]))
    }

    /// Where it stands.
    pub fn state(&self) -> ConflictState {
        let both = |done: &dyn Fn(&PartyId) -> bool| self.sides.iter().all(|s| done(&s.party));
        match (self.closed, &self.contact) {
            (Some((_, ConflictEnd::Resolved)), _) => ConflictState::Resolved,
            (Some((_, ConflictEnd::Expired)), _) => ConflictState::Expired,
            _ if both(&|party| self.accepted.contains(party)) => ConflictState::AcceptedRisk,
            (None, Some(_)) => ConflictState::ContactMade,
            _ if both(&|party| self.noticed.contains_key(party)) => ConflictState::Notified,
            _ if self.owner.is_some() => ConflictState::Owned,
            _ => ConflictState::Open,
        }
    }

    /// Whether a party is a side of it.
    pub fn concerns(&self, party: &PartyId) -> bool {
        self.sides.iter().any(|side| side.party == *party)
    }
}

/// The block of cells in which filings are counted together.
pub(crate) fn block(cell: GridCell) -> String {
    const CELLS: i64 = 8;
    let (row, column) = (i64::from(cell.row), i64::from(cell.column));
    format!("{}/{}/{}", cell.level, row.div_euclid(CELLS), column.div_euclid(CELLS))
}

/// A hash under a name of its own.
fn tagged(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut bytes = tag.as_bytes().to_vec();
    bytes.push(b'\n');
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    leaf_hash(&bytes)
}
