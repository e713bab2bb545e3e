//! Random histories: what parties might say, sensible or not.

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::Hash;
use deconflict_vocabulary::{
    Addressees, AnswerId, CodeId, Effect, ObjectKind, ObjectRef, ParameterName, Traffic, Value,
};

use crate::charter::{PARTIES, START, member, party, texts};
use crate::declarations::{circle, declare, movement, site, zone};
use crate::keys::{operator, root};
use crate::{Dice, World, choice, some_answer, some_message};

/// A place on one of a few spots, so that things meet often.
fn spot(dice: &mut Dice) -> (f64, f64) {
    (33.5 + dice.below(5) as f64 * 0.01, 38.6 + dice.below(5) as f64 * 0.01)
}

fn hours(now: Time, dice: &mut Dice) -> (Time, Time) {
    let from = now.after_seconds(3_600 * (dice.below(8) as i64 - 2));
    (from, from.after_seconds(900 * (1 + dice.below(12) as i64)))
}

fn some_volume(now: Time, dice: &mut Dice) -> DeclaredVolume {
    let (lat, lon) = spot(dice);
    let radius_m = [50.0, 600.0, 2_500.0][dice.below(3)];
    let mut volume = circle(lat, lon, radius_m, START, START);
    let (from, until) = hours(now, dice);
    (volume.from, volume.until) = (Some(from), Some(until));
    if dice.one_in(4) {
        volume.lower = Level::At { m: 2_000.0, above: Datum::Amsl };
        volume.upper = Level::At { m: 4_000.0, above: Datum::Amsl };
    }
    volume
}

fn some_parties(dice: &mut Dice) -> Vec<&'static str> {
    PARTIES.into_iter().filter(|_| dice.one_in(2)).collect()
}

fn some_declared(now: Time, dice: &mut Dice) -> DeclarationContent {
    match dice.below(5) {
        0 => {
            let (lat, lon) = spot(dice);
            let (mut concerns, binds) = (some_parties(dice), some_parties(dice));
            if !dice.one_in(5) {
                concerns.extend(&binds);
            }
            DeclarationContent::Zone(zone(lat, lon, 3_000.0, &concerns, &binds))
        }
        1 => {
            let (lat, lon) = spot(dice);
            let mut site = site(lat, lon);
            if let DeclarationContent::Site(site) = &mut site {
                site.hit_only_to_holders = dice.one_in(4);
            }
            site
        }
        2 => {
            let (from, to) = (spot(dice), spot(dice));
            let (departs, arrives) = hours(now, dice);
            movement(from, to, &departs.to_string(), &arrives.to_string())
        }
        _ => {
            let volumes = 1 + dice.below(3);
            DeclarationContent::Operation(Operation {
                name: texts("op"),
                volumes: (0..volumes).map(|_| some_volume(now, dice)).collect(),
                contact: None,
            })
        }
    }
}

fn some_sharing(dice: &mut Dice) -> Sharing {
    match dice.below(8) {
        0..3 => Sharing::ConflictOnly,
        3..5 => Sharing::Open,
        5 => Sharing::Sealed,
        _ => Sharing::Named(some_parties(dice).into_iter().map(party).collect()),
    }
}

/// The words of what an operator says by chance, each as often as it stands here. A new one has its arm in
/// [`something`], and goes to the end.
const SAYINGS: &[&str] = &[
    "amend",
    "amend",
    "share",
    "share",
    "end",
    "end",
    "set-state",
    "reconfirm",
    "agree",
    "dispute",
    "withdraw-agreement",
    "own",
    "noticed",
    "contact",
    "accept-risk",
    "set-interest",
    "drop-interest",
    "enter-for",
    "declare",
    "declare",
    "void",
    "send",
    "send",
    "answer",
    "answer",
    "receive",
    "shelve",
    "confirm",
];

