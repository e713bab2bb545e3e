//! What makes a drawing a map: meridians, parallels and a scale bar.

use super::svg::{Svg, lines};
use super::view::{Point, Rect, View, lat_lon, unit_of};

const TEXT: &str = "font-size=\"11\" fill=\"#5f6f78\"";

/// Steps between lines, in minutes of arc.
const STEPS: [i64; 12] = [1800, 900, 600, 300, 120, 60, 30, 20, 10, 5, 2, 1];

/// Draws meridians and parallels, and their labels outside the frame.
pub(super) fn graticule(svg: &mut Svg, view: &View) {
    let seen = Extent::of(view);
    let step = step(&seen);
    let degrees = |m: i64| m as f64 / 60.0;
    let range = |low: f64, high: f64| {
        let first = (low * 60.0 / step as f64).floor() as i64;
        let last = (high * 60.0 / step as f64).ceil() as i64;
        (first..=last).map(move |i| i * step)
    };
    let mut drawn = Vec::new();
    let mut labels = Vec::new();
    for minutes in range(seen.south, seen.north).filter(|m| m.abs() < 90 * 60) {
        let parallel = trace(view, |t| (degrees(minutes), seen.west + t * (seen.east - seen.west)));
        if let Some(p) = crossing(&parallel, |p| p.0 - view.frame.x, view.frame) {
            labels.push(("end", (p.0 - 6.0, p.1 + 4.0), angle_text(minutes, 'N', 'S')));
        }
        drawn.push(parallel);
    }
    let (south, north) = (seen.south.max(-89.0), seen.north.min(89.0));
    let turn = range(seen.west, seen.east).take((360 * 60 / step) as usize);
    for minutes in turn {
        let meridian = trace(view, |t| (south + t * (north - south), degrees(minutes)));
        if let Some(p) = crossing(&meridian, |p| p.1 - view.frame.bottom(), view.frame) {
            let east = (minutes + 180 * 60).rem_euclid(360 * 60) - 180 * 60;
            labels.push(("middle", (p.0, p.1 + 16.0), angle_text(east, 'E', 'W')));
        }
        drawn.push(meridian);
    }
    svg.path(
        "fill=\"none\" stroke=\"#6d8794\" stroke-width=\"0.6\" stroke-opacity=\"0.45\" \
         clip-path=\"url(#map)\"",
        &lines(&drawn),
    );
    for (anchor, at, text) in labels {
        svg.text(&format!("{TEXT} text-anchor=\"{anchor}\""), at, &text);
    }
}

/// The latitudes and longitudes that a view shows, in degrees; east is not less than west.
struct Extent {
    south: f64,
    north: f64,
    west: f64,
    east: f64,
}

impl Extent {
    fn of(view: &View) -> Extent {
        const SAMPLES: u32 = 40;
        let mut seen = Extent { south: 90.0, north: -90.0, west: 0.0, east: 0.0 };
        let f = view.frame;
        let middle = view.direction((f.x + f.width / 2.0, f.y + f.height / 2.0));
        let (_, centre_lon) = lat_lon(middle.unwrap_or([1.0, 0.0, 0.0]));
        let (mut west, mut east) = (0.0f64, 0.0f64);
        for i in 0..=SAMPLES {
            for j in 0..=SAMPLES {
                let part = |k: u32| f64::from(k) / f64::from(SAMPLES);
                let at = (f.x + part(i) * f.width, f.y + part(j) * f.height);
                let Some(direction) = view.direction(at) else { continue };
                let (lat, lon) = lat_lon(direction);
                (seen.south, seen.north) = (seen.south.min(lat), seen.north.max(lat));
                let off = (lon - centre_lon + 540.0).rem_euclid(360.0) - 180.0;
                (west, east) = (west.min(off), east.max(off));
            }
        }
        for pole in [1.0, -1.0] {
            if f.contains(view.paper([0.0, 0.0, pole])) {
                (seen.south, seen.north) =
                    (seen.south.min(90.0 * pole), seen.north.max(90.0 * pole));
                (west, east) = (-180.0, 180.0);
            }
        }
        (seen.west, seen.east) = (centre_lon + west, centre_lon + east);
        seen
    }
}

