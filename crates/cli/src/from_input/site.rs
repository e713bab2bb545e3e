//! Sites by flags or from a list, through the coordinate gate: two forms that agree, a second person's
//! check, or the mark "unverified". Nothing is taken for checked that was not.

use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{Category, CoordinateCheck, DeclarationContent, Level, Place, Shape, Site};
use deconflict_formats::{
    Feature, ListedSite, ReadOptions, Text, WrittenPlace, position, read_sites,
};
use deconflict_geometry::{Limit, Position, Window};
use deconflict_words::{clipped, printable};
use serde_json::Value;

use super::file;
use super::item::{Item, NO_LANGUAGE, parse_level, parse_text, texts};
use super::volumes::{Allowance, level, shapes};
use crate::input::{bytes_of, tell_notes};
use crate::options::words;
use crate::outcome::Failure;
use crate::text::{parse_metres, shown};

/// A site, or a list of sites.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct OfSite {
    /// Its name, in one or more languages (may be repeated)
    #[arg(long, value_name = "[LANG=]TEXT", value_parser = parse_text, required_unless_present = "list")]
    pub(crate) name: Vec<(String, String)>,
    /// What it is; in a list, for the rows that do not say
    #[arg(long, value_enum, required_unless_present = "list")]
    pub(crate) category: Option<Category>,
    /// Its coordinates, such as "33.5062, 38.6166"
    #[arg(
        long,
        value_name = "PLACE",
        required_unless_present = "list",
        allow_hyphen_values = true
    )]
    pub(crate) place: Option<String>,
    /// The same coordinates in another form, such as "33°30′22″N 38°37′00″E"
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub(crate) second_form: Option<String>,
    /// Who else checked the coordinates
    #[arg(long, value_name = "NAME", requires = "checked_how")]
    pub(crate) checked_by: Option<String>,
    /// How they did: "stood at the gate with a receiver"
    #[arg(long, value_name = "TEXT", requires = "checked_by")]
    pub(crate) checked_how: Option<String>,
    /// Nobody checked the coordinates; every reader is told. In a list, for the rows without a check
    #[arg(long)]
    pub(crate) unverified: bool,
    /// How far it reaches around its coordinates, such as 200m; in a list, for the rows that do not say
    #[arg(long, value_name = "LENGTH", value_parser = parse_metres, conflicts_with = "shape")]
    pub(crate) radius: Option<f64>,
    /// A file with one feature: its shape, in which the coordinates lie
    #[arg(long, value_name = "FILE")]
    pub(crate) shape: Option<PathBuf>,
    /// Up to which height it is to be kept clear, such as "300 m AGL"; else not declared
    #[arg(long, value_name = "HEIGHT", value_parser = parse_level)]
    pub(crate) upper: Option<Level>,
    /// A list of sites, CSV or XLSX: see docs/space.md for its columns
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "place", "second_form", "shape", "upper"])]
    pub(crate) list: Option<PathBuf>,
    /// Where it is being hit, tell that to those alone whom it is shared with: else all others are told the cells of the
    /// sharing grid that it lies in
    #[arg(long)]
    pub(crate) hit_only_to_holders: bool,
}

/// How a place is written, as far as it takes to tell two forms apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// `33.5062, 38.6166`
    Degrees,
    /// `33 30.37 N 38 37.00 E`
    Minutes,
    /// `33 30 22 N 38 37 00 E`
    Seconds,
    /// `333022N 0383700E`
    Packed,
}

impl Form {
    fn of(text: &str) -> Form {
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        let numbers: Vec<&str> = text
            .split(|c: char| !is_number(c))
            .map(|number| number.trim_matches([',', '.']))
            .filter(|number| !number.is_empty())
            .collect();
        match numbers.len() {
            0..=2 => {
                let whole = |number: &&str| number.split(['.', ',']).next().map_or(0, str::len);
                if numbers.iter().any(|number| whole(number) > 3) {
                    Form::Packed
                } else {
                    Form::Degrees
                }
            }
            3 | 4 => Form::Minutes,
            _ => Form::Seconds,
        }
    }
}