/// What an operator of a party might say, sensible or not. Where there is nothing yet to say it of, it
/// declares something.
pub fn something(ledger: &Ledger, now: Time, name: &str, dice: &mut Dice) -> Say {
    let me = party(name);
    let mine = dice.one_in(8);
    let known: Vec<(DeclarationId, Version)> = ledger
        .declarations
        .iter()
        .filter(|(_, d)| mine || d.owner == me && d.ended.is_none())
        .map(|(id, d)| (*id, d.version))
        .collect();
    let zones: Vec<(DeclarationId, Version)> = ledger
        .declarations
        .iter()
        .filter(|(_, d)| d.declared.kind() == Kind::Zone && d.ended.is_none())
        .map(|(id, d)| (*id, d.version))
        .collect();
    let conflicts: Vec<ConflictId> = ledger.conflicts.keys().copied().collect();
    let interest: InterestId = ["a", "b"][dice.below(2)].parse().unwrap();
    let declaration = dice.pick(&known).copied();
    let zone = dice.pick(&zones).copied();
    let conflict = dice.pick(&conflicts).copied();
    let text = || "because".to_owned();
    match (SAYINGS[dice.below(SAYINGS.len())], declaration, zone, conflict) {
        ("amend", Some((declaration, from)), ..) => {
            let before = &ledger.declarations[&declaration];
            let same = !dice.one_in(6);
            let sharing = if same { before.sharing.clone() } else { some_sharing(dice) };
            let mut declared = some_declared(now, dice);
            if let (DeclarationContent::Zone(new), DeclarationContent::Zone(old)) =
                (&mut declared, &*before.declared)
            {
                new.concerns.extend(old.concerns.clone());
            }
            let declared = Box::new(declared);
            Say::Amend { declaration, from, declared, sharing, knows: BTreeSet::new() }
        }
        ("share", Some((declaration, _)), ..) => {
            Say::Share { declaration, sharing: some_sharing(dice) }
        }
        ("end", Some((declaration, _)), ..) => {
            let how = [Ending::Ended, Ending::Cancelled, Ending::Removed][dice.below(3)];
            Say::End { declaration, how }
        }
        ("set-state", Some((operation, version)), ..) => {
            use OperationState::{Accepted, Activated, Contingent, Ended, Nonconforming};
            let state = [Accepted, Activated, Contingent, Ended, Nonconforming][dice.below(5)];
            Say::SetState { operation, version, state }
        }
        ("reconfirm", Some((site, version)), ..) => Say::Reconfirm { site, version },
        ("agree", _, Some((zone, version)), _) => Say::Agree { zone, version },
        ("dispute", _, Some((zone, version)), _) => {
            Say::Dispute { zone, version, point: text(), own_text: text() }
        }
        ("withdraw-agreement", _, Some((zone, version)), _) => {
            Say::WithdrawAgreement { zone, version, reason: text() }
        }
        ("own", .., Some(conflict)) => Say::Own { conflict },
        ("noticed", .., Some(conflict)) => Say::Noticed { conflict },
        ("contact", .., Some(conflict)) => Say::Contact { conflict, means: text() },
        ("accept-risk", .., Some(conflict)) => Say::AcceptRisk { conflict, reason: text() },
        ("set-interest", ..) => Say::SetInterest {
            interest,
            area: Box::new(some_volume(now, dice)),
            kinds: [Kind::Operation, Kind::Site].into(),
        },
        ("drop-interest", ..) => Say::DropInterest { interest },
        ("void", ..) => {
            let duty = ledger.keys.get(&operator(name, "duty").verifying_key().id());
            let next = duty.map_or(1, |key| key.seq + 1);
            Say::Void { number: next + u64::from(dice.one_in(3)) }
        }
        ("send", ..) => message(ledger, now, &me, dice),
        ("answer", ..) => said_to_message(ledger, now, dice).unwrap_or_else(|| void(1)),
        ("receive", ..) => match dice.pick(&messages(ledger)) {
            Some(message) => {
                let receipts = [Receipt::Delivered, Receipt::Displayed, Receipt::ReadBack];
                Say::Receive { message: *message, receipt: receipts[dice.below(3)], shown_in: None }
            }
            None => void(1),
        },
        ("confirm", ..) => confirmation(ledger, &me, dice),
        ("shelve", ..) => {
            let message = dice.pick(&messages(ledger)).map(|id| ShelfObject::Message(*id));
            let all = [
                message,
                message,
                declaration.map(|(id, _)| ShelfObject::Declaration(id)),
                conflict.map(ShelfObject::Conflict),
            ];
            let seconds = [60, 600, 900, 1_800][dice.below(4)];
            match all[dice.below(4)] {
                Some(of) => Say::Shelve { of, until: now.after_seconds(seconds) },
                None => void(1),
            }
        }
        ("enter-for", ..) if dice.one_in(4) => Say::EnterFor {
            party: party(PARTIES[dice.below(4)]),
            means: text(),
            said: Box::new(match dice.one_in(2) {
                true => message(ledger, now, &me, dice),
                false => said_to_message(ledger, now, dice).unwrap_or_else(|| void(1)),
            }),
        },
        ("enter-for", Some((declaration, _)), ..) if dice.one_in(2) => Say::EnterFor {
            party: ledger.declarations[&declaration].owner.clone(),
            means: text(),
            said: Box::new(Say::End {
                declaration,
                how: [Ending::Ended, Ending::Cancelled, Ending::Removed][dice.below(3)],
            }),
        },
        ("enter-for", ..) => Say::EnterFor {
            party: party(PARTIES[dice.below(4)]),
            means: text(),
            said: Box::new(declare(some_declared(now, dice), some_sharing(dice))),
        },
        _ => declare(some_declared(now, dice), some_sharing(dice)),
    }
}

