//! A charter in words, and who has signed it.

use std::path::Path;

use deconflict_core::{Charter, Consent, Knowledge, Member, Say, Texts};
use deconflict_proof::ForkBound;
use deconflict_record::{Hash, KeyId, KeyUse, Vkey};
use deconflict_words::printable;
use serde_json::json;

use super::sheet::{Sheet, named_signers, verified};
use crate::desk_client::DeskSession;
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print, print_json};
use crate::text::shown;

/// Prints a charter and the hash of the statement that founds a space by it.
pub(super) fn print_charter(charter: &Charter, output: Answer) -> Result<u8, Failure> {
    let founding = Sheet::founding(charter)?.hash();
    match output {
        Answer::Json => print_json(charter).map(|()| NONE),
        Answer::Text => {
            let lines = charter_lines(charter);
            print(|out| {
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                writeln!(out, "\nFounding statement, for the parties to compare by voice:")?;
                writeln!(out, "  {}", grouped(&founding))
            })?;
            Ok(NONE)
        }
    }
}

/// Prints the charter in force, as a desk knows it.
pub(super) fn of_desk(at: &DeskSession, output: Answer) -> Result<u8, Failure> {
    let Some(charter) = &at.view().charter else {
        return Err("this desk has not read the record yet: `deconflict desk sync` first"
            .to_owned()
            .into());
    };
    if output == Answer::Json {
        return print_json(charter).map(|()| NONE);
    }
    let (lines, head) = (charter_lines(charter), at.status().head);
    print(|out| {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        if let Some(founding) = at.status().settings.founding {
            writeln!(out, "\nFounding statement, as this desk was set up with:")?;
            writeln!(out, "  {}", grouped(&founding))?;
        }
        writeln!(out, "\nAs this desk read it, at {} entries.", head.size)
    })?;
    Ok(NONE)
}

/// What is about to be signed.
pub(super) fn of_sheet(sheet: &Sheet) -> Vec<String> {
    let mut lines = match sheet.say() {
        Say::FoundSpace { charter } => {
            let mut lines = vec!["A space is founded by this charter:".to_owned(), String::new()];
            lines.extend(charter_lines(charter));
            lines
        }
        Say::AmendCharter { charter } => {
            let mut lines = vec!["From now on this charter holds:".to_owned(), String::new()];
            lines.extend(charter_lines(charter));
            lines
        }
        Say::Join { member } => {
            let mut lines = vec!["This party joins:".to_owned(), String::new()];
            lines.extend(member_lines(member, &in_words(&member.name)));
            lines
        }
        Say::MoveHost { host, from } => vec![
            "The record moves to another host:".to_owned(),
            String::new(),
            format!("host       {}", host.party),
            format!("its key    {}", host.key.id().short()),
            format!("from       the head of {} entries, root {}", from.size, from.root),
        ],
        say => {
            let json = serde_json::to_string_pretty(say).unwrap_or_default();
            json.lines().map(printable).collect()
        }
    };
    lines.extend([String::new(), format!("Its hash: {}", grouped(&sheet.hash())), String::new()]);
    lines
}

/// Prints who has signed, and who is missing as far as the statement itself tells.
pub(super) fn print_signers(sheet: &Sheet, to: &Path, output: Answer) -> Result<u8, Failure> {
    // In the order of the charter: people read it to one another.
    let named = named_signers(sheet.say());
    let keys: Vec<_> = named.iter().map(|(_, key)| *key).collect();
    verified(sheet, &keys)?;
    let signers = sheet.signers();
    let called = |id: &KeyId| match named.iter().find(|(_, key)| key.id() == *id) {
        Some((name, _)) => name.clone(),
        None => format!("key {}", id.short()),
    };
    let signed: Vec<String> = signers.iter().map(called).collect();
    let missing = named.iter().filter(|(_, key)| !signers.contains(&key.id()));
    let missing: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
    // Which roots must sign another statement, the charter in force says; but whatever key comes into the record
    // by it must.
    let complete = !matches!(sheet.say(), Say::AmendCharter { .. });
    let hash = sheet.hash();
    if output == Answer::Json {
        let missing = if complete { missing } else { Vec::new() };
        let told = json!({"statement": hash, "file": to, "signed": signed, "missing": missing});
        let told = serde_json::to_string_pretty(&told).map_err(|error| error.to_string())?;
        print(|out| writeln!(out, "{told}"))?;
        return Ok(NONE);
    }
    print(|out| {
        writeln!(out, "{}: signed by {}.", shown(to), signed.join(", "))?;
        writeln!(out, "Its hash: {}", grouped(&hash))?;
        match sheet.say() {
            Say::FoundSpace { .. } if missing.is_empty() => writeln!(
                out,
                "All founding parties have signed, the witnesses and the record's key too: `deconflict host \
                 init` begins the space with it."
            ),
            Say::FoundSpace { .. } => writeln!(out, "Not signed yet by {}.", missing.join(", ")),
            Say::Join { member } if !missing.is_empty() => writeln!(
                out,
                "Not signed yet by {}, who joins: `deconflict space sign`, and by as many roots as the \
                 charter asks for.",
                member.id
            ),
            Say::MoveHost { .. } | Say::Enrol { .. } if !missing.is_empty() => writeln!(
                out,
                "Not signed yet by {}: whoever holds it signs too (`deconflict space sign`).",
                missing.join(", ")
            ),
            Say::Enrol { .. } => writeln!(out, "`deconflict space file` files it."),
            _ => writeln!(
                out,
                "When as many roots as the charter asks for have signed, `deconflict space file` \
                 files it."
            ),
        }
    })?;
    Ok(NONE)
}

