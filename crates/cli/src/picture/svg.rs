//! SVG text: elements, numbers, escaping.

use std::fmt::Write;

use super::view::Point;

/// A document that grows.
#[derive(Default)]
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// Adds what stands between the tags or is an element by itself; the caller escapes.
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a path; `attributes` are the caller's own words.
    pub(super) fn path(&mut self, attributes: &str, data: &str) {
        if !data.is_empty() {
            self.raw(&format!("<path {attributes} d=\"{data}\"/>"));
        }
    }

    /// Adds a text at a point.
    pub(super) fn text(&mut self, attributes: &str, (x, y): Point, text: &str) {
        self.raw(&format!("<text {attributes} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text)));
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Path data of closed rings.
pub(super) fn rings(rings: &[Vec<Point>]) -> String {
    let mut data = String::new();
    for ring in rings {
        line_into(&mut data, ring);
        if !ring.is_empty() {
            data.push('Z');
        }
    }
    data
}

/// Path data of open lines.
pub(super) fn lines(lines: &[Vec<Point>]) -> String {
    let mut data = String::new();
    for line in lines {
        line_into(&mut data, line);
    }
    data
}

/// Points nearer than this to the one before are left out, in pixels.
const FINEST: f64 = 0.35;

fn line_into(data: &mut String, points: &[Point]) {
    let mut before: Option<Point> = None;
    for (i, &(x, y)) in points.iter().enumerate() {
        let near = before.is_some_and(|(px, py)| (x - px).hypot(y - py) < FINEST);
        if near && i + 1 < points.len() {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = write!(data, "{}{x:.1} {y:.1}", if before.is_none() { 'M' } else { 'L' });
        before = Some((x, y));
    }
}

/// Text as XML wants it; what XML cannot hold becomes a replacement character.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

/// Roughly how wide a text is, in pixels: no font is asked.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')' => 0.34,
        'm' | 'w' | 'M' | 'W' | '@' => 0.9,
        c if c.is_uppercase() || c.is_ascii_digit() => 0.66,
        c if (c as u32) >= 0x2e80 => 1.0,
        _ => 0.56,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// The text in lines of at most `width` pixels, at most `most` of them; the last one ends with an
/// ellipsis when there is more.
pub(super) fn wrapped(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let joined = if lines[last].is_empty() {
            word.to_owned()
        } else {
            format!("{} {word}", lines[last])
        };
        if text_width(&joined, size) <= width || lines[last].is_empty() {
            lines[last] = joined;
        } else {
            lines.push(word.to_owned());
        }
    }
    let more = lines.len() > most;
    lines.truncate(most);
    for (i, line) in lines.iter_mut().enumerate() {
        let cut = more && i + 1 == most;
        if cut || text_width(line, size) > width {
            *line = shortened(line, size, width, cut);
        }
    }
    lines
}

/// The text cut to a width, with an ellipsis if it was cut or `always`.
pub(super) fn shortened(text: &str, size: f64, width: f64, always: bool) -> String {
    if !always && text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if text_width(&out, size) + 2.0 * size > width {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// The text with an ellipsis in its middle where it is too wide: names often differ at their ends.
pub(super) fn middle_shortened(text: &str, size: f64, width: f64) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut kept = chars.len();
    loop {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let start: String = chars[..head].iter().collect();
        let end: String = chars[chars.len() - tail..].iter().collect();
        let short = if kept == chars.len() {
            text.to_owned()
        } else {
            format!("{}…{}", start.trim_end(), end.trim_start())
        };
        if kept <= 4 || text_width(&short, size) <= width {
            return short;
        }
        kept -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("<A & \"B\">\u{1}"), "&lt;A &amp; &quot;B&quot;&gt;\u{fffd}");
    }

    #[test]
    fn long_texts_are_wrapped_and_cut() {
        let lines = wrapped("one two three four five six seven eight", 10.0, 60.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|l| text_width(l, 10.0) <= 66.0), "{lines:?}");
        assert_eq!(wrapped("short", 10.0, 60.0, 2), ["short"]);
        let name = middle_shortened("KEMBLE CLASS D (NOTAM) KEMBLE CTA-2", 10.0, 100.0);
        assert!(name.starts_with("KEMB") && name.ends_with("CTA-2"), "{name}");
        assert_eq!(middle_shortened("short", 10.0, 60.0), "short");
    }
}