fn void(number: u64) -> Say {
    Say::Void { number }
}

fn messages(ledger: &Ledger) -> Vec<MessageId> {
    ledger.dialogues.keys().copied().collect()
}

/// A message of some code, which speaks of what there is.
fn message(ledger: &Ledger, now: Time, me: &PartyId, dice: &mut Dice) -> Say {
    let codes: Vec<CodeId> = CodeId::all().collect();
    // Those that do something to another message as often as all others.
    let does = |code: &&CodeId| code.row().parameter("message").is_some();
    let doing: Vec<CodeId> = codes.iter().filter(does).copied().collect();
    let some = if dice.one_in(2) { &doing } else { &codes };
    let code = *dice.pick(some).unwrap();
    let speaks_of = code.row().parameter("message").is_some();
    let asked = relays_asked_of(ledger, me);
    let reports = code.row().addressees == Addressees::AskerOfRelay && !dice.one_in(8);
    let relay = dice.pick(&asked).filter(|_| reports);
    let other = match relay {
        Some((message, _)) => Some(*message),
        None => dice.pick(&messages(ledger)).copied().filter(|_| speaks_of),
    };
    let references: Vec<ObjectRef> = match other {
        Some(message) => vec![ObjectRef(message.0.0)],
        None => fitting(ledger, code, dice),
    };
    let holders = matches!(
        code.row().addressees,
        Addressees::EveryHolder | Addressees::EveryHolderAndOthersByCell
    );
    let to = match other.and_then(|other| ledger.dialogues.get(&other)) {
        _ if relay.is_some() => relay.map(|(_, asker)| asker.clone()).into_iter().collect(),
        None if holders && !dice.one_in(4) => {
            PARTIES.map(party).into_iter().filter(|party| party != me).collect()
        }
        // Those who have it, mostly.
        Some(dialogue) if dialogue.sender == *me => dialogue.exchanges.keys().cloned().collect(),
        Some(dialogue) if !dice.one_in(4) => [dialogue.sender.clone()].into(),
        _ => (0..=dice.below(2)).map(|_| party(PARTIES[dice.below(4)])).collect(),
    };
    let traffic = match dice.below(6) {
        0 => Traffic::Exercise,
        _ => Traffic::Real,
    };
    match some_message(code, now.seconds(), &references, dice) {
        Some(mut message) => {
            // Every other one says that the movement is no longer on its way.
            if let Effect::TellsOfMovement { over_by } = code.row().effect
                && dice.one_in(2)
            {
                let status = ParameterName::new("status").unwrap();
                message.parameters.insert(status, choice(over_by[dice.below(over_by.len())]));
            }
            let remark = dice.one_in(6).then(|| {
                let commitment = Hash([dice.below(256) as u8; 32]);
                MessageRemark::Sealed(SealedRemark { age: "YWdl".into(), commitment })
            });
            Say::Send { message: Box::new(message), to, traffic, remark }
        }
        None => void(1),
    }
}

