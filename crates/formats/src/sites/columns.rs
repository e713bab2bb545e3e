//! What the columns of a site list mean.

use crate::attributes::clip;
use crate::drawn::{self, Figure};
use crate::sizes::{Reach, size_in_unit, unit_word};
use crate::vocabulary::{Bearing, Certainty, bearing, normal};

/// What a column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The list's own identifier of the site.
    Id,
    /// The number of the volume within the site, from 1.
    Volume,
    /// What the volume is, where the site's volumes differ in it.
    VolumeKind,
    /// A name, in the language that the header gives.
    Name(Option<String>),
    /// What the site is.
    Kind,
    /// A latitude; the nth belongs to the nth longitude.
    Latitude,
    /// A longitude.
    Longitude,
    /// Latitude and longitude in one text.
    Coordinates,
    /// Well-known text.
    Wkt,
    /// Metres around the position.
    Radius,
    /// Metres on each side of a line.
    HalfWidth,
    /// The rule of the edges of a well-known text.
    Edges,
    /// How far the boundary may lie from the edges, in metres.
    Residual,
    /// The lower limit.
    Lower,
    /// The upper limit.
    Upper,
    /// The beginning; in UTC where the text does not say otherwise, if `utc`.
    From {
        /// Whether the header says so.
        utc: bool,
    },
    /// The end, likewise.
    Until {
        /// Whether the header says so.
        utc: bool,
    },
    /// Whether only parts of the time are in force.
    PartTime,
    /// Anything else.
    Property,
}

/// The columns of a list.
pub(super) struct Columns {
    /// What each holds, and its header.
    pub(super) all: Vec<(Role, String)>,
    /// The headers that are not read though they may bear on a place, a height or a time, and what on.
    pub(super) unread: Vec<(String, Bearing)>,
    /// Whether a property is a size in another unit.
    pub(super) has_sizes: bool,
}

impl Columns {
    /// The columns that a header row names; with `any_extent`, none of them needs to say how far the
    /// sites reach.
    ///
    /// # Errors
    /// When there is no place in it, two columns mean the same, or one certainly bears on a place, a
    /// height or a time and is not read.
    pub(super) fn new(header: Vec<String>, any_extent: bool) -> Result<Columns, String> {
        let mut unread = Vec::new();
        let mut all: Vec<(Role, String)> = Vec::new();
        for (i, header) in header.into_iter().enumerate() {
            let role = role(&header);
            let name = match header.trim() {
                "" => format!("column {}", i + 1),
                name => name.to_owned(),
            };
            let repeatable = matches!(role, Role::Latitude | Role::Longitude | Role::Coordinates);
            let same = |(r, n): &&(Role, String)| match role {
                Role::Property => *n == name,
                Role::From { .. } => matches!(r, Role::From { .. }),
                Role::Until { .. } => matches!(r, Role::Until { .. }),
                _ => *r == role && !repeatable,
            };
            if let Some((_, other)) = all.iter().find(same) {
                return Err(format!(
                    "columns `{}` and `{}` mean the same; rename or remove one",
                    clip(other),
                    clip(&name)
                ));
            }
            // Whether a size of another unit is read hangs on the row's shape.
            if role == Role::Property && !header.starts_with("json:") && size(&header).is_none() {
                match unread_bearing(&header) {
                    Some((bearing, Certainty::Certain)) => {
                        return Err(format!(
                            "column `{}` bears on {} and is not read in a table: use lat, lon, radius_m, \
                             lower and upper (as 120 m AGL), from and until; or rename it",
                            clip(&name),
                            bearing.noun()
                        ));
                    }
                    Some((bearing, Certainty::Everyday)) => unread.push((clip(&name), bearing)),
                    None => {}
                }
            }
            all.push((role, name));
        }
        let count = |role: &Role| all.iter().filter(|(r, _)| r == role).count();
        let (lats, lons) = (count(&Role::Latitude), count(&Role::Longitude));
        if lats != lons {
            return Err(format!(
                "{lats} columns of latitude and {lons} of longitude; give as many of each"
            ));
        }
        if lats + count(&Role::Coordinates) + count(&Role::Wkt) == 0 {
            let found: Vec<String> = all.iter().take(20).map(|(_, n)| clip(n)).collect();
            return Err(format!(
                "no column says where the sites are: add lat and lon, or coordinates, or wkt, to \
                 the header row (its columns are: {})",
                found.join(", ")
            ));
        }
        let is_size =
            |(role, name): &(Role, String)| *role == Role::Property && size(name).is_some();
        let has_sizes = all.iter().any(is_size);
        if !any_extent && !has_sizes && count(&Role::Radius) + count(&Role::Wkt) == 0 {
            return Err(
                "no column says how far the sites reach: add radius_m (metres), or wkt, or give all \
                 rows a radius with --radius"
                    .to_owned(),
            );
        }
        Ok(Columns { all, unread, has_sizes })
    }

