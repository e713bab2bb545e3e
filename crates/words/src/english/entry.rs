//! An entry of the record in words.

use deconflict_api::Content;
use deconflict_core::{
    DeclarationId, Ending, ErasureSubject, Finding, Role, Say, Sharing, ShelfObject, Side,
    Statement, What,
};
use deconflict_vocabulary::Term;
use serde_json::json;

use super::coding::{coding_line, shown};
use super::dialogue::said;
use super::figures::{clock_apart, counted, times};
use super::message;
use super::overlay::told;
use super::states::{Rows, lapsed, word};
use crate::entry::EntryView;
use crate::escape::{bounded, printable, quoted, rendered};
use crate::reader::{Reader, at, short};

/// The most interests that are named one by one.
const MOST_INTERESTS: usize = 5;

/// An entry in one line: where, when, who, with which key, what.
pub(super) fn entry_line(reader: &Reader<'_>, read: &EntryView<'_>) -> String {
    let text = entry_text(reader, read);
    match read.content {
        Some(content) => format!("{:>6}  {}  {text}", read.index, at(content.entry.at)),
        None => format!("{:>6}  {text}", read.index),
    }
}

/// The same without its place in the record and when it was taken in.
pub(super) fn entry_text(reader: &Reader<'_>, read: &EntryView<'_>) -> String {
    let Some(content) = read.content else {
        return format!("erased; its commitment is {}", short(read.commitment));
    };
    let code = match read.coding(reader.view).filter(|_| !tells_its_code(&content.entry.what)) {
        Some(coding) => format!("{} | ", coding_line(reader, &coding)),
        None => String::new(),
    };
    let what = match &content.entry.what {
        What::Accepted(said) => spoken(reader, said),
        What::Refused(said, why) => {
            let why = bounded(&reader.language.refusal(why));
            format!("{} -- REFUSED, without effect: {why}", spoken(reader, said))
        }
        What::Found(finding) => format!("the host found: {}", found(reader, finding)),
    };
    let later = if read.cause == read.index {
        String::new()
    } else {
        format!(" (given to you by entry {})", read.cause)
    };
    format!("{code}{what}{later}")
}

/// Whether the sentence of an entry says by which code it stands: of what was said on the channel it does.
fn tells_its_code(what: &What) -> bool {
    fn is_of_channel(say: &Say) -> bool {
        match say {
            Say::Send { .. } | Say::Answer { .. } => true,
            Say::EnterFor { said, .. } | Say::Attest { said, .. } => is_of_channel(said),
            _ => false,
        }
    }
    match what {
        What::Accepted(said) | What::Refused(said, _) => is_of_channel(&said.say),
        What::Found(_) => false,
    }
}

fn spoken(reader: &Reader<'_>, said: &Statement) -> String {
    let words = of_say(reader, &said.say);
    let name = if is_message(&said.say) {
        format!(" [message {}]", short(said.hash))
    } else {
        String::new()
    };
    let clock =
        said.clock_ahead_s.map(|ahead_s| format!(", by a clock that was {}", clock_apart(ahead_s)));
    let clock = clock.unwrap_or_default();
    format!("{} ({}{clock}) {words}{name}", said.party, reader.key(&said.key))
}

/// Whether a message is sent: that is named by the statement that sends it, by whomever it is entered.
fn is_message(say: &Say) -> bool {
    match say {
        Say::Send { .. } => true,
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => is_message(said),
        _ => false,
    }
}

/// What a declaration is called, if the reader sees it.
fn declaration(reader: &Reader<'_>, id: DeclarationId) -> String {
    match reader.view.declarations.get(&id) {
        Some(known) => {
            let kind = known.declared.kind();
            format!("{kind} {} ({})", reader.text(known.declared.name()), short(id))
        }
        None => format!("declaration {}", short(id)),
    }
}

fn shared(reader: &Reader<'_>, sharing: &Sharing) -> String {
    match sharing {
        Sharing::ConflictOnly => "shared with nobody".to_owned(),
        Sharing::Open => "shared with all".to_owned(),
        Sharing::Named(parties) => format!("shared with {}", reader.parties(parties)),
        Sharing::Sealed => "sealed".to_owned(),
    }
}

fn ends(how: Ending) -> &'static str {
    match how {
        Ending::Ended => "as ended",
        Ending::Cancelled => "as cancelled",
        Ending::Removed => "as removed",
    }
}