/// The messages that a party is asked to pass on, and who asks.
fn relays_asked_of(ledger: &Ledger, me: &PartyId) -> Vec<(MessageId, PartyId)> {
    let asks = |dialogue: &&Joint<Dialogue>| {
        dialogue.code().row().effect == Effect::AsksRelay && dialogue.exchanges.contains_key(me)
    };
    let named = |dialogue: &Joint<Dialogue>| {
        let of = dialogue.message.parameters.values().find_map(|value| match value {
            Value::Reference(of) => Some(MessageId(Hash(of.0))),
            _ => None,
        });
        Some((of?, dialogue.sender.clone()))
    };
    ledger.dialogues.values().filter(asks).filter_map(named).collect()
}

/// What a code may speak of, mostly: things of the kind that it asks for.
fn fitting(ledger: &Ledger, code: CodeId, dice: &mut Dice) -> Vec<ObjectRef> {
    let all = code.row().parameters.iter().filter_map(|parameter| parameter.kind.object_kind());
    let wanted: Vec<ObjectKind> = all.collect();
    let any = dice.one_in(8);
    let fits = |kind: Kind| {
        any || wanted.iter().any(|wanted| match wanted {
            ObjectKind::Zone => kind == Kind::Zone,
            ObjectKind::Operation => kind == Kind::Operation,
            ObjectKind::Site => kind == Kind::Site,
            ObjectKind::Movement => kind == Kind::Movement,
            ObjectKind::SiteOrMovement => matches!(kind, Kind::Site | Kind::Movement),
            _ => true,
        })
    };
    let all = ledger.declarations.iter().filter(|(_, declared)| fits(declared.declared.kind()));
    all.map(|(id, _)| ObjectRef(id.0.0)).collect()
}

/// An answer to some message, mostly one that its code allows.
fn said_to_message(ledger: &Ledger, now: Time, dice: &mut Dice) -> Option<Say> {
    let message = *dice.pick(&messages(ledger))?;
    let mut answers = ledger.dialogues[&message].code().row().attribute.answers();
    if dice.one_in(5) {
        answers = AnswerId::all().collect();
    }
    let answer = Box::new(some_answer(*dice.pick(&answers)?, now.seconds(), dice));
    Some(Say::Answer { message, answer })
}

/// That somebody has done what it promised: mostly who did, to a message of this party.
fn confirmation(ledger: &Ledger, me: &PartyId, dice: &mut Dice) -> Say {
    let any = dice.one_in(6);
    let all = ledger.dialogues.iter().flat_map(|(id, dialogue)| {
        let meant = |(_, exchange): &(&PartyId, &Exchange)| {
            any || (dialogue.sender == *me && exchange.undertaking.is_some())
        };
        let parties = dialogue.exchanges.iter().filter(meant);
        parties.map(|(party, _)| (*id, party.clone()))
    });
    match dice.pick(&all.collect::<Vec<_>>()) {
        Some((message, party)) => Say::Confirm { message: *message, party: party.clone() },
        None => void(1),
    }
}

