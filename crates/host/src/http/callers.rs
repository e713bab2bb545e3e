//! Who asks, as handlers take it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use deconflict_core::PartyId;

use super::{App, AppState};
use crate::problem::Failure;
use crate::session::Reader;

/// Who reads, by the request's token: without a session of an enrolled key there is no answer.
pub(super) struct InSession(pub(super) Reader);

/// The same, with a place among those of its party that write at once, given back when dropped.
pub(super) struct InFlight {
    pub(super) reader: Reader,
    pub(super) _place: Place,
}

/// Who asks where a session is not needed.
pub(super) struct MaybeSession(pub(super) Option<Reader>);

fn reader(app: &App, parts: &Parts) -> Result<Reader, Failure> {
    let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    app.sessions.reader(token.ok_or_else(Failure::session)?, (app.clock)())
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
        let _place = Place::in_flight(app, &reader.party)?;
        Ok(InFlight { reader, _place })
    }
}

impl FromRequestParts<App> for MaybeSession {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(MaybeSession(reader(app, parts).ok()))
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

/// How many of something each party has at once.
#[derive(Default)]
pub(crate) struct Tally(Mutex<HashMap<PartyId, usize>>);

/// One of them, given back when dropped.
pub(super) struct Place {
    app: App,
    of: fn(&AppState) -> &Tally,
    party: PartyId,
}

impl Place {
    /// One more of a party, if it has fewer than `most`.
    pub(super) fn take(
        app: &App,
        of: fn(&AppState) -> &Tally,
        party: &PartyId,
        most: usize,
    ) -> Option<Place> {
        let mut tally = of(app).0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = tally.entry(party.clone()).or_default();
        if *taken >= most {
            return None;
        }
        *taken += 1;
        drop(tally);
        Some(Place { app: app.clone(), of, party: party.clone() })
    }

    /// One more of those of a party that wait for the writer.
    pub(super) fn in_flight(app: &App, party: &PartyId) -> Result<Place, Failure> {
        let place = Place::take(app, |app| &app.in_flight, party, app.limits.in_flight);
        place.ok_or_else(Failure::in_flight)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut tally = (self.of)(&self.app).0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = tally.get_mut(&self.party) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                tally.remove(&self.party);
            }
        }
    }
}
