//! What is handed to the writer: statements, and witnesses' cosignatures.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::transform::TransformOperation;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::response::NoContent;
use deconflict_api::{CosignatureLine, FilingAnswer};
use deconflict_http::{Body, Rejection, document_body, read_body};
use deconflict_record::{MAX_NAME_BYTES, Malformed, Note, NoteSignature, SignedCheckpoint, Vkey};
use deconflict_store::StoredCosignature;
use schemars::JsonSchema;

use super::callers::{InFlight, MaybeSession, Place};
use super::{App, AppState, read};
use crate::check::VerifiedStatement;
use crate::failure::FailureCause;
use crate::problem::Failure;

/// Seconds by which a witness's clock may be ahead of ours.
const AHEAD_S: u64 = 300;

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
         conflicts is told in a session of its author's party alone.",
    )
}

pub(super) async fn file(
    State(app): State<App>,
    MaybeSession(reader): MaybeSession,
    EnvelopeBytes(bytes): EnvelopeBytes,
) -> Result<Json<FilingAnswer>, Failure> {
    let checked = VerifiedStatement::new(&bytes, &app.origin, &app.published.roster())?;
    let _place = Place::in_flight(&app, checked.party())?;
    let own = reader.is_some_and(|reader| reader.party == *checked.party());
    let mut filed = app.writer.file(checked).await?;
    filed.conflicts = filed.conflicts.filter(|_| own);
    filed.comparing = filed.comparing.filter(|_| own);
    Ok(Json(filed))
}

pub(super) async fn cosign(
    State(app): State<App>,
    _turn: InFlight,
    Body(cosigned): Body<CosignatureLine>,
) -> Result<NoContent, Failure> {
    let (asked, size) = (app.clone(), cosigned.size);
    let read = move || asked.store.view(&asked.origin)?.checkpoint_at(size);
    let kept = read::blocking(&app, read).await?;
    let kept = kept.ok_or_else(Failure::unknown)?;
    let cosignature = verified(&app, &kept.note, &cosigned)?;
    app.writer.cosign(cosignature).await?;
    Ok(NoContent)
}

/// The cosignature, once one of the charter's witnesses is seen to have made it under this head.
fn verified(
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
    let now = u64::try_from((app.clock)().seconds()).unwrap_or(0);
    match time {
        Some((vkey, time_s)) if time_s <= now + AHEAD_S => Ok(StoredCosignature {
            size: cosigned.size,
            witness: vkey.name().to_owned(),
            time_s: i64::try_from(time_s).unwrap_or(i64::MAX),
            line,
        }),
        Some(_) => Err(Failure::malformed("line: its time lies ahead: set the witness's clock")),
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
