//! Operations and zones from files: any format that `check` reads, or the JSON of a declaration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{
    DeclarationContent, DeclaredVolume, GroupId, Kind, Operation, PartyId, Restriction, Shape,
    Texts, Zone,
};
use deconflict_formats::{Document, Feature, Format};
use deconflict_words::{clipped, printable};
use serde_json::Value;

use super::item::{Item, NO_LANGUAGE, parse_text, texts};
use super::volumes::{self, Allowance};
use crate::input::{bytes_of, read_document};
use crate::options::words;
use crate::outcome::Failure;
use crate::text::{parse_metres, shown};

/// Which file, and which of its features.
#[derive(Args, Clone, Debug)]
pub(crate) struct FromFile {
    /// Any file that `check` reads, or a declaration in JSON; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only the feature with this identifier (may be repeated); else every feature of the file
    #[arg(long, value_name = "ID")]
    pub(crate) feature: Vec<String>,
    /// The format of standard input
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Its name, in one or more languages (may be repeated); else the file's own
    #[arg(long, value_name = "[LANG=]TEXT", value_parser = parse_text)]
    pub(crate) name: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) allowed: Allowance,
}

/// What an operation has beyond the file.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct OfOperation {
    /// Whom to call about it, if not the party's duty officer
    #[arg(long, value_name = "TEXT")]
    pub(crate) contact: Option<String>,
}

/// What a zone has beyond the file.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct OfZone {
    /// What it asks; else the file's own word for it (PROHIBITED, RESTRICTED, DANGER; OpenAir's P, R, Q)
    #[arg(long, value_enum)]
    pub(crate) restriction: Option<Restriction>,
    /// Parties that it concerns: they are given it and asked to agree (comma-separated)
    #[arg(long, value_name = "PARTY,...", value_delimiter = ',')]
    pub(crate) concerns: Vec<PartyId>,
    /// Parties that it restricts; each must be concerned (comma-separated)
    #[arg(long, value_name = "PARTY,...", value_delimiter = ',')]
    pub(crate) binds: Vec<PartyId>,
    /// Groups without a desk that it restricts; whoever speaks for one is bound as well
    #[arg(long, value_name = "GROUP,...", value_delimiter = ',')]
    pub(crate) binds_groups: Vec<GroupId>,
    /// Its text: conditions, reasons (may be repeated)
    #[arg(long = "text", value_name = "[LANG=]TEXT", value_parser = parse_text)]
    pub(crate) texts: Vec<(String, String)>,
    /// A file with one feature: within its shape nobody restricted may be found at all
    #[arg(long, value_name = "FILE")]
    pub(crate) inner: Option<PathBuf>,
    /// How far beyond its boundary counts as "around" it, such as 5km; at most 100 km
    #[arg(long, value_name = "LENGTH", value_parser = parse_metres)]
    pub(crate) ring: Option<f64>,
    /// The inner boundary that it has already.
    #[arg(skip)]
    pub(crate) present_inner: Option<Shape>,
}

impl FromFile {
    /// The operations of the file.
    pub(crate) fn operations(&self, of: &OfOperation) -> Result<Vec<Item>, Failure> {
        match self.written(Kind::Operation, of.contact.is_some())? {
            Some(item) => Ok(vec![item]),
            None => self.read_operations(of),
        }
    }

    /// The same as new versions of an operation: what neither file nor options say stays as it is.
    pub(crate) fn operations_after(
        &self,
        of: &OfOperation,
        present: &Operation,
    ) -> Result<Vec<Item>, Failure> {
        match self.written(Kind::Operation, of.contact.is_some())? {
            Some(item) => Ok(vec![item]),
            None => {
                let contact = of.contact.clone().or_else(|| present.contact.clone());
                self.named_as(&present.name).read_operations(&OfOperation { contact })
            }
        }
    }

    fn read_operations(&self, of: &OfOperation) -> Result<Vec<Item>, Failure> {
        self.items(|name, volumes, _| {
            Ok(DeclarationContent::Operation(Operation {
                name,
                volumes,
                contact: of.contact.clone(),
            }))
        })
    }

    /// The zones of the file.
    pub(crate) fn zones(&self, of: &OfZone) -> Result<Vec<Item>, Failure> {
        match self.written(Kind::Zone, of.says_anything())? {
            Some(item) => Ok(vec![item]),
            None => self.read_zones(of),
        }
    }

