//! What goes from desk to desk while there is no host, whoever has the desk open.

use std::path::Path;

use deconflict_api::LocalRequest;
use deconflict_core::{PartyId, Statement};
use deconflict_record::{Hash, UtcSecond};
use deconflict_vocabulary::Answer;

#[cfg(unix)]
use super::access::whole;
use super::access::{DeskAccess, other_answer};
use super::answer::{LocalAnswer, statements_of};
use crate::error::DeskError;
use crate::voice::VoiceText;

impl DeskAccess {
    /// As [`crate::Desk::export_statements`]; an agent goes by its own clock.
    ///
    /// # Errors
    /// As [`crate::Desk::export_statements`]; when the agent does not answer.
    pub fn export_statements(
        &mut self,
        file: &Path,
        which: &[Hash],
        now: UtcSecond,
    ) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.export_statements(file, which, now),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => match agent.ask(&LocalRequest::ExportStatements {
                file: whole(file)?,
                statements: which.to_vec(),
            })? {
                LocalAnswer::Done => Ok(()),
                _ => Err(other_answer()),
            },
        }
    }

    /// As [`crate::Desk::import_statements`]; an agent goes by its own clock.
    ///
    /// # Errors
    /// As [`crate::Desk::import_statements`]; when the agent does not answer.
    pub fn import_statements(
        &mut self,
        file: &Path,
        now: UtcSecond,
    ) -> Result<Vec<Statement>, DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.import_statements(file, now),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                match agent.ask(&LocalRequest::ImportStatements { file: whole(file)? })? {
                    LocalAnswer::Imported(envelopes) => statements_of(&envelopes),
                    _ => Err(other_answer()),
                }
            }
        }
    }

    /// As [`crate::Desk::type_in`]; an agent goes by its own clock.
    ///
    /// # Errors
    /// As [`crate::Desk::type_in`]; when the agent does not answer.
    pub fn type_in(
        &mut self,
        from: &PartyId,
        text: &str,
        now: UtcSecond,
    ) -> Result<VoiceText, DeskError> {
        self.voice(LocalRequest::TypeIn { from: from.clone(), text: text.to_owned() }, now)
    }

    /// As [`crate::Desk::note_answer`]; an agent goes by its own clock.
    ///
    /// # Errors
    /// As [`crate::Desk::note_answer`]; when the agent does not answer.
    pub fn note_answer(
        &mut self,
        number: u64,
        answer: &Answer,
        now: UtcSecond,
    ) -> Result<VoiceText, DeskError> {
        let answer = serde_json::to_string(answer)
            .map_err(|error| DeskError::Refused(format!("it was not noted: {error}")))?;
        self.voice(LocalRequest::NoteAnswer { number, answer }, now)
    }

    /// As [`crate::Desk::forget_voice_text`].
    ///
    /// # Errors
    /// As [`crate::Desk::forget_voice_text`]; when the agent does not answer.
    pub fn forget_voice_text(&mut self, number: u64) -> Result<(), DeskError> {
        match self {
            DeskAccess::Opened(desk) => desk.forget_voice_text(number),
            #[cfg(unix)]
            DeskAccess::Agent(agent) => {
                match agent.ask(&LocalRequest::ForgetVoiceText { number })? {
                    LocalAnswer::Done => Ok(()),
                    _ => Err(other_answer()),
                }
            }
        }
    }

    fn voice(&mut self, request: LocalRequest, now: UtcSecond) -> Result<VoiceText, DeskError> {
        let answered = match self {
            DeskAccess::Opened(desk) => super::answer::answer(desk, request, now)?,
            #[cfg(unix)]
            DeskAccess::Agent(agent) => agent.ask(&request)?,
        };
        match answered {
            LocalAnswer::VoiceText(kept) => Ok(kept),
            _ => Err(other_answer()),
        }
    }
}
