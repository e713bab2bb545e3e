//! What was read out to this desk over the phone or came as a short message, and was typed in.
//!
//! Nobody signed it. It never enters the view, is no receipt, and says of nobody but whoever typed it in that it was
//! heard. It is kept so that its clock is seen, an answer can be noted and read back, and what is signed later is
//! compared with what was heard.

mod standing;

use deconflict_core::PartyId;
use deconflict_record::UtcSecond;
use deconflict_vocabulary::{Answer, NamedTextForm, ObjectRef, ShortRef, TextForm};
use serde::{Deserialize, Serialize};

pub use standing::{NoteState, VoiceMessage, VoiceStanding, VoiceState, voice_id, voice_states};

use crate::desk::Desk;
use crate::error::DeskError;

/// The most texts that are kept at a time.
pub const MAX_VOICE_TEXTS: usize = 256;

/// A text that was read out and typed in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceText {
    /// Its number at this desk.
    pub number: u64,
    /// For whom it was read out, by the word of whoever typed it in.
    pub from: PartyId,
    /// The text in its one spelling: that of a [`NamedTextForm`].
    pub text: String,
    /// When it was typed in, by this desk's clock.
    pub at: UtcSecond,
    /// What this desk's operator means to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<VoiceNote>,
}

/// An answer that was read back over the phone and is not signed yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceNote {
    /// What is answered.
    pub answer: Answer,
    /// When it was noted, by this desk's clock.
    pub at: UtcSecond,
}

impl VoiceText {
    /// What it says, and which message it names: itself, or the one that it answers.
    pub fn read(&self) -> Option<(TextForm, ShortRef)> {
        let NamedTextForm { form, name } = self.text.parse().ok()?;
        let name = name.or(form.answered)?;
        Some((form, name))
    }

    /// The answer that was noted, as it is read back.
    pub fn noted_form(&self) -> Option<TextForm> {
        let (form, name) = self.read()?;
        noted_form(&form, name, &self.noted.as_ref()?.answer)
    }
}

/// An answer to what was read out, as it is read back. `None`: it is none.
pub fn noted_form(form: &TextForm, name: ShortRef, answer: &Answer) -> Option<TextForm> {
    let named: ObjectRef = name.padded();
    TextForm::of_answer(form.traffic, &named, answer).ok()
}

impl Desk {
    /// What was read out to this desk and typed in, the oldest first.
    pub fn voice_texts(&self) -> &[VoiceText] {
        self.copy.voice_texts()
    }

    /// Keeps a text that was read out for a party, durably. What is kept already in the same words and from the same
    /// party is kept once.
    ///
    /// # Errors
    /// When it is no text form, or does not name its message; when too much is kept; when the disk fails.
    pub fn type_in(
        &mut self,
        from: &PartyId,
        text: &str,
        now: UtcSecond,
    ) -> Result<VoiceText, DeskError> {
        let refused = |why: String| DeskError::Refused(format!("it was not kept: {why}"));
        let form: NamedTextForm = text.parse().map_err(|fault| refused(format!("{fault}")))?;
        if form.name.is_none() && form.form.answered.is_none() {
            return Err(refused(
                "what names the message was not typed: it stands after the text, as `/` with ten characters, and \
                 has four check letters of its own"
                    .into(),
            ));
        }
        let text = form.to_string();
        let mut all = self.voice_texts().to_vec();
        if let Some(kept) = all.iter().find(|kept| kept.text == text && kept.from == *from) {
            return Ok(kept.clone());
        }
        if all.len() >= MAX_VOICE_TEXTS {
            return Err(refused(format!(
                "{MAX_VOICE_TEXTS} texts are kept already: forget what is over (`deconflict inbox forget`)"
            )));
        }
        let number = all.iter().map(|kept| kept.number).max().unwrap_or(0) + 1;
        let kept = VoiceText { number, from: from.clone(), text, at: now, noted: None };
        all.push(kept.clone());
        self.copy.keep_voice_texts(all)?;
        Ok(kept)
    }

    /// Keeps what the operator means to answer to a text, in the place of what was noted before. Nothing is signed.
    ///
    /// # Errors
    /// When there is no such text, it is an answer itself, or its code does not allow this one; when the disk fails.
    pub fn note_answer(
        &mut self,
        number: u64,
        answer: &Answer,
        now: UtcSecond,
    ) -> Result<VoiceText, DeskError> {
        let mut all = self.voice_texts().to_vec();
        let kept = all.iter_mut().find(|kept| kept.number == number);
        let kept = kept.ok_or_else(|| unknown(number))?;
        let allowed = match kept.read().map(|(form, _)| form.subject) {
            Some(deconflict_vocabulary::Subject::Code(code)) => {
                answer.check_to(code).map_err(|fault| fault.to_string())
            }
            _ => Err("an answer is not answered".to_owned()),
        };
        allowed.map_err(|why| DeskError::Refused(format!("it was not noted: {why}")))?;
        kept.noted = Some(VoiceNote { answer: answer.clone(), at: now });
        let kept = kept.clone();
        self.copy.keep_voice_texts(all)?;
        Ok(kept)
    }

    /// Forgets a text, with what was noted to it.
    ///
    /// # Errors
    /// When there is no such text; when the disk fails.
    pub fn forget_voice_text(&mut self, number: u64) -> Result<(), DeskError> {
        let mut all = self.voice_texts().to_vec();
        let before = all.len();
        all.retain(|kept| kept.number != number);
        if all.len() == before {
            return Err(unknown(number));
        }
        self.copy.keep_voice_texts(all)
    }
}

fn unknown(number: u64) -> DeskError {
    DeskError::Refused(format!(
        "no text {number} was typed in here: `deconflict inbox` shows those that were"
    ))
}
