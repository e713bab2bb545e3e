//! Letters and figures as they are read out (ICAO Annex 10, volume II, sections 5.2.1.3 and 5.2.1.4.3).

/// Each letter and figure of a text by its word, with gaps between. What has no word stands as it is.
///
/// ```
/// assert_eq!(deconflict_sheet::spelt("W4 x-9"), "Whiskey Fower / X-ray Dash Niner");
/// ```
pub fn spelt(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    words.join(" / ")
}

fn word(text: &str) -> String {
    let all: Vec<String> =
        text.chars().map(|c| spoken(c).map_or_else(|| c.to_string(), str::to_owned)).collect();
    all.join(" ")
}

/// Figures are written as they are to be spoken: so that five and nine are not taken for one another.
fn spoken(c: char) -> Option<&'static str> {
    Some(match c.to_ascii_uppercase() {
        'A' => "Alfa",
        'B' => "Bravo",
        'C' => "Charlie",
        'D' => "Delta",
        'E' => "Echo",
        'F' => "Foxtrot",
        'G' => "Golf",
        'H' => "Hotel",
        'I' => "India",
        'J' => "Juliett",
        'K' => "Kilo",
        'L' => "Lima",
        'M' => "Mike",
        'N' => "November",
        'O' => "Oscar",
        'P' => "Papa",
        'Q' => "Quebec",
        'R' => "Romeo",
        'S' => "Sierra",
        'T' => "Tango",
        'U' => "Uniform",
        'V' => "Victor",
        'W' => "Whiskey",
        'X' => "X-ray",
        'Y' => "Yankee",
        'Z' => "Zulu",
        '0' => "Zero",
        '1' => "Wun",
        '2' => "Too",
        '3' => "Tree",
        '4' => "Fower",
        '5' => "Fife",
        '6' => "Six",
        '7' => "Seven",
        '8' => "Ait",
        '9' => "Niner",
        '-' => "Dash",
        '/' => "Stroke",
        '.' => "Decimal",
        ',' => "Comma",
        '#' => "Hash",
        '*' => "Star",
        '+' => "Plus",
        _ => return None,
    })
}