/// The largest step that gives at least four lines one way or the other.
fn step(seen: &Extent) -> i64 {
    let span = (seen.north - seen.south).max((seen.east - seen.west).min(120.0) * 0.6) * 60.0;
    STEPS.into_iter().find(|s| span / *s as f64 >= 4.0).unwrap_or(1)
}

fn trace(view: &View, at: impl Fn(f64) -> (f64, f64)) -> Vec<Point> {
    const PIECES: u32 = 180;
    (0..=PIECES)
        .map(|i| {
            let (lat, lon) = at(f64::from(i) / f64::from(PIECES));
            view.paper(unit_of(lat, lon))
        })
        .collect()
}

/// Where a line crosses a side of the frame, the side being where `off` is zero.
fn crossing(line: &[Point], off: impl Fn(Point) -> f64, frame: Rect) -> Option<Point> {
    line.windows(2).find_map(|pair| {
        let (da, db) = (off(pair[0]), off(pair[1]));
        if (da > 0.0) == (db > 0.0) {
            return None;
        }
        let t = da / (da - db);
        let at = |f: fn(Point) -> f64| f(pair[0]) + t * (f(pair[1]) - f(pair[0]));
        let p = (at(|p| p.0), at(|p| p.1));
        frame.grown(0.5).contains(p).then_some(p)
    })
}

fn angle_text(minutes: i64, positive: char, negative: char) -> String {
    let letter = match minutes {
        0 => String::new(),
        m if m.abs() == 180 * 60 => String::new(),
        m if m > 0 => positive.to_string(),
        _ => negative.to_string(),
    };
    match minutes.abs() % 60 {
        0 => format!("{}°{letter}", minutes.abs() / 60),
        rest => format!("{}°{rest:02}′{letter}", minutes.abs() / 60),
    }
}

/// Draws a scale bar in the frame's lower left corner and returns the paper that it takes.
pub(super) fn scale_bar(svg: &mut Svg, view: &View) -> Rect {
    let f = view.frame;
    let taken = Rect { x: f.x + 10.0, y: f.bottom() - 56.0, width: 236.0, height: 46.0 };
    svg.raw(&format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\" fill=\"#fff\" \
         fill-opacity=\"0.82\"/>",
        taken.x, taken.y, taken.width, taken.height
    ));
    for (row, (unit, unit_m)) in [("km", 1000.0), ("NM", 1852.0)].into_iter().enumerate() {
        let (length, pixels) = bar(view.pixels_per_m() * unit_m);
        let (x, y) = (taken.x + 10.0, taken.y + 15.0 + 20.0 * row as f64);
        svg.path(
            "fill=\"none\" stroke=\"#33424a\" stroke-width=\"1.4\"",
            &format!("M{x:.1} {:.1}v5h{pixels:.1}v-5", y - 5.0),
        );
        let text = format!("{} {unit}", deconflict_words::trimmed(length, 3));
        svg.text("font-size=\"11\" fill=\"#33424a\"", (x + pixels + 6.0, y + 1.0), &text);
    }
    taken
}

/// The longest length of 1, 2 or 5 times a power of ten that fits, and its pixels.
fn bar(pixels_per_unit: f64) -> (f64, f64) {
    const MOST_PIXELS: f64 = 150.0;
    let power = 10f64.powf((MOST_PIXELS / pixels_per_unit).log10().floor());
    let length = [5.0, 2.0, 1.0]
        .into_iter()
        .map(|n| n * power)
        .find(|l| l * pixels_per_unit <= MOST_PIXELS)
        .unwrap_or(power);
    (length, length * pixels_per_unit)
}