impl OfSite {
    /// The sites that are meant.
    pub(crate) fn items(&self) -> Result<Vec<Item>, Failure> {
        match &self.list {
            Some(path) => self.listed(path),
            None => {
                let declared = DeclarationContent::Site(self.one()?);
                let faulty = |fault| format!("the site: {}", words().declared_fault(&fault));
                declared.check().map_err(faulty)?;
                Ok(vec![Item { from: "the site".into(), declared }])
            }
        }
    }

    fn one(&self) -> Result<Site, Failure> {
        let (Some(text), Some(category)) = (&self.place, self.category) else {
            return Err("--place and --category: say where the site is and what it is"
                .to_owned()
                .into());
        };
        let first = written("--place", text)?;
        let second = self.second_form.as_deref().map(|text| written("--second-form", text));
        let forms = [Some(first.clone()), second.transpose()?];
        let forms: Vec<WrittenPlace> = forms.into_iter().flatten().collect();
        let person = self.checked_by.as_deref().zip(self.checked_how.as_deref());
        let shape = match (self.radius, &self.shape) {
            (Some(radius_m), None) => Shape::Circle { center: first.position.into(), radius_m },
            (None, Some(path)) => file::one_shape(path, Allowance::default())?,
            _ => return Err("--radius or --shape: say how far the site reaches".to_owned().into()),
        };
        Ok(Site {
            name: texts(&self.name).map_err(|why| format!("--name: {why}"))?,
            category,
            place: first.position.into(),
            check: gate(&forms, person, self.unverified)?,
            shape,
            upper: self.upper.unwrap_or(Level::Unknown),
            hit_only_to_holders: self.hit_only_to_holders,
        })
    }

    fn listed(&self, path: &Path) -> Result<Vec<Item>, Failure> {
        let name = shown(path);
        let bytes = bytes_of(path)?;
        let options = ReadOptions { row_radius_m: self.radius, ..ReadOptions::default() };
        let list = read_sites(&path.to_string_lossy(), &bytes, &options).map_err(|errors| {
            errors.iter().map(|e| printable(&format!("{name}: {e}"))).collect::<Vec<_>>()
        })?;
        tell_notes(&name, &list.notes);
        let sites = list.sites;
        let (mut items, mut faults) = (Vec::new(), Vec::new());
        for site in &sites {
            let from = format!("{} ({})", site.feature.place, clipped(site.feature.id.clone()));
            let from = printable(&from);
            let read = self.of_row(site).and_then(|site| {
                let declared = DeclarationContent::Site(site);
                declared.check().map_err(|fault| words().declared_fault(&fault))?;
                Ok(declared)
            });
            match read {
                Ok(declared) => items.push(Item { from, declared }),
                Err(why) => faults.push(format!("{name}: {from}: {}", printable(&why))),
            }
        }
        if sites.is_empty() {
            faults.push(format!("{name}: the list has no row: there is nothing to declare"));
        }
        if faults.is_empty() { Ok(items) } else { Err(faults.into()) }
    }

    fn of_row(&self, row: &ListedSite) -> Result<Site, String> {
        let feature = &row.feature;
        let volume = feature.volumes.first().ok_or("it has no volume")?;
        if volume.window != Window::ALWAYS {
            return Err(
                "a site is there until its owner removes it: leave from and until empty, and \
                        end it with `deconflict declare end` when the time comes"
                    .into(),
            );
        }
        let at_ground = |limit| matches!(limit, Limit::Unknown) || level(limit) == Level::SURFACE;
        if !at_ground(volume.band.lower()) {
            return Err("a site begins at the ground: leave lower empty, or write SFC".into());
        }
        let [shape] = &shapes(&volume.footprint, Allowance::default())?[..] else {
            return Err("its shape is of several parts: give each a row of its own".into());
        };
        let place: Position = match (row.forms.first(), shape) {
            (Some(form), _) => form.position,
            (None, _) => {
                return Err(
                    "its coordinates are missing: a site is notified by coordinates in its \
                            shape; fill in lat and lon"
                        .into(),
                );
            }
        };
        let said = |key: &str| match feature.properties.get(key) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let person = match (said("checked_by"), said("checked_how")) {
            (None, None) => self.checked_by.as_deref().zip(self.checked_how.as_deref()),
            (Some(name), Some(how)) => Some((name, how)),
            _ => return Err("checked_by and checked_how belong together: fill in both".into()),
        };
        Ok(Site {
            name: names(feature)?,
            category: self.category_of(feature)?,
            place: place.into(),
            check: gate(&row.forms, person, self.unverified)?,
            shape: shape.clone(),
            upper: level(volume.band.upper()),
            hit_only_to_holders: self.hit_only_to_holders,
        })
    }

