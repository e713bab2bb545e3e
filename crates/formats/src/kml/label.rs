//! Placemarks that only carry the label of a polygon beside them, as many exports have them.

use deconflict_geometry::{Band, Circle, Footprint, Position, Rules, Volume, Window, gap};

use super::shape::{self, Shape};
use super::xml::Element;
use crate::document::Feature;

/// A point that says nothing but a name.
pub(super) struct Label {
    /// The line of its placemark.
    pub(super) line: usize,
    /// The identifier of its placemark.
    pub(super) id: String,
    name: String,
    at: Position,
}

impl Label {
    /// The placemark as a label, if it is one point with a name and says nothing else: no time, no
    /// data, no description.
    pub(super) fn of(element: &Element<'_>, id: &str) -> Option<Label> {
        let says = ["ExtendedData", "TimeSpan", "TimeStamp", "description", "Snippet"];
        let silent = says.iter().all(|name| element.child(name).is_none());
        element.child("Point").filter(|_| silent)?;
        let name = element.child_text("name").filter(|name| !name.is_empty())?;
        match shape::shapes(element).ok()?.as_slice() {
            [Shape::Point(at)] => Some(Label {
                line: element.start.line,
                id: id.to_owned(),
                name: name.to_owned(),
                at: *at,
            }),
            _ => None,
        }
    }

    /// Whether it labels a feature: it lies in one of its polygons, and the words of its name stand
    /// together in the feature's own.
    pub(super) fn is_of(&self, feature: &Feature) -> bool {
        feature.names.iter().any(|name| holds_words(&name.text, &self.name))
            && feature.volumes.iter().any(|volume| self.lies_in(volume))
    }

    fn lies_in(&self, volume: &Volume) -> bool {
        let always =
            |footprint| Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS };
        let Ok(here) = Circle::new(self.at, 1.0) else { return false };
        let polygon = matches!(volume.footprint, Footprint::Polygons(_));
        let (here, there) = (always(Footprint::Circle(here)), always(volume.footprint.clone()));
        polygon && gap(&here, &there, &Rules::default()).horizontal_m <= 0.0
    }
}

/// Whether the words of `part` stand in `text` one after another.
fn holds_words(text: &str, part: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (text, part) = (words(text), words(part));
    !part.is_empty() && text.windows(part.len()).any(|run| run == part)
}

#[cfg(test)]
mod tests {
    use super::holds_words;

    #[test]
    fn a_label_is_a_run_of_whole_words_of_the_name() {
        for (text, part, holds) in [
            ("A - 3000 ft", "3000", true),
            ("A - 3000 ft", "a 3000", true),
            ("A - 3000 ft", "A - 3000 ft", true),
            ("A - 3000 ft", "300", false),
            ("A - 3000 ft", "A ft", false),
            ("A - 3000 ft", "-", false),
            ("A", "A 3000", false),
        ] {
            assert_eq!(holds_words(text, part), holds, "{text} {part}");
        }
    }
}