    /// The same as new versions of a zone: what neither file nor options say stays as it is.
    pub(crate) fn zones_after(&self, of: &OfZone, present: &Zone) -> Result<Vec<Item>, Failure> {
        match self.written(Kind::Zone, of.says_anything())? {
            Some(item) => Ok(vec![item]),
            None => self.named_as(&present.name).read_zones(&of.filled(present)),
        }
    }

    fn read_zones(&self, of: &OfZone) -> Result<Vec<Item>, Failure> {
        if of.concerns.is_empty() {
            return Err(
                "--concerns: name the parties that the zone concerns: they are given it, and \
                        asked to agree"
                    .to_owned()
                    .into(),
            );
        }
        let inner = match &of.inner {
            Some(path) => Some(one_shape(path, self.allowed)?),
            None => of.present_inner.clone(),
        };
        let text = texts(&of.texts).map_err(|why| format!("--text: {why}"))?;
        self.items(|name, volumes, feature| {
            Ok(DeclarationContent::Zone(Zone {
                name,
                restriction: of.restriction_of(feature)?,
                text: text.clone(),
                concerns: of.concerns.iter().cloned().collect(),
                binds: of.binds.iter().cloned().collect(),
                binds_groups: of.binds_groups.iter().cloned().collect(),
                volumes,
                inner: inner.clone(),
                ring_m: of.ring.unwrap_or(0.0),
            }))
        })
    }

    fn named_as(&self, present: &Texts) -> FromFile {
        let mut named = self.clone();
        if named.name.is_empty() {
            named.name = present.clone().into_iter().collect();
        }
        named
    }

    /// The declaration in JSON that the file must hold.
    pub(crate) fn written_alone(&self, kind: Kind) -> Result<Item, Failure> {
        self.written(kind, false)?.ok_or_else(|| {
            format!(
                "{}: a {kind} is amended by a declaration in JSON: take the member `declared` of \
                 `deconflict declare show ID --output json`, change it, and give it as a .json file",
                shown(&self.file)
            )
            .into()
        })
    }

    /// A declaration in JSON, if the file holds one.
    fn written(&self, kind: Kind, flags: bool) -> Result<Option<Item>, Failure> {
        let name = shown(&self.file);
        let standard_input = self.file.as_os_str() == "-";
        if standard_input && self.format.is_some() {
            return Ok(None);
        }
        let json = standard_input || self.file.extension().is_some_and(|e| e == "json");
        let bytes = if json { bytes_of(&self.file)? } else { return Ok(None) };
        let Some(declared) = parse(&bytes).map_err(|why| format!("{name}: {why}"))? else {
            if standard_input {
                return Err(format!(
                    "{name}: not a declaration in JSON: name the format of standard input with --format"
                )
                .into());
            }
            return Ok(None);
        };
        if declared.kind() != kind {
            return Err(format!(
                "{name}: it is a {}: declare it with `deconflict declare {}`",
                declared.kind(),
                declared.kind()
            )
            .into());
        }
        if flags || !self.feature.is_empty() || !self.name.is_empty() {
            return Err(format!(
                "{name}: a declaration in JSON is declared as it stands: write what the options say \
                 into the file"
            )
            .into());
        }
        let faulty = |fault| format!("{name}: {}", words().declared_fault(&fault));
        declared.check().map_err(faulty)?;
        Ok(Some(Item { from: name, declared }))
    }

    fn items(
        &self,
        make: impl Fn(Texts, Vec<DeclaredVolume>, &Feature) -> Result<DeclarationContent, String>,
    ) -> Result<Vec<Item>, Failure> {
        let document = read_document(&self.file, self.format)?;
        let named = texts(&self.name).map_err(|why| format!("--name: {why}"))?;
        let (mut items, mut faults) = (Vec::new(), Vec::new());
        let chosen = self.chosen(&document)?;
        if chosen.len() > 1 && !named.is_empty() {
            return Err(format!(
                "--name: the file has {} features: choose one with --feature",
                chosen.len()
            )
            .into());
        }
        for feature in chosen {
            let from = printable(&format!("{} ({})", feature.place, clipped(feature.id.clone())));
            let read = name_of(feature, &named).and_then(|name| {
                let declared = make(name, volumes_of(feature, self.allowed)?, feature)?;
                declared.check().map_err(|fault| words().declared_fault(&fault))?;
                Ok(declared)
            });
            match read {
                Ok(declared) => items.push(Item { from, declared }),
                Err(why) => {
                    faults.push(format!("{}: {from}: {}", shown(&self.file), printable(&why)))
                }
            }
        }
        if faults.is_empty() { Ok(items) } else { Err(faults.into()) }
    }