    fn category_of(&self, feature: &Feature) -> Result<Category, String> {
        let kind = feature.kind.trim().to_lowercase().replace([' ', '_'], "-");
        match kind.as_str() {
            "" => self.category.ok_or_else(|| {
                "what it is, is not said: fill in kind, or give --category for all such rows".into()
            }),
            "medical" | "hospital" | "clinic" | "ambulance-station" => Ok(Category::Medical),
            "school" | "university" => Ok(Category::School),
            "shelter" | "camp" | "idp-camp" | "refugee-camp" => Ok(Category::Shelter),
            "humanitarian" | "office" | "warehouse" => Ok(Category::Humanitarian),
            "supply" | "water" | "power" | "food" => Ok(Category::Supply),
            "heritage" | "place-of-worship" | "museum" => Ok(Category::Heritage),
            "dangerous-forces" | "dam" | "dyke" | "nuclear-power" => Ok(Category::DangerousForces),
            "civilian" => Ok(Category::Civilian),
            other => Err(format!(
                "kind `{}`: must be medical, school, shelter, humanitarian, supply, heritage, \
                 dangerous-forces or civilian",
                clipped(other.to_owned())
            )),
        }
    }
}

fn written(option: &str, text: &str) -> Result<WrittenPlace, String> {
    let read = position(text).map_err(|why| format!("{option}: {}", printable(&why)))?;
    Ok(WrittenPlace { text: text.trim().to_owned(), position: read })
}

/// How the coordinates were checked: that two forms agree is decided by the rules, within 50 m.
fn gate(
    forms: &[WrittenPlace],
    person: Option<(&str, &str)>,
    unverified: bool,
) -> Result<CoordinateCheck, String> {
    let [first, others @ ..] = forms else {
        return Err("its coordinates are missing".into());
    };
    if let Some((name, how)) = person {
        return Ok(CoordinateCheck::SecondPerson { name: name.to_owned(), how: how.to_owned() });
    }
    if let Some(second) = others.iter().find(|form| Form::of(&form.text) != Form::of(&first.text)) {
        let reads = Place::from(second.position);
        return Ok(CoordinateCheck::SecondForm { text: second.text.clone(), reads });
    }
    if unverified {
        return Ok(CoordinateCheck::Unverified {});
    }
    let found = match others.is_empty() {
        true => "its coordinates stand there in one form only",
        false => {
            "both forms of its coordinates are of one kind, so that one may be a copy of the other"
        }
    };
    Err(format!(
        "{found}: write them in a second form (33.5062, 38.6166 as well as 33°30′22″N 38°37′00″E), \
         name who checked them and how (--checked-by, --checked-how; checked_by and checked_how in a \
         list), or mark them with --unverified"
    ))
}

