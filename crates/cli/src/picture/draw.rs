//! The composition: a title, the map, the list beside it, the legend below it.

use deconflict_geometry::Relation;

use super::grid::{graticule, scale_bar};
use super::labels::{Labels, around, of_shape};
use super::land::in_view;
use super::scene::{Mark, Scene, Shape};
use super::svg::{Svg, escaped, lines, middle_shortened, rings, shortened, text_width, wrapped};
use super::view::{Point, Rect, Vec3, View};

const MARGIN: f64 = 28.0;
const MAP_LEFT: f64 = 64.0;
const MAP_TOP: f64 = 92.0;
const MAP_WIDTH: f64 = 1000.0;
const LIST_WIDTH: f64 = 356.0;
const MOST_COLUMNS: usize = 3;
/// Conflicts that get a number on the map.
const MOST_NUMBERED: usize = 99;

/// One colour for each file, after Okabe and Ito (2008): told apart by colour-blind readers as
/// well. Their red and orange are kept for conflicts.
const LAYERS: [&str; 6] = ["#0072b2", "#00805e", "#8a4f9e", "#56708a", "#4a3b2f", "#b8437a"];
const OVERLAP: &str = "#d55e00";
const POSSIBLE: &str = "#b07400";
const TOUCH: &str = "#222222";

const DISCLAIMER: &str = "Not for navigation. That no conflict is shown does not mean that nobody \
                          is there: undeclared people and places are not in this picture.";

/// Draws a scene.
pub(super) fn draw(scene: &Scene) -> String {
    let view = View::around(&points_of_interest(scene), MAP_LEFT, MAP_TOP, MAP_WIDTH);
    let list = List::of(scene, view.frame.height + 70.0);
    let width = view.frame.right() + MARGIN + list.columns as f64 * (LIST_WIDTH + MARGIN);
    let legend_top = view.frame.bottom() + 44.0;
    let height = legend_top + 20.0 * legend_rows(scene) as f64 + 44.0;

    let mut svg = Svg::default();
    svg.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" font-family=\"Inter, 'Noto Sans', \
         'DejaVu Sans', Helvetica, Arial, sans-serif\">\n<title>{}</title>",
        escaped(&scene.title)
    ));
    definitions(&mut svg, &view);
    svg.raw(&format!("<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#ffffff\"/>"));
    let title = "font-size=\"25\" font-weight=\"600\" fill=\"#16232b\"";
    svg.text(title, (MAP_LEFT, 44.0), &scene.title);
    let subtitle = shortened(&scene.subtitle, 14.0, MAP_WIDTH - 210.0, false);
    svg.text("font-size=\"14\" fill=\"#51616b\"", (MAP_LEFT, 70.0), &subtitle);
    map(&mut svg, scene, &view);
    list.draw(&mut svg, scene, view.frame.right() + MARGIN);
    legend(&mut svg, scene, legend_top);
    svg.text("font-size=\"12\" fill=\"#51616b\"", (MAP_LEFT, height - 18.0), DISCLAIMER);
    svg.text(
        "font-size=\"11\" fill=\"#7b8990\" text-anchor=\"end\"",
        (view.frame.right(), MAP_TOP - 9.0),
        "Coast: Natural Earth 1:10,000,000",
    );
    svg.raw("</svg>");
    svg.finish()
}

/// The conflicts and the smaller volume of each; without conflicts, all volumes.
fn points_of_interest(scene: &Scene) -> Vec<Vec3> {
    let all = |shapes: &mut dyn Iterator<Item = &Shape>| -> Vec<Vec3> {
        shapes.flat_map(|s| s.rings.iter().flatten().copied()).collect()
    };
    if scene.conflicts.is_empty() {
        return all(&mut scene.shapes.iter());
    }
    let smaller = scene.conflicts.iter().filter_map(|c| scene.shapes.get(c.smaller));
    let mut points = all(&mut smaller.into_iter());
    points.extend(scene.conflicts.iter().map(|c| c.place));
    points.extend(scene.conflicts.iter().flat_map(|c| c.rings.iter().flatten().copied()));
    points
}

