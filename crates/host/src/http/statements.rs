//! What is handed to the writer: statements, and witnesses' cosignatures.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::transform::TransformOperation;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::response::NoContent;
use axum::{Extension, Json};
use deconflict_api::{
    CosignatureLine, FileTogether, FiledTogether, FilingAnswer, MAX_FILED_TOGETHER,
    MAX_TOGETHER_BYTES,
};
use deconflict_http::{Body, BodyBounds, Rejection, document_body, read_body};
use deconflict_record::{
    KeyId, MAX_NAME_BYTES, Malformed, Note, NoteSignature, SignedCheckpoint, Vkey,
};
use deconflict_store::StoredCosignature;
use schemars::JsonSchema;

use super::callers::{InFlight, MaybeSession, in_flight, reading};
use super::read::{self, Length};
use super::{App, AppState};
use crate::answers::{self, FirstAnswer};
use crate::check::VerifiedStatement;
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::count;
use crate::session::Reader;
use crate::shares::Holder;
use crate::writer::PendingAnswer;

/// The exact bytes of an envelope.
pub(super) struct EnvelopeBytes(Bytes);

impl<S: Send + Sync> FromRequest<S> for EnvelopeBytes {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<EnvelopeBytes, Rejection> {
        read_body(request).await.map(EnvelopeBytes)
    }
}

impl OperationInput for EnvelopeBytes {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let media_types = ["application/json", "application/vnd.dsse+json"];
        document_body::<Envelope>(context, operation, &media_types);
    }
}

pub(super) fn describe_file(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.summary("File a statement: the exact bytes of its DSSE envelope").description(
        "No session is needed: the signatures are the authority. Accepted or refused, it is \
         durable before this answers; sent again, it gets the same answer. With whom it \
         conflicts is told in a session of its author's party alone. A host that was started anew \
         and may not sign yet keeps it durably, answers with a problem `problems/kept`, and takes it \
         in by itself.",
    )
}

pub(super) async fn file(
    State(app): State<App>,
    MaybeSession { reader, holder }: MaybeSession,
    EnvelopeBytes(bytes): EnvelopeBytes,
) -> Result<Json<FilingAnswer>, Failure> {
    hand(&app, reader.as_ref(), &holder, &bytes).await?.answer(&app).await.map(Json)
}

/// Those whose bodies hold several statements.
pub(super) fn routes_of_many(bounds: BodyBounds) -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/v1/statements/together", post_with(file_together, describe_together))
        .layer(Extension(BodyBounds { bytes: MAX_TOGETHER_BYTES, ..bounds }))
}

fn describe_together(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.summary("File several statements, each by itself, in this order").description(
        "As if each were filed alone, without waiting for the answer to the one before: what belongs \
         together costs the host one append. The answer ends with the first that was not filed; if that \
         is the very first, its problem is the answer.",
    )
}

async fn file_together(
    State(app): State<App>,
    MaybeSession { reader, holder }: MaybeSession,
    Body(together): Body<FileTogether>,
) -> Result<Json<FiledTogether>, Failure> {
    let count = together.statements.len();
    if count == 0 || count > MAX_FILED_TOGETHER {
        let detail =
            format!("statements: {count} of them: send 1 to {MAX_FILED_TOGETHER} together");
        return Err(Failure::malformed(detail));
    }
    let (mut handed, mut stopped) = (Vec::new(), None);
    for envelope in &together.statements {
        match hand(&app, reader.as_ref(), &holder, envelope.as_bytes()).await {
            Ok(one) => handed.push(one),
            Err(failure) => {
                stopped = Some(failure);
                break;
            }
        }
        // To verify many signatures takes a while: others are served between them.
        tokio::task::yield_now().await;
    }
    let mut filed = Vec::new();
    for one in handed {
        match one.answer(&app).await {
            Ok(answer) => filed.push(answer),
            Err(failure) => {
                stopped = Some(failure);
                break;
            }
        }
    }
    match stopped {
        Some(failure) if filed.is_empty() => Err(failure),
        stopped => {
            let stopped = stopped.map(|failure| *failure.problem);
            Ok(Json(FiledTogether { filed, stopped }))
        }
    }
}

/// A statement that was handed over.
struct HandedStatement {
    /// Its key and its number.
    link: (KeyId, u64),
    /// Whether whoever sent it is of any party, and of its author's.
    reader: (bool, bool),
    answer: EarlyAnswer,
}

/// What is known of the answer.
enum EarlyAnswer {
    /// It was filed before.
    Known(Box<FilingAnswer>),
    /// It is the writer's.
    Waiting(PendingAnswer),
}

/// Verifies a statement and hands it to the writer.
async fn hand(
    app: &App,
    reader: Option<&Reader>,
    holder: &Holder,
    envelope: &[u8],
) -> Result<HandedStatement, Failure> {
    let checked = VerifiedStatement::new(envelope, &app.origin, &app.published.roster())?;
    let own = reader.is_some_and(|reader| reader.party == *checked.party());
    let link = (checked.statement().key, checked.statement().seq);
    let answer = match replayed(app, &checked, holder).await? {
        Some(filed) => EarlyAnswer::Known(Box::new(filed)),
        None => {
            let place = in_flight(app, checked.party())?;
            EarlyAnswer::Waiting(app.writer.hand(checked, place)?)
        }
    };
    Ok(HandedStatement { link, reader: (reader.is_some(), own), answer })
}

