//! Who asks, as handlers take it.

use std::net::{IpAddr, Ipv4Addr};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use deconflict_core::PartyId;
use deconflict_http::CallerConnection;

use super::App;
use crate::problem::Failure;
use crate::session::Reader;
use crate::shares::{Holder, Place};

/// Who reads, by the request's token: without a session of an enrolled key there is no answer.
pub(super) struct InSession(pub(super) Reader);

/// The same, with a place among those of its party that write at once, held until the writer has answered.
pub(super) struct InFlight {
    pub(super) reader: Reader,
    pub(super) place: Place,
}

/// Who asks where a session is not needed.
pub(super) struct MaybeSession {
    /// Whose session it is, if there is one.
    pub(super) reader: Option<Reader>,
    /// Who bears what the request costs.
    pub(super) holder: Holder,
}

fn reader(app: &App, parts: &Parts) -> Result<Reader, Failure> {
    let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let reader = app.sessions.reader(token.ok_or_else(Failure::session)?, (app.clock)())?;
    if let Some(connection) = parts.extensions.get::<CallerConnection>() {
        connection.belongs_to(reader.party.as_str());
    }
    Ok(reader)
}

/// One more of those statements of a party that wait for the writer.
pub(super) fn in_flight(app: &App, party: &PartyId) -> Result<Place, Failure> {
    app.in_flight.take(&Holder::Party(party.clone())).ok_or_else(Failure::in_flight)
}

/// A place among those who read at once, which is taken before the store is asked.
pub(super) async fn reading(app: &App, holder: &Holder) -> Result<Place, Failure> {
    let place = app.readings.wait(holder, app.limits.reading).await;
    place.ok_or_else(|| {
        Failure::too_many(
            "too much is being read at once: take the answers that are under way first",
        )
    })
}

impl FromRequestParts<App> for InSession {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<InSession, Failure> {
        reader(app, parts).map(InSession)
    }
}

impl FromRequestParts<App> for InFlight {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<InFlight, Failure> {
        let reader = reader(app, parts)?;
        let place = in_flight(app, &reader.party)?;
        Ok(InFlight { reader, place })
    }
}

impl FromRequestParts<App> for MaybeSession {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let reader = reader(app, parts).ok();
        let connection = parts.extensions.get::<CallerConnection>();
        let nowhere = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let holder = match &reader {
            Some(reader) => Holder::Party(reader.party.clone()),
            None => Holder::Stranger(connection.map_or(nowhere, CallerConnection::client)),
        };
        Ok(MaybeSession { reader, holder })
    }
}

fn needs_session(operation: &mut Operation) {
    operation.security.push([("session".to_owned(), Vec::new())].into_iter().collect());
}

impl OperationInput for InSession {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        needs_session(operation);
    }
}

impl OperationInput for InFlight {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        needs_session(operation);
    }
}

impl OperationInput for MaybeSession {}
