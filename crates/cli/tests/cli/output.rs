//! What is written into files, and what is left alone.

use std::fs;

use crate::common::{Folder, circle, example, run, status, stderr, stdout};

#[test]
fn a_picture_never_replaces_an_input_or_another_file() {
    let folder = Folder::new("picture-over");
    let a = folder.file("a.openair.txt", circle("A1", "52:00:00 N", "005:00:00 E", ""));
    let b = folder.file("b.openair.txt", circle("B1", "52:00:00 N", "005:01:00 E", ""));
    let letter = folder.file("letter.txt", "mine");
    for target in [&a, &b, &letter] {
        let before = fs::read(target).unwrap();
        for args in [vec!["check", &a, &b], vec!["show", &a, &b]] {
            let output = run(&[&args[..], &["--picture", target]].concat());
            assert_eq!((status(&output), stdout(&output).as_str()), (2, ""), "{args:?}");
            assert!(stderr(&output).contains("choose another name"), "{}", stderr(&output));
            assert_eq!(fs::read(target).unwrap(), before, "{target}");
        }
    }
}

#[test]
fn a_picture_replaces_an_older_one() {
    let folder = Folder::new("picture-again");
    let picture = folder.file("picture.svg", "<svg>older</svg>");
    let output = run(&["show", &example("sites.csv"), "--picture", &picture]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert!(fs::read_to_string(&picture).unwrap().contains("Natural Earth"));
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1, "nothing is left beside it");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_is_followed_and_stays_one() {
        let folder = Folder::new("link");
        let (target, link) = (folder.file("target.geojson", "mine"), folder.path("link.geojson"));
        symlink(&target, &link).unwrap();
        let early = folder.path("early.svg");
        symlink(folder.path("later.svg"), &early).unwrap();
        let sites = example("sites.csv");
        let output = run(&["convert", &sites, &link, "--force"]);
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&target).unwrap().contains("FeatureCollection"));
        assert_eq!(status(&run(&["show", &sites, "--picture", &early])), 0);
        assert!(fs::symlink_metadata(&early).unwrap().is_symlink());
        assert!(fs::read_to_string(folder.path("later.svg")).unwrap().starts_with("<svg"));
    }

    #[test]
    fn the_permissions_of_what_is_replaced_stay() {
        let folder = Folder::new("permissions");
        let target = folder.file("private.geojson", "mine");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        let output = run(&["convert", &example("sites.csv"), &target, "--force"]);
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&target).unwrap().contains("FeatureCollection"));
    }

    /// A link stands before the device, so that a command that is wrong does no harm.
    #[test]
    fn a_device_stays_a_device() {
        let folder = Folder::new("device");
        let link = folder.path("null.geojson");
        symlink("/dev/null", &link).unwrap();
        let sites = example("sites.csv");
        assert_eq!(status(&run(&["convert", &sites, &link, "--force"])), 0);
        assert_eq!(status(&run(&["show", &sites, "--picture", &link])), 0);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_pipe_is_written_into() {
        let folder = Folder::new("pipe");
        let pipe = folder.path("pipe.geojson");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|s| s.success()) {
            println!("skipped: mkfifo not found");
            return;
        }
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        assert_eq!(status(&run(&["convert", &example("sites.csv"), &pipe, "--force"])), 0);
        // A pipe that was replaced by a file would leave its reader waiting for ever.
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(reader.join().unwrap().contains("FeatureCollection"));
    }
}
