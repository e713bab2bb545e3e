//! All that follows from the entries of a record: what is kept, and for whom.

mod conflict;
mod declaration;
mod overlay;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};

pub use conflict::{Conflict, ConflictEnd, ConflictState, ContactMade};
pub(crate) use declaration::Terms;
pub use declaration::{
    Condition, Declaration, Disclosure, Earlier, Precision, Standing, UnsignedEnd,
    VersionDisclosure,
};
use deconflict_record::{Hash, KeyId, VerifyingKey, leaf_hash};
use deconflict_vocabulary::LimitTable;
use imbl::{OrdMap, OrdSet, Vector};
pub use overlay::{Overlay, OverlayEnd, OverlayKind};
use serde::{Deserialize, Serialize};
pub use shelf::{LONGEST_SHELF_S, Shelf, ShelfObject};
pub(crate) use shelf::{MOST_SHELVES, lasting};

use crate::channel::Dialogue;
use crate::charter::{Charter, Host, Member, RuleSet};
use crate::comparison::Comparison;
use crate::declared::{DeclarationContent, Kind};
use crate::entry::GridCell;
use crate::names::{
    ConflictId, DeclarationId, GroupId, Handle, InterestId, MessageId, OperatorId, OverlayId,
    PartyId, Version,
};
use crate::recipient::Recipient;
use crate::say::{Role, Sharing};
use crate::shared::Joint;
use crate::time::Time;
use crate::volumes::DeclaredVolume;
use crate::waiting::WaitingComparisons;

/// The fold of a record's entries, or, on a desk, of those that its party was given. Data alone; two
/// ledgers that are equal mean the same.
///
/// To clone one copies nothing, however long it is: both have in common what neither changes. So a reader
/// holds on to what it has while the writer goes on.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// How many entries have been folded; a party's view has none, its heads tell.
    pub size: u64,
    /// When the last entry was taken in; a party's view has none.
    pub now: Option<Time>,
    /// The charter in force; `None` before the space begins.
    pub charter: Option<Joint<Charter>>,
    /// Who takes or took part.
    pub parties: OrdMap<PartyId, Joint<Party>>,
    /// Every key that is or was enrolled, roots included.
    pub keys: OrdMap<KeyId, Joint<Key>>,
    /// What was declared.
    pub declarations: OrdMap<DeclarationId, Joint<Declaration>>,
    /// What a declaration will be called in its next conflict.
    pub handles: OrdMap<Handle, DeclarationId>,
    /// Conflicts.
    pub conflicts: OrdMap<ConflictId, Joint<Conflict>>,
    /// Zones over declarations that they do not bind.
    #[serde(default, skip_serializing_if = "OrdMap::is_empty")]
    pub overlays: OrdMap<OverlayId, Joint<Overlay>>,
    /// Messages of the channel, and what came of them.
    #[serde(default, skip_serializing_if = "OrdMap::is_empty")]
    pub dialogues: OrdMap<MessageId, Joint<Dialogue>>,
    /// Those of them of which a later message may report: that what was promised is done, or what became of a relay.
    #[serde(default, skip_serializing_if = "OrdSet::is_empty")]
    pub reported_on: OrdSet<MessageId>,
    /// Those of them that say that a place is being hit, and that nobody has ended.
    #[serde(default, skip_serializing_if = "OrdSet::is_empty")]
    pub incidents: OrdSet<MessageId>,
    /// Those of them that went to the next level, with the ones that they speak of: the watch desk reads them, and that it
    /// does is its own and the host's to know.
    #[serde(default, skip_serializing_if = "OrdSet::is_empty")]
    pub escalated: OrdSet<MessageId>,
    /// The time limits of messages, each from an entry on: whoever is given a message late counts by those that were in
    /// force.
    #[serde(default, skip_serializing_if = "Vector::is_empty")]
    pub limit_tables: Vector<(u64, LimitTable)>,
    /// Which sounds operators have shelved, those of a party in their order: its own and the watch desk's to know. One that
    /// ended goes with the party's next one.
    #[serde(default, skip_serializing_if = "OrdMap::is_empty")]
    pub shelves: OrdMap<PartyId, Vector<Shelf>>,
    /// Who wants to be told of what.
    pub interests: OrdMap<PartyId, OrdMap<InterestId, Joint<Interest>>>,
    /// What a party's filings raised, by block of cells.
    pub probing: OrdMap<PartyId, OrdMap<String, Joint<ProbingTally>>>,
    /// Disclosures since the last entry with a root over them. The host's alone.
    pub unsealed: Vector<VersionDisclosure>,
    /// The entries that everybody may read who takes part, and that whoever joins is given.
    pub public: Vector<u64>,
    /// Whether some of what stood in the record by the last head is still to be compared, as that head's entry
    /// with the disclosures said: without it "no conflict" can be said of nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub comparing: bool,
    /// What is still to be compared, by the entries of the statements. The host's alone.
    #[serde(default, skip_serializing_if = "WaitingComparisons::is_empty")]
    pub comparisons: WaitingComparisons,
    /// What follows from the last statement, unless it is among those. The host's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Joint<Comparison>>,
    /// Who kept the record before its present host, the first first.
    #[serde(default, skip_serializing_if = "Vector::is_empty")]
    pub former: Vector<Former>,
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
    /// To what others seal remarks for it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub recipients: BTreeSet<Recipient>,
}

