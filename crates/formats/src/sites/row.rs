//! One row of a site list.

use deconflict_geometry::{
    Band, Circle, EdgeRule, Footprint, Instant, Position, Rules, Volume, Window,
    distance_and_azimuth, gap,
};
use serde_json::Map;

use super::columns::{self, Columns, Role, is_bare_axis};
use super::wkt::{self, Wkt};
use super::{Cell, MAX_FORMS_APART_M, WrittenPlace};
use crate::attributes;
use crate::coordinates;
use crate::document::{Feature, SourcePlace, Text};
use crate::drawn::{self, Figure};
use crate::reading::{ReadOptions, Reading};
use crate::sizes::{self, Reach};
use crate::time::{self, Edge};

/// A row and what its columns mean.
pub(super) struct Row<'a> {
    columns: &'a Columns,
    cells: &'a [Cell],
    decimal_commas: bool,
}

/// A position and the columns that it is from.
struct Form {
    header: String,
    text: String,
    position: Position,
}

impl<'a> Row<'a> {
    /// A row under these columns.
    pub(super) fn new(columns: &'a Columns, cells: &'a [Cell], decimal_commas: bool) -> Row<'a> {
        Row { columns, cells, decimal_commas }
    }

    /// The cells that hold something, with their columns.
    fn filled(&self) -> impl Iterator<Item = (&'a Role, &'a str, &'a Cell)> {
        let columns = self.columns.all.iter().zip(self.cells);
        columns
            .filter(|(_, cell)| **cell != Cell::Empty)
            .map(|((role, header), cell)| (role, header.as_str(), cell))
    }

    /// The text of the column of that role.
    fn get(&self, role: &Role) -> Option<&'a str> {
        self.filled().find(|(r, ..)| *r == role).and_then(|(.., cell)| text(cell))
    }

    /// Whether the row has an identifier of its own.
    pub(super) fn declares_id(&self) -> bool {
        self.get(&Role::Id).is_some()
    }

    /// The identifier of the `ordinal`th row: its own, the first name or `feature N`.
    pub(super) fn id(&self, ordinal: usize) -> String {
        let names = self.filled().filter(|(role, ..)| matches!(role, Role::Name(_)));
        let name = || names.map(|(.., cell)| cell).find_map(text);
        self.get(&Role::Id)
            .or_else(name)
            .map_or_else(|| format!("feature {ordinal}"), str::to_owned)
    }

    /// The row as a feature, and the number of its volume within that feature.
    ///
    /// # Errors
    /// When the row is no valid site; the error says what to do.
    pub(super) fn feature(
        &self,
        id: &str,
        number: usize,
        reading: &mut Reading,
    ) -> Result<(Feature, usize), String> {
        for (role, header, cell) in self.filled() {
            check_cell(role, &attributes::clip(header), cell)?;
        }
        let volume_number = self.get(&Role::Volume).map_or(Ok(1), attributes::volume_number)?;
        let footprint = self.footprint(reading)?;
        let read = match footprint {
            Footprint::Circle(_) => Some(Reach::Radius),
            Footprint::Corridor(_) => Some(Reach::HalfWidth),
            Footprint::Polygons(_) => None,
        };
        let volume = Volume {
            footprint,
            band: attributes::band(self.get(&Role::Lower), self.get(&Role::Upper))?,
            window: self.window()?,
        };
        let mut names = Vec::new();
        let mut properties = Map::new();
        for (role, header, cell) in self.filled() {
            let Some(text) = text(cell) else { continue };
            match role {
                Role::Name(lang) => names.push(Text { text: text.to_owned(), lang: lang.clone() }),
                Role::Property => {
                    match self.size_of(header) {
                        Some((reach, _)) if read.is_some_and(|read| reach.is_of(read)) => continue,
                        Some(_) => reading.note(&format!(
                            "the column `{}` was not read; it may bear on the place",
                            attributes::clip(header)
                        )),
                        None => {}
                    }
                    let drawn = drawn::of_text(text).filter(|_| !header.starts_with("json:"));
                    if drawn.is_some() {
                        drawn::check_beside(
                            [(header, drawn)],
                            std::slice::from_ref(&volume),
                            "give it as well-known text in a column wkt and leave the radius empty",
                        )?;
                        reading.note(&format!(
                            "the column `{}` draws a shape and was not read",
                            attributes::clip(header)
                        ));
                    }
                    let (key, value) = attributes::property(header, text)?;
                    if properties.insert(key, value).is_some() {
                        let header = attributes::clip(header);
                        return Err(format!("`{header}` is given twice; keep one"));
                    }
                }
                _ => {}
            }
        }
        let feature = Feature {
            id: id.to_owned(),
            names,
            kind: self.get(&Role::Kind).unwrap_or_default().to_owned(),
            volume_kinds: self.get(&Role::VolumeKind).map(str::to_owned).into_iter().collect(),
            volumes: vec![volume],
            place: SourcePlace::Row(number),
            properties,
        };
        Ok((feature, volume_number))
    }

    /// A volume that the site cannot reach beyond, whatever else is wrong with its row; `None` where its
    /// place is not certain.
    pub(super) fn hull(&self) -> Option<Volume> {
        let is_certain =
            self.filled().all(|(role, header, cell)| check_cell(role, header, cell).is_ok());
        let footprint = self.footprint(&mut Reading::new(&ReadOptions::default())).ok()?;
        // A shape in another column may be the one that is meant.
        let shape = |(role, _, cell): (&Role, &str, &Cell)| {
            *role == Role::Property && text(cell).and_then(drawn::of_text) == Some(Figure::Shape)
        };
        (is_certain && !self.filled().any(shape)).then_some(Volume {
            footprint,
            band: Band::UNKNOWN,
            window: Window::ALWAYS,
        })
    }

    /// Where the site is.
    fn footprint(&self, reading: &mut Reading) -> Result<Footprint, String> {
        let mut forms = self.forms()?;
        if self.get(&Role::Wkt).is_none() && self.get(&Role::Residual).is_some() {
            return Err("residual_m belongs to a polygon in wkt; remove it".to_owned());
        }
        if self.has_metres() {
            reading.note(
                "`X` and `Y` hold no degrees, perhaps metres of a projection, and were not read: the \
                 position stands in other columns too",
            );
        }
        let drawn = self.get(&Role::Wkt).map(wkt::parse).transpose()?;
        let drawn_line = matches!(drawn, Some(Wkt::Line(_)));
        let drawn_outline = matches!(drawn, Some(Wkt::Polygons(_)));
        let radius_m =
            self.size(Role::Radius, (!drawn_line && !drawn_outline).then_some(Reach::Radius))?;
        let half_width_m = self.size(Role::HalfWidth, drawn_line.then_some(Reach::HalfWidth))?;
        let rule = self.get(&Role::Edges).map_or(Ok(EdgeRule::LonLat), attributes::edge_rule)?;
        let (shape, extent_m) = match drawn {
            Some(Wkt::Polygons(polygons)) => {
                let residual_m = self.get(&Role::Residual).map_or(Ok(0.0), attributes::residual)?;
                let polygons: Result<Vec<_>, String> = polygons
                    .into_iter()
                    .map(|p| attributes::polygon(p, rule, residual_m, reading))
                    .collect();
                (Footprint::Polygons(polygons?), radius_m.or(half_width_m))
            }
            Some(Wkt::Line(path)) => {
                let half_width_m = half_width_m
                    .ok_or("a line has no width; fill in half_width_m (metres on each side)")?;
                (attributes::corridor(path, half_width_m, rule, reading)?, radius_m)
            }
            Some(Wkt::Point(position)) => {
                let text = self.get(&Role::Wkt).unwrap_or_default().to_owned();
                forms.push(Form { header: "wkt".to_owned(), text, position });
                return circle(&forms, radius_m, half_width_m, reading);
            }
            None => return circle(&forms, radius_m, half_width_m, reading),
        };
        let is_outline = matches!(shape, Footprint::Polygons(_));
        if !is_outline && self.get(&Role::Residual).is_some() {
            return Err("residual_m belongs to a polygon in wkt; remove it".to_owned());
        }
        if extent_m.is_some() {
            return Err("both a shape and a radius or another width are given; keep one".to_owned());
        }
        for form in &forms {
            agrees_with_shape(form, &shape)?;
        }
        Ok(shape)
    }

    /// Whether the columns of a bare `x` and `y` hold no degrees, and the position stands in others too:
    /// mapping programs write metres of their projection there.
    fn has_metres(&self) -> bool {
        let mut metres = false;
        let mut degrees = false;
        for (role, header, cell) in self.filled() {
            let axis = matches!(role, Role::Latitude | Role::Longitude);
            if axis && is_bare_axis(header) {
                let number = text(cell).and_then(|text| text.replace(',', ".").parse::<f64>().ok());
                metres |= number.is_some_and(|n| coordinates::no_degrees(n, 0.0).is_some());
            } else {
                degrees |= axis || matches!(role, Role::Coordinates | Role::Wkt);
            }
        }
        metres && degrees
    }

    /// All forms in which the row gives its position.
    fn forms(&self) -> Result<Vec<Form>, String> {
        let cells = |role: Role| {
            let columns = self.columns.all.iter().enumerate().filter(move |(_, (r, _))| *r == role);
            columns.map(|(i, (_, header))| (header, self.cells.get(i).and_then(text)))
        };
        let mut forms = Vec::new();
        let metres = self.has_metres();
        let pairs = pairs(cells(Role::Latitude).collect(), cells(Role::Longitude).collect());
        for ((lat_header, lat), (lon_header, lon)) in pairs {
            if metres && is_bare_axis(lat_header) && is_bare_axis(lon_header) {
                continue;
            }
            let (lat, lon) = match (lat, lon) {
                (None, None) => continue,
                (Some(lat), Some(lon)) => (lat, lon),
                _ => {
                    return Err(format!(
                        "only one of `{}` and `{}` is filled in; fill in both",
                        attributes::clip(lat_header),
                        attributes::clip(lon_header)
                    ));
                }
            };
            let (header, text) = (format!("{lat_header}/{lon_header}"), format!("{lat} {lon}"));
            let (lat, lon) =
                (coordinates::parse_latitude(lat)?, coordinates::parse_longitude(lon)?);
            forms.push(Form { header, text, position: coordinates::position(lat, lon)? });
        }
        for (header, text) in cells(Role::Coordinates) {
            if let Some(text) = text {
                let position = coordinates::parse_position(text)?;
                forms.push(Form { header: header.clone(), text: text.to_owned(), position });
            }
        }
        Ok(forms)
    }

    /// The coordinates as written, in each form that the row gives; of a row that was read.
    pub(super) fn written(&self) -> Vec<WrittenPlace> {
        let forms = self.forms().unwrap_or_default().into_iter();
        forms.map(|form| WrittenPlace { text: form.text, position: form.position }).collect()
    }

    /// Whether the row itself writes its position with decimal commas.
    fn has_decimal_commas(&self) -> bool {
        self.filled().any(|(role, _, cell)| match role {
            Role::Latitude | Role::Longitude => text(cell).is_some_and(|text| text.contains(',')),
            Role::Coordinates => {
                text(cell).is_some_and(|text| text.contains(';') && text.contains(','))
            }
            _ => false,
        })
    }

    /// What the property under a header is of, if it is a size in another unit.
    fn size_of(&self, header: &str) -> Option<(Reach, f64)> {
        if self.columns.has_sizes { columns::size(header) } else { None }
    }

    /// The size, in metres, in the column of that role, or in those of `of` that say another unit.
    fn size(&self, role: Role, of: Option<Reach>) -> Result<Option<f64>, String> {
        let key = if role == Role::Radius { "radius_m" } else { "half_width_m" };
        let decimal_commas = self.decimal_commas || self.has_decimal_commas();
        let given = self.filled().filter_map(|(r, header, cell)| {
            let unit_m = match self.size_of(header) {
                _ if *r == role => 1.0,
                Some((reach, unit_m)) if *r == Role::Property && reach.is_of(of?) => unit_m,
                _ => return None,
            };
            // Only a text is written in one of two ways.
            let commas = decimal_commas && matches!(cell, Cell::Text(_));
            let text = text(cell)?;
            if *r == role {
                return Some((key, attributes::metres(key, text, commas)));
            }
            let number =
                attributes::decimal(text, commas, "a number; its unit stands in the header");
            let number = number.map_err(|why| {
                format!("{} `{}`: {why}", attributes::clip(header), attributes::clip(text))
            });
            Some((header, number.map(|number| number * unit_m)))
        });
        sizes::agreed(given)
    }

    /// When the site is in force.
    fn window(&self) -> Result<Window, String> {
        let cell = |wanted: fn(&Role) -> Option<bool>| {
            self.filled().find_map(|(role, header, cell)| Some((wanted(role)?, header, cell)))
        };
        let from = cell(|role| if let Role::From { utc } = role { Some(*utc) } else { None });
        let until = cell(|role| if let Role::Until { utc } = role { Some(*utc) } else { None });
        for (utc, header, cell) in [from, until].into_iter().flatten() {
            if let (false, Cell::Moment(moment)) = (utc, cell) {
                return Err(format!(
                    "`{header}` {} is a date cell, which has no time zone; write a text such as \
                     2026-05-18T09:30:00Z, or name the column `{header}_utc` if it is in UTC",
                    moment.text
                ));
            }
        }
        let utc = [from, until].into_iter().flatten().any(|(utc, ..)| utc);
        let show = |found: Option<(bool, &str, &'a Cell)>| found.and_then(|(.., cell)| text(cell));
        let read =
            |text: &str, edge| if utc { utc_instant(text, edge) } else { time::parse(text, edge) };
        let window = attributes::window(show(from), show(until), read)?;
        let part_time =
            self.get(&Role::PartTime).map_or(Ok(false), |t| attributes::yes("part_time", t))?;
        Ok(if part_time { window.part_time() } else { window })
    }
}

