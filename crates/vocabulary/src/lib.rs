//! The channel's vocabulary: one code, one complete meaning, the same in every language.
//!
//! A [`Message`] is a code of the table with typed parameters; an [`Answer`] is one of those that the code's
//! [`Attribute`] allows. Both are plain data. [`Code`] says how a message is answered, how urgent it is and by when,
//! who sends it to whom, and what it does; [`Tongue`] renders it in a reader's language; [`TextForm`] carries it in one
//! short message.
//!
//! *Architecture invariant*: a code is a row of `codes.rs` and its texts in `lang/`. What a code does beside being
//! said stands in its row ([`Effect`]), so that nothing else names codes one by one but the one table of `core` that says by
//! which code a statement of its own stands.
//!
//! *Architecture invariant*: pure, and it links no other crate of the workspace. It has no clock and no randomness; who
//! reads, what they call things and what their local time is are handed in as a [`Directory`].
//!
//! *Architecture invariant*: what is stored or signed is a code with parameters. Prose is made for a reader, is never
//! parsed for its meaning, and never says that a place is without people or that somebody may do something.
//!
//! *Architecture invariant*: silence is NO ANSWER, and receipt is not recognition. No answer agrees to a zone but
//! AFFIRM to a code whose row says so ([`Code::affirm_agrees`]).

mod answers;
mod check_letters;
mod choices;
mod code;
mod codes;
mod message;
mod notice;
mod phrases;
mod precedence;
mod read_back;
mod read_out;
mod render;
mod spelling;
mod terms;
mod text_form;
mod translations;
mod value;

pub use answers::{ANSWERS, AnswerId, AnswerRow, Hold};
pub use choices::{CHOICE_LISTS, ChoiceId, ChoiceList};
pub use code::{
    Addressees, Attribute, COARSE_STEP_S, Code, CodeId, Effect, Need, ObjectKind, Parameter,
    ParameterKind, ParameterName, Senders, When,
};
pub use codes::CODES;
pub use message::{
    Answer, AnswerFault, Message, ParameterFault, Parameters, Subject, Traffic, Trouble,
};
pub use phrases::{Phrase, TimeUnit};
pub use precedence::{LimitTable, MissedStep, Precedence, PrecedenceRule, TimeLimits};
pub use read_out::{NamedTextForm, spelled};
pub use render::{BareDirectory, Directory, LabelledValue, Rendering};
pub use terms::Term;
pub use text_form::{MOST_TEXT_FORM_CHARS, ShortValue, TextFault, TextForm};
pub use translations::{Direction, Tongue, Translation, TranslationFault, Translations};
pub use value::{
    CellPlace, LanguageTag, MOST_NAME_CHARS, MOST_TEXT_CHARS, MOST_WORDS, Moment, ObjectRef, Prose,
    ShortRef, Spot, Value, is_of_bounded_length, stripped,
};
