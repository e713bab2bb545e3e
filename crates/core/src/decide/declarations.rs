//! Declarations, their versions and ends, and agreement about zones.

use std::collections::BTreeSet;
use std::ops::Deref;

use deconflict_geometry::Volume;
use deconflict_vocabulary::Traffic;

use super::{Author, Following, Judgement, Verdict};
use crate::channel::reports_on;
use crate::charter::Knowledge;
use crate::coding::done_to_operation;
use crate::compare::MOST_FOLLOWING;
use crate::comparison::{ComparisonProgress, comes_first};
use crate::declared::{DeclarationContent, Kind, OperationState};
use crate::detect::{Filing, Part, Progress};
use crate::entry::Finding;
use crate::finder::{PlacedVolumes, Placement};
use crate::ledger::{Declaration, Standing, Terms};
use crate::names::{DeclarationId, Handle, MessageId, PartyId, Version};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::say::{Authority, Ending, Role, Sharing, Statement};
use crate::state::State;
use crate::time::Time;

/// The most promises that one statement reports done: whoever gave more is asked about the others.
const MOST_MET: usize = 256;

impl State {
    pub(super) fn declare(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        declared: &DeclarationContent,
        sharing: &Sharing,
        knows: &BTreeSet<Version>,
        now: Time,
    ) -> Judgement {
        let volumes = self.check(author.party, declared, sharing)?;
        let most = self.limits().declarations;
        // A site or a movement is never refused for a bound of numbers: lives hang on it.
        if !comes_first(declared.kind()) && self.has_as_many(author, most) {
            return Err(Refusal::Limit { of: Quantity::Declarations, most });
        }
        let version = Version(statement.hash);
        let id = DeclarationId::begun_by(version);
        let terms = Terms { owner: author.party, declared, sharing };
        self.filed(id, version, terms, volumes, None, knows, author, now)
    }

    #[expect(clippy::too_many_arguments, reason = "the members of what is said, each used once")]
    pub(super) fn amend(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        (id, from): (DeclarationId, Version),
        declared: &DeclarationContent,
        sharing: &Sharing,
        knows: &BTreeSet<Version>,
        now: Time,
    ) -> Judgement {
        let before = self.own_declaration(author, id)?;
        is_present(before, from)?;
        if before.declared.kind() != declared.kind() {
            return Err(Refusal::OtherKind { kind: before.declared.kind() });
        }
        // Nobody narrows what an owner signed, nor voids what others signed of its zone, by saying that it said so.
        let is_zone = before.declared.kind() == Kind::Zone;
        if !author.signs() && (is_zone || before.is_signed()) {
            return Err(Refusal::OwnKeyAmends {});
        }
        let volumes = self.check(author.party, declared, sharing)?;
        let terms = Terms { owner: &before.owner, declared, sharing };
        if *sharing != before.sharing {
            return Err(Refusal::SharingFixed {});
        }
        // Whoever may no longer see it must be told so, and not by the new version itself.
        let saw = self.ledger().who_sees(before);
        if let Some(party) = saw.into_iter().find(|party| !self.ledger().may_see(party, terms)) {
            return Err(Refusal::NoLongerConcerned { party });
        }
        let version = Version(statement.hash);
        self.filed(id, version, terms, volumes, Some(before), knows, author, now)
    }

    /// What a version leads to.
    #[expect(clippy::too_many_arguments, reason = "the members of what is filed, each used once")]
    fn filed(
        &self,
        id: DeclarationId,
        version: Version,
        terms: Terms<'_>,
        volumes: Vec<Volume>,
        before: Option<&Declaration>,
        knows: &BTreeSet<Version>,
        author: &Author<'_>,
        now: Time,
    ) -> Judgement {
        let Some(finder) = self.finder() else { return Ok(Following::default()) };
        let left = before.and_then(|d| d.declared.volumes().ok()).unwrap_or_default();
        let placement = Placement::new(version, terms.sharing, volumes, &finder.judging);
        let placed = placement.volumes();
        self.within_cells(author.bearer, id, terms, placed)?;
        let filing = Filing { id, version, terms, placed };
        let prove = self.ledger().charter.as_ref().map(|charter| charter.rules.knowledge)
            == Some(Knowledge::Prove)
            && terms.declared.kind() == Kind::Operation;
        if prove {
            let missing = self.unknown_versions(&filing, knows, now);
            if !missing.is_empty() {
                return Err(Refusal::MissingKnowledge { versions: missing });
            }
        }
        let around = placed.volumes.iter().chain(&left);
        let mut touched = self.touched(id, version, terms, around);
        touched.extend(before.and_then(|before| self.overdue_ended(before)));
        touched
            .extend(before.into_iter().flat_map(|one| self.promises_met(author, (id, one), false)));
        let findings = self.first_part(author.bearer, now, touched, |part| {
            part.name(id, Handle::first(version));
            part.compare(&filing, (None, None), &|_, _| true)
        });
        Ok(Following { findings, placement: Some(placement) })
    }