impl HandedStatement {
    /// The answer, with what whoever sent it may know.
    async fn answer(self, app: &App) -> Result<FilingAnswer, Failure> {
        let (is_party, own) = self.reader;
        let mut filed = match self.answer {
            EarlyAnswer::Known(filed) => *filed,
            EarlyAnswer::Waiting(pending) => pending.wait().await.map_err(|mut failure| {
                // Whose witnesses are silent is told to parties alone.
                failure.problem.waits = failure.problem.waits.take().filter(|_| is_party);
                failure
            })?,
        };
        app.numbers.note(self.link.0, self.link.1);
        filed.conflicts = filed.conflicts.filter(|_| own);
        filed.overlays = filed.overlays.filter(|_| own);
        filed.comparing = filed.comparing.filter(|_| own);
        Ok(filed)
    }
}

/// The first answer to a statement that was filed before. To find it takes nothing of its author's share:
/// whoever sends it again, which anybody can who has seen it, bears that.
async fn replayed(
    app: &App,
    checked: &VerifiedStatement,
    holder: &Holder,
) -> Result<Option<FilingAnswer>, Failure> {
    let statement = checked.statement();
    if app.numbers.is_new(&statement.key, statement.seq) {
        return Ok(None);
    }
    let place = reading(app, holder).await?;
    let (asked, wanted) = (app.clone(), statement.clone());
    let kept = move || answers::kept(&asked.store.view(&asked.origin)?, &wanted);
    let (first, _place) = read::blocking(app, place, Length::Short, kept).await?;
    match first {
        FirstAnswer::Answer(filed) => {
            count(&app.published.counts.repeated);
            Ok(Some(*filed))
        }
        FirstAnswer::Another => {
            let ledger = app.published.ledger();
            let (next, prev) =
                ledger.keys.get(&statement.key).map_or((1, None), |key| (key.seq + 1, key.last));
            Err(Failure::sequence(next, prev))
        }
        // The writer knows whether it is new, or what is damaged.
        FirstAnswer::Nothing | FirstAnswer::Damaged => Ok(None),
    }
}

/// The last number of each key whose statements were answered since the start: what comes after it was not filed
/// before, and the store need not be asked.
#[derive(Default)]
pub(crate) struct LastNumbers(Mutex<HashMap<KeyId, u64>>);

impl LastNumbers {
    fn note(&self, key: KeyId, number: u64) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.entry(key).or_insert(number);
        *last = number.max(*last);
    }

    fn is_new(&self, key: &KeyId, number: u64) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(key).is_some_and(|last| number > *last)
    }
}

pub(super) async fn cosign(
    State(app): State<App>,
    InFlight { place, .. }: InFlight,
    Body(cosigned): Body<CosignatureLine>,
) -> Result<NoContent, Failure> {
    let (asked, size) = (app.clone(), cosigned.size);
    let read = move || asked.store.view(&asked.origin)?.checkpoint_at(size);
    let (kept, place) = read::blocking(&app, place, Length::Short, read).await?;
    let kept = kept.ok_or_else(Failure::unknown)?;
    let cosignature = verified(&app, &kept.note, &cosigned)?;
    app.writer.cosign(cosignature, place).await?;
    Ok(NoContent)
}

/// The cosignature, once one of the charter's witnesses is seen to have made it under this head.
pub(crate) fn verified(
    app: &AppState,
    note: &str,
    cosigned: &CosignatureLine,
) -> Result<StoredCosignature, Failure> {
    let malformed = |error: Malformed| Failure::malformed(error.to_string());
    let mut line = cosigned.line.clone();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    if line.len() > 2 * MAX_NAME_BYTES + 256 {
        return Err(Failure::malformed("line: longer than a cosignature can be"));
    }
    let signature = NoteSignature::parse(&line).map_err(malformed)?;
    let head = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| {
        let fault = format!("the head over {} entries: {error}", cosigned.size);
        app.unreadable(FailureCause::Damaged { fault })
    })?;
    let text = head.note().claimed_text();
    let alone = Note::unsigned(text).and_then(|note| note.and(signature)).map_err(malformed)?;
    let roster = app.published.roster();
    let signed = |vkey: &&Vkey| alone.verify(&[vkey]).ok();
    let found = roster.witnesses().iter().find_map(|vkey| Some((vkey, signed(&vkey)?)));
    let time = found.and_then(|(vkey, times)| Some((vkey, times.into_iter().flatten().next()?)));
    match time {
        // Whether its time can be is for the writer, which knows the entries under the head.
        Some((vkey, time_s)) => Ok(StoredCosignature {
            size: cosigned.size,
            witness: vkey.name().to_owned(),
            time_s: i64::try_from(time_s).unwrap_or(i64::MAX),
            line,
        }),
        None => Err(Failure::malformed(
            "line: no witness of the charter made it under the head of this size: fetch that head \
             and cosign it with the key that the charter names",
        )),
    }
}

/// A DSSE envelope, v1.0.2.
#[derive(JsonSchema)]
#[expect(dead_code, non_snake_case, reason = "it only documents")]
struct Envelope {
    /// The type of the body.
    payloadType: String,
    /// The body, in base64.
    payload: String,
    /// Who signed it.
    signatures: Vec<EnvelopeSignature>,
}

/// A signature of an envelope.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents")]
struct EnvelopeSignature {
    /// The key's id.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    keyid: String,
    /// The signature, in base64.
    #[schemars(regex(pattern = r"^[A-Za-z0-9+/]{85}[AQgw]==$"))]
    sig: String,
}
