//! The page that a desk which runs serves to its party.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use deconflict_core::Say;
use deconflict_desk::{Agent, DeskView, KeyFile, PartyEntry};
use deconflict_page::{PageConfig, PageDesk, PageFiling, PageServer};
use deconflict_record::SigningKey;
use deconflict_words::printable;

use crate::desk_client::{DeskArgs, FilingState, Validity, local_min, now};
use crate::outcome::{Failure, print, remark};

/// Signs what is said from the page with the operator's key, which this process holds, as any other command does it.
struct KeyAtHand {
    args: DeskArgs,
    key: Arc<SigningKey>,
    file: PathBuf,
}

impl PageDesk for KeyAtHand {
    fn say(&self, shown: &DeskView, say: &Say) -> Result<PageFiling, String> {
        let told = |failure: Failure| failure.lines.join("; ");
        let mut at = self.args.open().map_err(told)?;
        let valid_until = Validity::default().until_of(say, at.now()).map_err(told)?;
        let filed = at.file_as_shown((shown, &self.key), say, valid_until).map_err(told)?;
        let queued = matches!(filed.state, FilingState::Queued { .. } | FilingState::Kept { .. });
        let refused = match filed.state {
            FilingState::Refused { why, .. } | FilingState::NotTaken { why, .. } => Some(why),
            _ => None,
        };
        Ok(PageFiling { statement: filed.statement.to_string(), queued, refused })
    }

    fn entries(&self, from: u64) -> Result<Vec<PartyEntry>, String> {
        let told = |failure: Failure| failure.lines.join("; ");
        let at = self.args.open_even_caught().map_err(told)?;
        at.done(at.access.entries(from)).map_err(told)
    }

    fn proves(&self, passphrase: &str) -> bool {
        let file = KeyFile::read(&self.file);
        let key = file.and_then(|file| file.unlock(passphrase));
        key.is_ok_and(|key| key.verifying_key() == self.key.verifying_key())
    }
}

/// Serves the page of a desk that runs.
///
/// # Errors
/// When nothing can be served there.
pub(super) fn serve(
    address: SocketAddr,
    agent: &Agent,
    (args, key, file): (&DeskArgs, Arc<SigningKey>, PathBuf),
) -> Result<PageServer, Failure> {
    let latest = agent.shared_latest();
    let signs = key.verifying_key().id();
    let post = {
        let view = latest.get();
        let known = view.ledger.keys.get(&signs);
        known.and_then(|known| known.operator.as_ref()).map(|one| printable(&one.post))
    };
    let config = PageConfig {
        address,
        post: post.unwrap_or_default(),
        key: signs,
        clock: now,
        local_min,
        random,
        tell_link: Box::new(|link| {
            // Where it cannot be printed nobody can open the page, and the desk reads on.
            if print(|out| writeln!(out, "page: {link}")).is_err() {
                remark("the link to the page cannot be printed");
            }
        }),
    };
    let hands = KeyAtHand { args: args.clone(), key, file };
    PageServer::start(config, latest, hands).map_err(|error| Failure::from(error.to_string()))
}

fn random() -> Option<[u8; 32]> {
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).ok()?;
    Some(drawn)
}
