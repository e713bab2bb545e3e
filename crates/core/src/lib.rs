//! Charter, parties, declarations, agreement, conflicts and disclosure: what follows from what was
//! said.
//!
//! [`State::decide`] says what a statement leads to, [`State::tick`] what the passing of time leads to;
//! both answer with [`Entry`]s, which the host makes durable, and [`State::apply`] folds them in and
//! says who may read them. The [`Ledger`] is the fold; a party's view is what of the ledger it may
//! see ([`Ledger::project`]), and its desk comes to the same by folding the entries that it was
//! given.
//!
//! *Architecture invariant*: pure functions of what is passed in. No clock, no input or output, no
//! randomness, no signature is checked here: whoever hands over a [`Statement`] has verified it.
//!
//! *Architecture invariant*: applying an entry computes no geometry. Findings carry their numbers, so
//! that the same entries give the same ledger on any machine and in any later release.
//!
//! *Architecture invariant*: who may read something is decided after detection, from declarations
//! as they are, and never from who asks.

mod apply;
mod channel;
mod charter;
mod coding;
mod compare;
mod comparison;
mod decide;
mod declared;
mod detect;
mod entry;
mod erase;
mod exact;
mod extent;
mod finder;
mod interests;
mod ledger;
mod names;
mod nearby;
mod pairing;
mod parts;
mod probing;
mod project;
mod recipient;
mod refusal;
mod say;
mod shared;
mod state;
mod statements;
mod subject;
mod tick;
mod time;
mod volumes;
mod waiting;

pub use apply::{Effects, Item, ItemChange};
pub use channel::{
    Actor, AddresseeRule, AnswerEntry, CellNotice, ChannelFault, Dialogue, DutyHandover, Exchange,
    ExchangeState, ExitObstacle, Hop, Lapse, LapseEntry, LineReport, LineTest, LineTestOutcome,
    MOST_SEALED_CHARS, MessageRemark, OVERDUE_AFTER_S, PassedOn, Receipt, RelayReport,
    SealedRemark, Sending, SpokenOf, UNITS_TOLD_BEFORE_S, Undertaking, UndertakingState,
};
pub use charter::{
    Apart, Charter, CharterError, Consent, Consents, Continues, Grid, Heights, Host, Knowledge,
    Limits, MAX_CELLS_IN_FORCE, MAX_INTERESTS, MAX_LIMIT, MAX_PARTIES, MAX_WITNESS_URL_BYTES,
    MAX_WITNESSES, Member, RuleSet, USUAL_CLOCK_SKEW_S, Witness, name_in,
};
pub use coding::Coding;
pub use comparison::{Comparison, ComparisonProgress, ComparisonScope, NearbyKey};
pub use decide::{Decision, Outcome, Unfit};
pub use declared::{
    ArmedPresence, Category, CoordinateCheck, DeclarationContent, DeclaredError, Kind,
    MAX_FORMS_APART_M, Movement, Operation, OperationState, Restriction, Site, Vehicle, Waypoint,
    Zone,
};
pub use detect::Pace;
pub use entry::{
    Certainty, Doubt, Entry, ErasureSubject, Extent, Finding, GridCell, MAX_CELLS, Side, What,
};
pub use exact::{ExactAnswer, MAX_MEETING_VOLUMES, MeetingVolumes};
pub use finder::Placement;
pub use ledger::{
    Condition, Conflict, ConflictEnd, ConflictState, ContactMade, Declaration, Disclosure, Earlier,
    Former, Interest, Key, LONGEST_SHELF_S, Ledger, Operator, Overlay, OverlayEnd, OverlayKind,
    Participation, ParticipationState, Party, Precision, ProbingTally, Shelf, ShelfObject,
    Standing, UnsignedEnd, VersionDisclosure,
};
pub use names::{
    ConflictId, DeclarationId, GroupId, Handle, InterestId, MAX_NAME_LEN, MessageId, NameError,
    OperatorId, OverlayId, PartyId, Texts, Version,
};
pub use pairing::Pairing;
pub use parts::{LedgerBase, LedgerDraft, LedgerPart, LedgerParts};
pub use recipient::{MOST_PARTY_RECIPIENTS, Recipient, RecipientError};
pub use refusal::{Quantity, Referent, Refusal};
pub use say::{Authority, Ending, Role, Say, Sharing, Statement};
pub use shared::Joint;
pub use state::State;
pub use statements::{Brings, Speaker, Stage, StatementRules, Through, Topic};
pub use time::{Time, TimeError};
pub use volumes::{Datum, DeclaredVolume, Edges, Level, Place, Shape, VolumeError};
pub use waiting::WaitingComparisons;