fn definitions(svg: &mut Svg, view: &View) {
    let f = view.frame;
    let map = match view.globe() {
        Some(((x, y), r)) => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/>"),
        None => rectangle(f, ""),
    };
    svg.raw(&format!(
        "<defs><clipPath id=\"map\">{map}</clipPath>\
         <clipPath id=\"frame\">{}</clipPath>\
         <pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#f0b429\" \
         fill-opacity=\"0.22\"/><rect width=\"2.6\" height=\"7\" fill=\"{POSSIBLE}\" \
         fill-opacity=\"0.8\"/></pattern></defs>",
        rectangle(f, "")
    ));
}

fn rectangle(r: Rect, attributes: &str) -> String {
    format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" {attributes}/>",
        r.x, r.y, r.width, r.height
    )
}

fn map(svg: &mut Svg, scene: &Scene, view: &View) {
    svg.raw("<g clip-path=\"url(#frame)\">");
    svg.raw(&rectangle(view.frame, "fill=\"#dfebf3\" clip-path=\"url(#map)\""));
    let land = in_view(view);
    svg.path(
        "fill=\"#f5f1e6\" fill-rule=\"evenodd\" stroke=\"#f5f1e6\" stroke-width=\"0.7\" \
         clip-path=\"url(#map)\"",
        &rings(&land.areas),
    );
    svg.path(
        "fill=\"none\" stroke=\"#8d9aa0\" stroke-width=\"0.9\" stroke-linejoin=\"round\" \
         clip-path=\"url(#map)\"",
        &lines(&land.coast),
    );
    svg.raw("</g>");
    graticule(svg, view);
    svg.raw("<g clip-path=\"url(#frame)\">");
    let paper = |rings: &[Vec<Vec3>]| -> Vec<Vec<Point>> {
        rings.iter().map(|r| r.iter().map(|p| view.paper(*p)).collect()).collect()
    };
    for (i, shape) in by_layer(scene) {
        let color = LAYERS[shape.layer % LAYERS.len()];
        let (fill, line, strength) = if shape.involved || scene.conflicts.is_empty() {
            (0.09, 1.5, 0.95)
        } else {
            (0.0, 0.7, 0.45)
        };
        svg.path(
            &format!(
                "fill=\"{color}\" fill-opacity=\"{fill}\" fill-rule=\"evenodd\" stroke=\"{color}\" \
                 stroke-width=\"{line}\" stroke-opacity=\"{strength}\" stroke-linejoin=\"round\" \
                 clip-path=\"url(#map)\" data-volume=\"{i}\""
            ),
            &rings(&paper(&shape.rings)),
        );
    }
    for (i, mark) in scene.conflicts.iter().enumerate() {
        svg.path(
            &format!("{} fill-rule=\"evenodd\" data-conflict=\"{}\"", style(mark.relation), i + 1),
            &rings(&paper(&mark.rings)),
        );
    }
    svg.raw("</g>");
    let bar = scale_bar(svg, view);
    let mut labels = Labels::new(view.frame, vec![bar]);
    numbers(svg, scene, view, &mut labels);
    names(svg, scene, view, &mut labels);
    svg.raw(&rectangle(view.frame, "fill=\"none\" stroke=\"#33424a\" stroke-width=\"1\""));
}

/// Shapes from the last file to the first, those in conflict on top: a plan is named first.
fn by_layer(scene: &Scene) -> Vec<(usize, &Shape)> {
    let mut shapes: Vec<(usize, &Shape)> = scene.shapes.iter().enumerate().collect();
    shapes.sort_by_key(|(i, s)| (s.involved, std::cmp::Reverse(s.layer), *i));
    shapes
}

fn style(relation: Relation) -> String {
    match relation {
        Relation::Overlap => format!(
            "fill=\"{OVERLAP}\" fill-opacity=\"0.5\" stroke=\"#8f3d00\" stroke-width=\"1.6\""
        ),
        Relation::Possible => {
            format!("fill=\"url(#hatch)\" stroke=\"{POSSIBLE}\" stroke-width=\"1.6\"")
        }
        Relation::Touch | Relation::Apart => {
            format!("fill=\"none\" stroke=\"{TOUCH}\" stroke-width=\"2\" stroke-dasharray=\"2 3\"")
        }
    }
}

fn color(relation: Relation) -> &'static str {
    match relation {
        Relation::Overlap => OVERLAP,
        Relation::Possible => POSSIBLE,
        Relation::Touch | Relation::Apart => TOUCH,
    }
}

