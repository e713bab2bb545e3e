//! `deconflict inbox text`: a message and its answers as they are read out.

use deconflict_core::{Dialogue, MessageId};
use deconflict_vocabulary::{
    MOST_TEXT_FORM_CHARS, NamedTextForm, ObjectRef, ParameterName, TextForm, spelled,
};
use deconflict_words::{Reader, short};
use serde_json::{Value, json};

use super::beside::{Beside, Naming};
use super::voice::{voice_name, voice_what};
use crate::desk_client::ReadArgs;
use crate::options::{Answer, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};

pub(super) const HELP: &str = "\
Example:
  deconflict inbox text 4be1c0ff

Read it letter by letter, have it read back the same way, and only then go on. Whoever hears it types it in with
`deconflict inbox type-in`; check letters refuse a slip. It is signed by nobody until it stands in the record.";

/// Something to be read out.
pub(super) struct Script {
    /// What it is: `message 4be1c0ff: W4 ...`.
    pub(super) what: String,
    pub(super) form: NamedTextForm,
}

impl Script {
    /// What is read out, with the letters.
    pub(super) fn lines(&self, reader: &Reader<'_>, from: &str) -> Vec<String> {
        let text = self.form.to_string();
        let bare = self.form.form.to_string();
        let mut lines = vec![
            self.what.clone(),
            format!("  text     {text}"),
            format!(
                "  traffic  {}: say so first",
                reader.line(reader.traffic(self.form.form.traffic))
            ),
        ];
        if self.form.name.is_some() && text.len() > MOST_TEXT_FORM_CHARS {
            lines.push(format!(
                "  two short messages: {bare} and /{}",
                self.form.name.map(|name| name.to_string()).unwrap_or_default()
            ));
        }
        let left_out: Vec<ParameterName> = self.form.form.left_out().collect();
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|name| name.as_str()).collect();
            lines.push(format!(
                "  LEFT OUT {}: tell it beside, or hand the message over as a file",
                names.join(", ")
            ));
        }
        lines.push("  letter by letter:".to_owned());
        let fields = text.split(' ').zip(spelled(&text)).enumerate();
        lines.extend(
            fields.map(|(nth, (field, words))| format!("  {:>3}  {field}: {words}", nth + 1)),
        );
        lines.push(format!(
            "  Whoever hears it reads it back, and types: deconflict inbox type-in --from {from} \"{text}\""
        ));
        lines
    }

    fn json(&self) -> Value {
        let left_out: Vec<ParameterName> = self.form.form.left_out().collect();
        let text = self.form.to_string();
        json!({
            "what": self.what, "text": text, "spelled": spelled(&text), "left_out": left_out,
            "traffic": self.form.form.traffic,
        })
    }
}

/// A message and all answers to it, each with the party that says it.
fn scripts(id: MessageId, dialogue: &Dialogue) -> Result<Vec<(String, Script)>, Failure> {
    let of = ObjectRef(id.0.0);
    let row = dialogue.code().row();
    let form = TextForm::of_message(dialogue.traffic, &dialogue.message)
        .map_err(|fault| format!("message {}: it has no text form: {fault}", short(id)))?;
    let what = format!("message {}: {} {} of {}", short(id), row.id, row.title, dialogue.sender);
    let form = NamedTextForm { form, name: Some(of.short()) };
    let mut all = vec![(dialogue.sender.to_string(), Script { what, form })];
    for (party, exchange) in &dialogue.exchanges {
        for given in exchange.answers.iter().filter(|given| !given.lapsed) {
            let form = TextForm::of_answer(dialogue.traffic, &of, &given.answer)
                .map_err(|fault| format!("message {}: an answer: {fault}", short(id)))?;
            let what =
                format!("answer {} of {party} to message {}", given.answer.answer, short(id));
            let form = NamedTextForm { form, name: None };
            all.push((party.to_string(), Script { what, form }));
        }
    }
    Ok(all)
}

pub(super) fn run(text: &str, look: &ReadArgs) -> Result<u8, Failure> {
    let at = look.open()?;
    let beside = Beside::at(&at);
    let lang = preferred_language(look.lang.as_deref());
    let reader = beside.reader(&at, &lang);
    let mut has_sealed = false;
    let scripts = match beside.named(text)? {
        Naming::Signed(id) => {
            let dialogue = beside.dialogue(id)?;
            has_sealed = dialogue.remark.as_ref().is_some_and(|remark| remark.sealed().is_some());
            scripts(id, dialogue)?
        }
        Naming::Voice(state) => {
            let noted = state.text.noted_form().ok_or_else(|| {
                format!(
                    "{}: {} was read out to you, and nothing was noted to it: there is nothing to read back",
                    voice_name(state),
                    reader.line(voice_what(&reader, state))
                )
            })?;
            let what = format!("noted answer to {}", state.name);
            vec![(
                at.party().to_string(),
                Script { what, form: NamedTextForm { form: noted, name: None } },
            )]
        }
    };
    match look.output {
        Answer::Json => {
            let texts: Vec<Value> = scripts.iter().map(|(_, script)| script.json()).collect();
            print_json(&json!({ "texts": texts, "sealed_remark_left_out": has_sealed }))
        }
        Answer::Text => print(|out| {
            for (nth, (from, script)) in scripts.iter().enumerate() {
                if nth > 0 {
                    writeln!(out)?;
                }
                script.lines(&reader, from).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
            match has_sealed {
                true => writeln!(
                    out,
                    "\nA sealed remark is left out: no text form has it, and whom it is for opens it."
                ),
                false => Ok(()),
            }
        }),
    }?;
    Ok(NONE)
}
