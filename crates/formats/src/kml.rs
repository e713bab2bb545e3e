//! KML 2.2 (OGC 07-147r2) and KMZ.
//!
//! KML says where things are drawn, not what they are; heights, widths and times that it cannot say
//! stand in `ExtendedData` under the keys of `docs/formats.md`.
//!
//! **Edges.** The standard names no rule for the line between two vertices; Google Earth draws lines
//! that follow the ground (`tessellate`) and the sides of polygons along great circles, so they are
//! read as great-circle arcs unless `edges` says otherwise.
//!
//! *Architecture invariant*: what a file declares is read or refused, never skipped: a network link,
//! a model, a track or an image overlay is an error. Styles, views, photographs and tours are no
//! declarations.

mod archive;
mod label;
mod placemark;
mod shape;
#[cfg(test)]
mod tests;
mod write;
mod xml;

use crate::attributes;
use crate::document::{Document, Feature, Format, ReadError, SourcePlace};
use crate::reading::{ReadOptions, Reading};

use archive::Archive;
use label::Label;
use xml::{Element, Start, Token, Xml};

pub(crate) use write::{is_xml, write_kml, write_kmz};

/// The most placemarks in one file.
const MAX_FEATURES: usize = 1_000_000;

/// Elements that declare something that is not in the file or is no volume.
const REFUSED: [(&str, &str); 6] = [
    (
        "NetworkLink",
        "a network link points to content that is not in this file; fetch what it points to and check that file instead",
    ),
    (
        "NetworkLinkControl",
        "an update of another document is not read; apply it and export the result",
    ),
    (
        "GroundOverlay",
        "an image overlay has no boundary that can be compared; draw it as a polygon",
    ),
    ("Track", "a track is not a volume; draw it as a line with half_width_m and a time span"),
    ("MultiTrack", "a track is not a volume; draw it as a line with half_width_m and a time span"),
    ("Model", "a 3D model has no boundary that can be compared; draw it as a polygon"),
];

/// Reads KML.
///
/// # Errors
/// When the XML is not well-formed or is over a bound, and for each placemark that is not a valid
/// volume.
pub(crate) fn read_kml(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    read(bytes, Format::Kml, Reading::new(options))
}

/// Reads the main document of a KMZ archive: `doc.kml`, or the first file whose name ends in `.kml`
/// (OGC 07-147r2, annex C). Placemarks in its other documents, to which the main one may link, are a mistake.
///
/// # Errors
/// When the archive is broken, over a bound or without such a file, and as [`read_kml`].
pub(crate) fn read_kmz(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    let archive = Archive::open(bytes)
        .map_err(|what| vec![ReadError::new(SourcePlace::Whole, None, what)])?;
    let mut reading = Reading::new(options);
    for name in &archive.others {
        let what = format!(
            "the archive also holds `{}`, which may hold places and is not read: give each document a file of its own",
            attributes::clip(name)
        );
        reading.leave_out(ReadError::new(SourcePlace::Whole, None, what), None);
    }
    read(&archive.main, Format::Kmz, reading)
}

/// Reads KML that came as `format`.
fn read(bytes: &[u8], format: Format, reading: Reading) -> Result<Document, Vec<ReadError>> {
    let text = utf8(bytes).map_err(|e| vec![e])?;
    let mut reader = Reader { features: Vec::new(), placemarks: 0, label: None, reading };
    if let Err(fatal) = reader.document(&mut Xml::new(text)) {
        reader.reading.refuse(fatal);
    }
    reader.settle_label(false);
    reader.reading.finish(format, reader.features)
}

/// The text of the file.
fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let what = "the file is UTF-16; save it as UTF-8";
        return Err(ReadError::new(SourcePlace::Whole, None, what));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        xml::refused(
            line,
            format!("byte 0x{:02X} is not UTF-8; save the file as UTF-8", bytes[e.valid_up_to()]),
        )
    })
}

