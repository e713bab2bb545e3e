//! Checking a folder offline: what is proven, by whom, until when.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use deconflict_core::{Charter, Entry, PartyId, Time};
use deconflict_record::{Cosignature, Hash, Head, Policy, UtcSecond};

use crate::audit::Audit;
use crate::notice::Notice;
use crate::overruling::Overruling;
use crate::sealed_folder::SealedFolder;

/// What a reader knows from elsewhere. What is `None` is taken from the folder, and the report says so.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Trust {
    /// The verifier key of the record's heads.
    pub log: Option<String>,
    /// The hash of the statement that founded the space.
    pub founding: Option<Hash>,
    /// Whose signatures a head must carry, whatever the charter in the folder asks for.
    pub policy: Option<Policy>,
}

/// What a reader of a report should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remark {
    /// What a desk that reads the same says too.
    Notice(Notice),
    /// What is particular to the folder, in English.
    OfFolder(String),
}

/// By when all of a record stood there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Existence {
    /// The earliest time by which a quorum had countersigned, by the clocks of its witnesses.
    pub at: UtcSecond,
    /// The witnesses of that quorum.
    pub by: Vec<String>,
}

/// What a quorum is worth against a host that shows two histories.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForkBound {
    /// How many witnesses make a quorum.
    pub quorum: u64,
    /// How many witnesses count.
    pub witnesses: u64,
    /// At least how many have countersigned both histories where each has a quorum; 0 or less: none need have.
    pub both: i64,
}

impl ForkBound {
    /// What the quorum of a charter is worth.
    pub fn of(charter: &Charter) -> ForkBound {
        ForkBound {
            quorum: charter.quorum as u64,
            witnesses: charter.counting_witnesses().count() as u64,
            both: charter.signers_of_both_histories(),
        }
    }
}

impl fmt::Display for ForkBound {
    /// In a sentence, without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ForkBound { quorum, witnesses, both } = self;
        write!(f, "{quorum} of {witnesses} witnesses that are not the host's make a quorum: ")?;
        match both {
            ..=0 => f.write_str(
                "THIS SHOWS NO FORK. The host can show two parties two histories, each with a quorum, and no \
                 witness need have signed both",
            ),
            1 => f.write_str(
                "for two histories to pass unseen, at least 1 witness must have signed both",
            ),
            both => write!(
                f,
                "for two histories to pass unseen, at least {both} witnesses must have signed both"
            ),
        }
    }
}

/// What says the codes in a report to its reader: `words`, in their language.
pub trait ReportWords {
    /// What an entry is.
    fn entry(&self, entry: &Entry) -> String;
    /// What people should look into.
    fn notice(&self, notice: &Notice) -> String;
}

/// What a check found.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Report {
    /// The space.
    pub space: String,
    /// Whose desk wrote the folder.
    pub party: Option<PartyId>,
    /// The verifier key by which the head was verified.
    pub log: String,
    /// The statement that founded the space.
    pub founding: Option<Hash>,
    /// The head.
    pub head: Option<Head>,
    /// Which witnesses countersigned it, and when.
    pub cosignatures: Vec<Cosignature>,
    /// Those whose times cannot be, each with the entry under the head that is dated later, and when: they count
    /// for nothing, and stand among no others here.
    pub contradicting: Vec<(Cosignature, u64, Time)>,
    /// By how many seconds clocks may be apart, by the charter.
    pub clock_skew_s: u64,
    /// By when all of it stood there, and by whose word; `None` where no quorum vouches for a time.
    pub existed: Option<Existence>,
    /// What the charter's quorum is worth against a host that shows two histories.
    pub fork: Option<ForkBound>,
    /// Whether these are as many as the charter asks.
    pub quorum: bool,
    /// What the reader knew, by which all this was checked.
    pub known: Trust,
    /// Which witnesses of the reader's own policy countersigned the head. It asks for no more.
    pub vouched: Vec<Cosignature>,
    /// How many entries were opened and found to be what the record commits to.
    pub opened: u64,
    /// How many of the given ones were erased, as entries among what is here say.
    pub erased: u64,
    /// For how many days the rules keep what ended.
    pub retention_days: Option<u32>,
    /// Of each party, how many statements were accepted and refused.
    pub statements: BTreeMap<PartyId, (u64, u64)>,
    /// The entries that the folder is there to show.
    pub shown: Vec<(u64, Entry)>,
    /// Statements that were promised and are not among what is here, with their deadlines.
    pub promised: Vec<(Hash, UtcSecond)>,
    /// Charges against the host that the party whose desk wrote the folder set aside. Nothing is found sound by
    /// them: an entry that is false is false here too.
    pub overruled: Vec<Overruling>,
    /// What a reader should know.
    pub notes: Vec<Remark>,
    /// What is wrong. Empty, all that is said above is proven.
    pub faults: Vec<String>,
}

