//! How urgent a message is, and by when it must have been delivered, read back and answered.

use serde::{Deserialize, Serialize};

/// How urgent a message is. The sender never chooses it: the table of codes does, raised by the time left.
///
/// The words and the times to answer are those of military message precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precedence {
    /// A day.
    Routine,
    /// Hours.
    Priority,
    /// Half an hour.
    Immediate,
    /// Minutes.
    Flash,
}

impl Precedence {
    /// All of them, the least urgent first.
    pub const ALL: [Precedence; 4] =
        [Precedence::Routine, Precedence::Priority, Precedence::Immediate, Precedence::Flash];

    /// The letter that stands beside its name in every language, as in telegrams: Z, O, P, R.
    pub fn letter(self) -> char {
        match self {
            Precedence::Flash => 'Z',
            Precedence::Immediate => 'O',
            Precedence::Priority => 'P',
            Precedence::Routine => 'R',
        }
    }
}

/// How the precedence of a code's messages is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrecedenceRule {
    /// Always this.
    Always(Precedence),
    /// By the time that is left before what the message speaks of.
    ByTimeLeft {
        /// With less than this left, in seconds, it is FLASH.
        flash_under_s: i64,
        /// What it is else, and where nothing says how much time is left.
        base: Precedence,
        /// With more than so many seconds left, it is this: the longest first.
        lower_beyond: &'static [(i64, Precedence)],
    },
    /// That of the message that it speaks of.
    OfMessage,
}

impl PrecedenceRule {
    /// The precedence with so many seconds left (below 0: it has begun; `None`: nothing says) of a message
    /// that speaks of one of precedence `spoken_of`. Where that one is not known, PRIORITY.
    pub fn with(self, time_left_s: Option<i64>, spoken_of: Option<Precedence>) -> Precedence {
        match self {
            PrecedenceRule::Always(precedence) => precedence,
            PrecedenceRule::OfMessage => spoken_of.unwrap_or(Precedence::Priority),
            PrecedenceRule::ByTimeLeft { flash_under_s, base, lower_beyond } => {
                let Some(left) = time_left_s else { return base };
                if left < flash_under_s {
                    return Precedence::Flash;
                }
                lower_beyond.iter().find(|(beyond, _)| left > *beyond).map_or(base, |found| found.1)
            }
        }
    }

    /// With how many seconds left it becomes more urgent than with one more, the most first.
    pub(crate) fn rises(self) -> Vec<i64> {
        match self {
            PrecedenceRule::Always(_) | PrecedenceRule::OfMessage => Vec::new(),
            PrecedenceRule::ByTimeLeft { flash_under_s, lower_beyond, .. } => {
                lower_beyond.iter().map(|(beyond, _)| *beyond).chain([flash_under_s - 1]).collect()
            }
        }
    }
}

/// By when something must have been done, in seconds after the message was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimits {
    /// The addressee's desk has it: a machine's receipt.
    pub delivered_s: u32,
    /// A person has read it back.
    pub read_back_s: u32,
    /// It is answered.
    pub answered_s: u32,
}

impl TimeLimits {
    /// The smaller of each limit and a third of what is left, in seconds; a third that is shorter than what a line needs to
    /// deliver counts as that. What has begun is as urgent as FLASH: nobody is late before he could have been in time.
    #[must_use]
    pub fn within(self, time_left_s: Option<i64>, flash: TimeLimits) -> TimeLimits {
        let Some(left) = time_left_s else { return self };
        if left <= 0 {
            return self.at_most(flash);
        }
        let third = u32::try_from(left / 3).unwrap_or(u32::MAX).max(flash.delivered_s);
        self.at_most(TimeLimits { delivered_s: third, read_back_s: third, answered_s: third })
    }

    /// The smaller of each limit.
    #[must_use]
    pub fn at_most(self, other: TimeLimits) -> TimeLimits {
        TimeLimits {
            delivered_s: self.delivered_s.min(other.delivered_s),
            read_back_s: self.read_back_s.min(other.read_back_s),
            answered_s: self.answered_s.min(other.answered_s),
        }
    }
}

/// The limits of each precedence. The default is the vocabulary's; a space may set its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitTable {
    /// FLASH.
    pub flash: TimeLimits,
    /// IMMEDIATE.
    pub immediate: TimeLimits,
    /// PRIORITY.
    pub priority: TimeLimits,
    /// ROUTINE.
    pub routine: TimeLimits,
}

impl Default for LimitTable {
    fn default() -> LimitTable {
        let limits = |delivered_s, read_back_s, answered_s| TimeLimits {
            delivered_s,
            read_back_s,
            answered_s,
        };
        LimitTable {
            flash: limits(10, 2 * MINUTE_S, 10 * MINUTE_S),
            immediate: limits(30, 10 * MINUTE_S, 30 * MINUTE_S),
            priority: limits(60, HOUR_S, 3 * HOUR_S),
            routine: limits(5 * MINUTE_S, 6 * HOUR_S, 24 * HOUR_S),
        }
    }
}

const MINUTE_S: u32 = 60;
const HOUR_S: u32 = 60 * MINUTE_S;

impl LimitTable {
    /// The limits of a precedence where nothing ends before.
    pub fn of(&self, precedence: Precedence) -> TimeLimits {
        match precedence {
            Precedence::Flash => self.flash,
            Precedence::Immediate => self.immediate,
            Precedence::Priority => self.priority,
            Precedence::Routine => self.routine,
        }
    }