fn enrolled_as(role: Role) -> &'static str {
    match role {
        Role::Person => "the operator",
        Role::Machine => "the machine",
        Role::Gateway => "the gateway",
    }
}

/// What is said. Every kind has its own sentence: none falls back on its word.
fn of_say(reader: &Reader<'_>, say: &Say) -> String {
    match say {
        Say::FoundSpace { charter } => format!(
            "founds the space {} of {}",
            reader.text(&charter.title),
            reader.parties(charter.parties.iter().map(|member| &member.id))
        ),
        Say::AmendCharter { .. } => "amends the charter".to_owned(),
        Say::MoveHost { host, from } => {
            format!("moves the space to the host of {} from size {} on", host.party, from.size)
        }
        Say::Join { member } => format!("lets {} join", member.id),
        Say::Suspend { reason } => format!("suspends its participation: {}", bounded(reason)),
        Say::Resume {} => "takes part again".to_owned(),
        Say::Withdraw { reason } => format!("leaves: {}", bounded(reason)),
        Say::Enrol { operator, post, operator_key, role } => {
            let (role, key) = (enrolled_as(*role), operator_key.id().short());
            format!("enrols {role} {operator}, {}, key {key}", quoted(post))
        }
        Say::Revoke { operator_key, reason } => {
            format!("revokes key {}: {}", operator_key.short(), bounded(reason))
        }
        Say::RotateRoot { root, .. } => format!("rotates its root to key {}", root.id().short()),
        Say::ReplaceSuccessor { .. } => "commits to another successor of its root".to_owned(),
        Say::SetRecipients { recipients } => format!(
            "says to what remarks for it are sealed: {}",
            counted(recipients.len(), "recipient", "recipients")
        ),
        Say::SpeakFor { group } => format!("says that it speaks for {group}"),
        Say::StopSpeakingFor { group } => format!("no longer speaks for {group}"),
        Say::DisputeSpeaking { party, group, text } => {
            format!("disputes that {party} speaks for {group}: {}", quoted(text))
        }

        Say::Declare { declared, sharing, .. } => format!(
            "declares {} {}, {}",
            declared.kind(),
            reader.text(declared.name()),
            shared(reader, sharing)
        ),
        Say::Amend { declaration: id, declared, .. } => {
            format!("amends {} {} ({})", declared.kind(), reader.text(declared.name()), short(id))
        }
        Say::Share { declaration: id, sharing } => {
            format!("changes {}: {} from now on", declaration(reader, *id), shared(reader, sharing))
        }
        Say::End { declaration: id, how } => {
            format!("ends {} {}", declaration(reader, *id), ends(*how))
        }
        Say::SetState { operation, state, .. } => {
            format!("sets {} to {state}", declaration(reader, *operation))
        }
        Say::Reconfirm { site, .. } => format!("re-confirms {}", declaration(reader, *site)),
        Say::Agree { zone, version } => {
            format!("agrees to version {} of {}", short(version), declaration(reader, *zone))
        }
        Say::Dispute { zone, version, point, own_text } => format!(
            "disputes version {} of {}: {}; would have it say {}",
            short(version),
            declaration(reader, *zone),
            quoted(point),
            quoted(own_text)
        ),
        Say::WithdrawAgreement { zone, version, reason } => format!(
            "withdraws its agreement to version {} of {}: {}",
            short(version),
            declaration(reader, *zone),
            bounded(reason)
        ),
        Say::SetInterest { interest, .. } => format!("wants to be told of changes: {interest}"),
        Say::DropInterest { interest } => format!("drops its interest {interest}"),
        Say::Own { conflict } => format!("takes conflict {} on", short(conflict)),
        Say::Noticed { conflict } => format!("has read of conflict {}", short(conflict)),
        Say::Contact { conflict, means } => {
            format!("says that the sides of conflict {} spoke: {}", short(conflict), bounded(means))
        }
        Say::AcceptRisk { conflict, reason } => {
            format!("accepts the risk of conflict {}: {}", short(conflict), bounded(reason))
        }
        Say::Send { message, to, traffic, remark } => {
            message::sends(reader, message, (to, *traffic, remark.as_ref()))
        }
        Say::Answer { message, answer } => message::answers(reader, *message, answer),
        Say::Confirm { message, party } => message::confirms(reader, *message, party),
        Say::Receive { message, receipt, shown_in } => {
            message::receives(reader, *message, (*receipt, shown_in.as_ref()))
        }
        Say::Shelve { of, until } => {
            format!("shelves the sound of {} until {}", shelf_object(reader, *of), at(*until))
        }
        Say::Void { number } => format!(
            "uses its number {number} for nothing: what its key signed under it before is void"
        ),
        Say::EnterFor { party, means, said } => format!(
            "enters for {party}, who said it by {}: {party} {}",
            bounded(means),
            of_say(reader, said)
        ),
        Say::Attest { evidence, said } => {
            format!("attests, with {}: {}", quoted(evidence), of_say(reader, said))
        }
    }
}

