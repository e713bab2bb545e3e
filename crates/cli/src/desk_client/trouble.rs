//! Why work at a desk was not done, as a command ends with it.

use std::path::Path;

use deconflict_desk::DeskError;
use deconflict_words::printable;

use crate::options::words;
use crate::outcome::{CAUGHT, Failure};
use crate::text::shown;

/// Why work at a desk was not done: it could not be begun, or the desk says why.
pub(super) enum Trouble {
    Desk(DeskError),
    Before(Failure),
}

impl From<DeskError> for Trouble {
    fn from(error: DeskError) -> Trouble {
        Trouble::Desk(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Before(failure)
    }
}

impl Trouble {
    pub(super) fn failure(self, dir: &Path) -> Failure {
        match self {
            Trouble::Desk(error) => failure(dir, &error),
            Trouble::Before(failure) => failure,
        }
    }
}

/// A desk's error as a failure: that the host was caught ends with status 3 and names the evidence.
pub(crate) fn failure(dir: &Path, error: &DeskError) -> Failure {
    let caught = match error {
        DeskError::Caught(caught) => caught,
        DeskError::FormerHost(notice) => {
            return Failure::from(printable(&words().notice(notice)));
        }
        _ => return Failure::from(printable(&error.to_string())),
    };
    let evidence = dir.join(&caught.evidence);
    let evidence = shown(&evidence);
    let lines = vec![
        printable(&caught.to_string()),
        format!("the evidence is {evidence}: check it with `deconflict verify {evidence}`"),
    ];
    Failure { status: CAUGHT, lines }
}
