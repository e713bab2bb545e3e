//! Lines of text as glyphs in the order in which they stand on paper: which run reads from right to left (UAX #9), and
//! which form each letter takes beside its neighbours.

use std::ops::Range;

use harfrust::{BufferFlags, Direction, ShapeOptions, ShaperData, UnicodeBuffer, script};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider};
use unicode_bidi::{Level, ParagraphBidiInfo};

use super::PdfFault;

static FONTS: [[&[u8]; 2]; 2] = [
    [
        include_bytes!("../../fonts/NotoSans-Regular.ttf"),
        include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    ],
    [
        include_bytes!("../../fonts/NotoSansArabic-Regular.ttf"),
        include_bytes!("../../fonts/NotoSansArabic-Bold.ttf"),
    ],
];

/// From which side a text is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// As its first letter is.
    AsItBegins,
    LeftToRight,
    RightToLeft,
}

/// A font, and what shapes its letters.
struct Face {
    font: Font,
    reference: FontRef<'static>,
    shapes: ShaperData,
    units_per_em: f32,
}

/// The fonts of a sheet.
pub(super) struct Faces {
    /// By script, then regular and bold.
    all: [[Face; 2]; 2],
}

/// Glyphs of one font, in their order from left to right.
#[derive(Clone)]
struct Piece {
    /// Which font, by script.
    script: usize,
    text: String,
    glyphs: Vec<KrillaGlyph>,
    width: f32,
}

/// A line as it stands on paper.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) size: f32,
    pub(super) bold: bool,
    /// Whether it stands at the right edge of its column.
    pub(super) at_right: bool,
    pieces: Vec<Piece>,
}

impl Line {
    /// In points.
    pub(super) fn width(&self) -> f32 {
        self.pieces.iter().map(|piece| piece.width * self.size).sum()
    }

    /// What is drawn one after another from left to right: by how many points from the start of the line, the font's
    /// place, the text and the glyphs.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (f32, usize, &str, &[KrillaGlyph])> {
        let mut x = 0.0;
        self.pieces.iter().map(move |piece| {
            let at = x;
            x += piece.width * self.size;
            (at, piece.script, piece.text.as_str(), &piece.glyphs[..])
        })
    }
}

/// Marks that say how a text is read and have no shape.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// The font of a character: that of Arabic letters and their joiners, else the other one, which also has the gaps,
/// the signs and the digits of Arabic texts.
fn script_of(c: char) -> usize {
    usize::from(matches!(c, '\u{600}'..='\u{6ff}' | '\u{200c}' | '\u{200d}'))
}

impl Faces {
    pub(super) fn new() -> Result<Faces, PdfFault> {
        let face = |data: &'static [u8]| {
            let font = Font::new(data.to_vec().into(), 0).ok_or(PdfFault::Assembly)?;
            let reference = FontRef::new(data).map_err(|_| PdfFault::Assembly)?;
            let (shapes, units_per_em) = (ShaperData::new(&reference), font.units_per_em());
            Ok(Face { font, reference, shapes, units_per_em })
        };
        let of_script = |[regular, bold]: [&'static [u8]; 2]| Ok([face(regular)?, face(bold)?]);
        let [latin, arabic] = FONTS;
        Ok(Faces { all: [of_script(latin)?, of_script(arabic)?] })
    }

    pub(super) fn font(&self, script: usize, bold: bool) -> &Font {
        &self.face(script, bold).font
    }

    fn face(&self, script: usize, bold: bool) -> &Face {
        &self.all[script.min(1)][usize::from(bold)]
    }

    /// A text on lines that are no wider than this, in points: broken at gaps, and within a word where that is wider.
    ///
    /// # Errors
    /// With the first character that the fonts have not.
    pub(super) fn lines(
        &self,
        text: &str,
        (size, bold, reading): (f32, bool, Reading),
        width: f32,
    ) -> Result<Vec<Line>, PdfFault> {
        // One kind of fixed gap.
        let text = text.replace('\u{202f}', "\u{a0}");
        let lacks = |c: &char| {
            !is_mark(*c) && self.face(script_of(*c), bold).reference.charmap().map(*c).is_none()
        };
        if let Some(c) = text.chars().find(lacks) {
            return Err(PdfFault::Letter(c));
        }
        let base = match reading {
            Reading::AsItBegins => None,
            Reading::LeftToRight => Some(Level::ltr()),
            Reading::RightToLeft => Some(Level::rtl()),
        };
        let order = ParagraphBidiInfo::new(&text, base);
        let line = |range: Range<usize>| Line {
            size,
            bold,
            at_right: order.paragraph_level.is_rtl(),
            pieces: self.pieces(&order, range, bold),
        };
        let fits = |range: Range<usize>| line(range).width() <= width;
        let mut lines = Vec::new();
        let (mut begins, mut ends) = (0, 0);
        for (gap, _) in text.match_indices(' ').chain([(text.len(), "")]) {
            if fits(begins..gap) {
                ends = gap;
                continue;
            }
            if ends > begins {
                lines.push(line(begins..ends));
                begins = ends + 1;
            }
            let first = begins;
            for (at, c) in text[first..gap].char_indices().map(|(at, c)| (first + at, c)) {
                if at > begins && !fits(begins..at + c.len_utf8()) {
                    lines.push(line(begins..at));
                    begins = at;
                }
            }
            ends = gap;
        }
        lines.push(line(begins..text.len()));
        Ok(lines)
    }

