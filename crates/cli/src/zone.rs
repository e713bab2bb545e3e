//! `deconflict zone`: where this party stands towards zones.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{Declaration, DeclarationId, Kind, Say, Standing, Version};
use deconflict_words::{declaration_lines, printable, short};

use crate::declare::{Filter, declaration_named, is_of, list, show};
use crate::desk_client::{DeskSession, ReadArgs, SigningArgs};
use crate::input::bytes_of;
use crate::options::preferred_language;
use crate::outcome::Failure;
use crate::text::shown;

/// Read zones, and agree to them, dispute them or withdraw from them.
#[derive(Args, Debug)]
pub(crate) struct Zone {
    #[command(subcommand)]
    command: ZoneCommand,
}

const AGREE_HELP: &str = "\
Examples:
  deconflict zone agree 4c1f8a02
      prints the whole version with its hash, and asks
  deconflict zone agree 4c1f8a02 --version 4be1770d --yes
      only if this is still the present version

Only a signature by an operator of the party agrees: silence never does, and neither does a word
by voice or mail that the watch desk enters.";

const DISPUTE_HELP: &str = "\
Examples:
  deconflict zone dispute 4c1f8a02 --point radius --text \"30 km are enough.\"
  deconflict zone dispute 4c1f8a02 --point \"the eastern border\" --text-file ours.txt

The point and your own text stand in the record beside the zone, for every party that sees it.";

#[derive(Subcommand, Debug)]
enum ZoneCommand {
    /// List the zones that this party may see
    #[command(after_help = "Example:\n  deconflict zone list")]
    List(Filter),
    /// Show a zone, and where each party stands towards it
    #[command(after_help = "Example:\n  deconflict zone show 4c1f8a02 --lang fr")]
    Show {
        /// The zone: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Agree to the present version of a zone
    #[command(after_help = AGREE_HELP)]
    Agree {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Dispute the present version of a zone
    #[command(after_help = DISPUTE_HELP)]
    Dispute {
        #[command(flatten)]
        which: Which,
        /// The point that is disputed
        #[arg(long, value_name = "TEXT")]
        point: String,
        /// What it should say
        #[arg(long, value_name = "TEXT", required_unless_present = "text_file")]
        text: Option<String>,
        /// A file that holds what it should say
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        text_file: Option<PathBuf>,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Withdraw this party's agreement to a zone
    #[command(
        after_help = "Example:\n  deconflict zone withdraw 4c1f8a02 --reason \"The garrison left.\""
    )]
    Withdraw {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
}

/// Which version of which zone.
#[derive(Args, Clone, Debug)]
struct Which {
    /// The zone: its name, or the first digits of it
    id: String,
    /// Only if this is the present version: its hash, or the first digits of it
    #[arg(long, value_name = "HASH")]
    version: Option<String>,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(zone: &Zone) -> Result<u8, Failure> {
    match &zone.command {
        ZoneCommand::List(filter) => list(filter, Some(Kind::Zone)),
        ZoneCommand::Show { id, look } => show(id, look, Some(Kind::Zone)),
        ZoneCommand::Agree { which, signing } => {
            stand(which, signing, "the agreement", "Agree to this version?", |zone, version, _| {
                Ok(Say::Agree { zone, version })
            })
        }
        ZoneCommand::Dispute { which, point, text, text_file, signing } => {
            let own_text = match (text, text_file) {
                (Some(text), _) => text.clone(),
                (None, Some(path)) => own_text(path)?,
                (None, None) => return Err("--text: say what it should say".to_owned().into()),
            };
            stand(which, signing, "the dispute", "Dispute this version?", |zone, version, _| {
                let (point, own_text) = (point.clone(), own_text.clone());
                Ok(Say::Dispute { zone, version, point, own_text })
            })
        }
        ZoneCommand::Withdraw { which, reason, signing } => {
            let question = "Withdraw the agreement to this version?";
            stand(which, signing, "the withdrawal", question, |zone, version, standing| {
                match standing {
                    Some(Standing::Agreed { .. }) => {
                        Ok(Say::WithdrawAgreement { zone, version, reason: reason.clone() })
                    }
                    _ => Err(
                        "this party has not agreed to the present version: there is nothing to \
                              withdraw"
                            .to_owned()
                            .into(),
                    ),
                }
            })
        }
    }
}

/// Shows the whole version, asks, and says where this party stands towards it.
fn stand(
    which: &Which,
    signing: &SigningArgs,
    what: &str,
    question: &str,
    make: impl FnOnce(DeclarationId, Version, Option<&Standing>) -> Result<Say, Failure>,
) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let (id, declaration) = zone_named(&at, which)?;
    let lang = preferred_language(signing.lang.as_deref());
    let reader = at.reader(&lang);
    let mut shown = declaration_lines(&reader, id, declaration);
    shown.extend([String::new(), format!("The version is {}. {question}", declaration.version)]);
    let say = make(id, declaration.version, declaration.standing(at.party()))?;
    signing.sign(&mut at, what, &shown, &say)
}

/// The zone that is meant, in the version that is meant.
fn zone_named<'a>(
    at: &'a DeskSession,
    which: &Which,
) -> Result<(DeclarationId, &'a Declaration), Failure> {
    let (id, declaration) = declaration_named(at, &which.id)?;
    is_of(Some(Kind::Zone), &which.id, declaration)?;
    let present = declaration.version.to_string();
    match &which.version {
        Some(version) if version.len() < 4 || !present.starts_with(version.as_str()) => Err(format!(
            "--version {}: the present version of zone {} is {}: read it first, with `deconflict zone \
             show {}`",
            printable(version),
            short(id),
            short(&present),
            short(id)
        )
        .into()),
        _ => Ok((id, declaration)),
    }
}

fn own_text(path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(bytes_of(path)?);
    let text = text.map_err(|_| format!("{}: not UTF-8: save the text as UTF-8", shown(path)))?;
    Ok(text.trim().to_owned())
}
