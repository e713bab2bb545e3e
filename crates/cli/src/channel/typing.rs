//! Answering by number while `deconflict inbox --follow` goes on: the number of a row, the number of an answer that the
//! message allows, what the answer takes, and the sentence that is signed, confirmed with a yes.
//!
//! What is typed is taken a line at a time, so that what is new is told and rings meanwhile. The list stands still until the
//! answer is given or let go: a number means the row that was on the screen when it was typed.

use std::io::{self, BufRead, IsTerminal, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use deconflict_core::{Dialogue, MessageId, Say};
use deconflict_vocabulary::{Answer, AnswerId, ChoiceId, Message, Parameter, ParameterKind};
use deconflict_words::{Reader, answer_lines, short};

use super::answer::worded;
use super::behalf::{BehalfArgs, Speaker};
use super::beside::Beside;
use super::list::RowObject;
use super::overlaps::how_answered;
use super::values::{described, times_from_now};
use super::without_host::hint;
use crate::desk_client::{Changes, DeskSession, Validity};
use crate::options::Answer as Output;
use crate::outcome::{Failure, print};

/// How far an answer has come.
enum Step {
    /// The number of a row is waited for.
    Row,
    /// The number of an answer to this message.
    Answer(MessageId),
    /// What the answer takes, one after another.
    Parameter { to: MessageId, answer: AnswerId, given: Vec<String> },
    /// A yes to what was shown: the answer, and the message as it was then.
    Confirm { to: MessageId, answer: Box<Answer>, shown: Box<Message> },
}

/// Who answers at a terminal.
pub(super) struct Typing {
    lines: Lines,
    step: Step,
    rows: Vec<Option<RowObject>>,
}

impl Typing {
    /// Where somebody sits at a terminal, and words are printed. What is typed ends a wait for changes.
    pub(super) fn at_terminal(output: Output, changes: &mut Changes) -> Option<Typing> {
        let is_person = output == Output::Text && stdin().is_terminal() && stdout().is_terminal();
        is_person.then(|| {
            let lines = Lines::begin();
            changes.woken_by(Arc::clone(&lines.ready));
            Typing { lines, step: Step::Row, rows: Vec::new() }
        })
    }

    /// Whether an answer is being given: the list stands still.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.step, Step::Row)
    }

    /// What each number stands for, as it was printed.
    pub(super) fn printed(&mut self, rows: Vec<Option<RowObject>>) {
        self.rows = rows;
    }

    /// Takes what was typed; whether the list is to be printed anew.
    ///
    /// # Errors
    /// When nothing can be printed.
    pub(super) fn go_on(&mut self, at: &mut DeskSession, lang: &str) -> Result<bool, Failure> {
        let was_busy = self.is_busy();
        while let Some(line) = self.lines.next() {
            let step = std::mem::replace(&mut self.step, Step::Row);
            let told = match self.take(step, line.trim(), at, lang) {
                Ok((step, told)) => {
                    self.step = step;
                    told
                }
                Err(failure) => failure.lines,
            };
            print(|out| {
                told.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                out.flush()
            })?;
            self.prompt(&at.reader(lang))?;
            // Nobody else reads the terminal meanwhile: a passphrase may have been asked for.
            self.lines.ask();
        }
        Ok(was_busy && !self.is_busy())
    }

    /// What is to be typed next.
    ///
    /// # Errors
    /// When nothing can be printed.
    pub(super) fn prompt(&self, reader: &Reader<'_>) -> Result<(), Failure> {
        let asked = match &self.step {
            Step::Row => return Ok(()),
            Step::Answer(_) => "Number of the answer, or nothing to let it go: ".to_owned(),
            Step::Parameter { answer, given, .. } => match answer.row().parameters.get(given.len())
            {
                Some(parameter) => {
                    format!("{}: ", reader.line(reader.tongue().label(parameter.named())))
                }
                None => return Ok(()),
            },
            Step::Confirm { .. } => "Sign this? Type yes: ".to_owned(),
        };
        print(|out| {
            write!(out, "{asked}")?;
            out.flush()
        })
    }

    /// One line that was typed: what is waited for next, and what is told.
    fn take(
        &self,
        step: Step,
        typed: &str,
        at: &mut DeskSession,
        lang: &str,
    ) -> Result<(Step, Vec<String>), Failure> {
        match step {
            Step::Row if typed.is_empty() => Ok((Step::Row, Vec::new())),
            Step::Row => self.row(typed, at, lang),
            _ if typed.is_empty() => Ok((Step::Row, vec!["Let go: nothing was signed.".into()])),
            Step::Answer(to) => match chosen(typed, &allowed(Beside::at(at).dialogue(to)?)) {
                Some(answer) => next_of((to, answer), Vec::new(), at, lang),
                None => Ok((
                    Step::Answer(to),
                    vec![format!("`{}` is no number of an answer.", shown(typed))],
                )),
            },
            Step::Parameter { to, answer, given } => {
                let Some(parameter) = answer.row().parameters.get(given.len()) else {
                    return next_of((to, answer), given, at, lang);
                };
                let mut more = given.clone();
                more.push(format!("{}={}", parameter.name, by_number(parameter, typed)));
                match worded(at, answer, &more, lang) {
                    Ok(_) => next_of((to, answer), more, at, lang),
                    Err(failure) => Ok((Step::Parameter { to, answer, given }, failure.lines)),
                }
            }
            Step::Confirm { to, answer, shown } => {
                if !typed.eq_ignore_ascii_case("yes") {
                    let told = "Nothing was signed: the answer was not yes.".to_owned();
                    return Ok((Step::Row, vec![told]));
                }
                sign((to, *answer), &shown, at).map(|told| (Step::Row, told))
            }
        }
    }

    /// The row of a number, and how it is answered.
    fn row(
        &self,
        typed: &str,
        at: &DeskSession,
        lang: &str,
    ) -> Result<(Step, Vec<String>), Failure> {
        let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let to = match number.and_then(|nth| self.rows.get(nth)) {
            Some(Some(RowObject::Message(id))) => *id,
            Some(Some(RowObject::Overlap(id))) => return Err(how_answered(*id).into()),
            Some(Some(RowObject::Movement(id))) => {
                return Err(format!(
                    "{} is a movement of your own, and is answered by nothing: whom it is shared with says P9 once units were \
                     told. `deconflict declare show {0}` says whom to call",
                    short(id)
                )
                .into());
            }
            Some(None) => {
                return Err("This row is answered by no number: `deconflict inbox --all` lists what stands in it, \
                            `deconflict answer` answers what was read out"
                    .to_owned()
                    .into());
            }
            None => {
                let of = self.rows.len();
                return Err(
                    format!("`{}`: type the number of a row, 1 to {of}", shown(typed)).into()
                );
            }
        };
        let beside = Beside::at(at);
        let dialogue = beside.dialogue(to)?;
        beside.may_be_answered(to)?;
        let of = format!("message {}", short(to));
        if !dialogue.exchanges.contains_key(at.party()) {
            return Err(
                format!("{of}: it did not go to {}: nothing is answered", at.party()).into()
            );
        }
        let allowed = allowed(dialogue);
        if allowed.is_empty() {
            return Err(format!("{of}: no answer is asked for").into());
        }
        let reader = beside.reader(at, lang);
        let said = reader.tongue().message(&dialogue.message, &reader).line();
        let mut told = vec![
            format!("{of} of {}:", dialogue.sender),
            format!("  {}", reader.line(deconflict_words::rendered(&said))),
        ];
        let numbered = allowed.iter().enumerate();
        told.extend(numbered.map(|(nth, answer)| {
            let says = deconflict_words::rendered(&reader.tongue().answer_sentence(*answer));
            let name = deconflict_words::rendered(&format!("{} {says}", answer.as_str()));
            format!("  {}  {}", nth + 1, reader.line(name))
        }));
        Ok((Step::Answer(to), told))
    }
}

