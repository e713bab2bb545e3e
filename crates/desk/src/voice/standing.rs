//! How what was read out stands to what was signed.

use deconflict_core::{Dialogue, Ledger, MessageId, PartyId, Say, Sending, Time};
use deconflict_record::Hash;
use deconflict_vocabulary::{
    Answer, LanguageTag, Message, ObjectRef, ParameterName, Prose, ShortRef, ShortValue, Subject,
    TextForm, Value,
};

use super::VoiceText;
use crate::beside::BesideRecord;

/// A text that was read out, and how it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct VoiceState {
    /// The text.
    pub text: VoiceText,
    /// What it says.
    pub form: TextForm,
    /// The message that it is, or answers.
    pub name: ShortRef,
    /// How it stands to what was signed.
    pub standing: VoiceStanding,
    /// Other texts that were typed in under the same name, by the same party or another, and say something else.
    pub contradicted_by: Vec<u64>,
    /// What became of the answer that was noted.
    pub noted: Option<NoteState>,
}

/// How a text that was read out stands to what was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VoiceStanding {
    /// Nothing of this name that was signed is here.
    Unsigned,
    /// What was signed says the same.
    AsSigned {
        /// The message.
        message: MessageId,
        /// Whether it stands in the record, or came as a file alone.
        in_record: bool,
        /// Whether its sender corrected it since.
        corrected: bool,
    },
    /// What was signed says something else, is from or to somebody else, or of other traffic.
    Otherwise {
        /// The message.
        message: MessageId,
        /// Whether it stands in the record, or came as a file alone.
        in_record: bool,
    },
    /// Several messages that were signed are so named.
    Ambiguous,
}

/// What became of an answer that was noted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteState {
    /// The message is not here as it was signed.
    WaitsForMessage,
    /// The message is here, and says what was read out: a person signs the answer now.
    WaitsForSignature,
    /// The party signed that answer.
    Signed,
    /// The party signed another answer than the one that it read back.
    SignedOtherwise,
    /// There is nothing more to answer: the message was taken back.
    Over,
    /// What was signed is not what was read out: the answer is to none of it.
    Mismatch,
    /// The message was corrected since it was read out: the answer was to other words, and another one is to be given.
    Corrected,
}

impl VoiceState {
    /// Whether it is over, and nothing about it has to be seen or done.
    pub fn is_over(&self) -> bool {
        let settled = matches!(self.noted, None | Some(NoteState::Signed | NoteState::Over));
        let stands = matches!(self.standing, VoiceStanding::AsSigned { in_record: true, .. });
        stands && settled && self.contradicted_by.is_empty()
    }

    /// Whether what is known does not fit together: somebody must call.
    pub fn is_mismatch(&self) -> bool {
        matches!(self.standing, VoiceStanding::Otherwise { .. } | VoiceStanding::Ambiguous)
            || !self.contradicted_by.is_empty()
            || matches!(self.noted, Some(NoteState::SignedOtherwise | NoteState::Mismatch))
    }

    /// The code of a message; `None`: it is an answer.
    pub fn is_message(&self) -> bool {
        matches!(self.form.subject, Subject::Code(_))
    }
}