    /// Whether a row of cells can be the header of a site list.
    pub(super) fn looks_like_header(cells: &[String]) -> bool {
        cells.iter().any(|c| {
            matches!(role(c), Role::Latitude | Role::Longitude | Role::Coordinates | Role::Wkt)
        })
    }
}

/// Whether a header means something here, or would be refused, or the text under it draws a shape, so that
/// such a property must be written otherwise.
pub(super) fn is_reserved(header: &str, text: &str) -> bool {
    role(header) != Role::Property
        || drawn::of_text(text) == Some(Figure::Shape)
        || size(header).is_some()
        || matches!(unread_bearing(header), Some((_, Certainty::Certain)))
}

/// What the size under the header of a property is of, and how many metres one in it stands for; `None`
/// where it is none.
pub(super) fn size(header: &str) -> Option<(Reach, f64)> {
    if header.starts_with("json:") { None } else { size_in_unit(&normal(header)) }
}

/// The words for the unit that the numbers of a column are in, in small letters without blanks; `None`
/// where they may be of anything.
pub(super) fn units_of(role: &Role, header: &str) -> Option<Vec<String>> {
    let words: &[&str] = match role {
        Role::Latitude => &["°", "°n", "n", "deg"],
        Role::Longitude => &["°", "°e", "e", "deg"],
        Role::Radius | Role::HalfWidth | Role::Residual => &["m", "metres", "meters"],
        // A bare number is no height, no place and no time.
        Role::Lower | Role::Upper | Role::Coordinates | Role::Wkt => &[],
        Role::From { .. } | Role::Until { .. } => &[],
        Role::Property => {
            size(header)?;
            return Some(unit_word(&normal(header)).map(str::to_owned).into_iter().collect());
        }
        _ => return None,
    };
    Some(words.iter().map(ToString::to_string).collect())
}

/// What the header of a property may bear on all the same.
fn unread_bearing(header: &str) -> Option<(Bearing, Certainty)> {
    bearing(header).or_else(|| {
        let words = words(header);
        axis_of(words.last()?).map(|_| (Bearing::Place, Certainty::Everyday))
    })
}

