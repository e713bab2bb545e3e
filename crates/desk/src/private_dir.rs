//! Folders that hold what is one party's alone.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing, that only its owner may enter. One that stands
/// there keeps its mode: others may work in it, and every file that holds a secret is made for its owner
/// alone.
///
/// # Errors
/// When the system does not let it be made.
pub fn make_private(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_is_made_private_and_one_that_stands_there_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let (there, made) = (folder.path().join("there"), folder.path().join("made"));
        fs::create_dir(&there).unwrap();
        fs::set_permissions(&there, fs::Permissions::from_mode(0o755)).unwrap();
        make_private(&there).unwrap();
        make_private(&made).unwrap();
        let mode = |dir: &Path| fs::metadata(dir).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&there), mode(&made)), (0o755, 0o700));
    }
}
