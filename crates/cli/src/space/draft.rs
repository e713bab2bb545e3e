//! Writing the charter of a new space.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{
    Apart, Charter, Consent, Consents, Heights, Host, Knowledge, Member, PartyId, RuleSet, Texts,
    Witness,
};
use deconflict_geometry::Separation;
use deconflict_record::{KeyUse, VerifyingKey, Vkey, smallest_quorum};
use deconflict_words::printable;
use serde::de::DeserializeOwned;

use super::show;
use crate::input::within;
use crate::options::{Answer, words};
use crate::outcome::{Failure, NONE, print};
use crate::output::write_whole;
use crate::text::{self, shown};

pub(super) const HELP: &str = "\
Example:
  deconflict space draft --name deconflict.example/at-tanf --title en='At-Tanf' \\
      --host-party un --host-key deconflict.example/at-tanf+8d1f...+AQp... \\
      --witness power-1.example/desk+1c77...+BKl...:power-1 \\
      --witness power-2.example/desk+90ab...+BMw...:power-2 \\
      --separation 2km,150m,10min \\
      un/member.json power-1/member.json power-2/member.json aid/member.json

Each member.json comes from the party itself (`deconflict party new`). A witness's and the host's key are
verifier keys as `deconflict key show --name` prints them. Rules that are not named here stand in a JSON
file of the charter's member `rules`; what is in neither stays as `deconflict space show` prints it.

Nothing is founded by this: every party signs the charter (`deconflict space sign`), then the host begins
with it (`deconflict host init`).";