    /// Whether every limit is more than nothing, no later step is due before an earlier one, and nothing that
    /// is more urgent has longer.
    pub fn is_in_order(&self) -> bool {
        let in_order = |limits: TimeLimits| {
            0 < limits.delivered_s
                && limits.delivered_s <= limits.read_back_s
                && limits.read_back_s <= limits.answered_s
        };
        Precedence::ALL.iter().all(|precedence| in_order(self.of(*precedence)))
            && Precedence::ALL.windows(2).all(|two| {
                let (slower, faster) = (self.of(two[0]), self.of(two[1]));
                faster.delivered_s <= slower.delivered_s
                    && faster.read_back_s <= slower.read_back_s
                    && faster.answered_s <= slower.answered_s
            })
    }
}

/// What happens when a message was not read back or answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MissedStep {
    /// Every desk of the addressed party shows it, and it goes by the party's alternate path.
    EveryDeskAndAlternatePath,
    /// It goes by the party's alternate path.
    AlternatePath,
    /// It goes to the next level.
    NextLevel,
    /// The addressee is reminded.
    Reminder,
    /// It is spoken of in the next line test.
    NextLineTest,
}

impl Precedence {
    /// What happens when, in seconds after a message with these limits was taken in and not answered, the earliest
    /// first. The steps hang on the limits, so they come sooner where little time is left, and as a space has set
    /// them: with the vocabulary's own table, FLASH after 2 and 5 min, IMMEDIATE after 10 and 30 min, PRIORITY after
    /// 3 h, ROUTINE after a day.
    pub fn when_missed(self, limits: TimeLimits) -> Vec<(u32, MissedStep)> {
        let TimeLimits { read_back_s, answered_s, .. } = limits;
        match self {
            Precedence::Flash => vec![
                (read_back_s, MissedStep::EveryDeskAndAlternatePath),
                (read_back_s.max(answered_s / 2), MissedStep::NextLevel),
            ],
            Precedence::Immediate => {
                vec![(read_back_s, MissedStep::AlternatePath), (answered_s, MissedStep::NextLevel)]
            }
            Precedence::Priority => vec![(answered_s, MissedStep::NextLevel)],
            Precedence::Routine => {
                vec![(answered_s, MissedStep::Reminder), (answered_s, MissedStep::NextLineTest)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_smaller_of_the_table_and_a_third_of_the_time_left() {
        let table = LimitTable::default();
        let of = |precedence, left| {
            let limits = table.of(precedence).within(left, table.flash);
            (limits.delivered_s, limits.read_back_s, limits.answered_s)
        };
        assert_eq!(of(Precedence::Flash, None), (10, 120, 600));
        assert_eq!(of(Precedence::Immediate, None), (30, 600, 1_800));
        assert_eq!(of(Precedence::Priority, None), (60, 3_600, 10_800));
        assert_eq!(of(Precedence::Routine, None), (300, 21_600, 86_400));
        assert_eq!(of(Precedence::Immediate, Some(3_600)), (30, 600, 1_200));
        assert_eq!(of(Precedence::Immediate, Some(5_399)), (30, 600, 1_799));
        assert_eq!(of(Precedence::Immediate, Some(5_400)), (30, 600, 1_800));
        assert_eq!(of(Precedence::Flash, Some(60)), (10, 20, 20));
        // No line delivers in less, and what has begun is as urgent as can be.
        assert_eq!(of(Precedence::Flash, Some(2)), (10, 10, 10));
        assert_eq!(of(Precedence::Flash, Some(-600)), (10, 120, 600));
        assert_eq!(of(Precedence::Routine, Some(0)), (10, 120, 600));
        assert_eq!(of(Precedence::Routine, Some(i64::MIN)), (10, 120, 600));
        assert_eq!(of(Precedence::Routine, Some(i64::MAX)), (300, 21_600, 86_400));
    }

    #[test]
    fn a_table_out_of_order_is_told() {
        let table = LimitTable::default();
        assert!(table.is_in_order());
        let mut wrong = table;
        wrong.flash.answered_s = 60;
        assert!(!wrong.is_in_order());
        let mut wrong = table;
        wrong.flash = table.routine;
        assert!(!wrong.is_in_order());
        let mut wrong = table;
        wrong.flash.delivered_s = 0;
        assert!(!wrong.is_in_order());
        let json = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<LimitTable>(&json).unwrap(), table);
        let more = json.replacen("\"flash\"", "\"urgent\":{},\"flash\"", 1);
        assert!(serde_json::from_str::<LimitTable>(&more).is_err());
    }

    #[test]
    fn steps_after_a_miss_follow_the_limits() {
        use MissedStep::{
            AlternatePath, EveryDeskAndAlternatePath, NextLevel, NextLineTest, Reminder,
        };
        let table = LimitTable::default();
        let steps = |precedence: Precedence, left| {
            precedence.when_missed(table.of(precedence).within(left, table.flash))
        };
        let flash = [(120, EveryDeskAndAlternatePath), (300, NextLevel)];
        assert_eq!(steps(Precedence::Flash, None), flash);
        let immediate = [(600, AlternatePath), (1_800, NextLevel)];
        assert_eq!(steps(Precedence::Immediate, None), immediate);
        assert_eq!(steps(Precedence::Priority, None), [(10_800, NextLevel)]);
        let routine = [(86_400, Reminder), (86_400, NextLineTest)];
        assert_eq!(steps(Precedence::Routine, None), routine);
        let hurried = [(30, EveryDeskAndAlternatePath), (30, NextLevel)];
        assert_eq!(steps(Precedence::Flash, Some(90)), hurried);
        for precedence in Precedence::ALL {
            for left in [0, 1, 59, 1_000, 100_000] {
                let limits = table.of(precedence).within(Some(left), table.flash);
                let steps = precedence.when_missed(limits);
                assert!(steps.windows(2).all(|two| two[0].0 <= two[1].0), "{precedence:?} {left}");
                assert!(steps.iter().all(|step| step.0 >= limits.read_back_s));
            }
        }
    }
}
