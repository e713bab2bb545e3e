//! Lists for those who declare from them: sites with every form of their coordinates, and plain tables.

use deconflict_geometry::Position;

use super::{Cell, List, MAX_COLUMNS, MAX_ROWS, no_header, rows, utf8};
use crate::document::{Document, Feature, Format, Omission, ReadError, ReadNote, SourcePlace};
use crate::reading::ReadOptions;

/// A site of a list, and how its coordinates are written.
#[derive(Clone, PartialEq, Debug)]
pub struct ListedSite {
    /// The site; it has one volume.
    pub feature: Feature,
    /// Every form in which its row writes where it is, in the order of the columns; those that have
    /// several agree within 50 m.
    pub forms: Vec<WrittenPlace>,
}

/// What a list of sites says.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteList {
    /// The sites, in the order of the rows.
    pub sites: Vec<ListedSite>,
    /// What was passed over or taken for granted, a kind at a time.
    pub notes: Vec<ReadNote>,
    /// The rows that were left out because they are mistaken.
    pub omissions: Vec<Omission>,
}

/// A place as a row writes it.
#[derive(Clone, PartialEq, Debug)]
pub struct WrittenPlace {
    /// As written.
    pub text: String,
    /// As read.
    pub position: Position,
}

/// A table as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// The cells of its first row, trimmed.
    pub header: Vec<String>,
    /// The rows after it that hold something.
    pub rows: Vec<TableRow>,
}

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRow {
    /// Its number as a spreadsheet counts, the header being row 1.
    pub number: usize,
    /// One cell for each column, trimmed; empty where the row says nothing.
    pub cells: Vec<String>,
}

/// Reads a site list in CSV with every form in which a row writes its coordinates.
///
/// # Errors
/// As [`super::read_csv`], and for a site of several volumes.
pub(crate) fn list_csv(bytes: &[u8], options: &ReadOptions) -> Result<SiteList, Vec<ReadError>> {
    super::csv(bytes, options)?.listed(Format::Csv)
}

impl List {
    /// The sites with their forms, if no row is bad.
    ///
    /// # Errors
    /// All bad rows.
    pub(super) fn listed(mut self, format: Format) -> Result<SiteList, Vec<ReadError>> {
        let mut sites = Vec::with_capacity(self.features.len());
        for (feature, forms) in self.features.into_iter().zip(self.forms) {
            if feature.volumes.len() > 1 {
                let what = "it has several volumes; give each a row and an identifier of its own";
                let mistake = ReadError::new(feature.place, Some(&feature.id), what);
                self.reading.leave_out(mistake, None);
            } else {
                sites.push(ListedSite { feature, forms });
            }
        }
        let Document { notes, omissions, .. } = self.reading.finish(format, Vec::new())?;
        Ok(SiteList { sites, notes, omissions })
    }
}

/// Reads a table in CSV.
///
/// # Errors
/// When the bytes are not UTF-8 or hold no row, a bound is exceeded, and for each bad row.
pub(crate) fn read_table(bytes: &[u8]) -> Result<Table, Vec<ReadError>> {
    let text = utf8(bytes).map_err(|e| vec![e])?;
    let (mut header, mut read, mut errors) = (None, Vec::new(), Vec::new());
    for (number, fields) in rows::Rows::new(text, rows::delimiter(text)) {
        let place = SourcePlace::Row(number);
        let fields = match fields {
            Ok(fields) if fields.iter().all(|field| field.trim().is_empty()) => continue,
            Ok(fields) => fields,
            Err(what) => {
                errors.push(ReadError::new(place, None, what));
                continue;
            }
        };
        let mut cells: Vec<String> = fields.iter().map(|f| Cell::of_csv(f).header()).collect();
        let Some(width) = header.as_ref().map(Vec::len) else {
            if cells.len() > MAX_COLUMNS {
                let what = format!("more than {MAX_COLUMNS} columns; remove those without use");
                return Err(vec![ReadError::new(place, None, what)]);
            }
            header = Some(cells);
            continue;
        };
        if cells.iter().skip(width).any(|cell| !cell.is_empty()) {
            let what =
                "it has more cells than the header has columns; quote cells that hold a comma";
            errors.push(ReadError::new(place, None, what));
            continue;
        }
        cells.resize(width, String::new());
        if read.len() == MAX_ROWS {
            let what = format!("more than {MAX_ROWS} rows; split the table");
            return Err(vec![ReadError::new(place, None, what)]);
        }
        read.push(TableRow { number, cells });
    }
    match header {
        _ if !errors.is_empty() => Err(errors),
        Some(header) => Ok(Table { header, rows: read }),
        None => Err(vec![no_header()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_site_carries_every_form_of_its_coordinates_as_written() {
        let list = "id,lat,lon,coordinates,radius_m,kind\n\
                    a,33.5,38.6,33°30′00″N 38°36′00″E,200,hospital\n\
                    b,33.6,38.7,,200,school\n";
        let sites = list_csv(list.as_bytes(), &ReadOptions::default()).unwrap().sites;
        let forms =
            |site: &ListedSite| site.forms.iter().map(|form| form.text.clone()).collect::<Vec<_>>();
        assert_eq!(forms(&sites[0]), ["33.5 38.6", "33°30′00″N 38°36′00″E"]);
        assert_eq!(sites[0].forms[0].position, sites[0].forms[1].position);
        assert_eq!(forms(&sites[1]), ["33.6 38.7"]);
    }

    #[test]
    fn a_site_of_several_volumes_is_no_row_of_a_list_of_sites() {
        let list = "id,volume,lat,lon,radius_m\na,1,33.5,38.6,200\na,2,33.6,38.6,200\n";
        let errors = list_csv(list.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert!(errors[0].to_string().contains("several volumes"), "{}", errors[0]);
    }

    #[test]
    fn a_table_is_read_as_it_stands_and_every_bad_row_is_named() {
        let table = read_table("a;b\n 1 ;\"2;3\"\n\n4\n".as_bytes()).unwrap();
        assert_eq!(table.header, ["a", "b"]);
        let row = |number, a: &str, b: &str| TableRow { number, cells: vec![a.into(), b.into()] };
        assert_eq!(table.rows, [row(2, "1", "2;3"), row(4, "4", "")]);
        let errors = read_table(b"a,b\n1,2,3\n1,\"2\n").unwrap_err();
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with("row 2: it has more cells"), "{told:?}");
        assert!(told[1].starts_with("row 3: "), "{told:?}");
        assert!(read_table(b"").is_err());
    }
}
