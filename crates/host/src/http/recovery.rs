//! What desks tell a host that was started anew.

use axum::Json;
use axum::extract::Request;
use axum::response::Response;
use deconflict_api::{LastHead, LostCommitments, LostEntries, MAX_LOST_BYTES, Recovery};
use serde::de::DeserializeOwned;

use super::extract::json_of;
use super::{App, One, Op, json, needs_session};
use crate::config::ServerLimits;
use crate::problem::Failure;
use crate::space::Word;

/// What is asked for.
pub(super) async fn asked(app: App, request: Request) -> Result<Response, Failure> {
    app.reader(&request)?;
    if let Some(closed) = app.published.closed() {
        return json(&closed.recovery);
    }
    // Not how many entries there are: who asks often would learn when others file.
    let size = app.published.tip().checkpoint_size;
    json(&Recovery { size, known: size, commitments: size, ..Recovery::default() })
}

pub(super) async fn head(app: App, request: Request) -> Result<Response, Failure> {
    let limits = app.limits;
    hear(app, request, limits, Word::Head).await
}

pub(super) async fn commitments(app: App, request: Request) -> Result<Response, Failure> {
    let limits = of_many(&app);
    hear(app, request, limits, Word::Commitments).await
}

pub(super) async fn entries(app: App, request: Request) -> Result<Response, Failure> {
    let limits = of_many(&app);
    hear(app, request, limits, Word::Entries).await
}

/// Contents and salts of several entries, or an entry and its escapes, need more than a statement.
fn of_many(app: &App) -> ServerLimits {
    ServerLimits { body_bytes: MAX_LOST_BYTES, ..app.limits }
}

async fn hear<T: DeserializeOwned>(
    app: App,
    request: Request,
    limits: ServerLimits,
    word: impl Fn(T) -> Word,
) -> Result<Response, Failure> {
    let reader = app.reader(&request)?;
    let one = One::take(&app, |app| &app.in_flight, &reader.party, app.limits.in_flight);
    let _one = one.ok_or_else(Failure::in_flight)?;
    let said = json_of(&limits, request).await?;
    let mut told = app.writer.hear(reader.party, word(said)).await?;
    if told.nonce.is_none() && app.published.closed().is_none() {
        let size = app.published.tip().checkpoint_size;
        told = Recovery { size, known: size, commitments: size, ..Recovery::default() };
    }
    json(&told)
}

pub(super) fn doc_asked(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("What a host that was started anew asks of desks")
        .description(
            "With a nonce, nothing is taken in yet: say the last head that was verified, and give \
             back what the host lost.",
        )
        .response::<200, Json<Recovery>>()
}

pub(super) fn doc_head(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("The last head that a desk has verified")
        .input::<Json<LastHead>>()
        .response::<200, Json<Recovery>>()
}

pub(super) fn doc_commitments(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("Commitments that the host lost")
        .input::<Json<LostCommitments>>()
        .response::<200, Json<Recovery>>()
}

pub(super) fn doc_entries(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("Entries that the host lost, as the party was given them")
        .input::<Json<LostEntries>>()
        .response::<200, Json<Recovery>>()
}
