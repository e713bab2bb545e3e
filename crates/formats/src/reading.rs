//! What a reader is asked for, and what it has to say beside the features that it finds.

use deconflict_geometry::{
    Band, Circle, EdgeRule, Footprint, Position, Volume, Window, distance_and_azimuth, redrawn_len,
};

use crate::document::{
    Document, Feature, Format, Omission, Placeless, ReadError, ReadNote, SourcePlace, clipped_id,
};

/// How a file is to be read.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct ReadOptions {
    /// Whether what is mistaken is left out and the rest is read: each [`Omission`] stands in the
    /// document. Else one mistake refuses the file.
    pub leave_out_mistaken: bool,
    /// The radius, in metres, of points that declare no extent of their own; `None`: such a point is
    /// a mistake.
    pub point_radius_m: Option<f64>,
    /// The radius, in metres, of the rows of a list of sites that declare none; `None`: such a row is
    /// a mistake.
    pub row_radius_m: Option<f64>,
}

/// The most mistakes that are listed for one input; the last entry then says how many more.
const MAX_MISTAKES: usize = 100;
/// The most records that are left out of one file: each is named.
const MAX_OMISSIONS: usize = 10_000;
/// The most kinds of remarks; those of further kinds are counted together.
const MAX_KINDS: usize = 50;
/// The most features without a place that are named; the rest is counted.
const MAX_PLACELESS: usize = 1_000;

/// The most positions that the volumes of one file may have in all, those included that its edges
/// need between them. A file that repeats a shape in many periods, or draws edges across the world,
/// could else take any amount of memory.
const MAX_POSITIONS: usize = 5_000_000;

/// The reading of one file: its options, its bounds, and what was found that is no feature.
pub(crate) struct Reading {
    options: ReadOptions,
    /// Where the reader is.
    place: SourcePlace,
    positions_left: usize,
    spent: bool,
    mistakes: Vec<ReadError>,
    more: usize,
    /// Something is wrong with the file as a whole, so that no part of it can be trusted.
    whole: bool,
    omissions: Vec<Omission>,
    notes: Vec<ReadNote>,
    placeless: Placeless,
}

impl Reading {
    /// The reading of a file, before anything is read.
    pub(crate) fn new(options: &ReadOptions) -> Reading {
        Reading {
            options: *options,
            place: SourcePlace::Whole,
            positions_left: MAX_POSITIONS,
            spent: false,
            mistakes: Vec::new(),
            more: 0,
            whole: false,
            omissions: Vec::new(),
            notes: Vec::new(),
            placeless: Placeless::default(),
        }
    }

    /// Says where the reader is: what is noted from now on stands there.
    pub(crate) fn at(&mut self, place: SourcePlace) {
        self.place = place;
    }

    /// Notes a mistake that concerns the file as a whole: nothing of it is read, whatever the options.
    pub(crate) fn refuse(&mut self, mistake: ReadError) {
        self.whole = true;
        self.mistake(mistake);
    }

    /// Notes that one record of the file is mistaken. It is left out where the options allow that;
    /// `hull` is a volume that it cannot reach beyond, whatever was meant, `None` where it may be
    /// anywhere.
    pub(crate) fn leave_out(&mut self, mistake: ReadError, hull: Option<Volume>) {
        let (place, id) = (mistake.place, mistake.feature.clone());
        self.leave_out_record(Omission { place, id, mistakes: vec![mistake], hull }, 0);
    }

    /// The same for a record with any number of mistakes; `more` than those that are spelled out.
    pub(crate) fn leave_out_record(&mut self, mut omission: Omission, more: usize) {
        for mistake in &omission.mistakes {
            self.mistake(mistake.clone());
        }
        self.more += more;
        if self.options.leave_out_mistaken && !self.whole {
            omission.mistakes.truncate(MAX_MISTAKES);
            self.omit(omission);
        }
    }

    fn omit(&mut self, omission: Omission) {
        if self.omissions.len() < MAX_OMISSIONS {
            self.omissions.push(omission);
            return;
        }
        if self.whole {
            return;
        }
        let what = format!(
            "more than {MAX_OMISSIONS} records are mistaken, too many to leave out: correct the file"
        );
        self.whole = true;
        self.mistakes.insert(0, ReadError::new(SourcePlace::Whole, None, what));
    }

