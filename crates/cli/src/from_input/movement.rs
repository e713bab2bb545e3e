//! Movements by flags or from a table of waypoints.

use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{
    ArmedPresence, DeclarationContent, Level, Movement, Place, Time, Vehicle, Waypoint,
};
use deconflict_formats::{Table, TableRow, position, read_table};
use deconflict_words::printable;

use super::item::{Item, parse_level, parse_text, texts};
use crate::input::bytes_of;
use crate::options::words;
use crate::outcome::Failure;
use crate::text::{parse_from, parse_metres, parse_until, shown};

/// A movement.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfMovement {
    /// Its name, in one or more languages (may be repeated)
    #[arg(long, value_name = "[LANG=]TEXT", value_parser = parse_text, required = true)]
    pub(crate) name: Vec<(String, String)>,
    /// A place on its way and when it arrives there, in order: "33.50, 38.61 @ FROM/UNTIL", both RFC
    /// 3339; at the first place, when it departs (may be repeated)
    #[arg(long, value_name = "PLACE @ FROM/UNTIL", value_parser = parse_waypoint, allow_hyphen_values = true)]
    pub(crate) waypoint: Vec<Waypoint>,
    /// The same as a table in CSV, with the columns lat and lon (or coordinates), from and until
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "waypoint",
        required_unless_present = "waypoint"
    )]
    pub(crate) waypoints: Option<PathBuf>,
    /// How far to either side of the line between its waypoints it may go, such as 500m
    #[arg(long, value_name = "LENGTH", value_parser = parse_metres)]
    pub(crate) half_width: f64,
    /// Up to which height it is to be kept clear, such as "300 m AGL"; else not declared
    #[arg(long, value_name = "HEIGHT", value_parser = parse_level)]
    pub(crate) upper: Option<Level>,
    /// A vehicle or vessel: "KIND; PLATE; MARKINGS" (may be repeated)
    #[arg(long, value_name = "KIND; PLATE; MARKINGS", value_parser = parse_vehicle)]
    pub(crate) vehicle: Vec<Vehicle>,
    /// The same as a table in CSV, with the columns kind, plate and markings
    #[arg(long, value_name = "FILE", conflicts_with = "vehicle")]
    pub(crate) vehicles: Option<PathBuf>,
    /// Whether armed people come along
    #[arg(long, value_enum)]
    pub(crate) armed_escort: ArmedPresence,
    /// It is an emergency, for which the shorter lead time is asked
    #[arg(long)]
    pub(crate) emergency: bool,
    /// Whom to call about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) contact: String,
    /// Where it is being hit, tell that to those alone whom it is shared with: else all others are told the cells of the
    /// sharing grid that it lies in
    #[arg(long)]
    pub(crate) hit_only_to_holders: bool,
}

impl OfMovement {
    /// The movement that is meant.
    pub(crate) fn item(&self) -> Result<Item, Failure> {
        let waypoints = match &self.waypoints {
            Some(path) => of_rows(path, waypoint_of)?,
            None => self.waypoint.clone(),
        };
        let vehicles = match &self.vehicles {
            Some(path) => of_rows(path, vehicle_of)?,
            None => self.vehicle.clone(),
        };
        let declared = DeclarationContent::Movement(Movement {
            name: texts(&self.name).map_err(|why| format!("--name: {why}"))?,
            waypoints,
            half_width_m: self.half_width,
            upper: self.upper.unwrap_or(Level::Unknown),
            vehicles,
            armed_escort: self.armed_escort,
            emergency: self.emergency,
            contact: self.contact.clone(),
            hit_only_to_holders: self.hit_only_to_holders,
        });
        let faulty = |fault| format!("the movement: {}", words().declared_fault(&fault));
        declared.check().map_err(faulty)?;
        Ok(Item { from: "the movement".into(), declared })
    }
}

/// Reads `33.50, 38.61 @ 2017-06-06T06:00:00Z/2017-06-06T06:30:00Z`.
pub(crate) fn parse_waypoint(text: &str) -> Result<Waypoint, String> {
    let split = text.split_once('@').and_then(|(place, when)| Some((place, when.split_once('/')?)));
    let Some((place, (from, until))) = split else {
        return Err("must be a place and a window, such as \"33.50, 38.61 @ 2017-06-06T06:00:00Z/\
                    2017-06-06T06:30:00Z\""
            .into());
    };
    waypoint(place, from, until)
}

fn waypoint(place: &str, from: &str, until: &str) -> Result<Waypoint, String> {
    let time = |text: &str, read: fn(&str) -> Result<_, String>| {
        read(text.trim()).map(Time).map_err(|why| format!("`{}`: {why}", printable(text.trim())))
    };
    Ok(Waypoint {
        place: Place::from(position(place)?),
        from: time(from, parse_from)?,
        until: time(until, parse_until)?,
    })
}

