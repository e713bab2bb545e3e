//! Well-known text (OGC 06-103r4, section 7): POINT, LINESTRING, POLYGON and MULTIPOLYGON in
//! longitude and latitude.

use deconflict_geometry::Position;

use crate::attributes::clip;
use crate::coordinates;

/// What a well-known text draws.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Wkt {
    /// A point.
    Point(Position),
    /// A line.
    Line(Vec<Position>),
    /// Polygons, each with its rings, the outer one first.
    Polygons(Vec<Vec<Vec<Position>>>),
}

/// The part of the text that is not read yet.
struct Rest<'a> {
    text: &'a str,
}

/// Reads well-known text.
///
/// # Errors
/// When it is malformed, of another type, has heights or measures, or another reference system than
/// longitude and latitude on WGS84.
pub(super) fn parse(text: &str) -> Result<Wkt, String> {
    let read = || {
        let mut rest = Rest { text: without_srid(text.trim())? };
        let wkt = match rest.word().as_str() {
            "POINT" => Wkt::Point(rest.point()?),
            "LINESTRING" => Wkt::Line(rest.positions()?),
            "POLYGON" => Wkt::Polygons(vec![rest.polygon()?]),
            "MULTIPOLYGON" => Wkt::Polygons(rest.list(Rest::polygon)?),
            _ => return Err("write POINT, LINESTRING, POLYGON or MULTIPOLYGON".to_owned()),
        };
        match rest.text.trim_start() {
            "" => Ok(wkt),
            more => Err(format!("`{}` stands after its end; remove it", clip(more))),
        }
    };
    read().map_err(|why| format!("well-known text `{}`: {why}", clip(text)))
}

/// The text after `SRID=4326;`.
fn without_srid(text: &str) -> Result<&str, String> {
    match text.split_once(';') {
        None => Ok(text),
        Some((srid, rest)) if srid.trim().eq_ignore_ascii_case("SRID=4326") => Ok(rest),
        Some((srid, _)) => {
            Err(format!("reference system `{}` is not read; convert it to WGS84", clip(srid)))
        }
    }
}

impl Rest<'_> {
    /// The next word in capitals.
    fn word(&mut self) -> String {
        let text = self.text.trim_start();
        let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at(length);
        self.text = rest;
        word.chars().take(40).collect::<String>().to_ascii_uppercase()
    }

    /// Steps over `c`, if it is next.
    fn take(&mut self, c: char) -> bool {
        match self.text.trim_start().strip_prefix(c) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over the bracket that opens a list.
    fn open(&mut self) -> Result<(), String> {
        if self.take('(') {
            return Ok(());
        }
        Err(match self.word().as_str() {
            "EMPTY" => "it is empty; draw it or remove it".to_owned(),
            "Z" | "M" | "ZM" => {
                "heights are not read from it; give them as columns lower and upper".to_owned()
            }
            _ => "a bracket is missing; write it like POLYGON ((38 33, 39 33, 39 34, 38 33))"
                .to_owned(),
        })
    }

    /// A list in brackets, its items divided by commas.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.open()?;
        let mut items = vec![item(self)?];
        while self.take(',') {
            items.push(item(self)?);
        }
        if self.take(')') {
            Ok(items)
        } else {
            Err(format!("`{}` where a comma or `)` should be", clip(self.text)))
        }
    }

    /// One position in brackets.
    fn point(&mut self) -> Result<Position, String> {
        match self.positions()?.as_slice() {
            [position] => Ok(*position),
            _ => Err("a point has one position".to_owned()),
        }
    }

    /// Positions in brackets.
    fn positions(&mut self) -> Result<Vec<Position>, String> {
        self.list(Rest::position)
    }

    /// The rings of a polygon in brackets.
    fn polygon(&mut self) -> Result<Vec<Vec<Position>>, String> {
        self.list(|rest| {
            let ring = rest.positions()?;
            match (ring.first(), ring.last()) {
                (Some(first), Some(last)) if first != last => Err(format!(
                    "a ring is not closed: it begins at {first} and ends at {last}; repeat the \
                     first position at the end"
                )),
                _ => Ok(ring),
            }
        })
    }

    /// One longitude and latitude.
    fn position(&mut self) -> Result<Position, String> {
        let (lon, lat) = (self.number()?, self.number()?);
        if self.text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        {
            return Err(
                "heights are not read from it; give them as columns lower and upper".to_owned()
            );
        }
        coordinates::position(lat, lon)
    }

    /// One number.
    fn number(&mut self) -> Result<f64, String> {
        let text = self.text.trim_start();
        let end = text.find(|c: char| c.is_whitespace() || "(),".contains(c)).unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        self.text = rest;
        let refused = || format!("`{}` is not a number; write longitude latitude", clip(number));
        number.parse().map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    #[test]
    fn all_four_types_are_read() {
        let ring = vec![at(33.0, 38.0), at(33.0, 39.0), at(34.0, 39.0), at(33.0, 38.0)];
        for (text, expected) in [
            ("POINT(38 33)", Wkt::Point(at(33.0, 38.0))),
            ("srid=4326; point ( 38.0   33 )", Wkt::Point(at(33.0, 38.0))),
            ("LINESTRING (38 33, 39 33)", Wkt::Line(vec![at(33.0, 38.0), at(33.0, 39.0)])),
            ("POLYGON ((38 33, 39 33, 39 34, 38 33))", Wkt::Polygons(vec![vec![ring.clone()]])),
            (
                "MULTIPOLYGON(((38 33,39 33,39 34,38 33)),((38 33,39 33,39 34,38 33),(38 33,39 33,39 34,38 33)))",
                Wkt::Polygons(vec![vec![ring.clone()], vec![ring.clone(), ring.clone()]]),
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn malformed_text_is_refused_with_the_remedy() {
        for (text, expected) in [
            ("", "write POINT, LINESTRING, POLYGON or MULTIPOLYGON"),
            ("CIRCLE (38 33)", "write POINT, LINESTRING, POLYGON or MULTIPOLYGON"),
            ("POLYGON EMPTY", "it is empty; draw it or remove it"),
            ("POLYGON Z ((38 33 5, 39 33 5))", "heights are not read from it"),
            ("POINT (38 33 5)", "heights are not read from it"),
            ("POINT 38 33", "a bracket is missing"),
            ("POINT (38 33", "where a comma or `)` should be"),
            ("POINT (38 33) POINT", "`POINT` stands after its end"),
            ("POINT (38 33, 39 33)", "a point has one position"),
            ("POINT (38 x)", "`x` is not a number; write longitude latitude"),
            ("POINT (NaN 33)", "longitude NaN: must be a number"),
            ("POINT (33 138)", "latitude and longitude may be swapped"),
            (
                "SRID=3857;POINT (38 33)",
                "reference system `SRID=3857` is not read; convert it to WGS84",
            ),
            ("POLYGON ((38 33, 39 33, 39 34))", "a ring is not closed"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(parse(&"(".repeat(100_000)).unwrap_err().len() < 200);
    }
}