/// Latitudes and longitudes in pairs: `y` with `x`, else the nth with the nth.
fn pairs<'a, T: Copy>(lats: Vec<(&'a String, T)>, lons: Vec<(&'a String, T)>) -> Pairs<'a, T> {
    let apart = |columns: Vec<(&'a String, T)>| -> (Vec<_>, Vec<_>) {
        columns.into_iter().partition(|(header, _)| is_bare_axis(header))
    };
    let ((bare_lats, lats), (bare_lons, lons)) = (apart(lats), apart(lons));
    if bare_lats.len() == bare_lons.len() {
        return bare_lats.into_iter().zip(bare_lons).chain(lats.into_iter().zip(lons)).collect();
    }
    let (lats, lons) = ([bare_lats, lats].concat(), [bare_lons, lons].concat());
    lats.into_iter().zip(lons).collect()
}

/// Headers and what stands under them, of a latitude and its longitude.
type Pairs<'a, T> = Vec<((&'a String, T), (&'a String, T))>;

/// Checks that a cell is of a kind that its column takes: only times and plain properties are taken
/// from a date, time or duration cell.
///
/// # Errors
/// When it is not, or is a spreadsheet error.
fn check_cell(role: &Role, header: &str, cell: &Cell) -> Result<(), String> {
    let moment = match cell {
        Cell::Error(error) => {
            return Err(format!("`{header}` holds the spreadsheet error {error}; correct it"));
        }
        Cell::Moment(moment) => moment,
        Cell::Number(number) if number.is_plain() => return Ok(()),
        Cell::Number(number) => {
            let units = columns::units_of(role, header);
            return units.map_or(Ok(()), |units| number.check(header, &units));
        }
        Cell::Empty | Cell::Text(_) => return Ok(()),
    };
    let example = match role {
        Role::Property => return Ok(()),
        Role::From { .. } | Role::Until { .. } => {
            return moment.lacks.map_or(Ok(()), |lacks| {
                Err(format!(
                    "`{header}` {} is a cell of the format {}, {lacks}: format it as \
                     yyyy-mm-dd hh:mm, or write a text such as 2026-05-18T09:30:00Z",
                    moment.text, moment.format
                ))
            });
        }
        Role::Latitude => ", such as 33.5062 or 33°30′22.3″N",
        Role::Longitude => ", such as 38.6166 or 38°37′00″E",
        Role::Coordinates => ", such as 33.5062, 38.6166",
        Role::Radius | Role::HalfWidth | Role::Residual => ", in metres, such as 500",
        Role::Lower | Role::Upper => ", such as 120 m AGL",
        _ => "",
    };
    Err(moment.misplaced(header, example))
}

/// What a cell shows, if it is not an error.
fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Number(number) => Some(&number.text),
        Cell::Moment(moment) => Some(&moment.text),
        Cell::Empty | Cell::Error(_) => None,
    }
}