    fn mistake(&mut self, mistake: ReadError) {
        if self.mistakes.len() < MAX_MISTAKES {
            self.mistakes.push(mistake);
        } else {
            self.more += 1;
        }
    }

    /// Whether what is mistaken is left out, so that it is of use to know where it may be.
    pub(crate) fn leaves_out(&self) -> bool {
        self.options.leave_out_mistaken
    }

    /// Says that something was passed over or taken for granted here. `what` names the kind, in
    /// words that stand for every such place: it is said once, with a count and the first place.
    pub(crate) fn note(&mut self, what: &str) {
        self.take_note(ReadNote { what: what.to_owned(), count: 1, first: self.place });
    }

    fn take_note(&mut self, mut note: ReadNote) {
        let known = |notes: &[ReadNote], what: &str| notes.iter().any(|n| n.what == what);
        if self.notes.len() >= MAX_KINDS && !known(&self.notes, &note.what) {
            note.what = "what is of further kinds was passed over".to_owned();
        }
        match self.notes.iter_mut().find(|other| other.what == note.what) {
            Some(other) => other.count += note.count,
            None => self.notes.push(note),
        }
    }

    /// Notes that the feature here is declared without a place: there is nothing to compare.
    pub(crate) fn without_place(&mut self, id: &str) {
        self.placeless.count += 1;
        if self.placeless.first.len() < MAX_PLACELESS {
            self.placeless.first.push((self.place, clipped_id(id)));
        }
    }

    /// Whether the options give points an extent.
    pub(crate) fn gives_points(&self) -> bool {
        self.options.point_radius_m.is_some()
    }

    /// The radius, in metres, of a point without an extent of its own, if the options give one; it is
    /// counted.
    pub(crate) fn point_radius_m(&mut self) -> Option<f64> {
        let radius_m = self.options.point_radius_m?;
        self.note(&format!(
            "points without an extent were read as circles of {radius_m} m (--points)"
        ));
        Some(radius_m)
    }

    /// The radius, in metres, of a point whose buffer is 0: the smallest that a circle may have. It is
    /// counted.
    pub(crate) fn no_buffer_m(&mut self) -> f64 {
        self.note(
            "points with a buffer of 0 were read as circles of 1 m, the smallest that there are",
        );
        1.0
    }

    /// The radius, in metres, of a row without one, if the options give one; it is counted.
    pub(crate) fn row_radius_m(&mut self) -> Option<f64> {
        let radius_m = self.options.row_radius_m?;
        self.note(&format!(
            "rows without a radius were read as circles of {radius_m} m (--radius)"
        ));
        Some(radius_m)
    }

    /// Counts the positions of a line or ring of some rule, before a shape is made of it.
    ///
    /// # Errors
    /// When there are more than may be.
    pub(crate) fn take_line(
        &mut self,
        line: &[Position],
        closed: bool,
        rule: EdgeRule,
    ) -> Result<(), String> {
        self.take_positions(redrawn_len(line, closed, rule))
    }

    /// Counts the positions of one more volume with a footprint.
    ///
    /// # Errors
    /// When there are more than may be.
    pub(crate) fn take(&mut self, footprint: &Footprint) -> Result<(), String> {
        self.take_positions(match footprint {
            Footprint::Polygons(polygons) => polygons
                .iter()
                .flat_map(|p| p.rings().iter().map(|ring| redrawn_len(ring, true, p.rule())))
                .sum(),
            Footprint::Circle(_) => 1,
            Footprint::Corridor(c) => redrawn_len(c.path(), false, c.rule()),
        })
    }

    fn take_positions(&mut self, positions: usize) -> Result<(), String> {
        // A shape takes memory beyond its positions too.
        match self.positions_left.checked_sub(positions.saturating_add(8)) {
            Some(left) => {
                self.positions_left = left;
                Ok(())
            }
            None => {
                self.spent = true;
                Err(too_many_positions())
            }
        }
    }

