//! The sheet as a PDF on A4, for languages in Latin and Cyrillic letters.
//!
//! The fonts are Noto Sans 2.004, cut to Latin, Greek and Cyrillic letters (`fonts/README.md`). What they lack is
//! refused: a sheet with a gap in it would be read back with one. Arabic has to be shaped and Chinese takes megabytes of
//! font, so those are printed from the page of HTML.

use std::fmt;

use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::{ReadBackSheet, SheetText};

static REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 36.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// What a line takes of its size.
const LEADING: f32 = 1.3;
const BODY: f32 = 9.0;
const SMALL: f32 = 7.5;
/// A box to tick, and the column that it stands in.
const BOX: f32 = 11.0;
const TICK: f32 = 20.0;

/// Why a sheet is not written as PDF.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PdfFault {
    /// A character that the fonts in it have not.
    Letter(char),
    /// It could not be put together.
    Assembly,
}

impl fmt::Display for PdfFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PdfFault::Letter(c) => write!(
                f,
                "the PDF's letters are Latin, Greek and Cyrillic, and the sheet has `{c}` ({}): write it as HTML, which a \
                 browser prints or saves as PDF in every language",
                c.escape_unicode()
            ),
            PdfFault::Assembly => {
                f.write_str("the PDF could not be put together: write it as HTML")
            }
        }
    }
}

impl std::error::Error for PdfFault {}

/// The sheet as a PDF.
///
/// # Errors
/// When a character stands in it that the fonts have not.
pub fn pdf(sheet: &ReadBackSheet) -> Result<Vec<u8>, PdfFault> {
    let (regular, bold) = (Face::new(REGULAR)?, Face::new(BOLD)?);
    let mut layout = Layout { faces: [&regular, &bold], pages: vec![Vec::new()], y: MARGIN };
    layout.sheet(sheet)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new().title(plain(&sheet.title)).language(sheet.language.tag.clone()),
    );
    let count = layout.pages.len();
    for (nth, marks) in layout.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PdfFault::Assembly)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            mark.draw(&mut surface, [&regular, &bold]);
        }
        let foot = format!("{} · page {} of {count}", plain(&sheet.title), nth + 1);
        let foot = Mark::Text { x: MARGIN, y: PAGE.1 - 24.0, size: SMALL, bold: false, text: foot };
        foot.draw(&mut surface, [&regular, &bold]);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|_| PdfFault::Assembly)
}

/// Without isolates, which turn nothing where all is read from left to right, and with one kind of fixed gap.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'));
    kept.map(|c| if c == '\u{202f}' { '\u{a0}' } else { c }).collect()
}

/// A font, and what its letters measure.
struct Face {
    font: Font,
    measured: FontRef<'static>,
    units_per_em: f32,
}

impl Face {
    fn new(data: &'static [u8]) -> Result<Face, PdfFault> {
        let font = Font::new(data.to_vec().into(), 0).ok_or(PdfFault::Assembly)?;
        let measured = FontRef::new(data).map_err(|_| PdfFault::Assembly)?;
        let units_per_em = font.units_per_em();
        Ok(Face { font, measured, units_per_em })
    }

    /// The glyph of a character, and its width as a part of the size.
    fn glyph(&self, c: char) -> Option<(u32, f32)> {
        let id = self.measured.charmap().map(c)?;
        let metrics = self.measured.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some((id.to_u32(), metrics.advance_width(id)? / self.units_per_em))
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().filter_map(|c| self.glyph(c)).map(|(_, width)| width * size).sum()
    }
}

/// Something on a page; `y` is the base line of a text.
enum Mark {
    Text { x: f32, y: f32, size: f32, bold: bool, text: String },
    Frame { x: f32, y: f32, width: f32, height: f32 },
    Rule { y: f32 },
}