/// A change of a party's participation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participation {
    /// To what.
    pub state: ParticipationState,
    /// When the entry that says so was taken in, by the host's clock.
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
    /// The party that the key speaks for.
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

/// An area, a time, kinds and a counter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interest {
    /// Where and when. It may be long, and the counter changes often.
    pub area: Joint<DeclaredVolume>,
    /// Of which kinds.
    pub kinds: BTreeSet<Kind>,
    /// How often an entry named it that told of a change.
    pub count: u64,
}

/// What a party's filings raised in one block of cells on one day.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbingTally {
    /// Days since 1970-01-01.
    pub day: i64,
    /// How many conflicts and overlays with others they raised, changed or ended.
    pub count: u32,
    /// Whom that touched.
    pub touched: BTreeSet<PartyId>,
    /// Who of them was told that it was more than the rules allow.
    pub told: BTreeSet<PartyId>,
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

    /// The declaration of this name, or whose present version it is.
    pub fn declaration_named(&self, of: Hash) -> Option<&Declaration> {
        let by_name = self.declarations.get(&DeclarationId(of));
        let by_version = || self.declarations.values().find(|one| one.version == Version(of));
        by_name.or_else(by_version).map(|known| &**known)
    }

    /// A message, those that it speaks of, and all that speak of one of these: what is to be read together.
    pub fn conversation(&self, message: MessageId) -> BTreeSet<MessageId> {
        let mut about: BTreeMap<MessageId, Vec<MessageId>> = BTreeMap::new();
        for (id, dialogue) in &self.dialogues {
            if let Some(of) = dialogue.spoken_of() {
                about.entry(of).or_default().push(*id);
            }
        }
        let (mut all, mut next) = (BTreeSet::new(), vec![message]);
        while let Some(id) = next.pop() {
            let Some(dialogue) = self.dialogues.get(&id) else { continue };
            if all.insert(id) {
                next.extend(dialogue.spoken_of());
                next.extend(about.get(&id).into_iter().flatten());
            }
        }
        all
    }

    /// The parties that a zone binds: those that it names, and whoever says to speak for a group that
    /// it names, disputed or not.
    pub fn bound_by(&self, declared: &DeclarationContent) -> BTreeSet<PartyId> {
        let DeclarationContent::Zone(zone) = declared else { return BTreeSet::new() };
        let speaks = |party: &Party| !party.member.speaks_for.is_disjoint(&zone.binds_groups);
        let speakers = self.parties.iter().filter(|(_, party)| speaks(party)).map(|(id, _)| id);
        zone.binds.iter().chain(speakers).cloned().collect()
    }

    /// Whether a zone binds a party.
    pub(crate) fn is_bound(&self, party: &PartyId, declared: &DeclarationContent) -> bool {
        let DeclarationContent::Zone(zone) = declared else { return false };
        let speaks =
            |party: &Joint<Party>| !party.member.speaks_for.is_disjoint(&zone.binds_groups);
        zone.binds.contains(party)
            || (!zone.binds_groups.is_empty() && self.parties.get(party).is_some_and(speaks))
    }

    /// The parties towards which a zone is unilateral: it binds them, and they have not signed its
    /// present version.
    pub fn unilateral_towards(&self, declaration: &Declaration) -> BTreeSet<PartyId> {
        let signed = |party: &PartyId| {
            *party == declaration.owner
                || matches!(declaration.standing(party), Some(Standing::Agreed { .. }))
        };
        self.bound_by(&declaration.declared).into_iter().filter(|party| !signed(party)).collect()
    }

    /// The rules in force.
    pub(crate) fn rules(&self) -> Option<&RuleSet> {
        self.charter.as_ref().map(|charter| &charter.rules)
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

/// The block of cells in which filings are counted together.
pub(crate) fn block(cell: GridCell) -> String {
    const CELLS: i64 = 8;
    let (row, column) = (i64::from(cell.row), i64::from(cell.column));
    format!("{}/{}/{}", cell.level, row.div_euclid(CELLS), column.div_euclid(CELLS))
}

/// A hash under a name of its own.
pub(crate) fn tagged(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut bytes = tag.as_bytes().to_vec();
    bytes.push(b'\n');
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    leaf_hash(&bytes)
}
