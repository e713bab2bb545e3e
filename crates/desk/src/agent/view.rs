//! What an agent shows: where its desk stands, and what its party may see.

use std::sync::Arc;

use deconflict_api::HostWait;
use deconflict_core::Ledger;
use deconflict_proof::folder_form::policy_of;
use deconflict_proof::{Notice, Overruling, host_keys};
use deconflict_record::{Head, Policy, SignedCheckpoint, UtcSecond};
use serde::{Deserialize, Serialize};

use crate::caught::CaughtHost;
use crate::desk::Desk;
use crate::erase::WaitingErasures;
use crate::error::DeskError;
use crate::outbox::Overdue;
use crate::outbox::QueuedStatement;
use crate::settings::Settings;
use crate::voice::VoiceText;

/// How the line to the host is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LineState {
    /// It was not used yet.
    Unused,
    /// It is up.
    Up {
        /// Since when, by the desk's clock.
        since: UtcSecond,
        /// Whether the host's stream is open: else the host is asked every few seconds.
        streamed: bool,
    },
    /// It is up, and the host answers that it has too much to do, or cannot now.
    Busy {
        /// Since when, by the desk's clock.
        since: UtcSecond,
        /// Why, in words.
        why: String,
    },
    /// It is down.
    Down {
        /// Since when, by the desk's clock.
        since: UtcSecond,
        /// Why, in words.
        why: String,
    },
}

/// Where a desk stands, at one instant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskStatus {
    /// Whose desk it is, and what it trusts.
    #[serde(with = "settings_form")]
    pub settings: Settings,
    /// The last verified head; before the first, that of the empty record.
    pub head: Head,
    /// The same, signed.
    #[serde(with = "note_form")]
    pub signed_head: Option<SignedCheckpoint>,
    /// The same, or, where not everything under it was read, how far it was.
    pub seen: Option<Head>,
    /// When everything under it had been read, by the desk's clock.
    pub read_at: Option<UtcSecond>,
    /// How many entries the party was given.
    pub given: u64,
    /// What people should look into, oldest first.
    #[serde(with = "shared")]
    pub notices: Arc<Vec<Notice>>,
    /// What was said and does not stand in the record yet, in its order.
    #[serde(with = "shared")]
    pub queue: Arc<Vec<QueuedStatement>>,
    /// What was read out to this desk and typed in, the oldest first. Nobody signed it.
    #[serde(with = "shared")]
    pub voice_texts: Arc<Vec<VoiceText>>,
    /// Promises that were not kept.
    pub overdue: Vec<Overdue>,
    /// That the host was caught.
    pub caught: Option<CaughtHost>,
    /// Whether it is a backup of another desk's copy that was not compared with another witness's head yet: it
    /// countersigns nothing.
    pub is_uncompared_backup: bool,
    /// Charges against the host that the party set aside, oldest first.
    pub overruled: Vec<Overruling>,
    /// What the record forgot and this desk still holds.
    pub erasing: WaitingErasures,
    /// By how many seconds the desk's clock is ahead of the host's, below 0 behind it, where that is more than five.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
    /// For whom the host waits before it signs and takes in, as it said last.
    pub host_waits: Option<HostWait>,
    /// How the line is.
    pub line: LineState,
    /// The size of the last new head that this agent countersigned, once the host had the cosignature.
    pub countersigned: Option<u64>,
    /// Why nothing can be written, in words, while that is so.
    pub store_fault: Option<String>,
}

/// Where a desk stands and what its party may see, at one instant. Nothing in it is half done: what was taken
/// in of an entry is there whole. A copy costs little.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskView {
    /// Where it stands.
    pub status: DeskStatus,
    /// What the party may see: the fold of what it was given.
    #[serde(with = "shared")]
    pub ledger: Arc<Ledger>,
}

impl DeskStatus {
    /// For whom something is signed, and the head of what was shown to whoever signs it.
    pub fn shown_to(&self) -> (&Settings, Option<Head>) {
        (&self.settings, self.seen)
    }

