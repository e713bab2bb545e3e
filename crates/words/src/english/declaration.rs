//! A declaration in words.

use deconflict_core::{
    ArmedPresence, Authority, Category, CoordinateCheck, Declaration, DeclarationContent,
    DeclarationId, DeclaredVolume, Ending, Movement, OperationState, Restriction, Sharing, Site,
    Zone,
};
use deconflict_vocabulary::Term;

use super::figures::{limit, times};
use super::place::place;
use super::refusal::volume_fault;
use super::zone::agreement_lines;
use crate::escape::{bounded, quoted, rendered};
use crate::figures::distance;
use crate::reader::{Reader, aligned, at, short};
use crate::standing::agreement;

/// To whom a declaration is shared, in words.
pub(super) fn share_words(
    reader: &Reader<'_>,
    sharing: &Sharing,
    declared: &DeclarationContent,
) -> String {
    let shared = match sharing {
        Sharing::ConflictOnly => "nobody: others learn of conflicts alone, on the grid".to_owned(),
        Sharing::Open => "every party of the space, now and later".to_owned(),
        Sharing::Named(parties) => reader.parties(parties),
        Sharing::Sealed => "nobody, and the host does not compare it".to_owned(),
    };
    match declared {
        DeclarationContent::Zone(zone)
            if *sharing != Sharing::Open && !zone.concerns.is_empty() =>
        {
            format!("{shared}; whom it concerns: {}", reader.parties(&zone.concerns))
        }
        _ => shared,
    }
}

/// By whose word it stands there.
fn authority(reader: &Reader<'_>, authority: &Authority) -> String {
    match authority {
        Authority::Signed {} => "signed by an enrolled key of its owner".to_owned(),
        Authority::Attested { evidence } => {
            format!("attested by a gateway, with the evidence {}", quoted(evidence))
        }
        Authority::EnteredBy { party, means } => {
            format!(
                "entered for its owner by {}, who had it by {}",
                reader.party(party),
                bounded(means)
            )
        }
    }
}

pub(super) fn restriction(restriction: Restriction) -> &'static str {
    match restriction {
        Restriction::Prohibited => "do not enter",
        Restriction::Restricted => "enter under conditions only",
        Restriction::Danger => "there is danger within",
    }
}

fn category(category: Category) -> &'static str {
    match category {
        Category::Medical => "medical",
        Category::School => "school",
        Category::Shelter => "shelter",
        Category::Humanitarian => "humanitarian",
        Category::Supply => "supply",
        Category::Heritage => "heritage",
        Category::DangerousForces => "dangerous forces",
        Category::Civilian => "civilian",
    }
}

fn ending(how: Ending) -> &'static str {
    match how {
        Ending::Ended => "ended",
        Ending::Cancelled => "cancelled",
        Ending::Removed => "removed by its owner; its protection in law is unchanged",
    }
}

fn check(check: &CoordinateCheck) -> String {
    match check {
        CoordinateCheck::SecondForm { text, .. } => {
            format!("written in a second form that agrees: {}", quoted(text))
        }
        CoordinateCheck::SecondPerson { name, how } => {
            format!("by a second person, {}: {}", bounded(name), bounded(how))
        }
        CoordinateCheck::Unverified {} => "UNVERIFIED: nobody checked them".to_owned(),
    }
}

/// Where, how high and when a volume is.
pub(super) fn volume(volume: &DeclaredVolume) -> String {
    let heights = format!("{} to {}", limit(volume.lower.limit()), limit(volume.upper.limit()));
    let when = times(volume.from, volume.until);
    match volume.shape.footprint() {
        Ok(footprint) => format!("{}; {heights}; {when}", place(&footprint)),
        Err(error) => {
            format!("a shape that cannot be drawn ({}); {heights}; {when}", volume_fault(&error))
        }
    }
}

/// What is declared, in lines: what its owner reads before signing, and others afterwards.
pub(super) fn declared_lines(
    reader: &Reader<'_>,
    declared: &DeclarationContent,
) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let names: Vec<String> =
        declared.name().iter().map(|(lang, name)| format!("{lang}: {}", quoted(name))).collect();
    if names.len() > 1 {
        rows.push(("names", names.join(", ")));
    }
    match declared {
        DeclarationContent::Zone(zone) => of_zone(reader, zone, &mut rows),
        DeclarationContent::Operation(operation) => {
            if let Some(contact) = &operation.contact {
                rows.push(("call", bounded(contact)));
            }
        }
        DeclarationContent::Site(site) => of_site(site, &mut rows),
        DeclarationContent::Movement(movement) => of_movement(movement, &mut rows),
    }
    for one in &declared.declared_volumes() {
        rows.push(("where", volume(one)));
    }
    rows
}