/// Checks a folder that a desk exported, or in which it proves entries, with nothing but the folder and
/// what the reader knows. `progress` is told how many of how many parts are done.
pub fn verify(dir: &Path, trust: &Trust, progress: &mut dyn FnMut(u64, u64)) -> Report {
    let mut report = Report { known: trust.clone(), ..Report::default() };
    match SealedFolder::open(dir) {
        Ok(folder) => {
            if let Err(fault) = Audit::new(&folder, trust, &mut report, progress).run() {
                report.faults.push(fault);
            }
        }
        Err(error) => report.faults.push(error.to_string()),
    }
    report
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// The report as its reader is told it, in lines.
    pub fn told_by(&self, words: &dyn ReportWords) -> String {
        let mut text = String::new();
        // A text takes whatever is written to it.
        let _ = self.write(&mut text, words);
        text
    }

    fn head_in_words(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let Some(head) = self.head else { return Ok(()) };
        writeln!(f, "The host signed this record of {} entries, root {}.", head.size, head.root)?;
        for seen in &self.cosignatures {
            let time = UtcSecond::new(seen.time_s).map(|t| t.to_string()).unwrap_or_default();
            writeln!(f, "`{}` countersigned it at {time}, by its own clock.", seen.witness)?;
        }
        for (seen, index, at) in &self.contradicting {
            let time = UtcSecond::new(seen.time_s).map(|t| t.to_string()).unwrap_or_default();
            writeln!(
                f,
                "CONTRADICTION: `{}` countersigned it at {time}, by its own clock, and entry {index} under it is \
                 dated {at}, by the host's. One of the two is wrong, by more than the {} s that the charter \
                 allows: this countersignature counts for nothing here.",
                seen.witness, self.clock_skew_s
            )?;
        }
        match self.existed.as_ref().map(|Existence { at, by }| (at, by.as_slice())) {
            None => f.write_str(
                "No quorum of witnesses vouches for when it stood there: its times are the host's word.\n",
            )?,
            Some((at, [alone])) => writeln!(
                f,
                "So everything in it stood there by {at} at the latest, by the word of `{alone}` alone."
            )?,
            Some((at, by)) => writeln!(
                f,
                "So everything in it stood there by {at} at the latest, by the word of {} witnesses together: \
                 `{}`. Fewer of them vouch for no time.",
                by.len(),
                by.join("`, `")
            )?,
        }
        if let Some(fork) = &self.fork {
            writeln!(f, "By the charter {fork}.")?;
        }
        let vouched: Vec<&str> = self.vouched.iter().map(|seen| seen.witness.as_str()).collect();
        let vouched = vouched.join("`, `");
        match (self.quorum, vouched.as_str()) {
            (true, "") => {}
            (false, "") => writeln!(
                f,
                "These are fewer witnesses than the charter asks for: alone, this head does not show \
                 that all were shown the same record."
            )?,
            (true, by) => {
                writeln!(f, "Of those, your policy relies on `{by}`, and asks for no more.")?
            }
            (false, by) => writeln!(
                f,
                "These are fewer witnesses than the charter asks for; your policy relies on `{by}`, and \
                 asks for no more."
            )?,
        }
        Ok(())
    }

    fn write(&self, f: &mut dyn fmt::Write, words: &dyn ReportWords) -> fmt::Result {
        if !self.faults.is_empty() {
            writeln!(f, "NOT PROVEN. What is wrong:")?;
            for fault in &self.faults {
                writeln!(f, "- {fault}")?;
            }
            return self.overruled_in_words(f);
        }
        let whose = match (&self.known.log, &self.known.policy) {
            (Some(known), _) if *known == self.log => ", which you gave",
            (Some(_), _) => ", one of the keys of the record whose key you gave",
            (None, Some(_)) => ", which your policy names",
            (None, None) => "",
        };
        writeln!(f, "Space {}, verified with the key {}{whose}.", self.space, self.log)?;
        if let Some(founding) = self.founding {
            let settled = if self.known.founding.is_some() {
                ", the one that you gave"
            } else if self.vouched.is_empty() {
                ": ask a party whether it was"
            } else {
                ", by the record on whose witnesses your policy relies"
            };
            writeln!(f, "It was founded by statement {founding}{settled}.")?;
        }
        self.head_in_words(f)?;
        writeln!(
            f,
            "{} entries were opened: each is what the record commits to, and every statement in them \
             is signed by a key that, by the entries here, was valid at its place.",
            self.opened
        )?;
        if self.erased > 0 {
            writeln!(
                f,
                "{} entries were erased under the rule of {} days; their commitments are in the tree.",
                self.erased,
                self.retention_days.unwrap_or_default()
            )?;
        }
        for (party, (accepted, refused)) in &self.statements {
            writeln!(f, "`{party}`: {accepted} statements accepted, {refused} refused.")?;
        }
        for (index, entry) in &self.shown {
            writeln!(f, "Entry {index}: {}.", words.entry(entry))?;
        }
        for (statement, deadline) in &self.promised {
            writeln!(
                f,
                "Statement {statement} was promised until {deadline} and is not among what is here: \
                 it is for the host to show where it stands."
            )?;
        }
        for note in &self.notes {
            writeln!(f, "Note: {}.", note.told_by(words))?;
        }
        self.overruled_in_words(f)
    }

    fn overruled_in_words(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let whose = self.party.as_ref().map_or("", |party| party.as_str());
        self.overruled.iter().try_for_each(|said| {
            writeln!(
                f,
                "SET ASIDE by `{whose}`, whose desk wrote this folder, and by nobody else: {said}."
            )
        })
    }
}

impl Remark {
    /// The remark as its reader is told it.
    pub fn told_by(&self, words: &dyn ReportWords) -> String {
        match self {
            Remark::Notice(notice) => words.notice(notice),
            Remark::OfFolder(text) => text.clone(),
        }
    }
}

/// Codes as they are.
struct Codes;

impl ReportWords for Codes {
    fn entry(&self, entry: &Entry) -> String {
        format!("{entry:?}")
    }

    fn notice(&self, notice: &Notice) -> String {
        notice.to_string()
    }
}

/// With codes as they are, for logs: people are told by [`Report::told_by`].
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &Codes)
    }
}
