//! Why a request was not answered, in words (RFC 9457).

use std::sync::Arc;

use deconflict_api::{HostWait, Problem};
use deconflict_http::Rejection;
use deconflict_record::Hash;

use crate::failure::FailureCause;

/// Why a request was not answered.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is said of it.
    pub problem: Box<Problem>,
    /// Seconds after which it may be tried again.
    pub retry_after_s: Option<u32>,
    /// What lies behind it, for the host's operators alone: nothing of it goes over the wire.
    pub cause: Option<Arc<FailureCause>>,
}

impl Failure {
    fn new(status: u16, kind: &str, title: &str, detail: impl Into<String>) -> Failure {
        let problem = Problem {
            kind: format!("problems/{kind}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            next_seq: None,
            prev: None,
            waits: None,
        };
        Failure { problem: Box::new(problem), retry_after_s: None, cause: None }
    }

    fn retry(mut self, after_s: u32) -> Failure {
        self.retry_after_s = Some(after_s);
        self
    }

    fn because(mut self, cause: Arc<FailureCause>) -> Failure {
        self.cause = Some(cause);
        self
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Failure {
        Rejection::malformed(detail).into()
    }

    /// What a witness signed carries a time that cannot be.
    pub(crate) fn clock(detail: String) -> Failure {
        Failure::new(400, "clock", "Two clocks do not agree", detail)
    }

    /// The same in every case: a stranger learns nothing of which keys there are.
    pub(crate) fn key() -> Failure {
        Failure::new(
            401,
            "key",
            "No enrolled key signed this",
            "the key is not enrolled for this party, was revoked, or a signature is not its own: \
             ask the holder of the party's root key",
        )
    }

    /// A proof that was made for somebody else.
    pub(crate) fn elsewhere(name: &str) -> Failure {
        Failure::new(
            401,
            "elsewhere",
            "The proof was made for another host",
            format!(
                "it was made for the host named `{}`, or for another key than this record's: if that is a name of \
                 this host, its operator gives it (`deconflict host run --name`); if not, whoever answers there \
                 passes on what is said to it: find the host's right address",
                name.escape_debug()
            ),
        )
    }

    pub(crate) fn session() -> Failure {
        Failure::new(
            401,
            "session",
            "A session is needed",
            "there is no session of this token, it is over, or its key was revoked: begin one with \
             an enrolled key at /v1/session",
        )
    }

    /// The same for what is hidden and for what is not there.
    pub(crate) fn unknown() -> Failure {
        Rejection::unknown().into()
    }

    pub(crate) fn sequence(next: u64, prev: Option<Hash>) -> Failure {
        let detail = format!("the key's next statement is number {next}: sign it anew as that");
        let mut failure = Failure::new(409, "sequence", "Not the key's next statement", detail);
        failure.problem.next_seq = Some(next);
        failure.problem.prev = prev.map(|hash| hash.to_string());
        failure
    }

    pub(crate) fn too_long(detail: impl Into<String>) -> Failure {
        Rejection::too_long(detail).into()
    }

    pub(crate) fn too_many(detail: impl Into<String>) -> Failure {
        Failure::new(429, "too-many", "Too many at once", detail).retry(1)
    }

    pub(crate) fn in_flight() -> Failure {
        Failure::too_many("the party has too many statements under way: wait for their answers")
    }

    pub(crate) fn full() -> Failure {
        let detail = "many statements wait to be written: send it again in a moment";
        Failure::new(503, "busy", "The host is busy", detail).retry(1)
    }

    /// Nothing can be written. What it is about is for the host's operators: a reader learns no
    /// paths.
    pub(crate) fn unwritable(cause: Arc<FailureCause>) -> Failure {
        let detail = "the host cannot write its record now, and nothing of this counts as filed; \
                      reading goes on: send it again later, it is the same statement, and call the \
                      watch desk if it matters now";
        Failure::new(503, "unwritable", "Nothing can be filed now", detail).retry(5).because(cause)
    }

    /// Nothing is signed before witnesses have said what they saw; if it was another history than what is
    /// kept, nothing ever again.
    pub(crate) fn recovering(for_good: bool) -> Failure {
        if for_good {
            let detail = "the host was shown a head of its own key that its record does not lead to: \
                          it signs nothing more, and reading goes on. The parties begin a new space \
                          whose charter continues the last head that they hold";
            return Failure::new(503, "closed", "The host is closed for good", detail).retry(600);
        }
        let detail = "the host was started anew and first compares its record with what its witnesses \
                      saw of it; nothing of this is kept, and reading goes on: send it again once they have \
                      spoken, it is the same then";
        Failure::new(503, "recovering", "The host compares its record first", detail).retry(2)
    }

    /// A statement that is kept until the host signs on.
    pub(crate) fn kept(waits: HostWait) -> Failure {
        let detail = "the host was started anew and first compares its record with what its witnesses saw of \
                      it. It keeps this statement durably and takes it in by itself then; nothing is promised of \
                      it yet. Sent again, it is answered as what it is by then: it is kept once";
        let failure = Failure::new(503, "kept", "Kept by the host, not in the record yet", detail);
        failure.retry(5).waiting(waits)
    }

    /// One that is not, since a party's share of what is kept is full.
    pub(crate) fn share_is_full(waits: HostWait) -> Failure {
        let detail = "the host was started anew and first compares its record with what its witnesses saw of \
                      it, and it keeps as many statements of this party as it keeps of one: nothing of this \
                      counts as filed; send it again later, it is the same statement";
        let title = "The host compares its record first";
        Failure::new(503, "recovering", title, detail).retry(5).waiting(waits)
    }

    fn waiting(mut self, waits: HostWait) -> Failure {
        self.problem.waits = Some(Box::new(waits));
        self
    }

    /// Another host keeps the record from here on.
    pub(crate) fn moved(party: &str, vkey: &str) -> Failure {
        let detail = format!(
            "the record moved to another host, of the party `{party}`, whose heads are verified with \
             the key {vkey}: file it there. Reading goes on here up to the last head"
        );
        Failure::new(410, "moved", "Another host keeps the record", detail)
    }

    pub(crate) fn unreadable(cause: Arc<FailureCause>) -> Failure {
        let detail = "the host could not read its record: try again, and call the watch desk";
        Failure::new(503, "unreadable", "The record cannot be read now", detail)
            .retry(5)
            .because(cause)
    }

    pub(crate) fn stopping() -> Failure {
        let detail = "the host is being stopped: send it again when it is back";
        Failure::new(503, "stopping", "The host is being stopped", detail).retry(5)
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Failure {
        let Rejection { kind, title, status, detail } = rejection;
        let problem = Problem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status,
            detail,
            next_seq: None,
            prev: None,
            waits: None,
        };
        Failure { problem: Box::new(problem), retry_after_s: None, cause: None }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.problem.title, self.problem.detail)
    }
}

impl std::error::Error for Failure {}
