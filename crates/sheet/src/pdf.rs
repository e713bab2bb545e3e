//! The sheet as a PDF on A4, for languages in Latin, Greek, Cyrillic and Arabic letters.
//!
//! The fonts are Noto Sans, cut to these letters (`fonts/README.md`). What they lack is refused: a sheet with a gap in it
//! would be read back with one. Chinese takes megabytes of font, so it is printed from the page of HTML.

mod faces;

use std::fmt;

use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

use crate::{ReadBackSheet, SheetText};
use faces::{Faces, Line, Reading};

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
/// What is left free beside a column.
const GUTTER: f32 = 6.0;

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
                "the PDF's letters are Latin, Greek, Cyrillic and Arabic, and the sheet has `{c}` ({}): write it as HTML, which a \
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
    let faces = Faces::new()?;
    let mut layout = Layout { faces: &faces, pages: vec![Vec::new()], y: MARGIN };
    layout.sheet(sheet)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new().title(sheet.title.clone()).language(sheet.language.tag.clone()),
    );
    let count = layout.pages.len();
    for (nth, marks) in layout.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PdfFault::Assembly)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            mark.draw(&mut surface, &faces);
        }
        let foot = format!("{} · page {} of {count}", sheet.title, nth + 1);
        let foot = Mark::Text {
            x: MARGIN,
            y: PAGE.1 - 24.0,
            line: one_line(&faces, &foot, SMALL, false)?,
        };
        foot.draw(&mut surface, &faces);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|_| PdfFault::Assembly)
}

/// A text on one line, however wide.
fn one_line(faces: &Faces, text: &str, size: f32, bold: bool) -> Result<Line, PdfFault> {
    let all = faces.lines(text, (size, bold, Reading::AsItBegins), f32::INFINITY)?;
    all.into_iter().next().ok_or(PdfFault::Assembly)
}

/// Something on a page; `y` is the base line of a text.
enum Mark {
    Text { x: f32, y: f32, line: Line },
    Frame { x: f32, y: f32, width: f32, height: f32 },
    Rule { y: f32 },
}