/// Of what the sound is shelved.
pub(super) fn shelf_object(reader: &Reader<'_>, of: ShelfObject) -> String {
    match of {
        ShelfObject::Message(id) => message::named(reader, id),
        ShelfObject::Declaration(id) => declaration(reader, id),
        ShelfObject::Conflict(id) => format!("conflict {}", short(id)),
    }
}

/// Both sides, each by its name where the reader knows it. Its own is never called hidden.
fn sides(
    reader: &Reader<'_>,
    sides: &[Side; 2],
    between: Option<[Option<DeclarationId>; 2]>,
) -> String {
    let known = named(sides, between);
    let one = |nth: usize| {
        let side = &sides[nth];
        match known[nth] {
            Some(id) => format!("{} of {}", of_kind(reader, side, id), side.party),
            None if side.party == *reader.party => format!("your own {}", side.kind),
            None => format!("a {} of {} that you may not see", side.kind, side.party),
        }
    };
    format!("{} and {}", one(0), one(1))
}

fn of_kind(reader: &Reader<'_>, side: &Side, id: DeclarationId) -> String {
    match reader.view.declarations.get(&id) {
        Some(_) => declaration(reader, id),
        None => format!("{} {}", side.kind, short(id)),
    }
}

/// Which declarations two sides are: as the view has them, else as the entry says.
fn named(
    sides: &[Side; 2],
    between: Option<[Option<DeclarationId>; 2]>,
) -> [Option<DeclarationId>; 2] {
    let between = between.unwrap_or_default();
    [0, 1].map(|nth: usize| between[nth].or(sides[nth].declaration))
}