/// The lower-case words of a header.
fn words(header: &str) -> Vec<String> {
    let lower = header.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a header is that of a bare `x` or `y`: longitude or latitude, or metres of a projection.
pub(super) fn is_bare_axis(header: &str) -> bool {
    matches!(words(header).as_slice(), [word] if matches!(word.as_str(), "x" | "y"))
}

/// The role of a word that names one axis of a position.
fn axis_of(word: &str) -> Option<Role> {
    match word {
        "lat" | "latitude" => Some(Role::Latitude),
        "lon" | "lng" | "long" | "longitude" => Some(Role::Longitude),
        _ => None,
    }
}

/// What a header means. Case, blanks and punctuation do not matter: `Radius (m)` is `radius_m`.
pub(super) fn role(header: &str) -> Role {
    if header.starts_with("json:") {
        return Role::Property;
    }
    let words = words(header);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(lang) = name_language(header, &words) {
        return Role::Name(Some(lang));
    }
    let utc = words.last() == Some(&"utc");
    let timeless: &[&str] = if utc { &words[..words.len() - 1] } else { &words };
    match timeless {
        ["from" | "start" | "begin"] | ["valid", "from"] => return Role::From { utc },
        ["until" | "to" | "end" | "till"] | ["valid", "until" | "to"] => {
            return Role::Until { utc };
        }
        _ => {}
    }
    match words.as_slice() {
        ["id" | "ref" | "reference" | "siteid"] | ["site", "id" | "ref" | "reference"] => Role::Id,
        ["volume"] => Role::Volume,
        ["volume", "kind"] => Role::VolumeKind,
        ["name"] | ["site", "name"] => Role::Name(None),
        ["kind" | "type" | "category"] | ["site", "type" | "kind"] => Role::Kind,
        ["wkt" | "geometry" | "geom"] | ["wkt", "geometry"] | ["geometry", "wkt"] => Role::Wkt,
        ["radius"] | ["radius", "m" | "metres" | "meters"] => Role::Radius,
        ["half", "width"] | ["half", "width", "m" | "metres" | "meters"] => Role::HalfWidth,
        ["edges"] => Role::Edges,
        ["residual", "m"] => Role::Residual,
        ["lower" | "floor"] | ["lower", "limit"] => Role::Lower,
        ["upper" | "ceiling"] | ["upper", "limit"] => Role::Upper,
        ["part", "time"] => Role::PartTime,
        _ => position_role(&words),
    }
}

/// What a header of coordinates means; words such as `DMS`, `WGS84` or `2` tell columns apart and
/// are otherwise stepped over.
fn position_role(words: &[&str]) -> Role {
    const FILLERS: [&str; 14] = [
        "dms", "ddm", "dm", "dd", "decimal", "dec", "deg", "degrees", "wgs84", "gps", "site", "1",
        "2", "check",
    ];
    // A position beside that of the site, a corner of its box, or how good it is.
    const OTHERS: [&str; 23] = [
        "min",
        "max",
        "minimum",
        "maximum",
        "north",
        "south",
        "east",
        "west",
        "accuracy",
        "precision",
        "error",
        "start",
        "end",
        "from",
        "to",
        "old",
        "previous",
        "origin",
        "destination",
        "dest",
        "first",
        "last",
        "bbox",
    ];
    let telling: Vec<&str> = words.iter().copied().filter(|w| !FILLERS.contains(w)).collect();
    match telling.as_slice() {
        ["lat" | "latitude" | "y"] => Role::Latitude,
        ["lon" | "lng" | "long" | "longitude" | "x"] => Role::Longitude,
        [
            "coordinates" | "coordinate" | "coords" | "position" | "latlon" | "latlong" | "latlng",
        ]
        | ["lat" | "latitude", "lon" | "long" | "lng" | "longitude"] => Role::Coordinates,
        // Forms put the name of the question before it: `Facility location / latitude`.
        [before @ .., last] if !before.iter().any(|word| OTHERS.contains(word)) => {
            axis_of(last).unwrap_or(Role::Property)
        }
        _ => Role::Property,
    }
}

/// The language of a header such as `name_fr`, `name:de-CH` or `Name (ar)`, as it is written there.
fn name_language(header: &str, words: &[&str]) -> Option<String> {
    if words.len() < 2 || words[0] != "name" {
        return None;
    }
    let tag = header.trim().get(4..)?.trim_matches(|c: char| !c.is_alphanumeric());
    is_language_tag(tag).then(|| tag.to_owned())
}

/// Whether a text has the shape of a language tag (BCP 47) that a header can carry.
pub(super) fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood_in_their_usual_spellings() {
        for (header, expected) in [
            ("ID", Role::Id),
            ("Site ID", Role::Id),
            ("ref", Role::Id),
            ("Name", Role::Name(None)),
            ("name_fr", Role::Name(Some("fr".to_owned()))),
            ("Name (ar)", Role::Name(Some("ar".to_owned()))),
            ("name:de-CH", Role::Name(Some("de-CH".to_owned()))),
            ("name of the owner", Role::Property),
            ("Type", Role::Kind),
            ("LAT", Role::Latitude),
            ("Latitude (WGS84)", Role::Latitude),
            ("_gps_latitude", Role::Latitude),
            ("Facility Location / latitude", Role::Latitude),
            ("Facility Location / longitude", Role::Longitude),
            ("_gps_precision", Role::Property),
            ("min latitude", Role::Property),
            ("y", Role::Latitude),
            ("Long.", Role::Longitude),
            ("lng", Role::Longitude),
            ("lon_dms", Role::Longitude),
            ("Lat/Lon", Role::Coordinates),
            ("position 2", Role::Coordinates),
            ("radius_m", Role::Radius),
            ("Radius (m)", Role::Radius),
            ("radius_km", Role::Property),
            ("Half-width (m)", Role::HalfWidth),
            ("From (UTC)", Role::From { utc: true }),
            ("valid from", Role::From { utc: false }),
            ("until_utc", Role::Until { utc: true }),
            ("UTC", Role::Property),
            ("json:name", Role::Property),
            ("", Role::Property),
        ] {
            assert_eq!(role(header), expected, "{header}");
        }
    }

    #[test]
    fn a_header_that_leaves_a_choice_or_a_gap_is_refused() {
        let error = |header: &[&str]| {
            let header = header.iter().map(ToString::to_string).collect();
            Columns::new(header, false).map(|_| ()).unwrap_err()
        };
        assert_eq!(
            error(&["id", "lat", "lon", "ref"]),
            "columns `id` and `ref` mean the same; rename or remove one"
        );
        assert_eq!(
            error(&["lat", "lon", "lat_dms", "radius_m"]),
            "2 columns of latitude and 1 of longitude; give as many of each"
        );
        assert_eq!(
            error(&["id", "place"]),
            "no column says where the sites are: add lat and lon, or coordinates, or wkt, to the \
             header row (its columns are: id, place)"
        );
        assert_eq!(
            error(&["lat", "lon"]),
            "no column says how far the sites reach: add radius_m (metres), or wkt, or give all rows \
             a radius with --radius"
        );
        assert_eq!(
            error(&["lat", "lon", "radius_m", "lower_m"]),
            "column `lower_m` bears on the height and is not read in a table: use lat, lon, radius_m, \
             lower and upper (as 120 m AGL), from and until; or rename it"
        );
        let header = ["lat", "lon", "radius_m", "Start date", "max lat", "beds"];
        let columns = Columns::new(header.map(str::to_owned).to_vec(), false).unwrap();
        let unread = [("Start date", Bearing::Time), ("max lat", Bearing::Place)];
        assert_eq!(columns.unread, unread.map(|(name, bearing)| (name.to_owned(), bearing)));
    }
}