#[derive(Args, Debug)]
pub(super) struct Draft {
    /// The introduction of each founding party: its member.json
    #[arg(required = true, value_name = "MEMBER.json")]
    members: Vec<PathBuf>,
    /// The space's name, such as deconflict.example/at-tanf: the origin of its record
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What people call it, in a language (may be repeated)
    #[arg(long, required = true, value_name = "LANG=TEXT", value_parser = in_language)]
    title: Vec<(String, String)>,
    /// The party whose watch desk owns open conflicts
    #[arg(long, value_name = "PARTY")]
    host_party: PartyId,
    /// The verifier key of the record's heads
    #[arg(long, value_name = "VKEY", value_parser = log_key)]
    host_key: Vkey,
    /// A desk that countersigns heads: its verifier key, and whose it is (may be repeated)
    #[arg(long, value_name = "VKEY[:PARTY]", value_parser = witness)]
    witness: Vec<Witness>,
    /// Where the host asks a witness to countersign, by its name (C2SP tlog-witness, the address without
    /// /add-checkpoint): for a neutral one that has no desk here (may be repeated)
    #[arg(long, value_name = "NAME=URL", value_parser = address)]
    witness_url: Vec<(String, String)>,
    /// How many witnesses that are not the host's must have countersigned a head before strangers rely on it; if not
    /// said, as few as show every fork while less than a third of them cheat
    #[arg(long)]
    quorum: Option<usize>,
    /// Rules as JSON; what it leaves out stays at its default
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Less than this apart is a conflict: along the ground, in height, in time
    #[arg(long, value_name = "GROUND,HEIGHT,TIME", value_parser = text::parse_separation)]
    separation: Option<Separation>,
    /// Lowest and highest ground, metres above mean sea level
    #[arg(long, value_name = "MIN,MAX", value_parser = text::parse_range, allow_hyphen_values = true)]
    terrain: Option<(f64, f64)>,
    /// Lowest and highest sea-level pressure, hPa
    #[arg(long, value_name = "MIN,MAX", value_parser = text::parse_range)]
    pressure: Option<(f64, f64)>,
    /// Refuse a filing whose author does not show that it knew what it conflicts with
    #[arg(long)]
    prove: bool,
    /// How many roots must sign a change of this: parties, witnesses, rules or host (all, if not said)
    #[arg(long, value_name = "CHANGE=N", value_parser = consent)]
    consent: Vec<(String, Consent)>,
    /// The charter to write
    #[arg(long, value_name = "FILE", default_value = "charter.json")]
    to: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

pub(super) fn run(draft: &Draft) -> Result<u8, Failure> {
    if fs::symlink_metadata(&draft.to).is_ok() {
        return Err(format!(
            "{}: stands there already, and is not overwritten: choose another name with --to",
            shown(&draft.to)
        )
        .into());
    }
    if draft.host_key.name() != draft.name {
        return Err(format!(
            "--host-key: is named `{}`, the space `{}`: print it with `deconflict key show --name \
             {}`",
            draft.host_key.name(),
            draft.name,
            draft.name
        )
        .into());
    }
    let parties = draft.members.iter().map(|path| json_file::<Member>(path, "a member"));
    let mut charter = Charter {
        space: draft.name.clone(),
        title: texts(&draft.title, "--title")?,
        host: Host { party: draft.host_party.clone(), key: *draft.host_key.key() },
        parties: parties.collect::<Result<_, _>>()?,
        witnesses: witnesses(draft)?,
        quorum: 0,
        rules: rules(draft)?,
        consents: consents(&draft.consent),
        continues: None,
    };
    let smallest = smallest_quorum(charter.counting_witnesses().count());
    charter.quorum = draft.quorum.unwrap_or(smallest);
    charter.check().map_err(|fault| words().charter_fault(&fault))?;
    let mut bytes = serde_json::to_vec_pretty(&charter).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    write_whole(&draft.to, &bytes)?;
    show::print_charter(&charter, draft.output)?;
    if draft.output == Answer::Text {
        let name = shown(&draft.to);
        print(|out| writeln!(out, "\nWritten to {name}. Every party signs it now."))?;
    }
    Ok(NONE)
}

/// The witnesses, with the addresses of those that have one.
fn witnesses(draft: &Draft) -> Result<Vec<Witness>, Failure> {
    let mut witnesses = draft.witness.clone();
    for (name, url) in &draft.witness_url {
        let named = witnesses.iter_mut().find(|witness| witness.name == *name);
        let Some(named) = named else {
            return Err(format!(
                "--witness-url: no --witness is named `{name}`: give its verifier key too",
                name = printable(name)
            )
            .into());
        };
        if named.url.replace(url.clone()).is_some() {
            return Err(format!("--witness-url: `{}` is given twice", printable(name)).into());
        }
    }
    Ok(witnesses)
}

fn rules(draft: &Draft) -> Result<RuleSet, Failure> {
    let mut rules: RuleSet = match &draft.rules {
        Some(path) => json_file(path, "rules")?,
        None => RuleSet::default(),
    };
    if let Some(apart) = draft.separation {
        // Whole seconds, rounded up: a separation is never shortened.
        let time_s = apart.time_ns.max(0).unsigned_abs().div_ceil(1_000_000_000);
        rules.separation = Apart {
            horizontal_m: apart.horizontal_m,
            vertical_m: apart.vertical_m,
            time_s: u32::try_from(time_s).unwrap_or(u32::MAX),
        };
    }
    let Heights { terrain_m, pressure_hpa } = rules.heights;
    rules.heights = Heights {
        terrain_m: draft.terrain.or(terrain_m),
        pressure_hpa: draft.pressure.or(pressure_hpa),
    };
    if draft.prove {
        rules.knowledge = Knowledge::Prove;
    }
    Ok(rules)
}

fn consents(said: &[(String, Consent)]) -> Consents {
    let mut consents = Consents::default();
    for (change, consent) in said {
        let of = match change.as_str() {
            "parties" => &mut consents.parties,
            "witnesses" => &mut consents.witnesses,
            "rules" => &mut consents.rules,
            _ => &mut consents.host,
        };
        *of = *consent;
    }
    consents
}

/// One text in each language.
pub(crate) fn texts(said: &[(String, String)], option: &str) -> Result<Texts, Failure> {
    let mut texts = BTreeMap::new();
    for (lang, text) in said {
        if texts.insert(lang.clone(), text.clone()).is_some() {
            return Err(format!("{option}: the language `{lang}` is given twice").into());
        }
    }
    Ok(texts)
}

/// Reads `en=At-Tanf`.
pub(crate) fn in_language(text: &str) -> Result<(String, String), String> {
    let plain = |tag: &str| {
        (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match text.split_once('=') {
        Some((tag, said)) if plain(tag) && !said.trim().is_empty() => {
            Ok((tag.to_owned(), said.trim().to_owned()))
        }
        _ => Err("must be a language tag, `=` and the text, such as en=At-Tanf".to_owned()),
    }
}

/// Reads the verifier key of a record's heads.
pub(crate) fn log_key(text: &str) -> Result<Vkey, String> {
    used_for(text, KeyUse::Log, "--use log")
}

fn used_for(text: &str, used: KeyUse, option: &str) -> Result<Vkey, String> {
    let key = Vkey::parse(text).map_err(|error| {
        format!("{error}: print it with `deconflict key show FILE --name NAME {option}`")
    })?;
    if key.used() != used {
        return Err(format!("is of another use: print it with {option}"));
    }
    Ok(key)
}

fn witness(text: &str) -> Result<Witness, String> {
    let (key, party) = match text.rsplit_once(':') {
        // A name may hold a colon, a port for instance; a key ends in base64, which has none.
        Some((key, party)) if !party.contains('+') => {
            (key, Some(party.parse::<PartyId>().map_err(|error| error.to_string())?))
        }
        _ => (text, None),
    };
    let vkey = used_for(key, KeyUse::Witness, "--use witness")?;
    let key: VerifyingKey = *vkey.key();
    Ok(Witness { party, name: vkey.name().to_owned(), key, url: None })
}

/// Reads `witness.example/w1=https://witness.example/w1`. A name may hold an `=`, but no gap and no `+`.
fn address(text: &str) -> Result<(String, String), String> {
    let at = text.find("=https://").or_else(|| text.find("=http://"));
    match at.filter(|at| *at > 0) {
        Some(at) => {
            let url = text[at + 1..].trim_end_matches('/');
            Ok((
                text[..at].to_owned(),
                url.strip_suffix("/add-checkpoint").unwrap_or(url).to_owned(),
            ))
        }
        None => Err("must be the witness's name, `=` and its address, such as \
                     witness.example/w1=https://witness.example/w1"
            .to_owned()),
    }
}

fn consent(text: &str) -> Result<(String, Consent), String> {
    let wrong = || {
        "must be parties, witnesses, rules or host, `=`, and `all` or a number from 1, such as \
         parties=2"
            .to_owned()
    };
    let (change, number) = text.split_once('=').ok_or_else(wrong)?;
    if !["parties", "witnesses", "rules", "host"].contains(&change) {
        return Err(wrong());
    }
    let consent = match number {
        "all" => Consent::All,
        number => Consent::AtLeast(number.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?),
    };
    Ok((change.to_owned(), consent))
}

/// The most bytes of a JSON file that people write.
const MAX_JSON_BYTES: u64 = 4 * 1024 * 1024;

/// Reads a JSON file of this form.
pub(crate) fn json_file<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let bytes = within(path, MAX_JSON_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| fail(format!("is not {what}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_record::SigningKey;

    #[test]
    fn a_witness_is_a_verifier_key_and_whose_it_is() {
        let key = SigningKey::from_seed(&[3; 32]).verifying_key();
        let vkey = Vkey::new("north.example:8443/desk", KeyUse::Witness, key).unwrap().to_string();
        let read = witness(&format!("{vkey}:north")).unwrap();
        assert_eq!(read.party.unwrap().as_str(), "north");
        assert_eq!((read.name.as_str(), read.key), ("north.example:8443/desk", key));
        assert_eq!(witness(&vkey).unwrap().party, None, "the colon of the name is no party's");
        let log = Vkey::new("north", KeyUse::Log, key).unwrap().to_string();
        assert!(witness(&log).unwrap_err().contains("--use witness"));
    }

    #[test]
    fn an_address_goes_with_the_name_of_a_witness() {
        let read = |text: &str| address(text).unwrap();
        let both = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            read("w.example/1=https://w.example/1"),
            both("w.example/1", "https://w.example/1")
        );
        assert_eq!(read("a=b=http://[::1]:7380/"), both("a=b", "http://[::1]:7380"));
        assert_eq!(read("w=https://w.example/x/add-checkpoint"), both("w", "https://w.example/x"));
        for wrong in ["https://w.example", "=https://w.example", "w=w.example", "w"] {
            assert!(address(wrong).unwrap_err().contains("=https://"), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_text_in_a_language_or_consent_is_refused_in_words() {
        assert_eq!(in_language("en= At-Tanf "), Ok(("en".into(), "At-Tanf".into())));
        for wrong in ["At-Tanf", "=x", "en=", "e n=x"] {
            assert!(in_language(wrong).unwrap_err().contains("en=At-Tanf"), "{wrong}");
        }
        assert_eq!(consent("host=all"), Ok(("host".into(), Consent::All)));
        assert_eq!(consent("rules=2"), Ok(("rules".into(), Consent::AtLeast(2))));
        for wrong in ["rules", "rules=0", "all=2", "rules=-1"] {
            assert!(consent(wrong).unwrap_err().contains("parties=2"), "{wrong}");
        }
    }
}
