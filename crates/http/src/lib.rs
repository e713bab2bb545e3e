//! A bounded HTTP server: whatever serves something over HTTP serves it through here.
//!
//! A [`Listener`] lets so many connections in, with TLS or on this machine alone, and drops whoever sends
//! a header or takes an answer too slowly; [`Body`] and [`Query`] are what a handler is given, or a
//! [`Rejection`] is what its caller is told. The OpenAPI document of a set of routes follows from the
//! types of their handlers.
//!
//! *Architecture invariant*: it knows of no record, no party and no store. What an application refuses is
//! of a type of its own, which becomes an answer by [`problem`].
//!
//! *Architecture invariant*: what a request holds (its path, its query, its header, its body) is never logged; the
//! route that it met is.
//!
//! *Architecture invariant*: everything a stranger can make it hold has a bound: connections, their
//! headers, their bodies, and how long any of these may take.

mod connections;
mod counts;
mod extract;
mod listener;
mod rejection;
mod tls;

pub use connections::CallerConnection;
pub use counts::{HttpCounts, observed};
pub use extract::{Body, BodyBounds, Query, document_body, read_body};
pub use listener::{ConnectionBounds, ListenError, Listener, Serving, Stop};
pub use rejection::{FailureBehind, Rejection, problem};
pub use tls::Tls;