/// A charter in words.
pub(super) fn charter_lines(charter: &Charter) -> Vec<String> {
    let mut lines = vec![
        format!("space      {}", printable(&charter.space)),
        format!("title      {}", in_words(&charter.title)),
        format!("host       {}", charter.host.party),
    ];
    if let Ok(vkey) = Vkey::new(&charter.space, KeyUse::Log, charter.host.key) {
        lines.push(format!("log        {vkey}"));
    }
    for member in &charter.parties {
        lines.extend(member_lines(member, &in_words(&member.name)));
    }
    for witness in &charter.witnesses {
        let of = witness.party.as_ref().map(|party| format!(", of {party}")).unwrap_or_default();
        let at =
            witness.url.as_ref().map(|url| format!(", heads are posted to {}", printable(url)));
        let at = at.unwrap_or_default();
        lines.push(format!("witness    {}{of}{at}", printable(&witness.name)));
    }
    lines.push(format!("quorum     {}", ForkBound::of(charter)));
    let consent = |consent: Consent| match consent {
        Consent::All => "all".to_owned(),
        Consent::AtLeast(n) => n.to_string(),
    };
    let consents = charter.consents;
    lines.push(format!(
        "consent    roots that must sign that a party joins: {}; other witnesses: {}; other rules: \
         {}; another host: {}",
        consent(consents.parties),
        consent(consents.witnesses),
        consent(consents.rules),
        consent(consents.host)
    ));
    if let Some(before) = &charter.continues {
        lines.push(format!("continues  the record of size {}, root {}", before.size, before.root));
    }
    lines.extend(rule_lines(charter));
    lines
}

fn rule_lines(charter: &Charter) -> Vec<String> {
    let rules = &charter.rules;
    let knowledge = match rules.knowledge {
        Knowledge::Inform => "is accepted, and both sides are told",
        Knowledge::Prove => "is refused, with what is missing",
    };
    let range = |range: Option<(f64, f64)>, unit: &str| match range {
        Some((low, high)) => format!("{low} to {high} {unit}"),
        None => "worldwide bounds".to_owned(),
    };
    let (grid, apart) = (rules.grid, rules.separation);
    vec![
        format!(
            "rules      apart: {} m along the ground, {} m in height, {} s in time",
            apart.horizontal_m, apart.vertical_m, apart.time_s
        ),
        format!("           a filing that does not show to know what it meets {knowledge}"),
        format!(
            "           sharing grid: cells of {} m, steps of {} m, slots of {} s",
            grid.cell_m, grid.height_m, grid.slot_s
        ),
        format!(
            "           terrain: {}; pressure: {}",
            range(rules.heights.terrain_m, "m"),
            range(rules.heights.pressure_hpa, "hPa")
        ),
        format!(
            "           a site counts as confirmed for {} days; a movement is notified {} h before, in \
             an emergency {} h",
            rules.site_confirmed_days, rules.movement_lead_h, rules.emergency_lead_h
        ),
        format!(
            "           contact {} min before a conflict begins; {} filings a day and area that raise \
             conflicts; contents kept {} days",
            rules.contact_before_min, rules.probing_a_day, rules.retention_days
        ),
        format!(
            "           clocks of host and witnesses may be {} s apart; what is countersigned earlier than it \
             was there counts for nothing",
            rules.clock_skew_s
        ),
    ]
}

/// A party as it introduces itself, its name in these words.
pub(crate) fn member_lines(member: &Member, name: &str) -> Vec<String> {
    let mut lines = vec![
        format!("party      {}: {name}", member.id),
        format!("           root key {}", member.root.id().short()),
    ];
    lines.extend(member.contact.iter().map(|way| format!("           call {}", printable(way))));
    if !member.speaks_for.is_empty() {
        let groups: Vec<String> = member.speaks_for.iter().map(ToString::to_string).collect();
        lines.push(format!("           says that it speaks for {}", groups.join(", ")));
    }
    lines
}

/// A text in all its languages.
fn in_words(texts: &Texts) -> String {
    let said: Vec<String> = texts
        .iter()
        .map(|(lang, text)| format!("{} ({})", printable(text), printable(lang)))
        .collect();
    said.join(", ")
}

/// A hash in groups of four digits, as it is read out.
pub(crate) fn grouped(hash: &Hash) -> String {
    let digits = hash.to_string();
    let groups: Vec<&str> = (0..16).filter_map(|nth| digits.get(4 * nth..4 * nth + 4)).collect();
    groups.join(" ")
}