fn of_zone(reader: &Reader<'_>, zone: &Zone, rows: &mut Vec<(&'static str, String)>) {
    rows.push(("asks", restriction(zone.restriction).to_owned()));
    for (lang, text) in &zone.text {
        rows.push(("text", format!("{lang}: {}", quoted(text))));
    }
    rows.push(("concerns", reader.parties(&zone.concerns)));
    rows.push(("binds", reader.parties(&zone.binds)));
    if !zone.binds_groups.is_empty() {
        let groups: Vec<&str> = zone.binds_groups.iter().map(|group| group.as_str()).collect();
        let bound = reader.view.bound_by(&DeclarationContent::Zone(zone.clone()));
        rows.push((
            "binds groups",
            format!(
                "{}; with them whoever speaks for them: {}",
                groups.join(", "),
                reader.parties(&bound)
            ),
        ));
    }
    if let Some(inner) = &zone.inner {
        let inner = inner.footprint().map_or_else(|error| volume_fault(&error), |f| place(&f));
        rows.push(("inner", format!("{inner}: nobody restricted may be found there at all")));
    }
    if zone.ring_m > 0.0 {
        let ring = distance(zone.ring_m);
        rows.push(("around", format!("up to {ring} beyond its boundary")));
    }
}

fn of_site(site: &Site, rows: &mut Vec<(&'static str, String)>) {
    rows.push(("is", category(site.category).to_owned()));
    rows.push(("coordinates", format!("{}, {}", site.place.lat, site.place.lon)));
    rows.push(("checked", check(&site.check)));
    rows.extend(only_to_holders(site.hit_only_to_holders));
}

fn of_movement(movement: &Movement, rows: &mut Vec<(&'static str, String)>) {
    for waypoint in &movement.waypoints {
        let place = format!("{}, {}", waypoint.place.lat, waypoint.place.lon);
        rows.push((
            "waypoint",
            format!("{place}; {}", times(Some(waypoint.from), Some(waypoint.until))),
        ));
    }
    for vehicle in &movement.vehicles {
        let parts = [&vehicle.kind, &vehicle.plate, &vehicle.markings];
        let parts: Vec<String> =
            parts.into_iter().filter(|part| !part.is_empty()).map(|part| bounded(part)).collect();
        rows.push(("vehicle", parts.join("; ")));
    }
    let escort = match movement.armed_escort {
        ArmedPresence::Yes => "yes",
        ArmedPresence::No => "no",
        ArmedPresence::Unknown => "unknown",
    };
    rows.push(("armed escort", escort.to_owned()));
    if movement.emergency {
        rows.push(("emergency", "yes".to_owned()));
    }
    rows.push(("call", bounded(&movement.contact)));
    rows.extend(only_to_holders(movement.hit_only_to_holders));
}

fn only_to_holders(forbids: bool) -> Option<(&'static str, String)> {
    let how =
        "told to those alone whom it is shared with; no others are told the cells that it lies in";
    forbids.then(|| ("if it is hit", how.to_owned()))
}

/// What is to be said of its state, in a few words.
fn state(reader: &Reader<'_>, declaration: &Declaration) -> String {
    if let Some((when, how)) = declaration.ended {
        return format!("{} at {}", ending(how), at(when));
    }
    let mut parts = Vec::new();
    if let Some(said) = declaration.unsigned_end {
        let how = match said.how {
            Ending::Ended => "ENDED",
            Ending::Cancelled => "CANCELLED",
            Ending::Removed => "REMOVED",
        };
        parts.push(format!(
            "SAID TO BE {how} by phone, not signed, at {}: it stands until its owner's key says so",
            at(said.at)
        ));
    }
    if let Some(state) = declaration.operation_state() {
        parts.push(match state {
            // F3548's word: the host took the plan in. Nobody has agreed to it.
            OperationState::Accepted => "accepted (planned)".to_owned(),
            state => state.to_string(),
        });
    }
    if let DeclarationContent::Zone(_) = *declaration.declared {
        parts.push(in_short(reader, declaration));
    }
    if let Some(until) = declaration.confirmed_until() {
        parts.push(match declaration.lapsed() {
            true => "NOT RE-CONFIRMED; protection in law unchanged".to_owned(),
            false => format!("confirmed until {}", at(until)),
        });
    }
    if let DeclarationContent::Site(site) = &*declaration.declared
        && site.check == (CoordinateCheck::Unverified {})
    {
        parts.push("UNVERIFIED coordinates".to_owned());
    }
    if declaration.late() {
        parts.push("notified with less lead than the rules ask".to_owned());
    }
    if declaration.units_not_told().is_some() {
        parts.push(rendered(&reader.tongue().term(Term::UnitsNotTold)));
    }
    if parts.is_empty() { "notified".to_owned() } else { parts.join("; ") }
}

/// Who agreed, who disputes, who is silent: never one without the others.
fn in_short(reader: &Reader<'_>, zone: &Declaration) -> String {
    let stands = agreement(reader, zone);
    let words = [
        ("agreed", "agreed by"),
        ("disputed", "disputed by"),
        ("withdrew", "withdrawn from by"),
        ("silent", "silent:"),
    ];
    let mut parts = Vec::new();
    for (word, words) in words {
        let who: Vec<&str> =
            stands.iter().filter(|s| s.word == word).map(|s| s.party.as_str()).collect();
        if !who.is_empty() {
            parts.push(format!("{words} {}", who.join(", ")));
        }
    }
    let unilateral: Vec<&str> =
        stands.iter().filter(|s| s.unilateral).map(|s| s.party.as_str()).collect();
    if !unilateral.is_empty() {
        parts.push(format!("unilateral towards {}", unilateral.join(", ")));
    }
    if parts.is_empty() { "nobody was asked".to_owned() } else { parts.join("; ") }
}

/// A declaration as a row: its name, kind, what it is called, whose it is, where it stands.
pub(super) fn declaration_row(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> [String; 6] {
    let volumes = declaration.declared.declared_volumes();
    let when = match &volumes[..] {
        [] => String::new(),
        [first, rest @ ..] => {
            let from =
                rest.iter().fold(first.from, |from, v| from.zip(v.from).map(|(a, b)| a.min(b)));
            let until = rest.iter().fold(first.until, |u, v| u.zip(v.until).map(|(a, b)| a.max(b)));
            times(from, until)
        }
    };
    [
        short(id),
        declaration.declared.kind().to_string(),
        reader.name(declaration.declared.name()),
        declaration.owner.to_string(),
        when,
        state(reader, declaration),
    ]
}

/// A declaration in lines.
pub(super) fn declaration_lines(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> Vec<String> {
    let kind = declaration.declared.kind();
    let title = format!("{kind} {}", reader.text(declaration.declared.name()));
    let mut rows = vec![
        ("id", id.to_string()),
        ("owner", reader.party(&declaration.owner)),
        ("authority", authority(reader, &declaration.authority)),
        ("version", format!("{} of {}", declaration.version, at(declaration.at))),
        ("state", state(reader, declaration)),
        ("shared with", share_words(reader, &declaration.sharing, &declaration.declared)),
    ];
    if declaration.owner == *reader.party && !declaration.past.is_empty() {
        let past: Vec<String> =
            declaration.past.iter().map(|earlier| short(earlier.version)).collect();
        rows.insert(4, ("before it", past.join(", ")));
    }
    rows.extend(declared_lines(reader, &declaration.declared));
    rows.push(("told by", entries(&declaration.entries)));
    let mut lines = vec![title];
    lines.extend(aligned(&rows));
    if let DeclarationContent::Zone(_) = *declaration.declared {
        lines.push(String::new());
        lines.push(format!(
            "Where each party stands towards version {}:",
            short(declaration.version)
        ));
        lines.extend(agreement_lines(reader, declaration));
    }
    lines
}

pub(super) fn entries<'a>(entries: impl IntoIterator<Item = &'a u64>) -> String {
    let numbers: Vec<String> = entries.into_iter().map(ToString::to_string).collect();
    match numbers.len() {
        1 => format!("entry {} of the record", numbers[0]),
        _ => format!("entries {} of the record", numbers.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::declaration_json;
    use crate::testing::{party, time, view};

    #[test]
    fn a_zone_is_shown_with_its_author_its_version_and_where_each_party_stands() {
        let (view, north) = (view(), party("north"));
        let reader = Reader::new(&view, &north, "fr", time("2017-06-06T05:00:00Z"));
        let (id, zone) = view.declarations.iter().next().unwrap();
        let lines = declaration_lines(&reader, *id, zone).join("\n");
        let expected = format!(
            "zone \"Garnison\"\n  \
             id           {a}\n  \
             owner        north (Le north)\n  \
             authority    signed by an enrolled key of its owner\n  \
             version      {b} of 2017-05-18 06:00\n  \
             before it    aaaaaaaa\n  \
             state        disputed by south; silent: aid; unilateral towards south\n  \
             shared with  host; whom it concerns: aid, south\n  \
             names        en: \"Garrison\", fr: \"Garnison\"\n  \
             asks         do not enter\n  \
             text         en: \"Keep out.\u{fffd}[2J\"\n  \
             concerns     aid, south\n  \
             binds        south\n  \
             around       up to 5 km beyond its boundary\n  \
             where        circle, 55 km around 33.500000N 38.600000E; SFC to unlimited; from 2017-05-18 00:00\n  \
             told by      entry 7 of the record\n\n\
             Where each party stands towards version bbbbbbbb:\n",
            a = "a".repeat(64),
            b = "b".repeat(64),
        );
        assert!(lines.starts_with(&expected), "{lines}\n---\n{expected}");
        let json = declaration_json(&reader, *id, zone);
        assert_eq!(json["agreement"][3]["stands"], "disputed");
        assert_eq!(json["agreement"][3]["unilateral"], true);
    }
}
