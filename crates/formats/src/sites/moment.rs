//! Cells that a spreadsheet stores as a date, a time of day or a duration.
//!
//! Such a cell is a number of days, and only its number format tells it from another number. What is
//! typed with colons becomes one: `27:15:40`, meant as degrees, is stored as 1.1359 days. So the
//! number is never taken without its format, and an instant only from a format that shows all of it.

use calamine::ExcelDateTime;

/// What a date, time or duration cell holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Moment {
    /// What it shows, written as `2026-05-18`, `2026-05-18T09:30:00.000` or `27:15:40`.
    pub(super) text: String,
    /// Its number format.
    pub(super) format: String,
    /// Why it is no instant, where it is none.
    pub(super) lacks: Option<&'static str>,
}

/// The earliest serial number whose day Excel and the calendar agree on: 1 March 1900. The days
/// before it have other numbers elsewhere, and below 1 there is no day at all.
const FIRST_CERTAIN_DAY: f64 = 61.0;

/// Durations beyond this many days are no times.
const LONGEST_DAYS: f64 = 1e7;

impl Moment {
    /// The cell of a serial number under a number format (`code`; `id` is its number where it has
    /// one).
    pub(super) fn of_serial(date: &ExcelDateTime, code: &str, id: Option<u32>) -> Moment {
        // The codes of 27 to 36 and 50 to 58 depend on the language; 30 and 31 show the whole day in
        // each of them (ECMA-376-1, section 18.8.30).
        let foreign = id.filter(|id| matches!(id, 27..=36 | 50..=58) && code == "General");
        let (shown, format) = match foreign {
            Some(id @ (30 | 31)) => (FormatParts::DAY, format!("{id}")),
            Some(id) => (FormatParts::default(), format!("{id}")),
            None => (FormatParts::of(code), crate::attributes::clip(code)),
        };
        let days = date.as_f64();
        let dated = days >= FIRST_CERTAIN_DAY && !date.is_duration() && !shown.elapsed;
        let text = if dated { day_text(date) } else { clock_text(days) };
        let has_time = text.contains(':');
        let lacks = match shown {
            _ if foreign.is_some_and(|id| !matches!(id, 30 | 31)) => {
                Some("which shows other things in other languages")
            }
            FormatParts { elapsed: true, .. } => Some("which is a duration"),
            _ if !dated => Some("which has no day"),
            FormatParts { year: true, month: true, day: true, hour, .. } if hour || !has_time => {
                None
            }
            FormatParts { year: true, month: true, day: true, .. } => {
                Some("which hides the time of day that the cell holds")
            }
            _ => Some("which does not show year, month and day"),
        };
        Moment { text, format, lacks }
    }

    /// The cell of a date or time that the workbook stores as a text of ISO 8601.
    pub(super) fn of_iso(text: &str) -> Moment {
        let lacks = (!text.contains('-')).then_some("which has no day");
        Moment { text: text.trim().to_owned(), format: "ISO 8601".to_owned(), lacks }
    }

    /// The refusal of such a cell in a column that holds no times.
    pub(super) fn misplaced(&self, header: &str, example: &str) -> String {
        format!(
            "`{header}` is a cell that the spreadsheet stores as a time (format {}, it shows {}): \
             what was typed there is not certain; format the column as text and type it again{example}",
            self.format, self.text
        )
    }
}

/// What a number format shows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct FormatParts {
    year: bool,
    month: bool,
    day: bool,
    hour: bool,
    /// Hours, minutes or seconds beyond a day, in brackets.
    elapsed: bool,
}

impl FormatParts {
    const DAY: FormatParts =
        FormatParts { year: true, month: true, day: true, hour: false, elapsed: false };

