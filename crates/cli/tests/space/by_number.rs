//! An answer by number, typed at a terminal while the inbox is followed.

use std::process::{Command, Stdio};

use crate::channel::{Running, W4, said, zone};
use crate::rig::Rig;

/// Follows the inbox at a terminal of its own: waits for each text and types what stands beside it; ends what it began, and
/// prints what stood there.
const AT_A_TERMINAL: &str = r#"
import fcntl, os, pty, select, signal, sys, termios, time
steps, command = sys.argv[1].split("|"), sys.argv[2:]
master, terminal = pty.openpty()
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.execvp(command[0], command)
said, seen = b"", 0
try:
    for step in steps:
        awaited, typed = step.split("=>")
        until = time.monotonic() + 30
        while awaited.encode() not in said[seen:]:
            left = until - time.monotonic()
            if left < 0 or not select.select([master], [], [], left)[0]:
                sys.exit("never: %s: %s" % (awaited, said.decode(errors="replace")))
            said += os.read(master, 1000)
        seen = len(said)
        os.write(master, typed.encode() + b"\r")
finally:
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
print(said.decode(errors="replace"))
"#;

/// What stood at the terminal of a desk; `None`: there is no python3 to make one with.
fn typed(rig: &Rig, lang: &str, steps: &[(&str, &str)]) -> Option<String> {
    let steps: Vec<String> =
        steps.iter().map(|(await_, typed)| format!("{await_}=>{typed}")).collect();
    let follow = rig.command(&["inbox", "--follow", "--lang", lang]);
    let mut terminal = Command::new("python3");
    terminal.args(["-c", AT_A_TERMINAL, &steps.join("|")]);
    terminal.arg(follow.get_program()).args(follow.get_args());
    let more = follow.get_envs().filter_map(|(name, value)| Some((name, value?)));
    terminal.envs(more).env("DECONFLICT_DESK", rig.path("south")).env("COLUMNS", "160");
    let Ok(output) = terminal.stdin(Stdio::null()).output() else {
        eprintln!("skipped: no python3 to make a terminal with");
        return None;
    };
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    Some(said)
}

#[test]
fn an_answer_is_given_by_number_in_the_readers_language_and_never_without_a_yes() {
    let rig = Rig::new();
    zone(&rig);
    let id = said(&rig, "north", &W4);
    let answers = || {
        let shown = rig.json("south", 0, &["inbox", "show", &id]);
        shown["addressees"]["south"]["answers"].clone()
    };
    // No yes: nothing is signed, and the list is there again.
    let no = typed(
        &rig,
        "ru",
        &[
            ("Type the number of a row", "7"),
            ("type the number of a row, 1 to 1", "1"),
            ("3  STANDBY Ждите ответа.", "9"),
            ("is no number of an answer", "2"),
            ("1  слишком мало времени", "1"),
            ("Type yes: ", "no"),
            ("Type the number of a row", ""),
        ],
    );
    let Some(no) = no else { return };
    assert!(no.contains("Nothing was signed"), "{no}");
    assert!(no.contains("Просим находящихся внутри покинуть зону."), "{no}");
    assert!(answers().is_null(), "{no}");
    // What cannot be read is asked for again; an empty line lets it go.
    let agent = Running::at(&rig, "south");
    let yes = typed(
        &rig,
        "ru",
        &[
            ("Type the number of a row", "1"),
            ("Number of the answer", ""),
            ("nothing was signed", "1"),
            ("Number of the answer", "1"),
            ("Не позднее: ", "soon"),
            ("Не позднее: ", "+20min"),
            ("Type yes: ", "yes"),
            ("Accepted: the answer", ""),
            ("предстоит выполнить", ""),
        ],
    )
    .unwrap();
    for told in [
        "Ждут вашего ответа:",
        "must be a time",
        "WILCO Выполним.",
        "В ответ на: W4 Просим находящихся внутри покинуть зону.",
        "by=+20min, counted from now",
        "Обещано вами:",
    ] {
        assert!(yes.contains(told), "{told}: {yes}");
    }
    assert_eq!(answers()[0]["answer"]["answer"], "WILCO");
    agent.stop();
}
