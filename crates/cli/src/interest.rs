//! `deconflict interest`: where this party wants to be told of changes.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use deconflict_core::{InterestId, Kind, Say};
use deconflict_words::Language;
use serde_json::{Value, json};

use crate::desk_client::{ReadArgs, SigningArgs};
use crate::from_input::{FromFile, OfOperation};
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};

/// Say where this party wants to be told of changes.
#[derive(Args, Debug)]
pub(crate) struct Interest {
    #[command(subcommand)]
    command: InterestCommand,
}

#[derive(Subcommand, Debug)]
enum InterestCommand {
    /// Be told of changes in the area and time of a file's one volume
    #[command(
        after_help = "Example:\n  deconflict interest set north-range range.geojson --kinds zone,operation"
    )]
    Set {
        /// What this party calls it; nobody else is told
        interest: InterestId,
        #[command(flatten)]
        from: FromFile,
        /// Of which kinds (comma-separated); else of all
        #[arg(long, value_enum, value_delimiter = ',')]
        kinds: Vec<Kind>,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Be told no more
    #[command(after_help = "Example:\n  deconflict interest drop north-range")]
    Drop {
        /// What this party calls it
        interest: InterestId,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// List this party's interests, and how often a change touched each
    #[command(after_help = "Example:\n  deconflict interest list")]
    List {
        #[command(flatten)]
        look: ReadArgs,
    },
}

/// Runs the command and returns the exit status.
pub(crate) fn run(interest: &Interest) -> Result<u8, Failure> {
    match &interest.command {
        InterestCommand::Set { interest, from, kinds, signing } => {
            let items = from.operations(&OfOperation::default())?;
            let volumes: Vec<_> =
                items.iter().flat_map(|item| item.declared.declared_volumes()).collect();
            let [area] = &volumes[..] else {
                return Err(format!(
                    "the file has {} volumes: an interest is in one; choose a feature with --feature",
                    volumes.len()
                )
                .into());
            };
            let all = [Kind::Zone, Kind::Operation, Kind::Site, Kind::Movement];
            let kinds = if kinds.is_empty() { &all[..] } else { kinds };
            let kinds: BTreeSet<Kind> = kinds.iter().copied().collect();
            let words = Language::of_tag(&preferred_language(signing.lang.as_deref()));
            let shown = vec![format!("Interest {interest}: {}", words.volume(area))];
            let area = Box::new(area.clone());
            let say = Say::SetInterest { interest: interest.clone(), area, kinds };
            signing.sign(&mut signing.open()?, "the interest", &shown, &say)
        }
        InterestCommand::Drop { interest, signing } => {
            let shown = vec![format!("Interest {interest}: to be dropped")];
            let say = Say::DropInterest { interest: interest.clone() };
            signing.sign(&mut signing.open()?, "the dropping of the interest", &shown, &say)
        }
        InterestCommand::List { look } => list(look),
    }
}

fn list(look: &ReadArgs) -> Result<u8, Failure> {
    let at = look.open()?;
    let words = Language::of_tag(&preferred_language(look.lang.as_deref()));
    let own = at.view().interests.get(at.party()).into_iter().flatten();
    match look.output {
        Answer::Json => {
            let all: Vec<Value> = own
                .map(|(name, of)| {
                    json!({"interest": name, "area": of.area, "kinds": of.kinds, "count": of.count})
                })
                .collect();
            print_json(&json!({ "interests": all }))
        }
        Answer::Text => print(|out| {
            let mut none = true;
            for (name, of) in own {
                none = false;
                let kinds: Vec<String> = of.kinds.iter().map(ToString::to_string).collect();
                let kinds = kinds.join(", ");
                writeln!(
                    out,
                    "{name}: {}; {kinds}; touched {} times",
                    words.volume(&of.area),
                    of.count
                )?;
            }
            if none { writeln!(out, "This party has no interest on record.") } else { Ok(()) }
        }),
    }?;
    Ok(NONE)
}