    /// Takes in what was found in a later part of the file, which was read with the same options.
    pub(crate) fn absorb(&mut self, part: Reading) {
        let taken = MAX_POSITIONS - part.positions_left;
        self.spent |= part.spent;
        match self.positions_left.checked_sub(taken) {
            Some(left) => self.positions_left = left,
            None if !self.spent => {
                self.spent = true;
                self.mistake(ReadError::new(SourcePlace::Whole, None, too_many_positions()));
            }
            None => {}
        }
        self.whole |= part.whole;
        for mistake in part.mistakes {
            self.mistake(mistake);
        }
        self.more += part.more;
        for omission in part.omissions {
            // Its mistakes stand in the list already.
            self.omit(omission);
        }
        for note in part.notes {
            self.take_note(note);
        }
        self.placeless.count += part.placeless.count;
        let room = MAX_PLACELESS.saturating_sub(self.placeless.first.len());
        self.placeless.first.extend(part.placeless.first.into_iter().take(room));
    }

    /// Whether there were more positions than may be: reading on makes no sense.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }

    /// The document with all that was found.
    ///
    /// # Errors
    /// All mistakes, the first hundred spelled out, where the file as a whole is mistaken or over a
    /// bound, or what is mistaken is not to be left out.
    pub(crate) fn finish(
        mut self,
        format: Format,
        features: Vec<Feature>,
    ) -> Result<Document, Vec<ReadError>> {
        let passes = self.options.leave_out_mistaken && !self.whole && !self.spent;
        if self.mistakes.is_empty() || passes {
            return Ok(Document {
                format,
                features,
                notes: self.notes,
                omissions: self.omissions,
                placeless: self.placeless,
            });
        }
        if self.more > 0 {
            // Where mistakes may be left out, that is a way on.
            let way = match self.whole || self.spent {
                true => "",
                false => ", or leave out what is mistaken (--leave-out-mistaken)",
            };
            let what =
                format!("{} more mistakes; correct the first ones and try again{way}", self.more);
            self.mistakes.push(ReadError::new(SourcePlace::Whole, None, what));
        }
        Err(self.mistakes)
    }
}

fn too_many_positions() -> String {
    format!(
        "more than {MAX_POSITIONS} positions in the file, those between included that its edges need: split it"
    )
}

/// The volume that stands for what is left out and lies within `beyond_m` metres of lines through these
/// positions, at any height and time; see [`hull`].
pub(crate) fn hull_volume(positions: &[Position], beyond_m: f64) -> Option<Volume> {
    let footprint = hull(positions, beyond_m)?;
    Some(Volume { footprint, band: Band::UNKNOWN, window: Window::ALWAYS })
}

/// Metres that one degree of a meridian, or of the equator, has at most.
const DEGREE_M: f64 = 111_700.0;
/// The largest circle, in metres, that is worth saying: beyond it, anywhere.
const MAX_HULL_M: f64 = 5_000_000.0;

/// A circle that holds everything that can be drawn with straight lines of any rule, within
/// `beyond_m` metres, through positions in any order of the given ones' neighbours; `None` where
/// there are none or they lie too far from each other.
pub(crate) fn hull(positions: &[Position], beyond_m: f64) -> Option<Footprint> {
    let sum = positions.iter().fold([0.0_f64; 3], |[x, y, z], p| {
        let (lat, lon) = (p.lat_deg().to_radians(), p.lon_deg().to_radians());
        [x + lat.cos() * lon.cos(), y + lat.cos() * lon.sin(), z + lat.sin()]
    });
    let [x, y, z] = sum;
    let center = Position::new(z.atan2(x.hypot(y)).to_degrees(), y.atan2(x).to_degrees()).ok()?;
    let mut radius_m = 0.0_f64;
    for position in positions {
        radius_m = radius_m.max(distance_and_azimuth(center, *position).0);
        if radius_m > MAX_HULL_M {
            return None;
        }
    }
    // A line lies nowhere farther from its nearer end than half its length, the longest being the one
    // that is straight in longitude and latitude.
    let next = positions.iter().cycle().skip(1);
    let longest_deg = positions.iter().zip(next).fold(0.0_f64, |longest, (a, b)| {
        let (lat, lon) = (b.lat_deg() - a.lat_deg(), b.lon_deg() - a.lon_deg());
        longest.max(lat.hypot(lon))
    });
    let radius_m = radius_m + longest_deg * DEGREE_M / 2.0 + beyond_m + 1.0;
    if positions.is_empty() || radius_m > MAX_HULL_M {
        return None;
    }
    Circle::new(center, radius_m).ok().map(Footprint::Circle)
}