/// What a root might say.
pub fn govern(w: &mut World, dice: &mut Dice, generations: &mut [u8; 4]) {
    let i = dice.below(4);
    let name = PARTIES[i];
    let generation = generations[i];
    let me = party(name);
    let here = w.state.ledger().parties[&me].participation_state() != ParticipationState::Withdrew;
    if !here {
        // Back, under a root of its own choice.
        let mut back = member(name);
        back.root = root(name, generation + 1).verifying_key();
        back.next_root =
            deconflict_record::leaf_hash(&root(name, generation + 2).verifying_key().id().0.0);
        let sponsor = (0..4).find(|j| {
            w.state.ledger().parties[&party(PARTIES[*j])].participation_state()
                == ParticipationState::Joined
        });
        let Some(sponsor) = sponsor else { return };
        let mut signers = vec![root(PARTIES[sponsor], generations[sponsor])];
        signers.extend((0..4).filter(|j| *j != sponsor).map(|j| root(PARTIES[j], generations[j])));
        signers.push(root(name, generation + 1));
        let signers: Vec<_> = signers.iter().collect();
        let say = Say::Join { member: back };
        let statement = w.statement(PARTIES[sponsor], &signers, say);
        let entries = w.file(statement).unwrap();
        if matches!(entries[0].what, What::Accepted(_)) {
            generations[i] = generation + 1;
        }
        return;
    }
    let group: GroupId = "militia".parse().unwrap();
    let say = match dice.below(10) {
        // The host stays: somebody must.
        0 if i > 0 => Say::Withdraw { reason: "quarrel".into() },
        1 => Say::Suspend { reason: "quarrel".into() },
        2 | 3 => Say::Resume {},
        4 => Say::SpeakFor { group },
        5 => Say::StopSpeakingFor { group },
        6 => Say::RotateRoot {
            root: root(name, generation + 1).verifying_key(),
            next_root: deconflict_record::leaf_hash(
                &root(name, generation + 2).verifying_key().id().0.0,
            ),
        },
        7 => Say::ReplaceSuccessor {
            next_root: deconflict_record::leaf_hash(
                &root(name, generation + 1).verifying_key().id().0.0,
            ),
        },
        8 => Say::SetRecipients {
            recipients: (0..dice.below(3))
                .map(|nth| format!("age1{name}{nth}").parse().unwrap())
                .collect(),
        },
        _ => Say::DisputeSpeaking { party: party("south"), group, text: "no".into() },
    };
    let rotates = matches!(say, Say::RotateRoot { .. });
    let (now, next) = (root(name, generation), root(name, generation + 1));
    let consents = matches!(say, Say::ReplaceSuccessor { .. });
    let others = PARTIES.iter().zip(generations.iter()).filter(|_| consents);
    let others: Vec<_> = others.map(|(name, generation)| root(name, *generation)).collect();
    let signers: Vec<_> = [&now, &next].into_iter().chain(&others).collect();
    let statement = w.statement(name, &signers, say);
    if let Ok(entries) = w.file(statement)
        && rotates
        && matches!(entries[0].what, What::Accepted(_))
    {
        generations[i] = generation + 1;
    }
}

/// One step of a history: time passes, a root governs or an operator says something.
pub fn step(w: &mut World, dice: &mut Dice, generations: &mut [u8; 4]) {
    match dice.below(12) {
        0 => {
            let by = [60, 900, 3_600, 86_400][dice.below(4)];
            w.pass(by);
        }
        1 if dice.one_in(3) => govern(w, dice, generations),
        _ => {
            let name = PARTIES[dice.below(4)];
            let say = something(w.state.ledger(), w.now, name, dice);
            files(w, name, say, dice);
        }
    }
}

/// A message of some party, or what one says to a message, taken in or not.
pub fn channel_step(w: &mut World, dice: &mut Dice) {
    let name = PARTIES[dice.below(4)];
    let ledger = w.state.ledger();
    let said = dice.one_in(2).then(|| said_to_message(ledger, w.now, dice)).flatten();
    let say = said.unwrap_or_else(|| message(ledger, w.now, &party(name), dice));
    files(w, name, say, dice);
}

/// What is said is signed and filed. Every tenth is signed by a clock that is not the host's.
fn files(w: &mut World, name: &str, say: Say, dice: &mut Dice) {
    let key = operator(name, "duty");
    let apart_s = 6 + dice.below(600) as i64;
    let apart_s = if dice.one_in(2) { apart_s } else { -apart_s };
    let clock_ahead_s = dice.one_in(10).then_some(apart_s);
    let statement = Statement { clock_ahead_s, ..w.statement(name, &[&key], say) };
    // A party that left has lost no key, so that everything is at least logged.
    w.file(statement).unwrap();
}