    /// Whether an author has as many declarations in force as this. What the watch desk entered for others counts
    /// as its own party's, and not as theirs.
    fn has_as_many(&self, author: &Author<'_>, most: usize) -> bool {
        let in_force = self.ledger().declarations.values().filter(|d| d.ended.is_none());
        let entered_by = |d: &Declaration| match &d.authority {
            Authority::EnteredBy { party, .. } => Some(party.clone()),
            _ => None,
        };
        if author.bearer != author.party {
            let own = in_force.filter(|d| entered_by(d).as_ref() == Some(author.bearer));
            return own.count() >= most;
        }
        let count = self.finder().map_or(0, |finder| finder.in_force(author.party).declarations);
        // Only who seems to have too many is counted exactly.
        count >= most && {
            let own = in_force.filter(|d| d.owner == *author.party && entered_by(d).is_none());
            own.count() >= most
        }
    }

    /// Whether the author keeps within the ground that its zones and operations in force may cover: what the watch
    /// desk entered for others counts as its own. What others hold has no part in it, and what covers no more than before is never refused.
    fn within_cells(
        &self,
        bearer: &PartyId,
        id: DeclarationId,
        terms: Terms<'_>,
        placed: &PlacedVolumes,
    ) -> Result<(), Refusal> {
        let (Some(finder), most) = (self.finder(), self.limits().cells) else { return Ok(()) };
        if comes_first(terms.declared.kind()) {
            return Ok(());
        }
        let (before, cells) = (finder.cells_of(id, bearer), placed.cells(&finder.judging));
        let others = finder.in_force(bearer).cells.saturating_sub(before);
        if cells > before && others.saturating_add(cells) > most as u64 {
            return Err(Refusal::Limit { of: Quantity::Cells, most });
        }
        Ok(())
    }

