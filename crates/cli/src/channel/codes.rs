//! What there is to say: all codes, and one with what it asks for.

use comfy_table::Cell;
use deconflict_vocabulary::{
    Addressees, AnswerId, Code, CodeId, Effect, Need, Parameter, ParameterKind, Precedence,
    PrecedenceRule, Senders,
};
use serde_json::{Value, json};

use super::values::described;
use crate::options::{Answer, Color};
use crate::outcome::{Failure, NONE, print, print_json};
use crate::report::table::Look;

fn of_precedence(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Flash => "FLASH",
        Precedence::Immediate => "IMMEDIATE",
        Precedence::Priority => "PRIORITY",
        Precedence::Routine => "ROUTINE",
    }
}

fn precedence(rule: PrecedenceRule) -> String {
    match rule {
        PrecedenceRule::Always(precedence) => of_precedence(precedence).to_owned(),
        PrecedenceRule::OfMessage => "that of the message".to_owned(),
        PrecedenceRule::ByTimeLeft { base, .. } => {
            format!("FLASH or {}", of_precedence(base))
        }
    }
}

fn senders(senders: Senders) -> &'static str {
    match (senders.person, senders.machine, senders.host) {
        (true, false, false) => "a person of a party",
        (true, true, false) => "a person or a machine of a party",
        (true, true, true) => "a person or a machine of a party, and the host of itself",
        (false, _, true) => "the host alone, of itself",
        _ => "a party",
    }
}

fn addressees(of: Addressees) -> &'static str {
    match of {
        Addressees::AsNamed => "the parties of --to",
        Addressees::PartyOrGroup => {
            "the parties of --to, for themselves or a group that they speak for; never a site or a movement"
        }
        Addressees::EveryHolder => {
            "everybody who holds what it speaks of, unless --to names others"
        }
        Addressees::EveryHolderAndOthersByCell => {
            "everybody who holds the object; of a place that nobody notified, all parties"
        }
        Addressees::Owner => "the owner of what it speaks of",
        Addressees::BothSides => "both sides of what was found",
        Addressees::ThoseWhoMayEnterFirst => {
            "those who may enter, before the zone's party: name them with --to"
        }
        Addressees::SpeakerForGroup => "the party that speaks for the group",
        Addressees::AskerOfRelay => "the party that asked for the relay",
        Addressees::AuthorOfSubject => "the author of what it speaks of",
        Addressees::AddresseesOfMessage => "those to whom the message went that it speaks of",
    }
}

/// Why this command does not say a code; `None`: it does.
pub(super) fn not_said_here(code: &Code) -> Option<String> {
    if code.is_of_host_alone() {
        return Some(format!(
            "{}: the host alone sends it, of itself: nobody else says it",
            code.id
        ));
    }
    code.affirm_agrees.then(|| {
        format!(
            "{}: terms of a zone are proposed and changed by what is declared: `deconflict declare zone`, \
             `deconflict declare amend`; and agreed to by `deconflict zone agree`",
            code.id
        )
    })
}

/// The code that a text names.
///
/// # Errors
/// When there is none.
pub(super) fn named(text: &str) -> Result<CodeId, Failure> {
    CodeId::new(&text.trim().to_ascii_uppercase()).ok_or_else(|| {
        format!(
            "code `{}`: there is none of this name: `deconflict say --list` lists them all",
            deconflict_words::printable(text)
        )
        .into()
    })
}

/// Lists all codes.
pub(super) fn list(output: Answer) -> Result<u8, Failure> {
    match output {
        Answer::Json => {
            let all: Vec<Value> = CodeId::all().map(|code| code_json(code.row())).collect();
            print_json(&json!({ "codes": all }))
        }
        Answer::Text => print(|out| {
            let mut table =
                Look::of(Color::Auto).table(&["Code", "Title", "Answered", "Precedence"]);
            for code in CodeId::all() {
                let row = code.row();
                let cells = [
                    row.id.to_owned(),
                    row.title.to_owned(),
                    row.attribute.letters().to_owned(),
                    precedence(row.precedence),
                ];
                table.add_row(cells.map(Cell::new));
            }
            table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
            writeln!(
                out,
                "\nAnswered: W/U WILCO, UNABLE, STANDBY; A/N AFFIRM, NEGATIVE, STANDBY; R ROGER; Y what the code \
                 lists; N not at all.\n`deconflict say CODE --help-code` says what a code asks for."
            )
        }),
    }?;
    Ok(NONE)
}