impl Mark {
    fn draw(&self, surface: &mut Surface<'_>, faces: &Faces) {
        match self {
            Mark::Text { x, y, line } => {
                surface.set_stroke(None);
                surface.set_fill(Some(Fill::default()));
                for (from_start, script, text, glyphs) in line.drawn() {
                    let start = Point::from_xy(*x + from_start, *y);
                    let font = faces.font(script, line.bold).clone();
                    surface.draw_glyphs(start, glyphs, font, text, line.size, false);
                }
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
    reading: Reading,
}

struct Layout<'a> {
    faces: &'a Faces,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Layout<'_> {
    fn sheet(&mut self, sheet: &ReadBackSheet) -> Result<(), PdfFault> {
        if let Some(words) = &sheet.not_meant {
            let line = one_line(self.faces, words, 24.0, true)?;
            let x = (PAGE.0 - line.width()) / 2.0;
            self.mark(Mark::Frame { x: MARGIN, y: self.y, width: WIDTH, height: 34.0 });
            self.mark(Mark::Text { x, y: self.y + 26.0, line });
            self.y += 44.0;
        }
        self.row(&[full(&sheet.title, 14.0, true)], None)?;
        for (name, value) in &sheet.facts {
            let column = |width, text: &String, reading| Column {
                width,
                paragraphs: vec![(text.clone(), BODY, false)],
                reading,
            };
            let name = column(90.0, name, Reading::LeftToRight);
            let value = column(WIDTH - 90.0, value, Reading::AsItBegins);
            self.row(&[name, value], None)?;
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
                self.row(&columns(text, sheet.language.right_to_left), Some(ticked))?;
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
            let column = |width, text: &String, bold| Column {
                width,
                paragraphs: vec![(text.clone(), BODY, bold)],
                reading: Reading::LeftToRight,
            };
            let written = column(width, field, true);
            let spoken = column(WIDTH - TICK - width, words, false);
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
                let line = one_line(self.faces, &field, SMALL, false)?;
                self.mark(Mark::Frame { x, y: self.y, width, height });
                self.mark(Mark::Text { x: x + 3.0, y: self.y + 9.0, line });
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
                for line in std::mem::replace(lines, rest) {
                    let size = line.size;
                    y += size * LEADING;
                    let indent =
                        if line.at_right { column.width - GUTTER - line.width() } else { 0.0 };
                    self.mark(Mark::Text { x: x + indent, y: y - size * 0.3, line });
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

    /// The lines of a column.
    fn wrapped(&self, column: &Column) -> Result<Vec<Line>, PdfFault> {
        let mut lines = Vec::new();
        for (text, size, bold) in &column.paragraphs {
            let style = (*size, *bold, column.reading);
            lines.extend(self.faces.lines(text, style, column.width - GUTTER)?);
        }
        Ok(lines)
    }
}

fn height_of(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.size * LEADING).sum()
}

/// How many lines fit into a height; on an empty page at least one does.
fn fitting(lines: &[Line], height: f32) -> usize {
    (0..=lines.len()).rev().find(|count| height_of(&lines[..*count]) <= height).unwrap_or(0)
}

fn full(text: &str, size: f32, bold: bool) -> Column {
    let paragraphs = vec![(text.to_owned(), size, bold)];
    Column { width: WIDTH, paragraphs, reading: Reading::AsItBegins }
}

/// A text in the reader's language, and in English beside it.
fn columns(text: &SheetText, right_to_left: bool) -> Vec<Column> {
    let rest = WIDTH - TICK;
    let own = if right_to_left { Reading::RightToLeft } else { Reading::LeftToRight };
    let column = |width: f32, label: &str, text: &str, bold: bool| {
        let mut paragraphs = Vec::new();
        if !label.is_empty() {
            paragraphs.push((label.to_owned(), SMALL, false));
        }
        paragraphs.push((text.to_owned(), BODY, bold));
        Column { width, paragraphs, reading: if bold { own } else { Reading::LeftToRight } }
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

    fn said(line: &Line) -> String {
        line.drawn().map(|(_, _, text, _)| text).collect()
    }

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
    fn a_sheet_in_arabic_has_what_is_said_at_the_right_of_its_column_and_english_at_the_left() {
        let mut arabic = sheet();
        arabic.language.right_to_left = true;
        arabic.parameters[0].text = "الحامية (64JFK7KMKZ)".to_owned();
        arabic.parameters[0].english = Some(("Zone".to_owned(), "Garrison".to_owned()));
        assert!(pdf(&arabic).unwrap().starts_with(b"%PDF-"));
        let faces = Faces::new().unwrap();
        let mut layout = Layout { faces: &faces, pages: vec![Vec::new()], y: MARGIN };
        layout.sheet(&arabic).unwrap();
        let placed = |wanted: &str| {
            let mut all = layout.pages.iter().flatten().filter_map(|mark| match mark {
                Mark::Text { x, line, .. } if said(line).contains(wanted) => {
                    Some((*x, x + line.width()))
                }
                _ => None,
            });
            all.next_back().unwrap()
        };
        let middle = MARGIN + TICK + (WIDTH - TICK) / 2.0;
        assert!((placed("الحامية").1 - (middle - GUTTER)).abs() < 0.1, "{:?}", placed("الحامية"));
        assert!((placed("Garrison").0 - middle).abs() < 0.1, "{:?}", placed("Garrison"));
    }

    #[test]
    fn what_the_fonts_lack_is_refused_with_the_way_to_print_it() {
        for (text, c) in [("区域", '区'), ("שלום", 'ש'), ("a\nb", '\n')] {
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
        let faces = Faces::new().unwrap();
        let mut layout = Layout { faces: &faces, pages: vec![Vec::new()], y: MARGIN };
        layout.sheet(&long).unwrap();
        assert!(layout.pages.len() > 2, "{}", layout.pages.len());
        let words = |mark: &Mark| match mark {
            Mark::Text { line, .. } => said(line).matches("word").count(),
            _ => 0,
        };
        assert_eq!(layout.pages.iter().flatten().map(words).sum::<usize>(), 1_200, "none is lost");
        for mark in layout.pages.iter().flatten() {
            if let Mark::Text { x, y, line } = mark {
                let (end, text) = (x + line.width(), said(line));
                assert!(end <= PAGE.0 - MARGIN + 1.0 && *y < PAGE.1 - MARGIN + 1.0, "{text}");
            }
        }
    }
}