    /// What the first section of a format code shows (ECMA-376-1, section 18.8.31).
    fn of(code: &str) -> FormatParts {
        let mut shown = FormatParts::default();
        // `m` is the minute after an hour or before a second, and the month elsewhere.
        let mut after_hour = false;
        let mut open_month = false;
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            match c.to_ascii_lowercase() {
                ';' => break,
                '"' => while chars.next().is_some_and(|quoted| quoted != '"') {},
                '\\' | '_' | '*' => drop(chars.next()),
                '[' => {
                    let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    let inner = inner.to_ascii_lowercase();
                    if let Some(unit) = inner.chars().next()
                        && matches!(unit, 'h' | 'm' | 's')
                        && inner.chars().all(|other| other == unit)
                    {
                        shown.elapsed = true;
                        after_hour = unit == 'h';
                    }
                }
                unit @ ('y' | 'e' | 'd' | 'h' | 'm' | 's') => {
                    let mut run = 1;
                    while chars.next_if(|next| next.to_ascii_lowercase() == unit).is_some() {
                        run += 1;
                    }
                    match unit {
                        'y' | 'e' => shown.year = true,
                        // `ddd` and `dddd` are days of the week.
                        'd' => shown.day |= run <= 2,
                        'h' => shown.hour = true,
                        'm' if after_hour => {}
                        'm' => {
                            shown.month = true;
                            open_month = true;
                        }
                        _ if open_month && run <= 2 => {
                            // `mm:ss`: that was no month.
                            shown.month = false;
                        }
                        _ => {}
                    }
                    after_hour = unit == 'h';
                    open_month = unit == 'm' && open_month;
                }
                _ => {}
            }
        }
        shown
    }
}

/// A date as text; without a time of day where it has none, since a spreadsheet shows such a cell
/// as a day.
fn day_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        day
    } else {
        format!("{day}T{hour:02}:{minute:02}:{second:02}.{milli:03}")
    }
}

/// A number of days as hours, minutes and seconds: `27:15:40`.
fn clock_text(days: f64) -> String {
    if !days.is_finite() || days.abs() > LONGEST_DAYS {
        return format!("{days} days");
    }
    let milliseconds = (days.abs() * 86_400_000.0).round() as i64;
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    let sign = if days < 0.0 { "-" } else { "" };
    let clock = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { clock } else { format!("{clock}.{fraction:03}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    fn moment(days: f64, code: &str, id: Option<u32>) -> Moment {
        let kind = if FormatParts::of(code).elapsed {
            ExcelDateTimeType::TimeDelta
        } else {
            ExcelDateTimeType::DateTime
        };
        Moment::of_serial(&ExcelDateTime::new(days, kind, false), code, id)
    }

    #[test]
    fn a_duration_shows_what_was_typed() {
        let lat = moment(1.135_879_629_629_63, "[h]:mm:ss", Some(46));
        assert_eq!((lat.text.as_str(), lat.lacks), ("27:15:40", Some("which is a duration")));
        assert_eq!(moment(-0.5, "[h]:mm", None).text, "-12:00:00");
        assert_eq!(moment(0.25 / 86_400.0, "mm:ss.0", Some(47)).text, "00:00:00.250");
    }

    #[test]
    fn only_a_format_that_shows_all_of_it_makes_an_instant() {
        let noon = 46_160.5;
        for (days, code, id, lacks) in [
            (noon, "yyyy-mm-dd hh:mm", None, None),
            (noon, "[$-409]d/m/yy h:mm AM/PM;@", None, None),
            (noon, "m/d/yy h:mm", Some(22), None),
            (46_160.0, "mm-dd-yy", Some(14), None),
            (46_160.0, "dddd, d. mmmm yyyy", None, None),
            (46_160.0, "General", Some(31), None),
            (noon, "d-mmm-yy", Some(15), Some("which hides the time of day that the cell holds")),
            (noon, "d-mmm", Some(16), Some("which does not show year, month and day")),
            (46_160.0, "mmm-yy", Some(17), Some("which does not show year, month and day")),
            (noon, "h:mm", Some(20), Some("which does not show year, month and day")),
            (0.5, "h:mm:ss", Some(21), Some("which has no day")),
            (0.5, "yyyy-mm-dd hh:mm", None, Some("which has no day")),
            (noon, "mm:ss", Some(45), Some("which does not show year, month and day")),
            (noon, "General", Some(33), Some("which shows other things in other languages")),
        ] {
            assert_eq!(moment(days, code, id).lacks, lacks, "{code} {id:?}");
        }
    }

    #[test]
    fn minutes_and_months_are_told_apart() {
        for (code, month, hour) in [
            ("h:mm", false, true),
            ("mm:ss", false, false),
            ("yyyy/mm/dd hh:mm:ss", true, true),
            ("dd.mm.yyyy", true, false),
            ("h \"mm\" dd", false, true),
        ] {
            let shown = FormatParts::of(code);
            assert_eq!((shown.month, shown.hour), (month, hour), "{code}");
        }
    }
}