fn code_json(code: &Code) -> Value {
    let parameters = code.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "required": parameter.need == Need::Required,
            "worth": described(parameter.kind),
        })
    });
    json!({
        "code": code.id,
        "title": code.title,
        "attribute": code.attribute.letters(),
        "precedence": precedence(code.precedence),
        "parameters": parameters.collect::<Vec<_>>(),
        "answers": code.attribute.answers(),
        "senders": {
            "person": code.senders.person, "machine": code.senders.machine, "host": code.senders.host,
        },
        "person_signs": code.person_signs,
        "to": addressees(code.addressees),
    })
}

/// What a code asks for, who sends it to whom, and how it is answered.
pub(super) fn explain(code: CodeId, output: Answer) -> Result<(), Failure> {
    let row = code.row();
    match output {
        Answer::Json => print_json(&code_json(row)),
        Answer::Text => {
            print(|out| explained(row).iter().try_for_each(|line| writeln!(out, "{line}")))
        }
    }
}

fn explained(row: &'static Code) -> Vec<String> {
    let mut lines = vec![format!("{} {}", row.id, row.title)];
    let signs = if row.person_signs { "; a person's own signature is needed" } else { "" };
    lines.push(format!("  sent by     {}{signs}", senders(row.senders)));
    lines.push(format!("  goes to     {}", addressees(row.addressees)));
    lines.push(format!("  precedence  {}", precedence(row.precedence)));
    let allowed = row.attribute.answers();
    let allowed: Vec<String> = allowed.into_iter().map(with_parameters).collect();
    let allowed = if allowed.is_empty() { "none is asked for".into() } else { allowed.join(", ") };
    lines.push(format!("  answers     {allowed} ({})", row.attribute.letters()));
    lines.push("  parameters, each as NAME=VALUE:".to_owned());
    lines.extend(row.parameters.iter().map(|parameter| parameter_line(parameter, row)));
    if row.effect == Effect::OpensIncident {
        lines.push(
            "  It opens an incident, which stays open until the owner of the object ends it."
                .into(),
        );
    }
    lines
}

/// An answer with the parameters that it asks for.
pub(super) fn with_parameters(answer: AnswerId) -> String {
    let names: Vec<String> =
        answer.row().parameters.iter().map(|p| format!("{}=...", p.name)).collect();
    if names.is_empty() {
        answer.as_str().to_owned()
    } else {
        format!("{} {}", answer.as_str(), names.join(" "))
    }
}

fn parameter_line(parameter: &Parameter, row: &Code) -> String {
    let need = match parameter.need {
        Need::Required => String::new(),
        Need::Optional | Need::ElseSaid(_) => " (may be left out)".to_owned(),
        Need::With { parameter, choice } => format!(" (with {parameter}={choice} alone)"),
    };
    let until = match row.time_left_by == Some(parameter.name) {
        true => "; what is asked ends then, so answers are due sooner",
        false => "",
    };
    let kind: ParameterKind = parameter.kind;
    format!("    {}{need}: {}{until}", parameter.name, described(kind))
}

/// What an answer asks for.
pub(super) fn answer_lines(answer: AnswerId) -> Vec<String> {
    let mut lines = vec![format!("{} takes, each as NAME=VALUE:", answer.as_str())];
    let of =
        |parameter: &Parameter| format!("    {}: {}", parameter.name, described(parameter.kind));
    lines.extend(answer.row().parameters.iter().map(of));
    lines
}