impl Mark {
    fn draw(&self, surface: &mut Surface<'_>, faces: [&Face; 2]) {
        match self {
            Mark::Text { x, y, size, bold, text } => {
                let face = faces[usize::from(*bold)];
                let glyphs: Vec<KrillaGlyph> = text
                    .char_indices()
                    .filter_map(|(at, c)| {
                        let (id, width) = face.glyph(c)?;
                        let range = at..at + c.len_utf8();
                        Some(KrillaGlyph::new(GlyphId::new(id), width, 0.0, 0.0, 0.0, range, None))
                    })
                    .collect();
                surface.set_stroke(None);
                surface.set_fill(Some(Fill::default()));
                let start = Point::from_xy(*x, *y);
                surface.draw_glyphs(start, &glyphs, face.font.clone(), text, *size, false);
            }
            Mark::Frame { x, y, width, height } => {
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rect);
                }
                line(surface, path, 0.9);
            }
            Mark::Rule { y } => {
                let mut path = PathBuilder::new();
                path.move_to(MARGIN, *y);
                path.line_to(MARGIN + WIDTH, *y);
                line(surface, path, 0.3);
            }
        }
    }
}

fn line(surface: &mut Surface<'_>, path: PathBuilder, width: f32) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { width, ..Stroke::default() }));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// A column of a row: paragraphs, each with its size and whether it is bold.
struct Column {
    width: f32,
    paragraphs: Vec<(String, f32, bool)>,
}

struct Layout<'a> {
    faces: [&'a Face; 2],
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Layout<'_> {
    fn sheet(&mut self, sheet: &ReadBackSheet) -> Result<(), PdfFault> {
        if let Some(words) = &sheet.not_meant {
            let size = 24.0;
            let text = self.checked(words, true)?;
            let x = (PAGE.0 - self.faces[1].width(&text, size)) / 2.0;
            self.mark(Mark::Frame { x: MARGIN, y: self.y, width: WIDTH, height: 34.0 });
            self.mark(Mark::Text { x, y: self.y + 26.0, size, bold: true, text });
            self.y += 44.0;
        }
        self.row(&[full(&sheet.title, 14.0, true)], None)?;
        for (name, value) in &sheet.facts {
            let value =
                Column { width: WIDTH - 90.0, paragraphs: vec![(value.clone(), BODY, false)] };
            self.row(
                &[Column { width: 90.0, paragraphs: vec![(name.clone(), BODY, false)] }, value],
                None,
            )?;
            self.rule();
        }
        self.said(sheet)?;
        self.text_form(sheet)?;
        self.y += 4.0;
        for rule in &sheet.rules {
            self.row(&[full(rule, BODY, false)], None)?;
        }
        self.signatures(&sheet.signers)
    }

    fn said(&mut self, sheet: &ReadBackSheet) -> Result<(), PdfFault> {
        let beside = sheet.head.iter().any(|text| text.english.is_some());
        let own = &sheet.language.name;
        let names = if beside { format!("{own} / English") } else { own.clone() };
        self.heading(&format!("What is said ({names})"))?;
        let parts = [(&sheet.head, false), (&sheet.parameters, true), (&sheet.endings, false)];
        for (texts, ticked) in parts {
            for text in texts {
                self.row(&columns(text), Some(ticked))?;
                self.rule();
            }
        }
        Ok(())
    }

    fn text_form(&mut self, sheet: &ReadBackSheet) -> Result<(), PdfFault> {
        if sheet.text_form.is_empty() {
            return Ok(());
        }
        self.heading("Text form, to be spelt")?;
        self.row(&[full(&sheet.text_form(), BODY + 1.0, true)], None)?;
        for (field, words) in &sheet.text_form {
            let width = 110.0;
            let written = Column { width, paragraphs: vec![(field.clone(), BODY, true)] };
            let rest = WIDTH - TICK - width;
            let spoken = Column { width: rest, paragraphs: vec![(words.clone(), BODY, false)] };
            self.row(&[written, spoken], Some(true))?;
            self.rule();
        }
        if !sheet.left_out.is_empty() {
            let names = sheet.left_out.join(", ");
            let told = format!("The text form only refers to: {names}. Read that from above.");
            self.row(&[full(&told, BODY, false)], None)?;
        }
        Ok(())
    }

    fn signatures(&mut self, signers: &[String]) -> Result<(), PdfFault> {
        let (height, width) = (32.0, WIDTH / 4.0);
        self.room(height * signers.len() as f32 + 8.0);
        self.y += 6.0;
        for who in signers {
            let fields = [
                format!("{who}: name"),
                "Post".into(),
                "Date and time, UTC".into(),
                "Signature".into(),
            ];
            let mut x = MARGIN;
            for field in fields {
                let text = self.checked(&field, false)?;
                self.mark(Mark::Frame { x, y: self.y, width, height });
                self.mark(Mark::Text {
                    x: x + 3.0,
                    y: self.y + 9.0,
                    size: SMALL,
                    bold: false,
                    text,
                });
                x += width;
            }
            self.y += height;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), PdfFault> {
        // What stands under it begins on its page.
        self.room(60.0);
        self.y += 7.0;
        self.row(&[full(text, BODY, true)], None)?;
        self.rule();
        Ok(())
    }

    /// A row of columns, with a column for a box before them where one is given and a box where that says so. One that
    /// is taller than a page goes on on the next.
    fn row(&mut self, columns: &[Column], ticked: Option<bool>) -> Result<(), PdfFault> {
        let mut filled = Vec::new();
        for column in columns {
            filled.push(self.wrapped(column)?);
        }
        let height = filled.iter().map(|lines| height_of(lines)).fold(0.0, f32::max) + 3.0;
        self.room(if ticked == Some(true) { height.max(BOX + 4.0) } else { height });
        let indent = if ticked.is_some() { TICK } else { 0.0 };
        if ticked == Some(true) {
            self.mark(Mark::Frame { x: MARGIN + 1.0, y: self.y + 2.0, width: BOX, height: BOX });
        }
        loop {
            let below = PAGE.1 - MARGIN - self.y - 3.0;
            let (mut x, mut tallest) = (MARGIN + indent, 0.0_f32);
            for (column, lines) in columns.iter().zip(&mut filled) {
                let rest = lines.split_off(fitting(lines, below));
                let mut y = self.y + 1.0;
                for (text, size, bold) in std::mem::replace(lines, rest) {
                    y += size * LEADING;
                    self.mark(Mark::Text { x, y: y - size * 0.3, size, bold, text });
                }
                tallest = tallest.max(y - self.y + 2.0);
                x += column.width;
            }
            self.y += if ticked == Some(true) { tallest.max(BOX + 4.0) } else { tallest };
            if filled.iter().all(Vec::is_empty) {
                return Ok(());
            }
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    fn rule(&mut self) {
        self.mark(Mark::Rule { y: self.y });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// A new page where this much does not fit on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > PAGE.1 - MARGIN && self.y > MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    /// A text whose characters the font has, on one line.
    fn checked(&self, text: &str, bold: bool) -> Result<String, PdfFault> {
        let text = plain(text);
        match text.chars().find(|c| self.faces[usize::from(bold)].glyph(*c).is_none()) {
            Some(c) => Err(PdfFault::Letter(c)),
            None => Ok(text),
        }
    }

    /// The lines of a column, broken at gaps, and within a word where that is wider than the column.
    fn wrapped(&self, column: &Column) -> Result<Vec<(String, f32, bool)>, PdfFault> {
        let mut lines = Vec::new();
        for (text, size, bold) in &column.paragraphs {
            let (text, face) = (self.checked(text, *bold)?, self.faces[usize::from(*bold)]);
            let fits = |line: &str| face.width(line, *size) <= column.width - 6.0;
            let mut line = String::new();
            for word in text.split(' ') {
                let longer =
                    if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if fits(&longer) {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push((std::mem::take(&mut line), *size, *bold));
                }
                for c in word.chars() {
                    if !line.is_empty() && !fits(&format!("{line}{c}")) {
                        lines.push((std::mem::take(&mut line), *size, *bold));
                    }
                    line.push(c);
                }
            }
            lines.push((line, *size, *bold));
        }
        Ok(lines)
    }
}

fn height_of(lines: &[(String, f32, bool)]) -> f32 {
    lines.iter().map(|(_, size, _)| size * LEADING).sum()
}

/// How many lines fit into a height; on an empty page at least one does.
fn fitting(lines: &[(String, f32, bool)], height: f32) -> usize {
    (0..=lines.len()).rev().find(|count| height_of(&lines[..*count]) <= height).unwrap_or(0)
}

fn full(text: &str, size: f32, bold: bool) -> Column {
    Column { width: WIDTH, paragraphs: vec![(text.to_owned(), size, bold)] }
}

/// A text in the reader's language, and in English beside it.
fn columns(text: &SheetText) -> Vec<Column> {
    let rest = WIDTH - TICK;
    let column = |width: f32, label: &str, text: &str, bold: bool| {
        let mut paragraphs = Vec::new();
        if !label.is_empty() {
            paragraphs.push((label.to_owned(), SMALL, false));
        }
        paragraphs.push((text.to_owned(), BODY, bold));
        Column { width, paragraphs }
    };
    match &text.english {
        None => vec![column(rest, &text.label, &text.text, true)],
        Some((label, english)) => vec![
            column(rest / 2.0, &text.label, &text.text, true),
            column(rest / 2.0, label, english, false),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tests::sheet;

    #[test]
    fn a_sheet_in_latin_and_cyrillic_letters_is_a_pdf() {
        let mut latin = sheet();
        latin.language.name = "Русский".to_owned();
        latin.parameters[0].text = "Зона «Гарнизон» ñ é œ".to_owned();
        let bytes = pdf(&latin).unwrap();
        assert!(bytes.starts_with(b"%PDF-"), "{}", bytes.len());
        assert!(bytes.len() < 120_000, "only the letters that are used are in it: {}", bytes.len());
    }

    #[test]
    fn what_the_fonts_lack_is_refused_with_the_way_to_print_it() {
        for (text, c) in [("الحامية", 'ا'), ("区域", '区')] {
            let mut other = sheet();
            other.language.name = "x".to_owned();
            other.parameters[0].text = text.to_owned();
            let why = pdf(&other).unwrap_err();
            assert_eq!(why, PdfFault::Letter(c));
            assert!(why.to_string().contains("write it as HTML"), "{why}");
        }
    }

    #[test]
    fn a_long_sheet_goes_on_on_another_page_and_a_long_word_is_broken() {
        let mut long = sheet();
        long.language.name = "x".to_owned();
        long.parameters[0].text = "word ".repeat(1_200) + &"a".repeat(400);
        long.parameters.extend(vec![long.parameters[1].clone(); 40]);
        assert!(pdf(&long).unwrap().starts_with(b"%PDF-"));
        let (regular, bold) = (Face::new(REGULAR).unwrap(), Face::new(BOLD).unwrap());
        let mut layout = Layout { faces: [&regular, &bold], pages: vec![Vec::new()], y: MARGIN };
        layout.sheet(&long).unwrap();
        assert!(layout.pages.len() > 2, "{}", layout.pages.len());
        let words = |mark: &Mark| match mark {
            Mark::Text { text, .. } => text.matches("word").count(),
            _ => 0,
        };
        assert_eq!(layout.pages.iter().flatten().map(words).sum::<usize>(), 1_200, "none is lost");
        for mark in layout.pages.iter().flatten() {
            if let Mark::Text { x, y, size, bold, text } = mark {
                let width = layout.faces[usize::from(*bold)].width(text, *size);
                assert!(x + width <= PAGE.0 - MARGIN + 1.0 && *y < PAGE.1 - MARGIN + 1.0, "{text}");
            }
        }
    }
}
