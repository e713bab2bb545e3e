//! `deconflict log`: the record as this party was given it.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, Subcommand};
use deconflict_core::{Ledger, PartyId};
use deconflict_desk::{MAX_READ, PartyEntry};
use deconflict_geometry::Instant;
use deconflict_record::UtcSecond;
use deconflict_words::{EntryDigest, coding_json, entry_line, entry_lines, printable};
use serde_json::{Value, json};

use crate::desk_client::{DeskSession, ReadArgs, entry_view};
use crate::options::{Answer, preferred_language, words};
use crate::outcome::{Failure, NONE, print, print_json, remark};
use crate::text::{parse_from, parse_until};

const HELP: &str = "\
Examples:
  deconflict log
  deconflict log --party south --kind dispute
  deconflict log --from 2017-05-18T00:00:00Z --until 2017-05-19T00:00:00Z --output json
  deconflict log --last 20 --follow
  deconflict log show 12
  deconflict log head

Each line: the entry's place in the record, when the host took it in, by which code of the
vocabulary it stands, where one says it, who said it with which key, and what. A kind is the word
that `--output json` shows: declare, amend, agree, dispute, conflict-opened ...";

/// Read the record, as far as this party was given it.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(crate) struct Log {
    #[command(subcommand)]
    command: Option<LogCommand>,
    #[command(flatten)]
    list: List,
}

#[derive(Subcommand, Debug)]
enum LogCommand {
    /// List entries, one on each line
    List(List),
    /// Show an entry in all detail
    Show {
        /// Its place in the record
        index: u64,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Show the last head of the record that this desk has verified
    Head {
        #[command(flatten)]
        look: ReadArgs,
    },
}

#[derive(Args, Clone, Debug)]
struct List {
    /// Only what this party said, or what names it
    #[arg(long, value_name = "PARTY")]
    party: Option<PartyId>,
    /// Only of this kind, such as declare, agree, conflict-opened (may be repeated)
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Only what was taken in at this instant or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = parse_from)]
    from: Option<Instant>,
    /// Only what was taken in at this instant or earlier (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    until: Option<Instant>,
    /// Also the host's roots over what was disclosed, which stand before every head
    #[arg(long)]
    all: bool,
    /// Only the last so many
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Go on, and print what is new, until stopped
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    look: ReadArgs,
}

/// How often `--follow` looks.
const EVERY: Duration = Duration::from_secs(2);

/// Runs the command and returns the exit status.
pub(crate) fn run(log: &Log) -> Result<u8, Failure> {
    match &log.command {
        None => list(&log.list),
        Some(LogCommand::List(of)) => list(of),
        Some(LogCommand::Show { index, look }) => show(*index, look),
        Some(LogCommand::Head { look }) => head(look),
    }
}

/// The desk; what one holds whose host was caught can still be read.
fn open(look: &ReadArgs) -> Result<DeskSession, Failure> {
    let mut at = look.desk.open_even_caught()?;
    match at.not_caught() {
        Ok(()) => at.refresh()?,
        Err(caught) => caught.lines.iter().for_each(|line| remark(line)),
    }
    Ok(at)
}

/// What has been listed so far.
#[derive(Default)]
struct Progress {
    /// How many of the given entries were read.
    read: u64,
    /// Entries that a party was given twice are listed once.
    seen: BTreeSet<u64>,
}

impl Progress {
    /// What is new and was not listed yet.
    fn next(&mut self, at: &DeskSession) -> Result<Vec<PartyEntry>, Failure> {
        let mut all = Vec::new();
        loop {
            let page = at.done(at.access.entries(self.read))?;
            let count = page.len() as u64;
            self.read += count;
            all.extend(page.into_iter().filter(|held| self.seen.insert(held.index)));
            if count < MAX_READ {
                return Ok(all);
            }
        }
    }
}

impl List {
    fn wants(&self, held: &PartyEntry, told: &EntryDigest) -> bool {
        let at = held.content.as_ref().map(|content| content.entry.at.0);
        let timed = |bound: Option<Instant>, holds: fn(Instant, Instant) -> bool| {
            bound.is_none_or(|bound| at.is_some_and(|at| holds(at, bound)))
        };
        self.party.as_ref().is_none_or(|party| told.parties.contains(party))
            && (self.kind.iter().any(|kind| kind == told.kind)
                || self.kind.is_empty() && (self.all || told.kind != "disclosures"))
            && timed(self.from, |at, from| at >= from)
            && timed(self.until, |at, until| at <= until)
    }
}

fn list(of: &List) -> Result<u8, Failure> {
    let at = open(&of.look)?;
    let mut listed = Progress::default();
    let all = listed.next(&at)?;
    let mut wanted: Vec<&PartyEntry> =
        all.iter().filter(|held| of.wants(held, &entry_view(held).digest())).collect();
    if wanted.is_empty() && !of.kind.is_empty() {
        remark(&format!("no such entry; this desk has {}", kinds_of(&all).join(", ")));
    }
    let skipped = wanted.len().saturating_sub(of.last.unwrap_or(usize::MAX));
    wanted.drain(..skipped);
    // Followed, JSON is one entry a line: an array would never end.
    if of.follow || of.look.output == Answer::Text {
        write(&at, of, &wanted)?;
    } else {
        let all: Vec<Value> = wanted.iter().map(|held| entry_json(at.view(), held)).collect();
        print_json(&json!({ "entries": all }))?;
    }
    if of.follow { follow(at, of, listed) } else { Ok(NONE) }
}

