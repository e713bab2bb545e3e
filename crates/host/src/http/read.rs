//! What is read from the store: never more than the reader was given.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described};
use aide::operation::{OperationOutput, ParamLocation, add_parameters, parameters_from_schema};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use deconflict_api::{GivenEntry, GivenPage};
use deconflict_core::PartyId;
use deconflict_http::Query;
use deconflict_record::{Hash, SignedCheckpoint, Tile, TileRow, Vkey, bundle, opens};
use deconflict_store::{GivenPlace, GivenRows, Grant as Row, PageBounds, StoreError, StoredEntry};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio_stream::Stream;

use super::callers::{InSession, reading};
use super::{App, described};
use crate::failure::FailureCause;
use crate::priority::{READS, give_way, step_back};
use crate::problem::Failure;
use crate::shares::{Holder, Place};

/// The most entries of a page.
const MAX_PAGE: usize = 1_024;
const DEFAULT_PAGE: usize = 256;

/// From where to read, and how much.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenQuery {
    /// The first cause; 0 without it.
    #[serde(default)]
    from: u64,
    /// How many entries of that cause were read before; 0 without it.
    #[serde(default)]
    within: u64,
    /// How many entries, 1 to 1,024; 256 without it. A page has fewer where they are long, and may end within
    /// a cause.
    #[serde(default)]
    limit: Option<usize>,
}

/// How much is read at once: who reads much is to delay nobody who reads little.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Short,
    Long,
}

/// Runs what reads from the store where it may block. What is `held` for it is held to its end, and given back with
/// what was read: who hangs up before does not make room for more.
pub(super) async fn blocking<T: Send + 'static, H: Send + 'static>(
    app: &App,
    held: H,
    length: Length,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<(T, H), Failure> {
    // Threads of its own for each length: one that stepped back may not come forward again.
    let threads = match length {
        Length::Short => Handle::current(),
        Length::Long => app.page_threads.clone(),
    };
    let work = move || {
        match length {
            Length::Short => step_back(READS),
            Length::Long => give_way(),
        }
        work().map(|read| (read, held))
    };
    match threads.spawn_blocking(work).await {
        Ok(read) => read.map_err(|error| app.unreadable(error)),
        Err(ended) => Err(app.unreadable(match ended.try_into_panic() {
            Ok(payload) => FailureCause::panic(&*payload),
            Err(ended) => FailureCause::Unforeseen(ended.to_string()),
        })),
    }
}

/// A page of what the reader's party was given.
pub(super) async fn given(
    State(app): State<App>,
    InSession(reader): InSession,
    Query(GivenQuery { from, within, limit }): Query<GivenQuery>,
) -> Result<PageBody, Failure> {
    let limit = limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Failure::malformed(format!("the query: limit: must be 1 to {MAX_PAGE}")));
    }
    let place = reading(&app, &Holder::Party(reader.party.clone())).await?;
    let signed = app.published.tip().checkpoint_size;
    let from = GivenPlace { cause: from, within };
    let most = PageBounds { rows: limit, bytes: app.limits.page_bytes };
    // It is never closed. While nobody files, all cores may read.
    let turn = match app.published.is_busy() {
        true => app.pages.clone().acquire_owned().await.ok(),
        false => None,
    };
    let (given, next, (place, _)) =
        page(&app, reader.party, from, most, (place, turn), Length::Long).await?;
    // At the end it is the size of the last head, and not how many entries there are: who reads often would
    // learn when others file.
    let next = next.unwrap_or_else(|| {
        let past = given.last().map_or(from.cause, |last| last.cause + 1);
        GivenPlace::from(past.max(signed))
    });
    Ok(PageBody::new(given, next, place))
}

/// A page, and where to read on; `None` where nothing more was given. What is `held` is as for [`blocking`].
pub(super) async fn page<H: Send + 'static>(
    app: &App,
    party: PartyId,
    from: GivenPlace,
    most: PageBounds,
    held: H,
    length: Length,
) -> Result<(Vec<GivenEntry>, Option<GivenPlace>, H), Failure> {
    let asked = app.clone();
    let read = blocking(app, held, length, move || {
        let view = asked.store.view(&asked.origin)?;
        let GivenRows { rows, next } = view.given(party.as_str(), from, most)?;
        // Here, since the hashes of a long page take milliseconds, and others' requests wait for a thread.
        Ok((rows.into_iter().map(wire).collect::<Result<_, _>>(), next))
    });
    let ((given, next), held) = read.await?;
    Ok((given.map_err(|cause| app.unreadable(cause))?, next, held))
}

/// A [`GivenPage`] on its way: each entry is put into JSON when the reader takes it, and what was read counts
/// as a reading until all of it is sent.
pub(super) struct PageBody {
    given: std::vec::IntoIter<GivenEntry>,
    next: GivenPlace,
    at: PageAt,
    /// Whether others were let go before since the last part.
    rested: bool,
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// How far a page has been sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PageAt {
    Start,
    First,
    Later,
    End,
}

impl PageBody {
    fn new(given: Vec<GivenEntry>, next: GivenPlace, place: Place) -> PageBody {
        // The place is given back with the body.
        let gone = Box::pin(async move { place.gone().await });
        PageBody { given: given.into_iter(), next, at: PageAt::Start, rested: true, gone }
    }