/// Reads `truck, white; 123-456; red cross on the roof`.
pub(crate) fn parse_vehicle(text: &str) -> Result<Vehicle, String> {
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    match parts[..] {
        [kind, plate, markings] if !kind.is_empty() => Ok(Vehicle {
            kind: kind.to_owned(),
            plate: plate.to_owned(),
            markings: markings.to_owned(),
        }),
        _ => {
            Err("must be what it is, its plate and its markings with semicolons between, such as \
                  \"truck, white; 123-456; red cross on the roof\""
                .into())
        }
    }
}

/// A row by the names of its columns.
struct NamedRow<'a> {
    table: &'a Table,
    row: &'a TableRow,
}

impl NamedRow<'_> {
    /// The cell under one of these headers; empty where there is none.
    fn get(&self, headers: &[&str]) -> &str {
        let is = |header: &String| headers.contains(&header.to_lowercase().as_str());
        let column = self.table.header.iter().position(is);
        column.map_or("", |column| self.row.cells[column].as_str())
    }
}

fn waypoint_of(row: &NamedRow<'_>) -> Result<Waypoint, String> {
    let (lat, lon) = (row.get(&["lat", "latitude"]), row.get(&["lon", "longitude"]));
    let place = match row.get(&["coordinates", "place"]) {
        "" => format!("{lat} {lon}"),
        place if lat.is_empty() && lon.is_empty() => place.to_owned(),
        _ => return Err("both coordinates and lat and lon are filled in: keep one".into()),
    };
    waypoint(&place, row.get(&["from", "from_utc"]), row.get(&["until", "until_utc"]))
}

fn vehicle_of(row: &NamedRow<'_>) -> Result<Vehicle, String> {
    let kind = row.get(&["kind", "type"]);
    if kind.is_empty() {
        return Err("kind is empty: say what the vehicle is".into());
    }
    Ok(Vehicle {
        kind: kind.to_owned(),
        plate: row.get(&["plate"]).to_owned(),
        markings: row.get(&["markings"]).to_owned(),
    })
}

/// Reads every row of a table, or says what is wrong with each that is.
fn of_rows<T>(
    path: &Path,
    read: impl Fn(&NamedRow<'_>) -> Result<T, String>,
) -> Result<Vec<T>, Failure> {
    let name = shown(path);
    let table = read_table(&bytes_of(path)?).map_err(|errors| {
        errors.iter().map(|e| printable(&format!("{name}: {e}"))).collect::<Vec<_>>()
    })?;
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for row in &table.rows {
        match read(&NamedRow { table: &table, row }) {
            Ok(one) => all.push(one),
            Err(why) => faults.push(printable(&format!("{name}: row {}: {why}", row.number))),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convoy(waypoints: &str, vehicles: &str) -> Result<DeclarationContent, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let movement = OfMovement {
            name: vec![("en".into(), "Convoy".into())],
            waypoint: vec![],
            waypoints: file("waypoints.csv", waypoints),
            half_width: 500.0,
            upper: None,
            vehicle: vec![],
            vehicles: file("vehicles.csv", vehicles),
            armed_escort: ArmedPresence::Unknown,
            emergency: false,
            contact: "+000".into(),
            hit_only_to_holders: false,
        };
        movement.item().map(|item| item.declared).map_err(|failure| failure.lines)
    }

    const WAY: &str = "lat,lon,from,until\n\
                       33.5,38.6,2017-06-06T06:00:00Z,2017-06-06T06:30:00Z\n\
                       33.6,38.9,2017-06-06T08:00:00+00:00,2017-06-06T09:00:00Z\n";

    #[test]
    fn a_movement_is_read_from_its_tables() {
        let vehicles =
            "kind,plate,markings\n\"truck, white\",123-456,red cross on the roof\nbus,,\n";
        let DeclarationContent::Movement(read) = convoy(WAY, vehicles).unwrap() else {
            panic!("a movement")
        };
        assert_eq!(read.waypoints.len(), 2);
        assert_eq!(read.waypoints[1].from.to_string(), "2017-06-06T08:00:00Z");
        assert_eq!(read.vehicles[0].kind, "truck, white");
        assert_eq!(
            parse_waypoint("33.5, 38.6 @ 2017-06-06T06:00:00Z/2017-06-06T06:30:00Z").unwrap(),
            read.waypoints[0]
        );
        assert_eq!(
            parse_vehicle("truck, white; 123-456; red cross on the roof").unwrap(),
            read.vehicles[0]
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_and_nothing_is_declared() {
        let bad =
            WAY.replace("38.9,2017-06-06T08:00:00+00:00", "38.9,soon").replace("33.5,", "99.5,");
        let faults = convoy(&bad, "kind\n").unwrap_err();
        assert!(faults[0].contains("row 2") && faults[0].contains("99.5"), "{faults:?}");
        assert!(faults[1].contains("row 3: `soon`: must be an instant"), "{faults:?}");
        let one =
            convoy(&WAY.lines().take(2).collect::<Vec<_>>().join("\n"), "kind\n").unwrap_err();
        assert!(one[0].contains("two or more"), "{one:?}");
    }
}