fn shown(typed: &str) -> String {
    deconflict_words::printable(typed)
}

/// The answers that a message allows, in the order of their numbers.
fn allowed(dialogue: &Dialogue) -> Vec<AnswerId> {
    dialogue.code().row().attribute.answers()
}

/// The one of a list that a number means.
fn chosen<T: Copy>(typed: &str, all: &[T]) -> Option<T> {
    let nth = typed.parse::<usize>().ok()?.checked_sub(1)?;
    all.get(nth).copied()
}

fn choices(parameter: &Parameter) -> Vec<ChoiceId> {
    match parameter.kind {
        ParameterKind::Choice(list) => ChoiceId::all_of(list).collect(),
        _ => Vec::new(),
    }
}

/// What was typed for a parameter; of a choice its number will do.
fn by_number(parameter: &Parameter, typed: &str) -> String {
    let choice = chosen(typed, &choices(parameter));
    choice.map_or_else(|| typed.to_owned(), |choice| choice.to_string())
}

/// What is asked for next of an answer: a parameter, or a yes to the whole.
fn next_of(
    (to, answer): (MessageId, AnswerId),
    given: Vec<String>,
    at: &DeskSession,
    lang: &str,
) -> Result<(Step, Vec<String>), Failure> {
    let beside = Beside::at(at);
    let reader = beside.reader(at, lang);
    if let Some(parameter) = answer.row().parameters.get(given.len()) {
        let choices = choices(parameter);
        let told = match choices.is_empty() {
            true => vec![format!("  {}", described(parameter.kind))],
            false => {
                let name = |choice: &ChoiceId| {
                    reader.line(deconflict_words::rendered(&reader.tongue().choice(*choice)))
                };
                let numbered = choices.iter().enumerate();
                numbered.map(|(nth, choice)| format!("  {}  {}", nth + 1, name(choice))).collect()
            }
        };
        return Ok((Step::Parameter { to, answer, given }, told));
    }
    let dialogue = beside.dialogue(to)?;
    let answer = worded_whole(at, answer, &given, lang)?;
    Speaker::of(at, &BehalfArgs::default())?.may_answer((to, dialogue), &answer, reader.now)?;
    let mut told = answer_lines(&reader, to, dialogue, &answer);
    told.extend(times_from_now(&given, &answer.parameters));
    told.extend(beside.lines(&reader, to));
    told.extend(beside.changes(to));
    let shown = Box::new(dialogue.message.clone());
    Ok((Step::Confirm { to, answer: Box::new(answer), shown }, told))
}

