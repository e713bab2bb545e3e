//! What a notice says: that something waits, and whom to call; more only where the settings ask for it.

use deconflict_core::Time;
use deconflict_vocabulary::{Precedence, Traffic, Translations};
use deconflict_words::short;
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::plan::DueNotice;
use crate::waiting::{NoticeStage, Occasion};

/// How many messages are named one by one.
const MOST_NAMED: usize = 5;

/// How much a notice tells.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum NoticeDetail {
    /// How urgent, how many, and whom to call.
    #[default]
    Bare,
    /// Also each message's code and the first digits of its name. Never a place, a zone or a party.
    Code,
}

/// How the settings have notices say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wording {
    /// The number to call.
    pub(crate) call: String,
    /// The tag of a language of the vocabulary.
    pub(crate) language: String,
    pub(crate) detail: NoticeDetail,
}

/// A notice, ready to go: all that any carrier hands on.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NoticeText {
    pub(crate) notice: String,
    pub(crate) nth: u32,
    pub(crate) traffic: Traffic,
    /// `None`: it tries its path.
    pub(crate) of: Option<Urgency>,
    pub(crate) call: String,
    pub(crate) language: &'static str,
    /// That no speaker has checked the language's wording, in that language.
    pub(crate) unchecked: Option<String>,
    /// One line.
    pub(crate) text: String,
    pub(crate) messages: Vec<NamedMessage>,
    pub(crate) at: Time,
}

/// What waits, in figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Urgency {
    pub(crate) precedence: Precedence,
    pub(crate) stage: NoticeStage,
    pub(crate) waiting: usize,
}

/// A message by its code and the first digits of its name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct NamedMessage {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Wording {
    pub(crate) fn of(&self, due: &DueNotice, path: &str, at: Time) -> NoticeText {
        let tongue = Translations::shipped().of_tag(&self.language);
        let mut text = tongue.notice(due.precedence, &self.call, due.waiting);
        if due.traffic != Traffic::Real {
            text = format!("{}. {text}", tongue.traffic(due.traffic));
        }
        let mut messages = Vec::new();
        if self.detail == NoticeDetail::Code {
            messages.extend(due.codes.iter().map(|(code, message)| NamedMessage {
                code: code.to_string(),
                message: short(message),
            }));
            let named = messages.iter().take(MOST_NAMED);
            let mut named: Vec<String> =
                named.map(|one| format!("{} {}", one.code, one.message)).collect();
            if messages.len() > MOST_NAMED {
                named.push(format!("+{}", messages.len() - MOST_NAMED));
            }
            text = format!("{text} {}", named.join(", "));
        }
        let stage = due.occasions.iter().map(|one| one.stage).max().unwrap_or(NoticeStage::First);
        let (precedence, waiting) = (due.precedence, due.waiting);
        NoticeText {
            notice: due.name(path),
            nth: due.nth,
            traffic: due.traffic,
            of: Some(Urgency { precedence, stage, waiting }),
            text,
            messages,
            ..self.blank(at)
        }
    }

    /// A notice that tries a path.
    pub(crate) fn test(&self, path: &str, at: Time) -> NoticeText {
        let tongue = Translations::shipped().of_tag(&self.language);
        let text = format!("{}. {}", tongue.traffic(Traffic::Test), tongue.notice_test());
        NoticeText { notice: name(&format!("test {path} {at}")), text, ..self.blank(at) }
    }

    fn blank(&self, at: Time) -> NoticeText {
        let tongue = Translations::shipped().of_tag(&self.language);
        let translation = tongue.translation();
        NoticeText {
            notice: String::new(),
            nth: 1,
            traffic: Traffic::Test,
            of: None,
            call: self.call.clone(),
            language: translation.tag(),
            unchecked: translation.checked_by().is_none().then(|| tongue.unchecked()),
            text: String::new(),
            messages: Vec::new(),
            at,
        }
    }
}

impl DueNotice {
    /// Its name: the same for each try of the same by one path, and of no other.
    pub(crate) fn name(&self, path: &str) -> String {
        let mut of = path.to_owned();
        for Occasion { message, since, at, stage } in &self.occasions {
            of.push_str(&format!("\n{message} {since} {at} {stage:?}"));
        }
        name(&of)
    }
}

fn name(of: &str) -> String {
    let digest = digest(&SHA256, of.as_bytes());
    digest.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