/// The words for what an entry can be, for the remark about a filter that none is.
fn kinds_of(entries: &[PartyEntry]) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> =
        entries.iter().map(|held| entry_view(held).digest().kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Prints what is new, until the process is stopped or the host is caught.
fn follow(mut at: DeskSession, of: &List, mut listed: Progress) -> Result<u8, Failure> {
    loop {
        at.not_caught()?;
        at = at.after_a_while(EVERY)?;
        at.refresh()?;
        let new = listed.next(&at)?;
        let wanted: Vec<&PartyEntry> =
            new.iter().filter(|held| of.wants(held, &entry_view(held).digest())).collect();
        write(&at, of, &wanted)?;
    }
}

fn write(at: &DeskSession, of: &List, entries: &[&PartyEntry]) -> Result<(), Failure> {
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    print(|out| {
        entries.iter().try_for_each(|held| match of.look.output {
            Answer::Text => writeln!(out, "{}", entry_line(&reader, &entry_view(held))),
            Answer::Json => writeln!(out, "{}", entry_json(reader.view, held)),
        })
    })
}

/// An entry for scripts.
fn entry_json(view: &Ledger, held: &PartyEntry) -> Value {
    use deconflict_core::What;
    let told = entry_view(held).digest();
    let mut json = json!({
        "index": held.index,
        "cause": held.cause,
        "commitment": held.commitment,
        "kind": told.kind,
        "outcome": told.outcome,
    });
    for (name, value) in coding_json(entry_view(held).coding(view).as_ref()) {
        json[name] = value;
    }
    let Some(content) = &held.content else { return json };
    json["at"] = json!(content.entry.at);
    match &content.entry.what {
        What::Accepted(said) => json["statement"] = json!(said),
        What::Refused(said, why) => {
            json["statement"] = json!(said);
            json["refusal"] = json!(why);
            json["why"] = json!(words().refusal(why));
        }
        What::Found(finding) => json["found"] = json!(finding),
    }
    json
}

fn show(index: u64, look: &ReadArgs) -> Result<u8, Failure> {
    let at = open(look)?;
    let lang = preferred_language(look.lang.as_deref());
    let reader = at.reader(&lang);
    let all = Progress::default().next(&at)?;
    let Some(held) = all.iter().find(|held| held.index == index) else {
        return Err(format!(
            "entry {index}: this party was not given it; the record has {} entries",
            at.status().head.size
        )
        .into());
    };
    match look.output {
        Answer::Json => print_json(&entry_json(at.view(), held)),
        Answer::Text => print(|out| {
            let lines = entry_lines(&reader, &entry_view(held));
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        }),
    }?;
    Ok(NONE)
}

fn head(look: &ReadArgs) -> Result<u8, Failure> {
    let at = open(look)?;
    let head = at.status().head;
    let note = at.status().signed_head.as_ref().map(|signed| signed.encode());
    let policy = at.done(at.shown().policy())?;
    let seen = at.status().signed_head.as_ref().map(|signed| policy.quorum(signed));
    let (quorum, cosignatures) = match seen {
        Some(Ok(seen)) => (true, seen),
        Some(Err(deconflict_record::NotAccepted::Quorum(seen))) => (false, seen),
        Some(Err(error)) => return Err(printable(&error.to_string()).into()),
        None => (false, Vec::new()),
    };
    let witnessed: Vec<(String, Option<UtcSecond>)> =
        cosignatures.into_iter().map(|seen| (seen.witness, UtcSecond::new(seen.time_s))).collect();
    match look.output {
        Answer::Json => print_json(&json!({
            "size": head.size,
            "root": head.root,
            "read_at": at.status().read_at,
            "quorum": quorum,
            "cosignatures": witnessed.iter()
                .map(|(witness, time)| json!({"witness": witness, "at": time})).collect::<Vec<_>>(),
            "checkpoint": note,
        })),
        Answer::Text => print(|out| {
            writeln!(out, "The record has {} entries; its root is {}.", head.size, head.root)?;
            match at.status().read_at {
                Some(when) => writeln!(out, "This desk had read all of it at {when}.")?,
                None => writeln!(out, "This desk has read nothing of it yet.")?,
            }
            for (witness, time) in &witnessed {
                let time = time.map(|time| time.to_string()).unwrap_or_default();
                writeln!(out, "`{}` countersigned this head at {time}.", printable(witness))?;
            }
            if !quorum {
                writeln!(out, "These are fewer witnesses than the charter asks for.")?;
            }
            match &note {
                Some(note) => writeln!(out, "\n{}", note.trim_end()),
                None => Ok(()),
            }
        }),
    }?;
    Ok(NONE)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use deconflict_record::Hash;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        list: List,
    }

    fn wants(args: &[&str]) -> bool {
        let line = Line::parse_from([&["log"], args].concat());
        let found = deconflict_core::Finding::Disclosures { root: Hash([0; 32]), comparing: false };
        let at: deconflict_core::Time = "2017-05-18T12:00:00Z".parse().unwrap();
        let entry = deconflict_core::Entry { at, what: deconflict_core::What::Found(found) };
        let content = Some(deconflict_api::Content { entry, envelope: None });
        let held = PartyEntry { index: 3, cause: 3, commitment: Hash([1; 32]), content };
        line.list.wants(&held, &entry_view(&held).digest())
    }

    #[test]
    fn filters_take_what_matches_all_of_them() {
        assert!(wants(&["--all"]));
        assert!(!wants(&[]), "it says nothing to people");
        assert!(wants(&["--kind", "disclosures", "--kind", "agree"]));
        assert!(!wants(&["--kind", "agree"]));
        assert!(!wants(&["--all", "--party", "south"]));
        assert!(wants(&[
            "--all",
            "--from",
            "2017-05-18T12:00:00Z",
            "--until",
            "2017-05-18T12:00:00Z"
        ]));
        assert!(!wants(&["--all", "--from", "2017-05-18T12:00:01Z"]));
        assert!(!wants(&["--all", "--until", "2017-05-18T11:59:59Z"]));
    }
}
