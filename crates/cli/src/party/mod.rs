//! `deconflict party`: a party's keys, how it joins and leaves, and for whom it speaks.

mod list;
mod new;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{GroupId, OperatorId, PartyId, Role, Say};
use deconflict_desk::KeyFile;
use deconflict_record::{Header, KeyId, SigningKey, VerifyingKey};

use crate::ask::confirm;
use crate::desk_client::{DeskArgs, DeskSession, ReadArgs, Validity};
use crate::key::commitment;
use crate::options::Answer;
use crate::outcome::Failure;
use crate::passphrase::of_key_file;
use crate::space::{Sheet, author_of, begin, json_file, send};

/// A party's keys, how it joins and leaves, and for whom it speaks.
#[derive(Args, Debug)]
pub(crate) struct Party {
    #[command(subcommand)]
    command: PartyCommand,
}

#[derive(Subcommand, Debug)]
enum PartyCommand {
    /// Make a party's keys and its introduction for a charter
    #[command(after_help = new::HELP)]
    New(new::New),
    /// Begin the statement by which a party joins a space that is there already
    #[command(after_help = JOIN_HELP)]
    Join {
        /// The newcomer's introduction
        member: PathBuf,
        /// The root key file of a party that takes part, whose desk this is
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The statement to write
        #[arg(long, value_name = "FILE", default_value = "join.json")]
        to: PathBuf,
        #[command(flatten)]
        desk: DeskArgs,
        /// Do not ask: sign what is shown
        #[arg(long)]
        yes: bool,
    },
    /// Suspend the party's participation: it files nothing until it resumes
    #[command(
        after_help = "Example:\n  deconflict party suspend --root root.key --reason 'no line to the \
        field until further notice'"
    )]
    Suspend(ReasonArgs),
    /// Take part again after a suspension
    #[command(after_help = "Example:\n  deconflict party resume --root root.key")]
    Resume {
        #[command(flatten)]
        root: ByRoot,
    },
    /// Leave the space; whoever had shown this party something is told
    #[command(
        after_help = "Example:\n  deconflict party withdraw --root root.key --reason 'the mission has \
        ended'\n\nWhat was declared stands until it is ended; what was given to the party cannot be taken \
        back."
    )]
    Withdraw(ReasonArgs),
    /// Enrol an operator's key
    #[command(after_help = ENROL_HELP)]
    Enrol(Enrol),
    /// Revoke an operator's key from here on; what it said before stands
    #[command(
        after_help = "Example:\n  deconflict party revoke 8c3f0d21e9aa4b57 --root root.key --reason \
        'the laptop was lost'\n\n`deconflict party show` lists the keys."
    )]
    Revoke {
        /// The key's id, or its first digits
        key_id: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        root: ByRoot,
    },
    /// Put the root that the last one committed to in its place
    #[command(after_help = ROTATE_HELP)]
    RotateRoot {
        /// The key file of the root to which the present one committed
        #[arg(long, value_name = "FILE")]
        new: PathBuf,
        /// The key file of the one after it, or its commitment (`deconflict key show`)
        #[arg(long, value_name = "FILE")]
        then: PathBuf,
        #[command(flatten)]
        root: ByRoot,
    },
    /// Begin the statement by which the party commits to another next root: the one before is lost, or
    /// somebody else may have it
    #[command(after_help = SUCCESSOR_HELP)]
    ReplaceSuccessor {
        /// The key file of the root that is to come next
        #[arg(long, value_name = "FILE")]
        then: PathBuf,
        /// The party's root key file
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// The statement to write
        #[arg(long, value_name = "FILE", default_value = "successor.json")]
        to: PathBuf,
        #[command(flatten)]
        desk: DeskArgs,
        /// Do not ask: sign what is shown
        #[arg(long)]
        yes: bool,
    },
    /// Say that the party speaks for a group that has no desk
    #[command(
        after_help = "Example:\n  deconflict party speak-for coastal-militia --root root.key"
    )]
    SpeakFor {
        /// The group
        group: GroupId,
        #[command(flatten)]
        root: ByRoot,
    },
    /// Say that the party no longer speaks for a group
    #[command(
        after_help = "Example:\n  deconflict party stop-speaking-for coastal-militia --root root.key"
    )]
    StopSpeakingFor {
        /// The group
        group: GroupId,
        #[command(flatten)]
        root: ByRoot,
    },
    /// Dispute that another party speaks for a group
    #[command(
        after_help = "Example:\n  deconflict party dispute power-2 coastal-militia --text 'its \
        commanders told us otherwise on 3 June'"
    )]
    Dispute {
        /// The party that says so
        party: PartyId,
        /// The group
        group: GroupId,
        /// Why
        #[arg(long)]
        text: String,
        #[command(flatten)]
        desk: DeskArgs,
        #[command(flatten)]
        validity: Validity,
        /// How to print what became of it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// List who takes part
    #[command(after_help = "Example:\n  deconflict party list")]
    List {
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Show a party, its history and its keys
    #[command(after_help = "Example:\n  deconflict party show power-2")]
    Show {
        /// Which; the desk's own, if not said
        party: Option<PartyId>,
        #[command(flatten)]
        look: ReadArgs,
    },
}

const JOIN_HELP: &str = "\
Example:
  deconflict party new aid --id aid ...                the newcomer makes its keys, and sends its member.json
  deconflict party join member.json --root root.key    at the desk of a party that takes part
  deconflict space sign join.json --key root.key       the newcomer, and each root that the charter asks for
  deconflict space file join.json                      at any party's desk, once all of them have signed
  deconflict desk init ...                             then the newcomer, and `party enrol` its duty key

The key that begins the statement may file nothing else until it is in the record.";

const ENROL_HELP: &str = "\
Examples:
  deconflict party enrol duty.key --root root.key
  deconflict party enrol duty.key --root root.key --operator duty --post 'Duty officer, operations room'
  deconflict party enrol feed.key --root root.key --operator ais --post 'AIS gateway' --role gateway
  deconflict party enrol 1gQaaHc59Es+aU+3xktYvvZeHuz2DfIuEqgeHw33ln8= --root root.key --to enrol.json
  deconflict space sign enrol.json --key duty.key      where the key is, and then
  deconflict space file enrol.json

The operator's key signs its own enrolment: nobody can take another's key for a use of its own.

A person says anything; a machine files operations and keeps interests; a gateway attests what others said.";

const ROTATE_HELP: &str = "\
Example:
  deconflict party rotate-root --root root.key --new next-root.key --then root-after-next.key

Both the present and the new root sign. All three files are asked for their passphrase unless
--passphrase-file opens them.";

const SUCCESSOR_HELP: &str = "\
Example:
  deconflict party replace-successor --root root.key --then another-next-root.key
  deconflict space sign successor.json --key root.key      by as many roots as a party's joining needs
  deconflict space file successor.json

The key that begins the statement may file nothing else until it is in the record.";

/// By a party's root key, through its desk.
#[derive(Args, Debug)]
pub(crate) struct ByRoot {
    /// The party's root key file
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    #[command(flatten)]
    desk: DeskArgs,
    #[command(flatten)]
    validity: Validity,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How to print what became of it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

#[derive(Args, Debug)]
struct ReasonArgs {
    /// Why; others read it
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    root: ByRoot,
}

#[derive(Args, Debug)]
struct Enrol {
    /// The operator's key file, which signs too; or its public key as `deconflict key show` prints it: then
    /// the statement is begun, and whoever holds the key signs it (`deconflict space sign`)
    operator_key: String,
    /// The statement to write for a key that is held elsewhere
    #[arg(long, value_name = "FILE", default_value = "enrol.json")]
    to: PathBuf,
    /// What the operator is called
    #[arg(long, value_name = "NAME", default_value = "duty")]
    operator: OperatorId,
    /// What people call the post
    #[arg(long = "post", value_name = "TEXT", default_value = "Duty officer")]
    post_name: String,
    /// What the key may be used for
    #[arg(long, value_enum, default_value_t = Role::Person)]
    role: Role,
    #[command(flatten)]
    root: ByRoot,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(party: &Party) -> Result<u8, Failure> {
    match &party.command {
        PartyCommand::New(new) => new::run(new),
        PartyCommand::Join { member, root, to, desk, yes } => join(member, root, to, desk, *yes),
        PartyCommand::Suspend(said) => {
            let reason = said.reason.clone();
            said.root.file("the suspension", &Say::Suspend { reason })
        }
        PartyCommand::Resume { root } => root.file("the return", &Say::Resume {}),
        PartyCommand::Withdraw(said) => {
            let line = "The party leaves the space. It comes back only by the others' consent, and \
                        whoever had shown it something is told.";
            confirm(&[line.to_owned()], "Sign this?", said.root.yes)?;
            let reason = said.reason.clone();
            said.root.file("the withdrawal", &Say::Withdraw { reason })
        }
        PartyCommand::Enrol(enrol) => run_enrol(enrol),
        PartyCommand::Revoke { key_id, reason, root } => revoke(key_id, reason, root),
        PartyCommand::RotateRoot { new, then, root } => rotate(new, then, root),
        PartyCommand::ReplaceSuccessor { then, root, to, desk, yes } => {
            let next_root = commitment(&KeyFile::read(then).map_err(of_key_file)?.public());
            let mut at = desk.open()?;
            let root = at.other_key(root, "the root key")?;
            at.refresh_by(&root)?;
            begin(&at, &root, &Say::ReplaceSuccessor { next_root }, to, *yes)
        }
        PartyCommand::SpeakFor { group, root } => {
            root.file("speaking for the group", &Say::SpeakFor { group: group.clone() })
        }
        PartyCommand::StopSpeakingFor { group, root } => root.file(
            "no longer speaking for the group",
            &Say::StopSpeakingFor { group: group.clone() },
        ),
        PartyCommand::Dispute { party, group, text, desk, validity, output } => {
            let mut at = desk.open()?;
            let (party, group, text) = (party.clone(), group.clone(), text.clone());
            let say = Say::DisputeSpeaking { party, group, text };
            at.file(&say, validity.until_of(&say, at.now())?)?.print("the dispute", *output)
        }
        PartyCommand::List { look } => list::all(look),
        PartyCommand::Show { party, look } => list::one(party.as_ref(), look),
    }
}

impl ByRoot {
    /// The desk, and the root key.
    fn open(&self) -> Result<(DeskSession, SigningKey), Failure> {
        let at = self.desk.open()?;
        let root = at.other_key(&self.root, "the root key")?;
        Ok((at, root))
    }

    /// Whether nobody is to be asked.
    pub(crate) fn is_sure(&self) -> bool {
        self.yes
    }

    /// Signs with the root what it says, and prints what became of it.
    pub(crate) fn file(&self, what: &str, say: &Say) -> Result<u8, Failure> {
        let (mut at, root) = self.open()?;
        at.file_by(&root, say, self.validity.until_of(say, at.now())?)?.print(what, self.output)
    }
}

fn join(member: &Path, root: &Path, to: &Path, desk: &DeskArgs, yes: bool) -> Result<u8, Failure> {
    let member: deconflict_core::Member = json_file(member, "a member")?;
    let mut at = desk.open()?;
    let root = at.other_key(root, "the root key")?;
    if member.root == root.verifying_key() {
        return Err(
            "--root: is the newcomer's own: a party that takes part begins the statement with its \
                    root, and the newcomer signs it then (`deconflict space sign`)"
                .to_owned()
                .into(),
        );
    }
    at.refresh_by(&root)?;
    begin(&at, &root, &Say::Join { member }, to, yes)
}

fn run_enrol(enrol: &Enrol) -> Result<u8, Failure> {
    let by = &enrol.root;
    let say = |operator_key: VerifyingKey| Say::Enrol {
        operator: enrol.operator.clone(),
        post: enrol.post_name.clone(),
        operator_key,
        role: enrol.role,
    };
    if let Ok(elsewhere) = VerifyingKey::from_base64(&enrol.operator_key) {
        // Whoever holds it signs as well: nobody enrols another's key.
        let (mut at, root) = by.open()?;
        at.refresh_by(&root)?;
        return begin(&at, &root, &say(elsewhere), &enrol.to, by.yes);
    }
    let path = PathBuf::from(&enrol.operator_key);
    KeyFile::read(&path).map_err(of_key_file)?;
    let (mut at, root) = by.open()?;
    let operator = at.other_key(&path, "the operator's key")?;
    at.refresh_as_witness(&root)?;
    let key = operator.verifying_key();
    let say = say(key);
    let header =
        Header { valid_until: by.validity.until_of(&say, at.now())?, ..author_of(&at, &root)? };
    let mut sheet = Sheet::draft(header, &say)?;
    sheet.sign(&root)?;
    sheet.sign(&operator)?;
    let what = format!("key {} of `{}` is enrolled", key.id().short(), enrol.operator);
    send(&mut at, &sheet, &root)?.print(&what, by.output)
}

fn revoke(key_id: &str, reason: &str, by: &ByRoot) -> Result<u8, Failure> {
    let (mut at, root) = by.open()?;
    at.refresh_by(&root)?;
    let own = at.view().keys.iter().filter(|(_, key)| key.party == *at.party());
    let found: Vec<KeyId> =
        own.map(|(id, _)| *id).filter(|id| id.to_string().starts_with(key_id)).collect();
    let [operator_key] = found[..] else {
        return Err(format!(
            "key {key_id}: {} keys of this party begin so: `deconflict party show` lists them",
            found.len()
        )
        .into());
    };
    let say = Say::Revoke { operator_key, reason: reason.to_owned() };
    let what = format!("key {} is revoked", operator_key.short());
    at.file_by(&root, &say, by.validity.until_of(&say, at.now())?)?.print(&what, by.output)
}

fn rotate(new: &Path, then: &Path, by: &ByRoot) -> Result<u8, Failure> {
    let (mut at, old) = by.open()?;
    at.refresh_by(&old)?;
    let root = at.other_key(new, "the new root key")?;
    let next_root = commitment(&KeyFile::read(then).map_err(of_key_file)?.public());
    let header = author_of(&at, &old)?;
    let say = Say::RotateRoot { root: root.verifying_key(), next_root };
    let mut sheet = Sheet::draft(header, &say)?;
    sheet.sign(&old)?;
    sheet.sign(&root)?;
    send(&mut at, &sheet, &root)?.print("the new root", by.output)
}