    /// Where an opened desk stands.
    ///
    /// # Errors
    /// When the disk fails on the evidence of a promise that was not kept.
    pub fn of(desk: &Desk) -> Result<DeskStatus, DeskError> {
        Ok(DeskStatus { overdue: desk.overdue()?, ..DeskStatus::without_overdue(desk, None) })
    }

    /// The same without promises that were not kept. What was shown before and is not another is shared with
    /// it: to look costs less than to copy each statement that waits.
    pub(super) fn without_overdue(desk: &Desk, before: Option<&DeskStatus>) -> DeskStatus {
        DeskStatus {
            settings: desk.settings().clone(),
            head: desk.head(),
            signed_head: desk.signed_head().cloned(),
            seen: desk.seen(),
            read_at: desk.read_at(),
            given: desk.held(),
            notices: same_or_new(before.map(|before| &before.notices), || desk.notices().iter()),
            queue: same_or_new(before.map(|before| &before.queue), || desk.queued()),
            voice_texts: same_or_new(before.map(|before| &before.voice_texts), || {
                desk.voice_texts().iter()
            }),
            overdue: Vec::new(),
            caught: desk.caught().cloned(),
            is_uncompared_backup: desk.is_uncompared_backup(),
            overruled: desk.overruled().to_vec(),
            erasing: desk.waiting_erasures(),
            clock_ahead_s: desk.clock_ahead_s(),
            host_waits: desk
                .host_waits()
                .or_else(|| desk.queued().find_map(|item| item.kept.as_ref()))
                .cloned(),
            line: LineState::Unused,
            countersigned: None,
            store_fault: None,
        }
    }
}

fn same_or_new<'a, T: Clone + PartialEq + 'a, I: Iterator<Item = &'a T>>(
    before: Option<&Arc<Vec<T>>>,
    now: impl Fn() -> I,
) -> Arc<Vec<T>> {
    match before.filter(|before| now().eq(before.iter())) {
        Some(before) => before.clone(),
        None => Arc::new(now().cloned().collect()),
    }
}

impl DeskView {
    /// What an opened desk shows. Where the disk fails on the evidence of promises that were not kept, it shows
    /// none: [`DeskStatus::of`] says why.
    pub fn of(desk: &Desk) -> DeskView {
        let status = DeskStatus::of(desk);
        let status = status.unwrap_or_else(|_| DeskStatus::without_overdue(desk, None));
        DeskView { status, ledger: Arc::new(desk.view().clone()) }
    }

    /// The policy by which others verify this record: the log, the charter's witnesses and quorum.
    ///
    /// # Errors
    /// When the charter names one key twice.
    pub fn policy(&self) -> Result<Policy, DeskError> {
        let began = &self.status.settings.log;
        let keys = host_keys(&self.ledger, began);
        Ok(policy_of(self.ledger.charter.as_deref(), keys.last().unwrap_or(began))?)
    }
}

/// What is shared in memory, and stands by itself on the wire.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Arc<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        T::serialize(value, to)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}

/// A signed head as its note.
mod note_form {
    use deconflict_record::SignedCheckpoint;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        head: &Option<SignedCheckpoint>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        head.as_ref().map(SignedCheckpoint::encode).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SignedCheckpoint>, D::Error> {
        let note = Option::<String>::deserialize(from)?;
        let head = note.map(|note| SignedCheckpoint::parse(note.as_bytes()));
        head.transpose().map_err(D::Error::custom)
    }
}

/// A desk's settings with the record's key as text.
mod settings_form {
    use deconflict_core::PartyId;
    use deconflict_record::{Hash, Vkey};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::settings::Settings;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        space: String,
        party: PartyId,
        log: String,
        founding: Option<Hash>,
        witness: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(of: &Settings, to: S) -> Result<S::Ok, S::Error> {
        let Settings { space, party, log, founding, witness } = of.clone();
        Form { space, party, log: log.to_string(), founding, witness }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Settings, D::Error> {
        let Form { space, party, log, founding, witness } = Form::deserialize(from)?;
        let log = Vkey::parse(&log).map_err(D::Error::custom)?;
        Ok(Settings { space, party, log, founding, witness })
    }
}