fn found(reader: &Reader<'_>, finding: &Finding) -> String {
    match finding {
        Finding::ConflictOpened { conflict, sides: both, extent, .. } => format!(
            "CONFLICT {} of {}, {}",
            short(conflict),
            sides(reader, both, reader.view.conflicts.get(conflict).map(|known| known.between)),
            times(extent.from, extent.until)
        ),
        Finding::ConflictChanged { conflict, extent, .. } => format!(
            "conflict {} is another one now, {}",
            short(conflict),
            times(extent.from, extent.until)
        ),
        Finding::ConflictResolved { conflict, .. } => {
            format!("conflict {} is resolved by a change", short(conflict))
        }
        Finding::ConflictExpired { conflict } => {
            format!("the time of conflict {} is over", short(conflict))
        }
        Finding::ContactOverdue { conflict } => format!(
            "CONTACT OVERDUE: conflict {} is about to begin, and the sides have not spoken",
            short(conflict)
        ),
        Finding::SiteLapsed { site } => format!(
            "{} was not re-confirmed; its protection in law is unchanged",
            declaration(reader, *site)
        ),
        Finding::InterestTouched { interests, more: true, declaration: id, .. }
            if interests.is_empty() =>
        {
            let near = "lies near so many interests that none was looked at by itself";
            format!("{} {near}", declaration(reader, *id))
        }
        Finding::InterestTouched { interests, more, declaration: id, .. } => {
            let names: Vec<&str> =
                interests.iter().take(MOST_INTERESTS).map(|interest| interest.as_str()).collect();
            let more = match (interests.len().saturating_sub(MOST_INTERESTS), more) {
                (0, false) => String::new(),
                (0, true) => " and maybe others".to_owned(),
                (named, false) => format!(" and {named} more"),
                (named, true) => format!(" and {named} more, and maybe others"),
            };
            let noun = if interests.len() == 1 { "interest" } else { "interests" };
            format!("{} touches the {noun} {}{more}", declaration(reader, *id), names.join(", "))
        }
        Finding::Probing { party, filings, touched, .. } => format!(
            "PROBING: the filings of {party} raised {filings} conflicts in one block on one day, \
             among them with {touched}"
        ),
        Finding::HeldByLeaver { leaver, owner, versions } => {
            let held = counted(versions.len(), "version", "versions");
            format!("{leaver}, who leaves, keeps {held} of what {owner} declared and showed it")
        }
        Finding::OverlayOpened { overlay, sides, extent, .. } => {
            let known = reader.view.overlays.get(overlay).map(|known| known.between);
            format!(
                "OVERLAY {}: {}, {}",
                short(overlay),
                told(reader, sides, named(sides, known)),
                times(extent.from, extent.until)
            )
        }
        Finding::OverlayChanged { overlay, extent, .. } => format!(
            "overlay {} is another one now, {}",
            short(overlay),
            times(extent.from, extent.until)
        ),
        Finding::OverlayEnded { overlay, .. } => {
            format!("overlay {} is ended by a change", short(overlay))
        }
        Finding::OverlayExpired { overlay } => {
            format!("the time of overlay {} is over", short(overlay))
        }
        Finding::MessageLapse { message, party, lapse, due } => {
            format!(
                "{} to `{party}`: {}, due {due}",
                message::named(reader, *message),
                word(reader, lapsed(*lapse))
            )
        }
        Finding::CellNotice { of, party, sender, said, traffic, cells, .. } => {
            let all = match cells.len() {
                0 | 1 => String::new(),
                all => format!(", the first of {all} cells"),
            };
            let to = [party.clone()].into();
            format!(
                "in the name of `{sender}`, as it may not see what {} is about, {}{all}",
                message::named(reader, *of),
                message::sends(reader, said, (&to, *traffic, None))
            )
        }
        Finding::CellNoticeEnded { notice } => {
            format!(
                "tells that {} is over: the owner of the place said so",
                message::named(reader, *notice)
            )
        }
        Finding::MovementOverdue { notice, movement, to, due, .. } => format!(
            "MOVEMENT OVERDUE: {}, due {due}; told to {} [message {}]",
            declaration(reader, *movement),
            reader.parties(to),
            short(notice)
        ),
        Finding::MovementOverdueEnded { notice } => format!(
            "tells that {} is over: the movement arrived, was aborted, ended or was notified anew",
            message::named(reader, *notice)
        ),
        Finding::PromiseMet { message, party } => format!(
            "`{party}` reports done what it promised in answer to {}, by what it declared",
            message::named(reader, *message)
        ),
        Finding::UnitsNotTold { movement, due } => format!(
            "UNITS NOT TOLD: {}, due {due}. {}",
            declaration(reader, *movement),
            rendered(&reader.tongue().term(Term::UnitsNotTold))
        ),
        Finding::Disclosures { root, comparing } => {
            let rest = if *comparing { "; not all is compared yet" } else { "" };
            format!("the root {} over what was disclosed{rest}", short(root))
        }
        Finding::Comparing { statement, .. } => {
            format!("what follows from entry {statement} is still being found")
        }
        Finding::Compared { statement } => {
            format!("all that follows from entry {statement} was found")
        }
        Finding::Resumed { heard, needed, recovered } => {
            let heard: Vec<String> = heard.iter().map(|name| bounded(name)).collect();
            let heard = if heard.is_empty() { "none".to_owned() } else { heard.join(", ") };
            format!(
                "the host was started anew; of the {needed} witnesses that it is to hear it heard \
                 {heard}; desks gave back {recovered} entries that it had lost"
            )
        }
        Finding::Erased { of: ErasureSubject::Declaration(id), entries } => format!(
            "{} ended longer ago than the rules keep it: what {} statements said of it is erased, \
             their commitments stay",
            short(id),
            entries.len()
        ),
        Finding::Erased { of: ErasureSubject::Message { message, party }, entries } => {
            let party = party.as_ref().map(|party| format!(" with `{party}`"));
            format!(
                "nothing was said of message {} for longer than the rules keep it: what {} entries told \
                 of it{} is erased, their commitments stay",
                short(message),
                entries.len(),
                party.unwrap_or_default()
            )
        }
    }
}

