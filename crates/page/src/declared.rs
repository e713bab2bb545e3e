//! What was declared, and the overlaps that the host found.

use deconflict_api::page::{
    PageBand, PageConflict, PageDeclaration, PageHeight, PageShape, PageSide, PageStanding,
    PageWindow,
};
use deconflict_core::{
    Certainty, Conflict, ConflictId, ConflictState, Datum, Declaration, DeclarationId,
    DeclaredVolume, GridCell, Level, Place, Shape, Standing,
};
use deconflict_words::{PartyStand, Reader, agreement, found_summary, trimmed};

use crate::alarms::COLUMNS;
use crate::compose::moment;
use crate::dialogues::authority;

/// What is in force of what the reader may see.
pub(crate) fn declarations(reader: &Reader<'_>) -> Vec<PageDeclaration> {
    let all = reader.view.declarations.iter().filter(|(_, known)| known.ended.is_none());
    all.filter_map(|(id, known)| declaration(reader, *id, known)).collect()
}

fn declaration(
    reader: &Reader<'_>,
    id: DeclarationId,
    known: &Declaration,
) -> Option<PageDeclaration> {
    let volumes = known.declared.declared_volumes();
    let first = volumes.first()?;
    let from = volumes.iter().map(|volume| volume.from).min().flatten();
    let until = volumes.iter().map(|volume| volume.until);
    let until = until.reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b))).flatten();
    let unilateral = reader.view.unilateral_towards(known).contains(reader.party);
    let holders = reader.view.who_sees(known).into_iter().map(|party| party.to_string());
    let late = known.late().then(|| "LATE".to_owned());
    let unconfirmed = known.lapsed().then(|| "LAPSED".to_owned());
    Some(PageDeclaration {
        id: id.to_string(),
        kind: known.declared.kind().to_string(),
        owner: known.owner.to_string(),
        version: known.past.len() as u64 + 1,
        shape: shape(&volumes, first),
        band: Some(PageBand { from: height(first.lower), to: height(first.upper) }),
        window: PageWindow { from: moment(from.unwrap_or(known.at)), to: until.map(moment) },
        name: reader.name(known.declared.name()),
        authority: authority(known.authority.passed_on()),
        standing: standings(reader, known),
        unilateral_to_me: unilateral,
        tags: late.into_iter().chain(unconfirmed).collect(),
        holders: holders.collect(),
    })
}

/// Where it is: a movement's legs as one line, and else its first volume.
fn shape(volumes: &[DeclaredVolume], first: &DeclaredVolume) -> PageShape {
    let point = |place: &Place| [place.lon, place.lat];
    match &first.shape {
        Shape::Circle { center, radius_m } => {
            PageShape::Circle { center: point(center), radius_m: *radius_m }
        }
        Shape::Polygon { rings, .. } => {
            PageShape::Polygon { ring: rings.first().into_iter().flatten().map(point).collect() }
        }
        Shape::Corridor { path, half_width_m, .. } => {
            let mut line: Vec<[f64; 2]> = path.iter().map(point).collect();
            for leg in volumes.iter().skip(1) {
                if let Shape::Corridor { path, .. } = &leg.shape {
                    line.extend(path.iter().map(point));
                }
            }
            line.dedup();
            PageShape::Corridor { line, half_width_m: *half_width_m }
        }
    }
}

fn height(level: Level) -> PageHeight {
    match level {
        Level::At { m: 0.0, above: Datum::Agl } => {
            PageHeight { text: Some("SFC".to_owned()), m: None }
        }
        Level::At { m, above } => {
            let reference = match above {
                Datum::W84 => "W84",
                Datum::Amsl => "AMSL",
                Datum::Agl => "AGL",
                Datum::FlightLevel => "STD",
            };
            PageHeight {
                text: Some(format!("{} m {reference}", trimmed(m, 1))),
                m: (above == Datum::Amsl).then_some(m),
            }
        }
        Level::Unlimited => PageHeight { text: Some("UNL".to_owned()), m: None },
        Level::Unknown => PageHeight { text: None, m: None },
    }
}

/// How each party stands towards a zone; of anything else nobody is asked.
fn standings(reader: &Reader<'_>, known: &Declaration) -> Vec<PageStanding> {
    let one = |stand: PartyStand<'_>| {
        let point = match stand.standing? {
            Standing::Disputed { point, .. } => Some(point.clone()),
            _ => None,
        };
        Some(PageStanding { party: stand.party.to_string(), stands: stand.word.to_owned(), point })
    };
    agreement(reader, known).into_iter().filter_map(one).collect()
}

/// The overlaps that are open, and those that the reader's party was a side of.
pub(crate) fn conflicts(reader: &Reader<'_>) -> Vec<PageConflict> {
    let all = reader.view.conflicts.iter().filter(|(_, conflict)| conflict.closed.is_none());
    all.map(|(id, conflict)| one_conflict(reader, *id, conflict)).collect()
}

fn one_conflict(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> PageConflict {
    let state = match conflict.state() {
        ConflictState::Open | ConflictState::Notified if conflict.owner.is_none() => "open",
        ConflictState::Open | ConflictState::Owned | ConflictState::Notified => "owned",
        ConflictState::ContactMade => "contact",
        ConflictState::AcceptedRisk => "accepted",
        ConflictState::Resolved => "resolved",
        ConflictState::Expired => "expired",
    };
    let sides = conflict.sides.iter().zip(conflict.between).map(|(side, known)| match known {
        Some(id) => PageSide::Declaration(id.to_string()),
        None => PageSide::Hidden {
            handle: side.handle.to_string(),
            party: side.party.to_string(),
            kind: side.kind.to_string(),
        },
    });
    let other = conflict.other_side(reader.party).unwrap_or(reader.party);
    let possible = matches!(conflict.extent.certainty, Certainty::Possible(_));
    PageConflict {
        id: id.to_string(),
        state: state.to_owned(),
        owner: conflict.owner.as_ref().map(|(party, _)| party.to_string()),
        begins: moment(conflict.extent.from.unwrap_or(conflict.opened)),
        ends: conflict.extent.until.map(moment),
        sides: sides.collect(),
        cells: cells(reader, &conflict.extent.cells),
        certainty: if possible { "possible" } else { "certain" }.to_owned(),
        why: possible.then(|| found_summary(reader, conflict, COLUMNS)),
        call: reader.contact(other),
    }
}

/// West, south, east and north of each cell.
fn cells(reader: &Reader<'_>, all: &[GridCell]) -> Vec<[f64; 4]> {
    let rules = reader.view.charter.as_ref().map(|charter| &charter.rules);
    let Some(grid) = rules.and_then(|rules| rules.sharing_grid().ok()) else { return Vec::new() };
    let known = all.iter().filter_map(|cell| grid.cell(cell.level, cell.row, cell.column).ok());
    let one = |cell: deconflict_geometry::Cell| {
        let corners = cell.outline();
        let lon = corners.map(|corner| corner.lon_deg());
        let lat = corners.map(|corner| corner.lat_deg());
        let least = |of: [f64; 4]| of.into_iter().fold(f64::INFINITY, f64::min);
        let most = |of: [f64; 4]| of.into_iter().fold(f64::NEG_INFINITY, f64::max);
        [least(lon), least(lat), most(lon), most(lat)]
    };
    known.map(one).collect()
}