/// The circle around a position whose forms agree.
fn circle(
    forms: &[Form],
    radius_m: Option<f64>,
    half_width_m: Option<f64>,
    reading: &mut Reading,
) -> Result<Footprint, String> {
    let [first, others @ ..] = forms else {
        return Err("it has no position; fill in lat and lon, coordinates or wkt".to_owned());
    };
    for other in others {
        let (apart_m, _) = distance_and_azimuth(first.position, other.position);
        if apart_m > MAX_FORMS_APART_M {
            return Err(format!(
                "its positions disagree: `{}` says {}, `{}` says {}, {apart_m:.0} m apart (at most \
                 {MAX_FORMS_APART_M} m are allowed); correct the wrong one",
                first.header, first.position, other.header, other.position
            ));
        }
    }
    if half_width_m.is_some() {
        return Err("half_width_m belongs to a line in wkt; give radius_m instead".to_owned());
    }
    let radius_m = radius_m.or_else(|| reading.row_radius_m()).ok_or(
        "it has no extent; fill in radius_m (metres), or give all such rows one with --radius",
    )?;
    Circle::new(first.position, radius_m).map(Footprint::Circle).map_err(|e| e.to_string())
}

/// Checks that a position lies in or near the shape that the row draws.
fn agrees_with_shape(form: &Form, shape: &Footprint) -> Result<(), String> {
    let always = |footprint| Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS };
    let here = Circle::new(form.position, 1.0).map_err(|e| e.to_string())?;
    let here = always(Footprint::Circle(here));
    let apart_m = gap(&here, &always(shape.clone()), &Rules::default()).horizontal_m;
    if apart_m <= MAX_FORMS_APART_M {
        Ok(())
    } else {
        Err(format!(
            "its positions disagree: `{}` says {}, {apart_m:.0} m from the shape in wkt (at most \
             {MAX_FORMS_APART_M} m are allowed); correct the wrong one",
            form.header, form.position
        ))
    }
}

/// An instant in a column that is said to be in UTC: with an offset all the same, without one, or
/// a whole day.
fn utc_instant(text: &str, edge: Edge) -> Result<Option<Instant>, String> {
    if !text.contains(':') {
        return attributes::instant(text, edge);
    }
    time::parse(text, edge).or_else(|why| {
        let seconds = if text.trim().len() == "2026-05-18T09:30".len() { ":00" } else { "" };
        time::parse(&format!("{}{seconds}Z", text.trim()), edge).map_err(|_| why)
    })
}