    /// The glyphs of a line, in the order in which they stand.
    fn pieces(&self, order: &ParagraphBidiInfo<'_>, line: Range<usize>, bold: bool) -> Vec<Piece> {
        if line.is_empty() {
            return Vec::new();
        }
        let (levels, runs) = order.visual_runs(line);
        let mut pieces = Vec::new();
        for run in runs {
            let is_rtl = levels[run.start].is_rtl();
            let shown: Vec<char> = order.text[run].chars().filter(|c| !is_mark(*c)).collect();
            let by_font = shown.chunk_by(|a, b| script_of(*a) == script_of(*b));
            let mut of_run: Vec<Piece> = by_font
                .map(|part| self.piece(part.iter().collect(), script_of(part[0]), (bold, is_rtl)))
                .collect();
            if is_rtl {
                of_run.reverse();
            }
            pieces.extend(of_run);
        }
        pieces
    }

    fn piece(&self, text: String, script: usize, (bold, is_rtl): (bool, bool)) -> Piece {
        let face = self.face(script, bold);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        buffer.set_script(if script == 1 { script::ARABIC } else { script::COMMON });
        let shaper = face.shapes.shaper(&face.reference).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new());
        // A glyph stands for what is from its character up to that of the next one, in the order of reading.
        let mut starts: Vec<usize> =
            shaped.glyph_infos().iter().map(|glyph| glyph.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let end_of = |start: usize| {
            let next = starts.partition_point(|known| *known <= start);
            starts.get(next).copied().unwrap_or(text.len())
        };
        let part = |units: i32| units as f32 / face.units_per_em;
        let both = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        let glyphs: Vec<KrillaGlyph> = both
            .map(|(glyph, at)| {
                let start = glyph.cluster as usize;
                let (advance, x, y) = (part(at.x_advance), part(at.x_offset), part(at.y_offset));
                let range = start..end_of(start);
                KrillaGlyph::new(GlyphId::new(glyph.glyph_id), advance, x, y, 0.0, range, None)
            })
            .collect();
        let width = shaped.glyph_positions().iter().map(|at| part(at.x_advance)).sum();
        Piece { script, text, glyphs, width }
    }
}

#[cfg(test)]
mod tests {
    use krilla::text::Glyph;

    use super::*;

    fn drawn(text: &str, reading: Reading) -> (Vec<String>, bool) {
        let lines = Faces::new().unwrap().lines(text, (9.0, false, reading), 1_000.0).unwrap();
        assert_eq!(lines.len(), 1, "{text}");
        let shown = lines[0].drawn().map(|(_, _, text, _)| text.to_owned());
        (shown.collect(), lines[0].at_right)
    }

    fn glyphs(text: &str) -> Vec<u32> {
        let lines = Faces::new().unwrap();
        let lines = lines.lines(text, (9.0, false, Reading::AsItBegins), 1_000.0).unwrap();
        let all = lines[0].drawn().flat_map(|(_, _, _, glyphs)| glyphs.to_vec());
        all.map(|glyph| glyph.glyph_id().to_u32()).collect()
    }

    #[test]
    fn arabic_stands_from_the_right_and_figures_and_latin_within_it_from_the_left() {
        // A value stands in isolates, in a rendering as well: without them the standard turns a date round beside Arabic.
        let value = "\u{2068}2026-12-01 04:44 UTC\u{2069}";
        let (shown, at_right) = drawn(&format!("غرب {value}"), Reading::RightToLeft);
        assert_eq!((shown.concat().as_str(), at_right), ("2026-12-01 04:44 UTC غرب", true));
        let (shown, at_right) = drawn("Zone غرب", Reading::LeftToRight);
        assert_eq!((shown, at_right), (vec!["Zone ".into(), "غرب".into()], false));
        assert!(drawn("غرب", Reading::AsItBegins).1 && !drawn("Zone", Reading::AsItBegins).1);
        // What stands in isolates turns nothing beside it, and they have no shape.
        let (shown, _) = drawn("\u{2068}الحامية\u{2069} (64JFK7KMKZ)", Reading::LeftToRight);
        assert_eq!(shown, ["الحامية", " (64JFK7KMKZ)"]);
    }

    #[test]
    fn letters_of_arabic_take_the_forms_that_join_and_brackets_turn_round() {
        let alone = glyphs("ب");
        let joined = glyphs("ببب");
        assert!(joined.iter().all(|glyph| !alone.contains(glyph)), "{alone:?} {joined:?}");
        let (open, close) = (glyphs("(")[0], glyphs(")")[0]);
        let turned = glyphs("ب (ب)");
        assert_eq!((turned[0], turned[turned.len() - 3]), (open, close), "{turned:?}");
    }

    #[test]
    fn an_arabic_text_is_broken_where_it_is_read_and_each_line_stands_in_its_own_order() {
        let faces = Faces::new().unwrap();
        let text = ["كلمة"; 200].join(" ") + " \u{2068}2026-12-01\u{2069}";
        let lines = faces.lines(&text, (9.0, true, Reading::RightToLeft), 200.0).unwrap();
        assert!(lines.len() > 10, "{}", lines.len());
        assert!(lines.iter().all(|line| line.width() <= 200.0 && line.at_right));
        let words = |line: &Line| line.drawn().filter(|(_, script, ..)| *script == 1).count();
        assert_eq!(lines.iter().map(words).sum::<usize>(), 200, "none is lost");
        let last = lines.last().unwrap();
        assert_eq!(
            last.drawn().next().unwrap().2,
            "2026-12-01",
            "it is read last, and stands left"
        );
    }
}