fn worded_whole(
    at: &DeskSession,
    answer: AnswerId,
    given: &[String],
    lang: &str,
) -> Result<Answer, Failure> {
    Ok(Answer { answer, parameters: worded(at, answer, given, lang)? })
}

/// Signs an answer to a message that reads as it did when the answer was shown.
fn sign(
    (to, answer): (MessageId, Answer),
    shown: &Message,
    at: &mut DeskSession,
) -> Result<Vec<String>, Failure> {
    let beside = Beside::at(at);
    let dialogue = beside.dialogue(to)?;
    beside.may_be_answered(to)?;
    if dialogue.message != *shown {
        return Err(format!(
            "message {}: it was corrected while you answered: read it, and answer it as it is now: nothing was signed",
            short(to)
        )
        .into());
    }
    let speaker = Speaker::of(at, &BehalfArgs::default())?;
    speaker.may_answer((to, dialogue), &answer, at.reader("").now)?;
    let say = Say::Answer { message: to, answer: Box::new(answer) };
    let filed = at.file(&say, Validity::default().until_of(&say, at.now())?)?;
    hint(&filed, to);
    Ok(filed.lines("the answer"))
}

/// Lines that somebody types, each when it is asked for.
struct Lines {
    ask: Sender<()>,
    got: Receiver<String>,
    /// Set once a line is there.
    ready: Arc<AtomicBool>,
}

impl Lines {
    /// Asks for the first line.
    fn begin() -> Lines {
        let (ask, asked) = channel::<()>();
        let (tell, got) = channel();
        let ready = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&ready);
        thread::spawn(move || {
            while asked.recv().is_ok() {
                let mut line = String::new();
                // Whoever closes the terminal's input reads on.
                if !matches!(io::stdin().lock().read_line(&mut line), Ok(1..)) {
                    break;
                }
                let told = tell.send(line);
                set.store(true, Ordering::Release);
                if told.is_err() {
                    break;
                }
            }
        });
        let lines = Lines { ask, got, ready };
        lines.ask();
        lines
    }

    fn ask(&self) {
        // Where the input has ended nobody answers any more.
        let _ = self.ask.send(());
    }

    fn next(&self) -> Option<String> {
        self.got.try_recv().ok()
    }
}