/// The numbers of the conflicts: near their places, tied to them by a line.
fn numbers(svg: &mut Svg, scene: &Scene, view: &View, labels: &mut Labels) {
    const SIDE: f64 = 23.0;
    let mut badges = Vec::new();
    for (i, mark) in scene.conflicts.iter().enumerate().take(MOST_NUMBERED) {
        let at = view.paper(mark.place);
        let Some(spot) = labels.take(around(at, SIDE)) else { continue };
        let middle = (spot.x + SIDE / 2.0, spot.y + SIDE / 2.0);
        if (middle.0 - at.0).hypot(middle.1 - at.1) > 2.0 {
            svg.raw(&format!(
                "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#fff\" stroke-width=\"3\" \
                 stroke-opacity=\"0.8\"/><path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#33424a\" \
                 stroke-width=\"1\"/><circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\" fill=\"#33424a\"/>",
                at.0, at.1, middle.0, middle.1, at.0, at.1, middle.0, middle.1, at.0, at.1
            ));
        }
        badges.push((i + 1, middle, mark.relation));
    }
    for (number, middle, relation) in badges {
        badge(svg, number, middle, relation);
    }
}

fn badge(svg: &mut Svg, number: usize, (x, y): Point, relation: Relation) {
    svg.raw(&format!(
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"10.5\" fill=\"{}\" stroke=\"#fff\" \
         stroke-width=\"1.6\"/>",
        color(relation)
    ));
    svg.text(
        "font-size=\"11.5\" font-weight=\"700\" fill=\"#fff\" text-anchor=\"middle\"",
        (x, y + 4.1),
        &number.to_string(),
    );
}

/// More names than this of volumes without a conflict would hide the ones that matter.
const MOST_BYSTANDERS: usize = 40;

/// The names of the volumes, those in conflict first, as far as there is room.
fn names(svg: &mut Svg, scene: &Scene, view: &View, labels: &mut Labels) {
    let mut shapes = by_layer(scene);
    shapes.reverse();
    let seen = |s: &Shape| s.rings.iter().flatten().any(|p| view.frame.contains(view.paper(*p)));
    let bystanders = shapes.iter().filter(|(_, s)| !s.involved && seen(s)).count();
    let all = scene.conflicts.is_empty() || bystanders <= MOST_BYSTANDERS;
    let mut named: Vec<(&str, usize)> = Vec::new();
    for (_, shape) in shapes {
        let again = named.contains(&(shape.label.as_str(), shape.layer));
        if again || !(shape.involved || all) {
            continue;
        }
        let loud = shape.involved || scene.conflicts.is_empty();
        let size = if loud { 11.5 } else { 10.0 };
        let (weight, bolder) = if shape.involved { (600, BOLDER) } else { (400, 1.0) };
        let text = middle_shortened(&shape.label, size * bolder, 210.0);
        let (width, height) = (text_width(&text, size * bolder), size + 3.0);
        let Some(spot) = labels.take(of_shape(shape, view, width, height)) else { continue };
        named.push((&shape.label, shape.layer));
        let color = LAYERS[shape.layer % LAYERS.len()];
        let opacity = if loud { 1.0 } else { 0.75 };
        svg.text(
            &format!(
                "font-size=\"{size}\" fill=\"{color}\" fill-opacity=\"{opacity}\" \
                 stroke=\"#fff\" stroke-width=\"3\" stroke-opacity=\"0.85\" \
                 stroke-linejoin=\"round\" paint-order=\"stroke\" font-weight=\"{weight}\" \
                 text-anchor=\"middle\""
            ),
            (spot.x + width / 2.0, spot.bottom() - 4.0),
            &text,
        );
    }
}

/// The list beside the map: what each number is.
struct List {
    entries: Vec<Entry>,
    columns: usize,
}

struct Entry {
    column: usize,
    y: f64,
    who: Vec<String>,
    details: Vec<String>,
}

const LINE: f64 = 15.0;
const TEXT_LEFT: f64 = 32.0;
/// How much wider bold letters are.
const BOLDER: f64 = 1.13;

