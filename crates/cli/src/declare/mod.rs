//! `deconflict declare`: what this party declares.

mod change;
mod look;
mod sign;

use clap::{Args, Subcommand};
use deconflict_core::{Ending, Kind, OperationState, Sharing};

use crate::desk_client::{ReadArgs, SigningArgs};
use crate::from_input::{FromFile, OfMovement, OfOperation, OfSite, OfZone, parse_sharing};
use crate::outcome::Failure;

pub(crate) use look::{Filter, is_of, list, show};
pub(crate) use sign::declaration_named;

/// Declare zones, operations, sites and movements, and change them.
#[derive(Args, Debug)]
pub(crate) struct Declare {
    #[command(subcommand)]
    command: DeclareCommand,
}

const OPERATION_HELP: &str = "\
Examples:
  deconflict declare operation plan.geojson
  deconflict declare operation airspace.openair.txt --feature R-17 --share aid,north
  deconflict declare operation plan.json --valid-for 30m --yes --output json

Every feature of the file becomes an operation. A file that holds a declaration in JSON
({\"operation\": {...}}, as `deconflict declare show` prints it) is declared as it stands.

Shared with nobody unless you say so: others then learn of conflicts alone, on the sharing grid.
What was shared cannot be taken back.

Exit status: 0 done or queued, 1 refused or in conflict, 2 failure, 3 the host was caught.";

const ZONE_HELP: &str = "\
Examples:
  deconflict declare zone zone.geojson --restriction prohibited --concerns south,aid --binds south
  deconflict declare zone zone.geojson --restriction restricted --concerns south --ring 5km \\
      --text en=\"Ask the duty officer before you enter.\"

Whom it concerns is given it and asked to agree. Until a party that it binds has signed this
very version, the zone is unilateral towards it, and shown so.

Exit status: 0 done or queued, 1 refused or in conflict, 2 failure, 3 the host was caught.";

const SITE_HELP: &str = "\
Examples:
  deconflict declare site --name en=Clinic --category medical --place \"33.5062, 38.6166\" \\
      --second-form \"33°30′22.3″N 38°36′59.8″E\" --radius 200m --share north,south
  deconflict declare site --name en=Clinic --category medical --place \"33.5062, 38.6166\" \\
      --checked-by \"A. Nurse\" --checked-how \"stood at the gate with a receiver\" --radius 200m
  deconflict declare site --list sites.csv --share north,south

The coordinates pass a gate: two forms that agree within 50 m, a second person's check, or the
mark `unverified` that every reader is shown. A list is declared as a whole or not at all; each
row gets a result of its own. Its columns: id, name (or name_en, name_fr ...), kind, lat and
lon, coordinates (the second form), radius_m or wkt, upper, checked_by, checked_how.

That a site is notified is never an approval, and that it is not changes nothing about its
protection.

Exit status: 0 done or queued, 1 refused or in conflict, 2 failure, 3 the host was caught.";

const MOVEMENT_HELP: &str = "\
Examples:
  deconflict declare movement --name en=\"Convoy 7\" --half-width 500m --armed-escort no \\
      --contact \"+962 6 000 000\" --vehicle \"truck, white; 12-3456; red cross on the roof\" \\
      --waypoint \"33.50, 38.61 @ 2017-06-06T06:00:00Z/2017-06-06T06:30:00Z\" \\
      --waypoint \"33.62, 38.95 @ 2017-06-06T08:00:00Z/2017-06-06T09:00:00Z\" --share north,south
  deconflict declare movement --name Convoy --waypoints way.csv --vehicles trucks.csv \\
      --half-width 1km --armed-escort unknown --contact \"channel 16\" --emergency

Exit status: 0 done or queued, 1 refused or in conflict, 2 failure, 3 the host was caught.";

const AMEND_HELP: &str = "\
Examples:
  deconflict declare amend 4c1f8a02 smaller.geojson
  deconflict declare show 4c1f8a02 --output json | jq .declared > site.json
  deconflict declare amend 4c1f8a02 site.json

The new version takes the old one's place; of a zone, every party is asked anew. What the file
does not say (whom a zone concerns and binds, its text, its name) stays as it is. A site or a
movement is amended by a declaration in JSON.";

#[derive(Subcommand, Debug)]
enum DeclareCommand {
    /// Declare the operations of a file
    #[command(after_help = OPERATION_HELP)]
    Operation {
        #[command(flatten)]
        from: FromFile,
        #[command(flatten)]
        of: OfOperation,
        #[command(flatten)]
        share: Share,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Declare the zones of a file
    #[command(after_help = ZONE_HELP)]
    Zone {
        #[command(flatten)]
        from: FromFile,
        #[command(flatten)]
        of: OfZone,
        #[command(flatten)]
        share: Share,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Declare a site, or all sites of a list
    #[command(after_help = SITE_HELP)]
    Site {
        #[command(flatten)]
        of: OfSite,
        #[command(flatten)]
        share: Share,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Declare a convoy or a vessel on its way
    #[command(after_help = MOVEMENT_HELP)]
    Movement {
        #[command(flatten)]
        of: OfMovement,
        #[command(flatten)]
        share: Share,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Replace a declaration by a new version of itself
    #[command(after_help = AMEND_HELP)]
    Amend {
        /// The declaration: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        from: FromFile,
        #[command(flatten)]
        operation: OfOperation,
        #[command(flatten)]
        zone: OfZone,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Let others see a declaration from now on
    #[command(after_help = "Examples:\n  deconflict declare share 4c1f8a02 --share aid,north\n  \
        deconflict declare share 4c1f8a02 --share nobody\n      from now on; who was given it \
        keeps what it was given")]
    Share {
        /// The declaration: its name, or the first digits of it
        id: String,
        /// Who may see it from now on: nobody, all, or parties with commas between
        #[arg(long, value_name = "nobody|all|PARTY,...", value_parser = parse_sharing)]
        share: Sharing,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// End a declaration
    #[command(after_help = "Examples:\n  deconflict declare end 4c1f8a02 --how cancelled\n  \
        deconflict declare end 7be01122 --how removed\n      a site; its protection in law is unchanged")]
    End {
        /// The declaration: its name, or the first digits of it
        id: String,
        /// How
        #[arg(long, value_enum)]
        how: Ending,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Set the state of an operation
    #[command(after_help = "Example:\n  deconflict declare state 4c1f8a02 activated")]
    State {
        /// The operation: its name, or the first digits of it
        id: String,
        /// Its state from now on
        #[arg(value_enum)]
        state: OperationState,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Say that a site is still there, as notified
    #[command(after_help = "Example:\n  deconflict declare reconfirm 7be01122")]
    Reconfirm {
        /// The site: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// List what this party may see
    #[command(after_help = "Examples:\n  deconflict declare list\n  \
        deconflict declare list --kind site --party aid --output json")]
    List {
        /// Only of this kind
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        #[command(flatten)]
        filter: Filter,
    },
    /// Show a declaration
    #[command(after_help = "Examples:\n  deconflict declare show 4c1f8a02\n  \
        deconflict declare show 4c1f8a02 --output json\n\nExit status: 0, or 1 where it is in an \
        open conflict or overlay, or not all is\ncompared yet.")]
    Show {
        /// The declaration: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        look: ReadArgs,
    },
}

/// To whom something is shared.
#[derive(Args, Clone, Debug)]
pub(crate) struct Share {
    /// Who may see it: nobody, all, or parties with commas between. What is given cannot be taken back
    #[arg(long, value_name = "nobody|all|PARTY,...", value_parser = parse_sharing, default_value = "nobody")]
    pub(crate) share: Sharing,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(declare: &Declare) -> Result<u8, Failure> {
    match &declare.command {
        DeclareCommand::Operation { from, of, share, signing } => {
            sign::declare(&from.operations(of)?, &share.share, signing)
        }
        DeclareCommand::Zone { from, of, share, signing } => {
            sign::declare(&from.zones(of)?, &share.share, signing)
        }
        DeclareCommand::Site { of, share, signing } => {
            sign::declare(&of.items()?, &share.share, signing)
        }
        DeclareCommand::Movement { of, share, signing } => {
            sign::declare(&[of.item()?], &share.share, signing)
        }
        DeclareCommand::Amend { id, from, operation, zone, signing } => {
            change::amend(id, from, operation, zone, signing)
        }
        DeclareCommand::Share { id, share, signing } => change::share(id, share, signing),
        DeclareCommand::End { id, how, signing } => change::end(id, *how, signing),
        DeclareCommand::State { id, state, signing } => change::state(id, *state, signing),
        DeclareCommand::Reconfirm { id, signing } => change::reconfirm(id, signing),
        DeclareCommand::List { kind, filter } => list(filter, *kind),
        DeclareCommand::Show { id, look } => show(id, look, None),
    }
}
