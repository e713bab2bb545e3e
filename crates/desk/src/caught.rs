//! A host that was caught.

use std::fmt;

use deconflict_proof::{Offence, Overruling};
use deconflict_record::UtcSecond;
use serde::{Deserialize, Serialize};

/// That the host was caught: what a desk keeps, and answers with from then on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaughtHost {
    /// When, by the desk's clock.
    pub at: UtcSecond,
    /// At what.
    pub offence: Offence,
    /// The file in the desk's folder that shows it ([`deconflict_proof::Exhibit`]).
    pub evidence: String,
    /// Why not all of this could be kept, when it was found.
    #[serde(skip)]
    pub not_kept: Vec<String>,
}

impl CaughtHost {
    /// Whether this is what the party set aside.
    pub(crate) fn is_in(&self, said: &Overruling) -> bool {
        self.evidence == said.evidence && self.offence == said.offence && self.at <= said.at
    }
}

impl fmt::Display for CaughtHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host cannot be relied on since {}: {}", self.at, self.offence)?;
        for failed in &self.not_kept {
            write!(f, " (NOT KEPT: {failed})")?;
        }
        write!(
            f,
            "; this desk goes on with it no more: show {} to the other parties, and speak with them \
             directly",
            self.evidence
        )
    }
}