    fn chosen<'a>(&self, document: &'a Document) -> Result<Vec<&'a Feature>, Failure> {
        let known: BTreeSet<&str> = document.features.iter().map(|f| f.id.as_str()).collect();
        if let Some(missing) = self.feature.iter().find(|id| !known.contains(id.as_str())) {
            let some: Vec<String> = known.iter().take(10).map(|id| printable(id)).collect();
            return Err(format!(
                "--feature {}: no feature of the file has this identifier; it has {}",
                printable(missing),
                some.join(", ")
            )
            .into());
        }
        let wanted = |f: &&Feature| self.feature.is_empty() || self.feature.contains(&f.id);
        let chosen: Vec<&Feature> = document.features.iter().filter(wanted).collect();
        if chosen.is_empty() {
            let name = shown(&self.file);
            return Err(format!("{name}: it holds no feature: there is nothing to declare").into());
        }
        Ok(chosen)
    }
}

impl OfZone {
    /// What the options do not say, as it is.
    fn filled(&self, present: &Zone) -> OfZone {
        let mut of = self.clone();
        of.restriction.get_or_insert(present.restriction);
        of.ring.get_or_insert(present.ring_m);
        of.present_inner.clone_from(&present.inner);
        if of.concerns.is_empty() {
            of.concerns = present.concerns.iter().cloned().collect();
        }
        if of.binds.is_empty() {
            of.binds = present.binds.iter().cloned().collect();
        }
        if of.binds_groups.is_empty() {
            of.binds_groups = present.binds_groups.iter().cloned().collect();
        }
        if of.texts.is_empty() {
            of.texts = present.text.clone().into_iter().collect();
        }
        of
    }

    fn says_anything(&self) -> bool {
        self.restriction.is_some()
            || self.inner.is_some()
            || self.ring.is_some()
            || !(self.concerns.is_empty()
                && self.binds.is_empty()
                && self.binds_groups.is_empty()
                && self.texts.is_empty())
    }

    fn restriction_of(&self, feature: &Feature) -> Result<Restriction, String> {
        if let Some(restriction) = self.restriction {
            return Ok(restriction);
        }
        match feature.kind.to_uppercase().as_str() {
            "P" | "PROHIBITED" => Ok(Restriction::Prohibited),
            "R" | "RESTRICTED" => Ok(Restriction::Restricted),
            "Q" | "D" | "DANGER" => Ok(Restriction::Danger),
            other => Err(format!(
                "what it asks is not told by its kind `{}`: say --restriction prohibited, restricted \
                 or danger",
                clipped(other.to_owned())
            )),
        }
    }
}

/// The declaration that JSON holds; `None` where it is another kind of JSON.
fn parse(bytes: &[u8]) -> Result<Option<DeclarationContent>, String> {
    let kinds = [Kind::Zone, Kind::Operation, Kind::Site, Kind::Movement];
    let is_one = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(members)) if members.len() == 1 => {
            kinds.iter().any(|kind| members.contains_key(&kind.to_string()))
        }
        _ => false,
    };
    if !is_one {
        return Ok(None);
    }
    serde_json::from_slice(bytes).map(Some).map_err(|error| error.to_string())
}

fn volumes_of(feature: &Feature, allowed: Allowance) -> Result<Vec<DeclaredVolume>, String> {
    if !feature.volume_kinds.iter().all(|kind| *kind == feature.kind) {
        return Err(
            "its volumes are of several kinds, which are different declarations: give each \
                    kind an identifier of its own"
                .into(),
        );
    }
    let several = feature.volumes.len() > 1;
    let mut all = Vec::new();
    for (nth, volume) in feature.volumes.iter().enumerate() {
        let declared = volumes::declared(volume, allowed);
        let place = if several { format!("volume {}: ", nth + 1) } else { String::new() };
        all.extend(declared.map_err(|why| place + &why)?);
    }
    Ok(all)
}