/// How each text stands. `original`: what a message of the record said as it was signed, before any correction.
pub fn voice_states(
    texts: &[VoiceText],
    beside: &BesideRecord,
    view: &Ledger,
    own: &PartyId,
    original: impl Fn(MessageId) -> Option<Message>,
) -> Vec<VoiceState> {
    let read: Vec<(&VoiceText, TextForm, ShortRef)> = texts
        .iter()
        .filter_map(|text| text.read().map(|(form, name)| (text, form, name)))
        .collect();
    let state = |(text, form, name): &(&VoiceText, TextForm, ShortRef)| {
        let others = read.iter().filter(|(other, other_form, other_name)| {
            // Several answers to one message follow one another; of a message there is one text.
            let is_message = |form: &TextForm| matches!(form.subject, Subject::Code(_));
            other.number != text.number
                && other_name == name
                && is_message(form)
                && is_message(other_form)
                && (other_form != form || other.from != text.from)
        });
        let contradicted_by = others.map(|(other, ..)| other.number).collect();
        let found: Vec<(MessageId, &Dialogue)> = beside
            .ledger
            .dialogues
            .iter()
            .filter(|(id, _)| ObjectRef(id.0.0).short() == *name)
            .map(|(id, dialogue)| (*id, &**dialogue))
            .collect();
        let standing = match found[..] {
            [] => VoiceStanding::Unsigned,
            [(id, dialogue)] => {
                let in_record = view.dialogues.contains_key(&id);
                let signed = |id: MessageId| {
                    let waits = beside.messages.get(&id).and_then(|known| known.message.as_ref());
                    match waits.map(|one| &one.say) {
                        Some(Say::Send { message, .. }) => Some((**message).clone()),
                        _ => original(id),
                    }
                };
                match form.subject {
                    Subject::Code(_) => {
                        of_message((text, form), (id, dialogue), own, in_record, &signed)
                    }
                    Subject::Answer(_) => of_answer((text, form), (id, dialogue), view),
                }
            }
            _ => VoiceStanding::Ambiguous,
        };
        let noted = text.noted.as_ref().map(|note| {
            let dialogue = found.first().map(|(_, dialogue)| *dialogue);
            note_state(&note.answer, standing, dialogue, own)
        });
        VoiceState {
            text: (*text).clone(),
            form: form.clone(),
            name: *name,
            standing,
            contradicted_by,
            noted,
        }
    };
    read.iter().map(state).collect()
}

fn of_message(
    (text, form): (&VoiceText, &TextForm),
    (message, dialogue): (MessageId, &Dialogue),
    own: &PartyId,
    in_record: bool,
    original: &impl Fn(MessageId) -> Option<Message>,
) -> VoiceStanding {
    let between = dialogue.sender == text.from && dialogue.exchanges.contains_key(own);
    let says =
        |said: &Message| TextForm::of_message(dialogue.traffic, said).ok().as_ref() == Some(form);
    if between && says(&dialogue.message) {
        return VoiceStanding::AsSigned { message, in_record, corrected: false };
    }
    if between && original(message).is_some_and(|said| says(&said)) {
        return VoiceStanding::AsSigned { message, in_record, corrected: true };
    }
    VoiceStanding::Otherwise { message, in_record }
}

fn of_answer(
    (text, form): (&VoiceText, &TextForm),
    (message, dialogue): (MessageId, &Dialogue),
    view: &Ledger,
) -> VoiceStanding {
    let exchange = dialogue.exchanges.get(&text.from);
    let Some(exchange) = exchange.filter(|_| dialogue.traffic == form.traffic) else {
        let in_record = view.dialogues.contains_key(&message);
        return VoiceStanding::Otherwise { message, in_record };
    };
    let says = |answer: &Answer| is_form_of(form, dialogue, message, answer);
    let recorded = view.dialogues.get(&message).and_then(|known| known.exchanges.get(&text.from));
    let in_record = recorded.is_some_and(|known| known.answers.iter().any(|a| says(&a.answer)));
    if exchange.answers.iter().any(|given| says(&given.answer)) {
        return VoiceStanding::AsSigned { message, in_record, corrected: false };
    }
    match exchange.answer() {
        Some(_) => VoiceStanding::Otherwise {
            message,
            in_record: recorded.is_some_and(|known| known.answer().is_some()),
        },
        None => VoiceStanding::Unsigned,
    }
}

fn is_form_of(form: &TextForm, dialogue: &Dialogue, message: MessageId, answer: &Answer) -> bool {
    let of = TextForm::of_answer(dialogue.traffic, &ObjectRef(message.0.0), answer);
    of.ok().as_ref() == Some(form)
}