/// What has been read so far.
struct Reader {
    features: Vec<Feature>,
    placemarks: usize,
    /// A placemark that may be the label of the polygon that follows.
    label: Option<Label>,
    reading: Reading,
}

impl Reader {
    /// Reads the whole document.
    ///
    /// # Errors
    /// What makes reading on impossible.
    fn document(&mut self, xml: &mut Xml<'_>) -> Result<(), ReadError> {
        root(xml)?;
        // Whether each container that is open has a time of its own; the root has none.
        let mut timed = vec![false];
        while !timed.is_empty() {
            let start = match xml.next()? {
                Token::Open(start) => start,
                Token::Close | Token::End => {
                    timed.pop();
                    continue;
                }
                Token::Text(_) => continue,
            };
            match start.name.as_str() {
                "Document" | "Folder" => timed.push(false),
                "Placemark" => {
                    let element = xml.tree(start)?;
                    self.placemark(&element, timed.contains(&true))?;
                }
                "TimeSpan" | "TimeStamp" => {
                    if let Some(container) = timed.last_mut() {
                        *container = true;
                    }
                    xml.skip()?;
                }
                name => {
                    if let Some(why) = refusal(name) {
                        self.reading.leave_out(xml::refused(start.line, why.to_owned()), None);
                    }
                    self.step_over(xml, &start)?;
                }
            }
        }
        end(xml)
    }

    /// Steps over an element that declares nothing; where it holds what looks like a declaration, that is a
    /// mistake.
    ///
    /// # Errors
    /// What makes reading on impossible.
    fn step_over(&mut self, xml: &mut Xml<'_>, start: &Start<'_>) -> Result<(), ReadError> {
        let mut told = self.check_case(start);
        // A tour may change placemarks; those that it changes stand elsewhere.
        if start.name == "Tour" || refusal(&start.name).is_some() {
            return xml.skip();
        }
        let outer = attributes::clip(&start.name);
        // The point of a photograph is where it was taken.
        let is_view = start.name == "PhotoOverlay";
        let is_place = |name: &str| !is_view && name.eq_ignore_ascii_case("coordinates");
        let mut open = 1_usize;
        let mut inner = is_place(&start.name).then_some(start.line);
        while open > 0 {
            if let Some(line) = inner.take().filter(|_| !told) {
                told = true;
                let what = format!(
                    "coordinates in <{outer}>, which is not known to hold any; put them into a Placemark, or \
                     export the file again as KML 2.2"
                );
                self.reading.leave_out(xml::refused(line, what), None);
            }
            match xml.next()? {
                Token::Open(start) => {
                    open += 1;
                    if start.name == "Placemark" {
                        told = true;
                        let what = format!(
                            "a placemark in <{outer}>, which is not known to hold any; put it into a Folder"
                        );
                        self.reading.leave_out(xml::refused(start.line, what), None);
                    } else if let Some(why) = refusal(&start.name).filter(|_| !told && !is_view) {
                        told = true;
                        self.reading.leave_out(xml::refused(start.line, why.to_owned()), None);
                    }
                    told |= self.check_case(&start);
                    inner = is_place(&start.name).then_some(start.line);
                }
                Token::Close | Token::End => open -= 1,
                Token::Text(_) => {}
            }
        }
        Ok(())
    }

    /// Notes an element whose name is that of a placemark or container in another case: XML would
    /// have it stepped over. Whether it is one.
    fn check_case(&mut self, start: &Start<'_>) -> bool {
        let known = ["Placemark", "Document", "Folder"];
        let Some(known) =
            known.iter().find(|k| start.name.eq_ignore_ascii_case(k) && start.name != **k)
        else {
            return false;
        };
        let what = format!("<{}>: XML tells capitals apart; write <{known}>", start.name);
        self.reading.leave_out(xml::refused(start.line, what), None);
        true
    }