    /// The next part of the body; `None` after the last.
    fn part(&mut self) -> Option<Result<Bytes, io::Error>> {
        let mut bytes = Vec::new();
        match self.at {
            PageAt::Start => {
                bytes.extend_from_slice(b"{\"given\":[");
                self.at = PageAt::First;
            }
            PageAt::End => return None,
            PageAt::First | PageAt::Later => {}
        }
        while bytes.len() < PART_BYTES {
            let Some(one) = self.given.next() else {
                let GivenPlace { cause, within } = self.next;
                bytes.extend_from_slice(format!("],\"next\":{cause}").as_bytes());
                if within > 0 {
                    bytes.extend_from_slice(format!(",\"within\":{within}").as_bytes());
                }
                bytes.push(b'}');
                self.at = PageAt::End;
                break;
            };
            if self.at == PageAt::Later {
                bytes.push(b',');
            }
            self.at = PageAt::Later;
            if let Err(error) = serde_json::to_writer(&mut bytes, &one) {
                return Some(Err(error.into()));
            }
        }
        Some(Ok(bytes.into()))
    }
}

/// Bytes of a page after which a part of its body takes no more entries.
const PART_BYTES: usize = 64 * 1024;

impl Stream for PageBody {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Its place has gone to a later reading of the same party: the line is cut.
        if self.at != PageAt::End && self.gone.as_mut().poll(context).is_ready() {
            self.at = PageAt::End;
            self.given = Vec::new().into_iter();
            return Poll::Ready(Some(Err(io::Error::other("its place has gone to a later one"))));
        }
        // The parts of a long page are made in a row as long as the line takes them: others whom this thread answers
        // come in between.
        if !std::mem::replace(&mut self.rested, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.rested = false;
        Poll::Ready(self.part())
    }
}

impl IntoResponse for PageBody {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (kind, Body::from_stream(self)).into_response()
    }
}

impl OperationOutput for PageBody {
    type Inner = GivenPage;

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Described)> {
        Json::<GivenPage>::inferred_responses(context, operation)
    }
}

/// What was given, as it goes over the wire.
pub(super) fn wire((row, entry): (Row, StoredEntry)) -> Result<GivenEntry, FailureCause> {
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
pub(super) async fn checkpoint(
    State(app): State<App>,
    InSession(reader): InSession,
) -> Result<String, Failure> {
    let tip = app.published.tip();
    if tip.note.is_empty() {
        return Err(Failure::unknown());
    }
    let place = reading(&app, &Holder::Party(reader.party)).await?;
    let (asked, size) = (app.clone(), tip.checkpoint_size);
    // Before the store is asked: what is written meanwhile is in one of the two.
    let waiting = app.published.cosigned();
    let read = move || asked.store.view(&asked.origin)?.cosignatures(size);
    let (kept, _place) = blocking(&app, place, Length::Short, read).await?;
    let waiting = waiting.iter().filter(|cosignature| cosignature.size == size);
    let all = kept.iter().chain(waiting);
    let lines: String = all.map(|cosignature| cosignature.line.as_str()).collect();
    let signed = SignedCheckpoint::parse(tip.note.as_bytes());
    let roster = app.published.roster();
    let witnesses: Vec<&Vkey> = roster.witnesses().iter().collect();
    Ok(match signed.and_then(|signed| signed.collect(&lines, &witnesses)) {
        Ok(note) => note.encode(),
        // Without them it is as good.
        Err(_) => tip.note.to_string(),
    })
}

/// The tile that a path names.
pub(super) struct TileAsked(Tile);

impl<S: Send + Sync> FromRequestParts<S> for TileAsked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<TileAsked, Failure> {
        let tile = Tile::parse(parts.uri.path().trim_start_matches('/'));
        tile.map(TileAsked).map_err(|error| Failure::malformed(error.to_string()))
    }
}

impl OperationInput for TileAsked {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<TilePath>();
        let parameters = parameters_from_schema(context, schema, ParamLocation::Path);
        add_parameters(context, operation, parameters);
    }
}

/// The path of a tile.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents")]
struct TilePath {
    /// The level of its hashes, 0 to 7, or `entries` for the commitments of the entries themselves.
    #[schemars(regex(pattern = r"^([0-7]|entries)$"))]
    level: String,
    /// Its index, three digits in each part and an `x` before all but the last; `.p/` and a width for
    /// one that is not full.
    #[schemars(regex(pattern = r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?$"))]
    index: String,
}

/// What stands in a tile.
pub(super) struct TileBytes(Vec<u8>);

impl IntoResponse for TileBytes {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl OperationOutput for TileBytes {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let text = "Hashes or commitments, as they stand in the tree.";
        vec![(Some(200), described(text, "application/octet-stream", MediaType::default()))]
    }
}

/// A tile that the last head covers.
pub(super) async fn tile(
    State(app): State<App>,
    InSession(reader): InSession,
    TileAsked(tile): TileAsked,
) -> Result<TileBytes, Failure> {
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
    let place = reading(&app, &Holder::Party(reader.party)).await?;
    let asked = app.clone();
    let read = move || {
        let view = asked.store.view(&asked.origin)?;
        match tile.row {
            TileRow::Level(level) => view.tile(level, tile.index),
            TileRow::Entries => {
                let commitments = view.commitments(first..end)?;
                Ok(bundle(commitments.iter().map(|commitment| &commitment[..])).ok())
            }
        }
    };
    let (bytes, _place) = blocking(&app, place, Length::Short, read).await?;
    let mut bytes = bytes.ok_or_else(|| {
        app.unreadable(FailureCause::Damaged { fault: format!("{tile} is missing") })
    })?;
    if matches!(tile.row, TileRow::Level(_)) {
        bytes.truncate(usize::from(tile.width) * 32);
    }
    Ok(TileBytes(bytes))
}
