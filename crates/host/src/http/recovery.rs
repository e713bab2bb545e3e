//! What desks tell a host that was started anew.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::{Extension, Json};
use deconflict_api::{LastHead, LostCommitments, LostEntries, MAX_LOST_BYTES, Recovery};
use deconflict_http::{Body, BodyBounds};

use super::App;
use super::callers::{InFlight, InSession};
use crate::problem::Failure;
use crate::space::Word;

pub(super) fn routes() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/v1/recovery",
            get_with(asked, |op| {
                op.summary("What a host that was started anew asks of desks").description(
                    "With a nonce, nothing is taken in yet: say the last head that was verified, and \
                     give back what the host lost. It says what time it is here.",
                )
            }),
        )
        .api_route(
            "/v1/recovery/head",
            post_with(head, |op| op.summary("The last head that a desk has verified")),
        )
}

/// Those whose bodies may be longer than a statement: contents and salts of several entries, or an entry
/// and its escapes.
pub(super) fn routes_of_many(bounds: BodyBounds) -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/v1/recovery/commitments",
            post_with(commitments, |op| op.summary("Commitments that the host lost")),
        )
        .api_route(
            "/v1/recovery/entries",
            post_with(entries, |op| {
                op.summary("Entries that the host lost, as the party was given them")
            }),
        )
        .layer(Extension(BodyBounds { bytes: MAX_LOST_BYTES, ..bounds }))
}

async fn asked(State(app): State<App>, _: InSession) -> Result<Json<Recovery>, Failure> {
    let asked = match app.published.closed() {
        Some(closed) => closed.recovery.clone(),
        None => nothing_lost(&app),
    };
    let time = (app.clock)().utc_second().to_string();
    Ok(Json(Recovery { time: Some(time), ..asked }))
}

/// Not how many entries there are: who asks often would learn when others file.
fn nothing_lost(app: &App) -> Recovery {
    let size = app.published.tip().checkpoint_size;
    Recovery { size, known: size, commitments: size, ..Recovery::default() }
}

async fn head(
    State(app): State<App>,
    turn: InFlight,
    Body(last): Body<LastHead>,
) -> Result<Json<Recovery>, Failure> {
    hear(&app, turn, Word::Head(last)).await
}

async fn commitments(
    State(app): State<App>,
    turn: InFlight,
    Body(lost): Body<LostCommitments>,
) -> Result<Json<Recovery>, Failure> {
    hear(&app, turn, Word::Commitments(lost)).await
}

async fn entries(
    State(app): State<App>,
    turn: InFlight,
    Body(lost): Body<LostEntries>,
) -> Result<Json<Recovery>, Failure> {
    hear(&app, turn, Word::Entries(lost)).await
}

async fn hear(app: &App, turn: InFlight, word: Word) -> Result<Json<Recovery>, Failure> {
    let told = app.writer.hear(turn.reader.party, word, turn.place).await?;
    let open = told.nonce.is_none() && app.published.closed().is_none();
    Ok(Json(if open { nothing_lost(app) } else { told }))
}