/// An entry in all detail.
pub(super) fn entry_lines(reader: &Reader<'_>, read: &EntryView<'_>) -> Vec<String> {
    let mut rows = Rows::of(reader);
    rows.extend([
        ("entry", read.index.to_string()),
        ("given by", format!("entry {}", read.cause)),
        ("commitment", read.commitment.to_string()),
    ]);
    let Some(Content { entry, .. }) = read.content else {
        rows.push(("content", "erased: that it stood there is all that is left of it".into()));
        return rows.lines();
    };
    rows.push(("taken in", format!("{} by the host's clock", entry.at)));
    if let Some(coding) = read.coding(reader.view) {
        rows.under("code", said(&shown(reader, &coding)));
    }
    let value = match &entry.what {
        What::Accepted(said) => {
            rows.extend(of_header(reader, said, "accepted: it takes effect".into()));
            json!(said.say)
        }
        What::Refused(said, why) => {
            rows.extend(of_header(
                reader,
                said,
                bounded(&format!("REFUSED: {}", reader.language.refusal(why))),
            ));
            json!(said.say)
        }
        What::Found(finding) => {
            rows.push(("found", found(reader, finding)));
            json!(finding)
        }
    };
    let mut lines = rows.lines();
    lines.push(String::new());
    let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
    lines.extend(pretty.lines().map(printable));
    lines
}

fn of_header(
    reader: &Reader<'_>,
    said: &Statement,
    outcome: String,
) -> Vec<(&'static str, String)> {
    let signers: Vec<String> = said.signed_by.iter().map(|key| reader.key(key)).collect();
    let mut rows = vec![
        ("statement", said.hash.to_string()),
        ("author", format!("{}, {}", reader.party(&said.party), reader.key(&said.key))),
        ("signed by", signers.join("; ")),
        ("number", format!("{} of this key", said.seq)),
    ];
    if let Some(prev) = said.prev {
        rows.push(("after", format!("statement {prev}")));
    }
    match said.seen {
        Some(head) => rows.push(("had seen", format!("the record of size {}", head.size))),
        None => rows.push(("had seen", "no head of the record".to_owned())),
    }
    if let Some(until) = said.valid_until {
        rows.push(("valid until", until.to_string()));
    }
    if let Some(ahead_s) = said.clock_ahead_s {
        rows.push(("its clock", format!("was {} when it was signed", clock_apart(ahead_s))));
    }
    rows.push(("says", of_say(reader, &said.say)));
    rows.push(("outcome", outcome));
    rows
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Entry, Refusal, Version};
    use deconflict_record::Hash;

    use super::*;
    use crate::testing::{party, time, view};

    fn statement(say: Say) -> Box<Statement> {
        let key = deconflict_record::SigningKey::from_seed(&[9; 32]).verifying_key().id();
        Box::new(Statement {
            hash: Hash([7; 32]),
            party: party("south"),
            key,
            signed_by: [key].into(),
            seq: 3,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            say,
        })
    }

    fn content(what: What) -> Content {
        let entry = Entry { at: time("2017-06-06T05:00:00Z"), what };
        Content { entry, envelope: None }
    }

    fn read(content: Option<&Content>) -> EntryView<'_> {
        EntryView { index: 12, cause: 12, commitment: Hash([1; 32]), content }
    }

    #[test]
    fn one_line_tells_where_when_who_with_which_key_and_what() {
        let (view, north) = (view(), party("north"));
        let reader = Reader::new(&view, &north, "en", time("2017-06-06T05:00:00Z"));
        let zone = *view.declarations.keys().next().unwrap();
        let version = Version(Hash([0xbb; 32]));
        let said = statement(Say::Agree { zone, version });
        let key = said.key.short();
        let agreed = content(What::Accepted(said.clone()));
        let agreed = read(Some(&agreed));
        let line = entry_line(&reader, &agreed);
        assert_eq!(
            line,
            format!(
                "    12  2017-06-06 05:00  AFFIRM Yes. In answer to: Z2 We propose to change the terms of a zone. \
                 Zone: Garrison (NANANANANA). Old version: Garrison (NANANANANA). New version: Garrison (QEXVQEXVQE). \
                 | south (key {key}) agrees to version bbbbbbbb of zone \"Garrison\" (aaaaaaaa)"
            )
        );
        let refused = content(What::Refused(said, Refusal::NotConcerned {}));
        let refused = read(Some(&refused));
        let line = entry_line(&reader, &refused);
        assert!(
            line.ends_with("REFUSED, without effect: the zone does not ask this party"),
            "{line}"
        );
        assert_eq!(refused.digest().outcome, "refused");
        assert_eq!(refused.digest().kind, "agree");
        assert!(entry_line(&reader, &read(None)).contains("erased"));
        let detail = entry_lines(&reader, &agreed).join("\n");
        for part in ["statement   0707", "had seen    no head of the record", "\"agree\": {"] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
    }
}
