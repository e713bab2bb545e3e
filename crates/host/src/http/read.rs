//! What is read from the store: never more than the reader was given.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use deconflict_api::{GivenEntry, GivenPage};
use deconflict_core::PartyId;
use deconflict_record::{Hash, SignedCheckpoint, Tile, TileRow, Vkey, bundle, opens};
use deconflict_store::{Grant as Row, StoreError, StoredEntry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::extract::query_of;
use super::{App, json};
use crate::failure::FailureCause;
use crate::problem::Failure;

/// The most entries of a page, but for those of its last cause.
pub(super) const MAX_PAGE: usize = 1_024;
const DEFAULT_PAGE: usize = 256;

/// From where to read, and how much.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenQuery {
    /// The first cause; 0 without it.
    #[serde(default)]
    from: u64,
    /// How many entries, 1 to 1,024; a page ends with a whole cause. 256 without it.
    #[serde(default)]
    limit: Option<usize>,
}

/// Runs what reads from the store where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(read) => read.map_err(|error| app.unreadable(error)),
        Err(ended) => Err(app.unreadable(match ended.try_into_panic() {
            Ok(payload) => FailureCause::panic(&*payload),
            Err(ended) => FailureCause::Unforeseen(ended.to_string()),
        })),
    }
}

/// A page of what the reader's party was given.
pub(super) async fn given(app: App, request: Request) -> Result<Response, Failure> {
    let reader = app.reader(&request)?;
    let GivenQuery { from, limit } = query_of(&request)?;
    let limit = limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Failure::malformed(format!("the query: limit: must be 1 to {MAX_PAGE}")));
    }
    let (given, next) = page(&app, reader.party, from, limit).await?;
    json(&GivenPage { given, next })
}

/// A page, and the cause below which all has been read.
///
/// At the end that is the size of the last head, and not how many entries there are: who reads often
/// would learn when others file.
pub(super) async fn page(
    app: &App,
    party: PartyId,
    from: u64,
    limit: usize,
) -> Result<(Vec<GivenEntry>, u64), Failure> {
    let asked = app.clone();
    let signed = app.published.tip().checkpoint_size;
    let rows = blocking(app, move || {
        let view = asked.store.view(&asked.origin)?;
        view.given(party.as_str(), from, limit)
    })
    .await?;
    let past = rows.last().map_or(from, |(row, _)| row.cause + 1);
    let next = if rows.len() < limit { past.max(signed) } else { past };
    let given = rows.into_iter().map(wire).collect::<Result<_, _>>();
    Ok((given.map_err(|cause| app.unreadable(cause))?, next))
}

fn wire((row, entry): (Row, StoredEntry)) -> Result<GivenEntry, FailureCause> {
    let damaged =
        |fault: &str| FailureCause::Damaged { fault: format!("entry {}: {fault}", entry.index) };
    let (salt, content) = match entry.opening {
        Some(opening) => {
            // Damaged on the disk since it was signed, it is not passed on as if it had been.
            if !opens(&Hash(entry.commitment), &opening.salt, &opening.content) {
                return Err(damaged("its content is not the one committed to"));
            }
            let content = String::from_utf8(opening.content);
            let content = content.map_err(|_| damaged("its content is no UTF-8"))?;
            (Some(Hash(opening.salt).to_string()), Some(content))
        }
        None => (None, None),
    };
    Ok(GivenEntry { cause: row.cause, index: row.entry, salt, content })
}

/// The last head, with the cosignatures that are kept.
pub(super) async fn checkpoint(app: App, request: Request) -> Result<Response, Failure> {
    app.reader(&request)?;
    let tip = app.published.tip();
    if tip.note.is_empty() {
        return Err(Failure::unknown());
    }
    let (asked, size) = (app.clone(), tip.checkpoint_size);
    let kept = blocking(&app, move || asked.store.view(&asked.origin)?.cosignatures(size)).await?;
    let lines: String = kept.into_iter().map(|cosignature| cosignature.line).collect();
    let signed = SignedCheckpoint::parse(tip.note.as_bytes());
    let roster = app.published.roster();
    let witnesses: Vec<&Vkey> = roster.witnesses().iter().collect();
    let note = match signed.and_then(|signed| signed.collect(&lines, &witnesses)) {
        Ok(note) => note.encode(),
        // Without them it is as good.
        Err(_) => tip.note.to_string(),
    };
    let text = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
    Ok((text, note).into_response())
}

/// A tile that the last head covers.
pub(super) async fn tile(app: App, request: Request) -> Result<Response, Failure> {
    app.reader(&request)?;
    let path = request.uri().path().trim_start_matches('/');
    let tile = Tile::parse(path).map_err(|error| Failure::malformed(error.to_string()))?;
    let level = match tile.row {
        TileRow::Level(level) => level,
        TileRow::Entries => 0,
    };
    let covered = app.published.tip().checkpoint_size >> (8 * u32::from(level));
    let first = tile.index * 256;
    let end = first + u64::from(tile.width);
    if end > covered {
        return Err(Failure::unknown());
    }
    let asked = app.clone();
    let bytes = blocking(&app, move || {
        let view = asked.store.view(&asked.origin)?;
        match tile.row {
            TileRow::Level(level) => view.tile(level, tile.index),
            TileRow::Entries => {
                let commitments = view.commitments(first..end)?;
                Ok(bundle(commitments.iter().map(|commitment| &commitment[..])).ok())
            }
        }
    })
    .await?;
    let mut bytes = bytes.ok_or_else(|| {
        app.unreadable(FailureCause::Damaged { fault: format!("{tile} is missing") })
    })?;
    if matches!(tile.row, TileRow::Level(_)) {
        bytes.truncate(usize::from(tile.width) * 32);
    }
    let binary = [(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
    Ok((binary, bytes).into_response())
}
