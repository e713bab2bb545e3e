//! Whose a file is, and who else may change it.

use std::fs::Metadata;

/// What is wrong, and what to do, where others than this user and the system's may change a file.
#[cfg(unix)]
pub(crate) fn changed_by_others(about: &Metadata) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    if !is_of_this_user(about) {
        return Some("belongs to another user: it must be this user's own, or root's");
    }
    (about.mode() & 0o022 != 0).then_some("others than its owner may change it: chmod go-w it")
}

/// Whether a file is this user's own or the system's.
#[cfg(unix)]
pub(crate) fn is_of_this_user(about: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    [rustix::process::geteuid().as_raw(), 0].contains(&about.uid())
}

#[cfg(not(unix))]
pub(crate) fn changed_by_others(_about: &Metadata) -> Option<&'static str> {
    None
}
