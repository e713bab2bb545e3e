//! Passphrases that are typed at a terminal.

use std::process::Command;

use crate::place::Place;

/// Runs a command at a terminal of its own, types, and prints how it ended, whether the terminal is as it
/// was, and what stood there.
const AT_A_TERMINAL: &str = r#"
import fcntl, os, pty, select, sys, termios, time
typed, command = sys.argv[1].encode().decode("unicode_escape").encode(), sys.argv[2:]
master, terminal = pty.openpty()
before = termios.tcgetattr(terminal)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.execv(command[0], command)
said = b""
for part in typed.split(b"|"):
    while not said.endswith(b": "):
        if not select.select([master], [], [], 30)[0]:
            sys.exit("no prompt: %r" % said)
        said += os.read(master, 1000)
    # The prompt stands there before the terminal is made silent.
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(master, part)
    said += b"\n"
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
# What the child wrote last may still be on its way through the terminal.
while select.select([master], [], [], 1)[0]:
    said += os.read(master, 1000)
print(status, termios.tcgetattr(terminal) == before, said.decode())
"#;

#[test]
fn a_prompt_gives_the_terminal_back_however_it_ends_and_shows_nothing_of_what_is_typed() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 to make a terminal with");
        return;
    }
    let place = Place::new();
    let new_key = |typed: &str| {
        let output = Command::new("python3")
            .args(["-c", AT_A_TERMINAL, typed, env!("CARGO_BIN_EXE_deconflict")])
            .args(["key", "new", "typed.key"])
            .current_dir(place.path(""))
            .env_remove("DECONFLICT_PASSPHRASE_FILE")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && !said.contains("horse"), "{said}");
        said
    };
    let interrupted = new_key("correct ho\\x03");
    assert!(
        interrupted.starts_with("130 True ") && interrupted.contains("interrupted"),
        "{interrupted}"
    );
    let ended = new_key("\\x04");
    assert!(ended.starts_with("2 True ") && ended.contains("no passphrase was typed"), "{ended}");
    let differ = new_key("correct horse\\r|another horse\\r");
    assert!(differ.starts_with("2 True ") && differ.contains("passphrases differ"), "{differ}");
    assert!(!place.path("typed.key").exists());
    let made = new_key("correct horse\\r|correct horse\\r");
    assert!(made.starts_with("0 True ") && made.contains("key id"), "{made}");
    assert!(place.path("typed.key").exists());
}