fn names(feature: &Feature) -> Result<deconflict_core::Texts, String> {
    let lang = |name: &Text| name.lang.clone().unwrap_or_else(|| NO_LANGUAGE.to_owned());
    let given: Vec<(String, String)> =
        feature.names.iter().map(|name| (lang(name), name.text.clone())).collect();
    let mut names = texts(&given)?;
    if names.is_empty() {
        names.insert(NO_LANGUAGE.to_owned(), feature.id.clone());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clinic() -> OfSite {
        OfSite {
            name: vec![("en".into(), "Clinic".into())],
            category: Some(Category::Medical),
            place: Some("33.5062, 38.6166".into()),
            radius: Some(200.0),
            ..OfSite::default()
        }
    }

    fn check_of(site: &OfSite) -> Result<CoordinateCheck, String> {
        match site.items() {
            Ok(items) => match &items[0].declared {
                DeclarationContent::Site(site) => Ok(site.check.clone()),
                other => panic!("{other:?}"),
            },
            Err(failure) => Err(failure.lines.join("\n")),
        }
    }

    #[test]
    fn coordinates_that_nobody_checked_do_not_pass_unmarked() {
        let error = check_of(&clinic()).unwrap_err();
        assert!(error.contains("--unverified"), "{error}");
        let marked = OfSite { unverified: true, ..clinic() };
        assert_eq!(check_of(&marked), Ok(CoordinateCheck::Unverified {}));
        let second = |text: &str| OfSite { second_form: Some(text.into()), ..clinic() };
        let agreed = check_of(&second("33°30′22.3″N 38°36′59.8″E")).unwrap();
        assert!(matches!(agreed, CoordinateCheck::SecondForm { .. }));
        let copied = check_of(&second("33.50620 38.61660")).unwrap_err();
        assert!(copied.contains("may be a copy"), "{copied}");
        let apart = check_of(&second("33°31′22.3″N 38°36′59.8″E")).unwrap_err();
        assert!(apart.contains("m apart"), "{apart}");
        let person = OfSite {
            checked_by: Some("A. Nurse".into()),
            checked_how: Some("at the gate".into()),
            ..clinic()
        };
        assert!(matches!(check_of(&person), Ok(CoordinateCheck::SecondPerson { .. })));
    }

    #[test]
    fn forms_are_told_apart_by_how_they_are_written() {
        for (text, form) in [
            ("33.5062, 38.6166", Form::Degrees),
            ("33,5062 38,6166", Form::Degrees),
            ("N33.5 E38.6", Form::Degrees),
            ("33°30.37′N 38°37.00′E", Form::Minutes),
            ("33°30′22.3″N 38°37′00″E", Form::Seconds),
            ("333022N 0383700E", Form::Packed),
        ] {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }

    fn list(rows: &str) -> Result<Vec<Item>, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sites.csv");
        std::fs::write(&path, format!("id,name_en,kind,lat,lon,coordinates,radius_m,lower,upper,checked_by,checked_how,from\n{rows}"))
            .unwrap();
        OfSite { list: Some(path), ..OfSite::default() }.items().map_err(|failure| failure.lines)
    }

    #[test]
    fn every_row_of_a_list_goes_through_the_gate_and_every_bad_one_is_named() {
        let good = "a,Clinic,hospital,33.5,38.6,33°30′00″N 38°36′00″E,200,SFC,300 m AGL,,,\n\
                    b,School,school,33.6,38.6,,100,,,A. Nurse,at the gate,\n";
        let items = list(good).unwrap();
        assert_eq!(items.len(), 2);
        let DeclarationContent::Site(school) = &items[1].declared else { panic!("a site") };
        assert_eq!((school.category, school.upper), (Category::School, Level::Unknown));
        assert!(matches!(school.check, CoordinateCheck::SecondPerson { .. }));
        let bad = "a,A,hospital,33.5,38.6,,200,,,,,\n\
                   b,B,castle,33.6,38.6,33°36′00″N 38°36′00″E,100,,,,,\n\
                   c,C,school,33.6,38.6,33°36′00″N 38°36′00″E,100,50 m AGL,,,,\n\
                   d,D,school,33.6,38.6,33°36′00″N 38°36′00″E,100,,,,,2026-01-01T00:00:00Z\n";
        let faults = list(bad).unwrap_err();
        let told = [
            "row 2 (a): its coordinates",
            "row 3 (b): kind `castle`",
            "row 4 (c): a site begins",
            "row 5 (d): a site is there",
        ];
        assert_eq!(faults.len(), told.len(), "{faults:?}");
        for (fault, told) in faults.iter().zip(told) {
            assert!(fault.contains(told), "{fault}");
        }
    }
}