impl List {
    fn of(scene: &Scene, height: f64) -> List {
        let room = LIST_WIDTH - TEXT_LEFT;
        let (mut column, mut y) = (0, 0.0);
        let mut entries = Vec::new();
        for Mark { who, details, .. } in &scene.conflicts {
            let who: Vec<String> =
                who.iter().flat_map(|name| wrapped(name, 12.5 * BOLDER, room, 2)).collect();
            let details = wrapped(details, 11.5, room, 3);
            let needed = LINE * (who.len() + details.len()) as f64 + 10.0;
            if y + needed > height - LINE {
                (column, y) = (column + 1, 0.0);
            }
            if column == MOST_COLUMNS {
                break;
            }
            entries.push(Entry { column, y, who, details });
            y += needed;
        }
        let columns = entries.last().map_or(0, |e| e.column + 1);
        List { entries, columns }
    }

    fn draw(&self, svg: &mut Svg, scene: &Scene, left: f64) {
        for (i, (entry, mark)) in self.entries.iter().zip(&scene.conflicts).enumerate() {
            let x = left + entry.column as f64 * (LIST_WIDTH + MARGIN);
            let mut y = MAP_TOP + entry.y + 12.0;
            badge(svg, i + 1, (x + 11.0, y - 1.0), mark.relation);
            for line in &entry.who {
                let bold = "font-size=\"12.5\" font-weight=\"600\" fill=\"#16232b\"";
                svg.text(bold, (x + TEXT_LEFT, y + 3.0), line);
                y += LINE;
            }
            for line in &entry.details {
                svg.text("font-size=\"11.5\" fill=\"#51616b\"", (x + TEXT_LEFT, y + 3.0), line);
                y += LINE;
            }
        }
        let left_out = scene.conflict_count - self.entries.len();
        if left_out > 0 {
            let x = left + (self.columns.max(1) - 1) as f64 * (LIST_WIDTH + MARGIN);
            let bottom = self
                .entries
                .last()
                .map_or(0.0, |e| e.y + LINE * (e.who.len() + e.details.len()) as f64);
            svg.text(
                "font-size=\"12.5\" font-style=\"italic\" fill=\"#51616b\"",
                (x + TEXT_LEFT, MAP_TOP + bottom + 26.0),
                &format!("and {left_out} more, listed in the table"),
            );
        }
    }
}

/// Entries of the legend: the files and the relations that occur.
fn legend_items(scene: &Scene) -> Vec<(String, String)> {
    let mut items: Vec<(String, String)> = scene
        .layers
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let color = LAYERS[i % LAYERS.len()];
            let style = format!(
                "fill=\"{color}\" fill-opacity=\"0.12\" stroke=\"{color}\" stroke-width=\"1.5\""
            );
            (style, name.clone())
        })
        .collect();
    for (relation, words) in [
        (Relation::Overlap, "overlap"),
        (Relation::Possible, "possible overlap: the given facts do not decide"),
        (Relation::Touch, "touch"),
    ] {
        if scene.conflicts.iter().any(|c| c.relation == relation) {
            items.push((style(relation), words.to_owned()));
        }
    }
    items
}

/// The right end of the legend's lines.
const LEGEND_RIGHT: f64 = MAP_LEFT + MAP_WIDTH;

fn legend_rows(scene: &Scene) -> usize {
    let mut rows = 1;
    let mut x = MAP_LEFT;
    for (_, words) in legend_items(scene) {
        let width = 34.0 + text_width(&words, 12.5) + 18.0;
        if x + width > LEGEND_RIGHT && x > MAP_LEFT {
            (rows, x) = (rows + 1, MAP_LEFT);
        }
        x += width;
    }
    rows
}

fn legend(svg: &mut Svg, scene: &Scene, top: f64) {
    let (mut x, mut y) = (MAP_LEFT, top);
    for (style, words) in legend_items(scene) {
        let needed = 34.0 + text_width(&words, 12.5) + 18.0;
        if x + needed > LEGEND_RIGHT && x > MAP_LEFT {
            (x, y) = (MAP_LEFT, y + 20.0);
        }
        svg.raw(&rectangle(Rect { x, y: y - 4.0, width: 24.0, height: 13.0 }, &style));
        svg.text("font-size=\"12.5\" fill=\"#16232b\"", (x + 32.0, y + 7.0), &words);
        x += needed;
    }
}