fn note_state(
    noted: &Answer,
    standing: VoiceStanding,
    dialogue: Option<&Dialogue>,
    own: &PartyId,
) -> NoteState {
    let VoiceStanding::AsSigned { corrected, .. } = standing else {
        return match standing {
            VoiceStanding::Unsigned => NoteState::WaitsForMessage,
            _ => NoteState::Mismatch,
        };
    };
    let Some(dialogue) = dialogue else { return NoteState::WaitsForMessage };
    let given = dialogue.exchanges.get(own);
    let lasting = given.iter().flat_map(|given| &given.answers).filter(|given| !given.lapsed);
    if lasting.clone().any(|given| given.answer == *noted) {
        NoteState::Signed
    } else if corrected {
        let answered = given.is_some_and(|given| given.answer().is_some());
        if answered || dialogue.is_taken_back() { NoteState::Over } else { NoteState::Corrected }
    } else if given.and_then(|given| given.answer()).is_some() {
        NoteState::SignedOtherwise
    } else if dialogue.is_taken_back() || dialogue.ended.is_some() {
        NoteState::Over
    } else {
        NoteState::WaitsForSignature
    }
}

/// A message that was read out, as it can be shown.
#[derive(Clone, PartialEq, Debug)]
pub struct VoiceMessage {
    /// The message, with its clock from when it was typed in.
    pub dialogue: Dialogue,
    /// What a text form leaves out: it must come by another way.
    pub left_out: Vec<ParameterName>,
    /// Things that it names and this desk does not know, or of which it knows several.
    pub unknown: Vec<ParameterName>,
}

/// The name under which a message that was read out is shown: it begins as the message's own does.
pub fn voice_id(name: ShortRef) -> MessageId {
    MessageId(Hash(name.padded().0))
}

impl VoiceState {
    /// The message that was read out to a party, with what its desk knows of what it names; `None`: it is an answer, or
    /// no message that can be.
    pub fn message(&self, view: &Ledger, own: &PartyId) -> Option<VoiceMessage> {
        let Subject::Code(code) = self.form.subject else { return None };
        let (mut left_out, mut unknown) = (Vec::new(), Vec::new());
        let mut parameters = std::collections::BTreeMap::new();
        for (name, short) in &self.form.parameters {
            let value = match short {
                ShortValue::Whole(value) => value.clone(),
                ShortValue::Reference(of) => {
                    Value::Reference(known(view, *of).unwrap_or_else(|| {
                        unknown.push(*name);
                        of.padded()
                    }))
                }
                ShortValue::Volumes(of) => Value::Volumes(of.padded()),
                ShortValue::Text(_) => Value::Text(Prose {
                    text: short.to_string(),
                    language: LanguageTag::new("en")?,
                }),
                ShortValue::Name(_) => Value::name(&short.to_string()),
            };
            if short.is_left_out() {
                left_out.push(*name);
            }
            parameters.insert(*name, value);
        }
        let message = Message { code, parameters };
        let about = message.parameters.get(&ParameterName::new("message")?);
        let spoken_of = match about {
            Some(Value::Reference(of)) => view.dialogues.get(&MessageId(Hash(of.0))),
            _ => None,
        };
        let sending = Sending {
            message,
            traffic: self.form.traffic,
            sender: self.text.from.clone(),
            to: vec![own.clone()],
            remark: None,
            valid_until: None,
            spoken_of: spoken_of.map(|dialogue| dialogue.as_spoken_of()),
        };
        let table = view.charter.as_ref().map(|charter| charter.rules.channel).unwrap_or_default();
        let at = Time::from_seconds(self.text.at.seconds().cast_signed());
        let dialogue = Dialogue::begin(sending, &table, at).ok()?;
        Some(VoiceMessage { dialogue, left_out, unknown })
    }
}

/// The one thing in a view whose hash begins so.
fn known(view: &Ledger, short: ShortRef) -> Option<ObjectRef> {
    let versions = view.declarations.values().flat_map(|known| {
        let past = known.past.iter().map(|earlier| earlier.version.0);
        past.chain([known.version.0])
    });
    let ids = view.declarations.keys().map(|id| id.0);
    let messages = view.dialogues.keys().map(|id| id.0);
    let conflicts = view.conflicts.keys().map(|id| id.0);
    let all = ids.chain(versions).chain(messages).chain(conflicts);
    let mut found: Vec<Hash> = all.filter(|hash| ObjectRef(hash.0).short() == short).collect();
    found.sort();
    found.dedup();
    match found[..] {
        [one] => Some(ObjectRef(one.0)),
        _ => None,
    }
}