    /// What fits beside a statement of what follows from it, and the mark where that is not all. Interests are
    /// told of with it: where it lay before, nobody knows later.
    fn first_part(
        &self,
        by: &PartyId,
        now: Time,
        touched: Vec<Finding>,
        find: impl Fn(&mut Part<'_>) -> Progress,
    ) -> Vec<Finding> {
        let room = MOST_FOLLOWING.saturating_sub(touched.len());
        let (progress, mut findings) = self.part(Some(by), now, (self.pace(), room), find);
        findings.extend(touched);
        if let Progress::At(other) = progress {
            let reached = ComparisonProgress { declaration: None, other };
            findings.push(Finding::Comparing { statement: self.ledger().size, reached });
        }
        findings
    }

    /// The volumes of what can be declared at all.
    fn check(
        &self,
        owner: &PartyId,
        declared: &DeclarationContent,
        sharing: &Sharing,
    ) -> Result<Vec<Volume>, Refusal> {
        let volumes = declared.check().map_err(|fault| Refusal::Invalid { fault })?;
        self.check_sharing(sharing)?;
        if let DeclarationContent::Zone(zone) = declared {
            let mut named = zone.concerns.iter().chain(&zone.binds);
            named.try_for_each(|party| self.knows_party(party))?;
            // Whom a zone binds, it concerns: none is bound unheard.
            let unheard = self
                .ledger()
                .bound_by(declared)
                .into_iter()
                .find(|party| party != owner && !zone.concerns.contains(party));
            if let Some(party) = unheard {
                return Err(Refusal::BoundUnheard { party });
            }
        }
        Ok(volumes)
    }

    fn check_sharing(&self, sharing: &Sharing) -> Result<(), Refusal> {
        match sharing {
            Sharing::Sealed => Err(Refusal::SealedReserved {}),
            Sharing::Named(parties) => parties.iter().try_for_each(|party| self.knows_party(party)),
            Sharing::Open | Sharing::ConflictOnly => Ok(()),
        }
    }

    /// The author's own declaration, in force.
    fn own_declaration(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
    ) -> Result<&Declaration, Refusal> {
        let declaration = self.visible_declaration(author, id)?;
        if declaration.owner != *author.party {
            return Err(Refusal::NotYours {});
        }
        if declaration.ended.is_some() {
            return Err(Refusal::Ended {});
        }
        Ok(declaration)
    }

    /// A declaration that the author may see; what it may not see is as if it were not there.
    fn visible_declaration(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
    ) -> Result<&Declaration, Refusal> {
        self.ledger()
            .declarations
            .get(&id)
            .filter(|declaration| self.ledger().sees(author.party, declaration))
            .map(Deref::deref)
            .ok_or(Refusal::Unknown { what: Referent::Declaration(id) })
    }

    pub(super) fn share(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        sharing: &Sharing,
        now: Time,
    ) -> Judgement {
        let before = self.own_declaration(author, id)?;
        self.check_sharing(sharing)?;
        let terms = Terms { sharing, ..before.terms() };
        let (Some(finder), Ok(volumes)) = (self.finder(), terms.declared.volumes()) else {
            return Ok(Following::default());
        };
        let version = before.version;
        let placement = Placement::new(version, sharing, volumes, &finder.judging);
        let filing = Filing { id, version, terms, placed: placement.volumes() };
        let findings = self.first_part(author.bearer, now, Vec::new(), |part| {
            part.compare(&filing, (None, None), &|_, _| true)
        });
        Ok(Following { findings, placement: Some(placement) })
    }

    pub(super) fn end(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        how: Ending,
        now: Time,
    ) -> Verdict {
        let before = self.own_declaration(author, id)?;
        let kind = before.declared.kind();
        if author.key.role() == Some(Role::Machine) && kind != Kind::Operation {
            return Err(Refusal::PersonOnly {});
        }
        let site = kind == Kind::Site;
        if site != (how == Ending::Removed) {
            return Err(Refusal::OtherKind { kind });
        }
        if waits_for_key(author, before) {
            return Ok(Vec::new());
        }
        Ok(self.ended(id, before, author, now))
    }

    fn ended(
        &self,
        id: DeclarationId,
        before: &Declaration,
        author: &Author<'_>,
        now: Time,
    ) -> Vec<Finding> {
        let volumes = before.declared.volumes().unwrap_or_default();
        let mut touched = self.touched(id, before.version, before.terms(), volumes.iter());
        touched.extend(self.overdue_ended(before));
        touched.extend(self.promises_met(author, (id, before), true));
        self.first_part(author.bearer, now, touched, |part| part.resolve_all(id))
    }

    /// What the owner of an operation promised to whoever asked to have it adjusted, and does by this. What is entered or
    /// attested for it keeps nothing that it signed.
    fn promises_met(
        &self,
        author: &Author<'_>,
        (id, before): (DeclarationId, &Declaration),
        ends: bool,
    ) -> Vec<Finding> {
        let is_operation = before.declared.kind() == Kind::Operation && author.signs();
        let report = done_to_operation(id, ends).filter(|_| is_operation);
        let Some(report) = report else { return Vec::new() };
        let party = author.party;
        let is_met = |message: &&MessageId| {
            let asked = self.ledger().dialogues.get(*message);
            asked.is_some_and(|asked| {
                let promised = asked.exchanges.get(party).and_then(|own| own.undertaking);
                asked.traffic == Traffic::Real
                    && promised.is_some_and(|promised| promised.is_due())
                    && reports_on(&report, &asked.message)
            })
        };
        let met = self.ledger().reported_on.iter().filter(is_met).take(MOST_MET);
        met.map(|message| Finding::PromiseMet { message: *message, party: party.clone() }).collect()
    }

    pub(super) fn set_state(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        version: Version,
        state: OperationState,
        now: Time,
    ) -> Verdict {
        let before = self.own_declaration(author, id)?;
        is_present(before, version)?;
        let Some(from) = before.operation_state() else {
            return Err(Refusal::OtherKind { kind: before.declared.kind() });
        };
        if !from.may_become(state) {
            return Err(Refusal::State { from, to: state });
        }
        if state == OperationState::Ended && waits_for_key(author, before) {
            return Ok(Vec::new());
        }
        if state == OperationState::Ended {
            return Ok(self.ended(id, before, author, now));
        }
        let volumes = before.declared.volumes().unwrap_or_default();
        Ok(self.touched(id, version, before.terms(), volumes.iter()))
    }

    pub(super) fn reconfirm(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        version: Version,
    ) -> Verdict {
        let before = self.own_declaration(author, id)?;
        is_present(before, version)?;
        match before.declared.kind() {
            Kind::Site => Ok(Vec::new()),
            kind => Err(Refusal::OtherKind { kind }),
        }
    }

    /// A zone that asks the author's party, in this version.
    fn asked_zone(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        version: Version,
    ) -> Result<&Declaration, Refusal> {
        let zone = self.visible_declaration(author, id)?;
        if zone.declared.kind() != Kind::Zone {
            return Err(Refusal::OtherKind { kind: zone.declared.kind() });
        }
        if zone.ended.is_some() {
            return Err(Refusal::Ended {});
        }
        if zone.standing(author.party).is_none() {
            return Err(Refusal::NotConcerned {});
        }
        is_present(zone, version)?;
        Ok(zone)
    }

    /// The party agrees to a zone or disputes it, once it is asked. That an agreement is never entered or
    /// attested for another is seen to before.
    pub(super) fn stand(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        version: Version,
    ) -> Verdict {
        self.asked_zone(author, id, version).map(|_| Vec::new())
    }

    pub(super) fn unsign(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
        version: Version,
    ) -> Verdict {
        let zone = self.asked_zone(author, id, version)?;
        match zone.standing(author.party) {
            Some(Standing::Agreed { .. }) => Ok(Vec::new()),
            _ => Err(Refusal::NotAgreed {}),
        }
    }
}

/// Whether what is said of the end of a declaration waits for its owner's key, as
/// `Declaration::ends_by_key_alone` has it when it is applied.
fn waits_for_key(author: &Author<'_>, declaration: &Declaration) -> bool {
    !author.signs() && declaration.is_signed()
}

fn is_present(declaration: &Declaration, version: Version) -> Result<(), Refusal> {
    if declaration.version == version {
        Ok(())
    } else {
        Err(Refusal::Superseded { present: declaration.version })
    }
}