/// The names given, else the feature's own, else its identifier.
fn name_of(feature: &Feature, given: &Texts) -> Result<Texts, String> {
    if !given.is_empty() {
        return Ok(given.clone());
    }
    let mut names = Texts::new();
    for name in &feature.names {
        let lang = name.lang.clone().unwrap_or_else(|| NO_LANGUAGE.to_owned());
        if let Some(other) = names.insert(lang, name.text.clone())
            && other != name.text
        {
            return Err("it has several names in one language: choose one with --name".into());
        }
    }
    if names.is_empty() {
        // The readers' word for a feature that has neither name nor identifier.
        if feature.id.starts_with("feature ") {
            return Err("it has no name: give it one with --name".into());
        }
        names.insert(NO_LANGUAGE.to_owned(), feature.id.clone());
    }
    Ok(names)
}

/// The one shape of a file.
pub(super) fn one_shape(path: &Path, allowed: Allowance) -> Result<Shape, Failure> {
    let document = read_document(path, None)?;
    let shapes = document
        .features
        .iter()
        .flat_map(|feature| &feature.volumes)
        .map(|volume| volumes::shapes(&volume.footprint, allowed))
        .collect::<Result<Vec<_>, String>>()
        .map_err(|why| format!("{}: {why}", shown(path)))?;
    match &shapes.concat()[..] {
        [shape] => Ok(shape.clone()),
        several => {
            Err(format!("{}: must hold one shape, and holds {}", shown(path), several.len()).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (tempfile::TempDir, FromFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let allowed = Allowance::default();
        (folder, FromFile { file: path, feature: vec![], format: None, name: vec![], allowed })
    }

    fn concerning(party: &str) -> OfZone {
        OfZone { concerns: vec![party.parse().unwrap()], ..OfZone::default() }
    }

    const TWO: &str = "AC R\nAN North range\nAI R1\nAL SFC\nAH FL 95\nV X=33:30:00N 38:36:00E\nDC 10\n\n\
                       AC CTR\nAN Tower\nAI C1\nAL SFC\nAH FL 95\nV X=34:30:00N 38:36:00E\nDC 5\n";

    #[test]
    fn every_feature_of_a_file_is_declared_under_its_own_name() {
        let (_folder, from) = file("a.txt", TWO);
        let items = from.operations(&OfOperation::default()).unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].declared.name()["und"], "North range");
        let one = FromFile { feature: vec!["C1".into()], ..from };
        assert_eq!(one.operations(&OfOperation::default()).unwrap()[0].declared, items[1].declared);
    }

    #[test]
    fn a_zone_says_whom_it_concerns_and_what_it_asks() {
        let (_folder, from) = file("a.txt", TWO);
        let error = from.zones(&OfZone::default()).unwrap_err().lines;
        assert!(error[0].contains("--concerns"), "{error:?}");
        let error = from.zones(&concerning("south")).unwrap_err().lines;
        assert!(error[0].contains("`CTR`") && error[0].contains("--restriction"), "{error:?}");
        assert_eq!(error.len(), 1, "{error:?}");
        let one = FromFile { feature: vec!["R1".into()], ..from };
        let zones = one.zones(&concerning("south")).unwrap();
        let DeclarationContent::Zone(zone) = &zones[0].declared else { panic!("a zone") };
        assert_eq!(zone.restriction, Restriction::Restricted);
    }

    #[test]
    fn a_declaration_in_json_is_declared_as_it_stands() {
        let text = r#"{"operation":{"name":{"en":"Survey"},"volumes":[{"shape":{"circle":
            {"center":{"lat":33.123456789012345,"lon":38.6},"radius_m":1}},
            "lower":"unknown","upper":"unlimited"}]}}"#;
        let (_folder, from) = file("a.json", text);
        let items = from.operations(&OfOperation::default()).unwrap();
        assert_eq!(items[0].declared, serde_json::from_str(text).unwrap());
        let error = from.zones(&concerning("south")).unwrap_err().lines;
        assert!(error[0].contains("declare operation"), "{error:?}");
        let flagged = OfOperation { contact: Some("x".into()) };
        let error = from.operations(&flagged).unwrap_err().lines;
        assert!(error[0].contains("as it stands"), "{error:?}");
        let (_folder, wrong) = file("b.json", &text.replace("radius_m", "radius"));
        let error = wrong.operations(&OfOperation::default()).unwrap_err().lines;
        assert!(error[0].contains("unknown field `radius`"), "{error:?}");
    }
}