    /// Takes one placemark in; what is wrong with it alone is noted, and reading goes on.
    ///
    /// # Errors
    /// When there are too many.
    fn placemark(&mut self, element: &Element<'_>, in_timed: bool) -> Result<(), ReadError> {
        let line = element.start.line;
        self.placemarks += 1;
        if self.placemarks > MAX_FEATURES {
            let what = format!("more than {MAX_FEATURES} placemarks; split the file");
            return Err(xml::refused(line, what));
        }
        self.reading.at(SourcePlace::Line(line));
        let id = placemark::id(element, self.placemarks);
        if let Some(label) =
            Label::of(element, &id).filter(|_| !in_timed && !self.reading.gives_points())
        {
            self.settle_label(false);
            let of_last = self.features.last().is_some_and(|last| label.is_of(last));
            self.label = Some(label);
            if of_last {
                self.settle_label(true);
            }
            return Ok(());
        }
        if placemark::is_placeless(element) {
            self.reading.without_place(&id);
            return Ok(());
        }
        let taken = placemark::read(element, &id, in_timed, &mut self.reading).and_then(
            |(feature, number)| attributes::file_volume(&mut self.features, feature, number),
        );
        let last = self.features.last();
        let of_next = taken.is_ok()
            && self.label.as_ref().zip(last).is_some_and(|(label, last)| label.is_of(last));
        self.settle_label(of_next);
        if let Err(what) = taken {
            let mistake = ReadError::new(SourcePlace::Line(line), Some(&id), what);
            self.reading.leave_out(mistake, placemark::hull(element));
        }
        Ok(())
    }

    /// Passes over the label that waits, if it is one, or else notes that it is a point without an
    /// extent.
    fn settle_label(&mut self, is_one: bool) {
        let Some(label) = self.label.take() else { return };
        let place = SourcePlace::Line(label.line);
        if is_one {
            self.reading.at(place);
            self.reading.note("points that only carry the label of a polygon were passed over");
        } else {
            let mistake = ReadError::new(place, Some(&label.id), placemark::NO_EXTENT);
            self.reading.leave_out(mistake, None);
        }
    }
}

/// Steps into the root element.
///
/// # Errors
/// When it is not `kml`.
fn root(xml: &mut Xml<'_>) -> Result<(), ReadError> {
    loop {
        match xml.next()? {
            Token::Open(start) if start.name == "kml" => return Ok(()),
            Token::Open(start) => {
                let name = attributes::clip(&start.name);
                let what = format!("the root element is <{name}>, not <kml>; give a KML 2.2 file");
                return Err(xml::refused(start.line, what));
            }
            Token::Text(_) => {}
            Token::Close | Token::End => {
                let what = "there is no <kml> element in the file; give a KML 2.2 file";
                return Err(ReadError::new(SourcePlace::Whole, None, what));
            }
        }
    }
}

/// Comes to the end of the file behind the root element.
///
/// # Errors
/// When another document or a text follows: XML allows neither, and what they declare would be lost.
fn end(xml: &mut Xml<'_>) -> Result<(), ReadError> {
    // Some programs fill the last block of a file.
    let is_filler = |c: char| c.is_whitespace() || matches!(c, '\0' | '\u{FEFF}');
    loop {
        match xml.next()? {
            Token::Open(start) => {
                let name = attributes::clip(&start.name);
                let what = format!(
                    "<kml> ended before, and another element <{name}> begins here: give each document a file of its own"
                );
                return Err(xml::refused(start.line, what));
            }
            Token::Text(text) => {
                let text = text.trim_matches(is_filler);
                if !text.is_empty() {
                    let what = format!(
                        "<kml> ended before, and `{}` follows it: remove it, or give it a file of its own",
                        attributes::clip(text)
                    );
                    return Err(xml::refused(xml.line_here(), what));
                }
            }
            Token::Close | Token::End => return Ok(()),
        }
    }
}

/// Why an element of that name is not accepted, if it is not.
fn refusal(name: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, why)| *why)
}
