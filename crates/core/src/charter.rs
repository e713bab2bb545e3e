//! What a space is: who takes part, by which rules, and who must sign a change of either.

mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use deconflict_geometry::{
    HeightFacts, HeightFactsError, Rules, Separation, SharingGrid, SharingGridError,
};
use deconflict_record::{Hash, KeyId, VerifyingKey};
use deconflict_vocabulary::LimitTable;
use serde::{Deserialize, Serialize};

use crate::names::{GroupId, PartyId, Texts};
use crate::time::SECOND_NS;
pub use witness::{MAX_WITNESS_URL_BYTES, Witness};

/// The most parties of a space.
pub const MAX_PARTIES: usize = 200;

/// The most witnesses of a space: as many as sign one head.
pub const MAX_WITNESSES: usize = 100;

/// The most that a charter can set as an upper bound.
pub const MAX_LIMIT: usize = 1_000_000;

/// The most interests of a party that a charter may allow: a statement's entries hold those that it touches.
pub const MAX_INTERESTS: usize = 10_000;

/// The most cells in force of a party that a charter may allow: half of the earth in cells of 500 m.
pub const MAX_CELLS_IN_FORCE: usize = 1_000_000_000;

/// The signed beginning of a space, and what amends it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// The space's name and the origin line of its record, such as `deconflict.example/at-tanf`: every
    /// statement names it, so that none can be replayed into another space.
    pub space: String,
    /// What people call the space.
    pub title: Texts,
    /// Who keeps the record.
    pub host: Host,
    /// Who founded the space. Later parties join by their own statement and the founders' consent.
    pub parties: Vec<Member>,
    /// Who countersigns the record's heads.
    pub witnesses: Vec<Witness>,
    /// How many of the witnesses that count ([`Charter::counting_witnesses`]) must have countersigned a head
    /// before those rely on it who saw none of the earlier ones.
    pub quorum: usize,
    /// By which rules.
    pub rules: RuleSet,
    /// Whose roots must sign what.
    pub consents: Consents,
    /// The head that this space continues from, where an earlier record was lost or left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
}

/// Who keeps the record, and with which key it signs heads and promises.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The party whose watch desk owns open conflicts.
    pub party: PartyId,
    /// The key that signs heads and promises.
    pub key: VerifyingKey,
}

/// A party as it introduces itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What it is called.
    pub id: PartyId,
    /// Its name in one or more languages.
    pub name: Texts,
    /// The key that enrols and revokes its operators; kept offline.
    pub root: VerifyingKey,
    /// The hash of the next root's key id: who steals this root cannot name its successor.
    pub next_root: Hash,
    /// How to reach its duty officer when the line is down.
    pub contact: Vec<String>,
    /// Groups without a desk of their own for whom it says that it speaks.
    #[serde(default)]
    pub speaks_for: BTreeSet<GroupId>,
}

/// The head of an earlier record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continues {
    /// Its size.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// What is known to be lost after it, in words; empty when nothing is.
    pub lost: String,
}

/// How many root signatures a change needs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// Every party that has joined.
    #[default]
    All,
    /// At least so many of them.
    AtLeast(usize),
}

/// Whose roots must sign which change.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consents {
    /// That a party joins.
    #[serde(default)]
    pub parties: Consent,
    /// Other witnesses or another quorum.
    #[serde(default)]
    pub witnesses: Consent,
    /// Other rules, another title, other consents.
    #[serde(default)]
    pub rules: Consent,
    /// Another host.
    #[serde(default)]
    pub host: Consent,
}

/// How a filing is treated whose author does not show that it knew what it conflicts with.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// It is accepted, and both sides are told.
    #[default]
    Inform,
    /// It is refused, with a list of what is missing (ASTM F3548-21, section 4.4.3).
    Prove,
}

/// The rules of a space.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSet {
    /// What a filing must know.
    pub knowledge: Knowledge,
    /// Whether two declarations of one party can conflict.
    pub within_party: bool,
    /// The grid to which undisclosed declarations are widened.
    pub grid: Grid,
    /// Less than this is a conflict.
    pub separation: Apart,
    /// What is known of terrain and pressure.
    pub heights: Heights,
    /// Days for which a site counts as confirmed.
    pub site_confirmed_days: u32,
    /// Hours before its departure at which a movement is to be notified.
    pub movement_lead_h: u32,
    /// The same in an emergency.
    pub emergency_lead_h: u32,
    /// Minutes before a conflict's start at which contact is to have been made.
    pub contact_before_min: u32,
    /// Conflict-raising filings that a party may make in one block of cells a day before others
    /// are told.
    pub probing_a_day: u32,
    /// Days for which contents are kept after they cease to matter.
    pub retention_days: u32,
    /// Seconds by which the clocks of host and witnesses may be apart, [1, 86,400]. A countersignature that is
    /// dated earlier than an entry under its head by more than this contradicts it, and counts for nothing.
    #[serde(skip_serializing_if = "is_usual_skew")]
    pub clock_skew_s: u32,
    /// By when messages are to be delivered, read back and answered, by precedence.
    #[serde(skip_serializing_if = "is_usual_table")]
    pub channel: LimitTable,
    /// Upper bounds.
    pub limits: Limits,
}

/// By how much clocks may be apart where a charter does not say, seconds: far more than clocks that are set now and
/// then explain, and far less than the windows of what is declared.
pub const USUAL_CLOCK_SKEW_S: u32 = 60;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_skew(skew_s: &u32) -> bool {
    *skew_s == USUAL_CLOCK_SKEW_S
}

fn is_usual_table(table: &LimitTable) -> bool {
    *table == LimitTable::default()
}

/// The sharing grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Metres that a cell measures, [100, 100,000].
    pub cell_m: u32,
    /// Metres that a step of height measures, [10, 10,000].
    pub height_m: u32,
    /// Seconds that a slot of time lasts, [60, 86,400].
    pub slot_s: u32,
}

/// The separation that is required.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// Metres along the earth.
    pub horizontal_m: f64,
    /// Metres of height.
    pub vertical_m: f64,
    /// Seconds.
    pub time_s: u32,
}

/// What is known of terrain and pressure where the space lies; nothing: worldwide bounds.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heights {
    /// The lowest and the highest ground, in metres above mean sea level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terrain_m: Option<(f64, f64)>,
    /// The lowest and the highest pressure at mean sea level, in hPa.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressure_hpa: Option<(f64, f64)>,
}

/// What a party may fill the space with. Messages that save lives are never refused for these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Volumes of a declaration.
    pub volumes: usize,
    /// Vertices of a declaration (10,000 in ASTM F3548-21, annex A2).
    pub vertices: usize,
    /// Declarations of a party in force.
    pub declarations: usize,
    /// The ground that a party's zones and operations in force may cover, in cells of the sharing grid's finest
    /// level, each volume counted by itself and as one at least: what it costs others to be compared with them.
    pub cells: usize,
    /// Interests of a party.
    pub interests: usize,
    /// Characters of a text.
    pub text: usize,
    /// Languages of a text.
    pub languages: usize,
    /// Members of any other list or set: vehicles, contacts, groups, versions that an author knows.
    pub members: usize,
    /// Messages of a party that wait for an answer or for what was promised.
    #[serde(skip_serializing_if = "is_usual_number")]
    pub messages: usize,
    /// Keys that a party has or ever had.
    pub keys: usize,
}

/// How many open messages a party may have where a charter does not say.
const USUAL_MESSAGES: usize = 10_000;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_number(messages: &usize) -> bool {
    *messages == USUAL_MESSAGES
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            volumes: 100,
            vertices: 2_000,
            declarations: 100_000,
            cells: 5_000_000,
            interests: 10_000,
            text: 1_200,
            languages: 20,
            members: 5_000,
            messages: USUAL_MESSAGES,
            keys: 10_000,
        }
    }
}

impl Default for RuleSet {
    /// Forty-eight hours' lead for movements, 24 in an emergency: OCHA's practice in Yemen. Contact 30
    /// minutes before the start: Pennsylvania State Police, regulation 7-18. The rest is our choice.
    fn default() -> RuleSet {
        RuleSet {
            knowledge: Knowledge::Inform,
            within_party: false,
            grid: Grid { cell_m: 1_000, height_m: 300, slot_s: 900 },
            separation: Apart::default(),
            heights: Heights::default(),
            site_confirmed_days: 180,
            movement_lead_h: 48,
            emergency_lead_h: 24,
            contact_before_min: 30,
            probing_a_day: 20,
            retention_days: 3_650,
            clock_skew_s: USUAL_CLOCK_SKEW_S,
            channel: LimitTable::default(),
            limits: Limits::default(),
        }
    }
}

impl RuleSet {
    /// What a pair of volumes is judged by.
    ///
    /// # Errors
    /// When a bound of terrain or pressure is impossible.
    pub fn judging(&self) -> Result<Rules, HeightFactsError> {
        let mut heights = HeightFacts::WORLDWIDE;
        if let Some((low, high)) = self.heights.terrain_m {
            heights = heights.with_terrain(low, high)?;
        }
        if let Some((low, high)) = self.heights.pressure_hpa {
            heights = heights.with_pressure(low, high)?;
        }
        let separation = Separation {
            horizontal_m: self.separation.horizontal_m,
            vertical_m: self.separation.vertical_m,
            time_ns: i64::from(self.separation.time_s) * SECOND_NS,
        };
        Ok(Rules { separation, heights })
    }
}

impl Consent {
    /// Whether these signers are enough of those that have joined.
    pub fn given(self, joined: &BTreeSet<PartyId>, signed: &BTreeSet<PartyId>) -> bool {
        joined.intersection(signed).count() >= self.needed(joined.len())
    }

    /// How many signatures are needed where so many have joined; never none, also when nobody has:
    /// then one must first resume.
    pub fn needed(self, joined: usize) -> usize {
        match self {
            Consent::All => joined.max(1),
            Consent::AtLeast(n) => n.min(joined).max(1),
        }
    }
}

impl Consents {
    fn check(self) -> Result<(), CharterError> {
        let Consents { parties, witnesses, rules, host } = self;
        if [parties, witnesses, rules, host].contains(&Consent::AtLeast(0)) {
            return Err(CharterError::NoConsent {});
        }
        Ok(())
    }
}

/// Why something is not a charter. Witnesses are counted from 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CharterError {
    /// The space's name is not one to 255 ASCII characters without `+` and spaces.
    Space {},
    /// It names no party, or more than [`MAX_PARTIES`].
    PartyCount {
        /// How many it names.
        parties: usize,
    },
    /// A party stands in it twice.
    PartyTwice {
        /// Its name.
        party: PartyId,
    },
    /// The host is no party of the space.
    HostNoParty {
        /// Its name.
        party: PartyId,
    },
    /// A witness has the name of an earlier one.
    WitnessTwice {
        /// The later one.
        witness: usize,
    },
    /// A witness's name is not one to 255 ASCII characters without `+` and spaces.
    WitnessName {
        /// The witness.
        witness: usize,
    },
    /// A witness's address is none that heads can be posted to.
    WitnessUrl {
        /// The witness.
        witness: usize,
    },
    /// It has more than [`MAX_WITNESSES`].
    WitnessCount {
        /// How many it names.
        witnesses: usize,
    },
    /// A key has two uses.
    KeyTwice {
        /// The key.
        key: KeyId,
    },
    /// A consent asks for no signature at all.
    NoConsent {},
    /// The quorum is larger than the number of witnesses that count.
    Quorum {
        /// The quorum.
        quorum: usize,
        /// The number of witnesses that count.
        witnesses: usize,
    },
    /// A bound of terrain or pressure is impossible.
    Heights {
        /// Which, and why.
        fault: HeightFactsError,
    },
    /// A size of the sharing grid is out of range.
    Grid {
        /// Which one.
        fault: SharingGridError,
    },
    /// A distance of separation is not from 0 to 1,000,000 m.
    Separation {
        /// Metres, along the earth and of height.
        metres: [f64; 2],
    },
    /// The bound of clocks is not from 1 s to a day.
    ClockSkew {
        /// Seconds.
        seconds: u32,
    },
    /// A time limit of the channel is none, shorter than that of an earlier step, or longer for what is more urgent.
    ChannelLimits {},
    /// A limit is not from 1 to [`MAX_LIMIT`].
    LimitRange {
        /// What it is.
        limit: usize,
    },
    /// A limit on interests or cells in force is not from 1 to this.
    LimitBeyond {
        /// What it is.
        limit: usize,
        /// The most.
        most: usize,
    },
}

impl Charter {
    /// The witnesses that count towards the quorum: those that are not the host's, whose word for its own record
    /// is worth nothing. A witness without a party counts.
    pub fn counting_witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.iter().filter(|witness| witness.party.as_ref() != Some(&self.host.party))
    }

    /// Whose roots must sign that this charter becomes another one: what changes consents needs every consent that
    /// it changes or could lower.
    pub fn consents_to(&self, next: &Charter) -> Vec<Consent> {
        let Consents { parties, witnesses, rules, host } = self.consents;
        let mut needed = Vec::new();
        if next.witnesses != self.witnesses || next.quorum != self.quorum {
            needed.push(witnesses);
        }
        if next.rules != self.rules || next.title != self.title || next.consents != self.consents {
            needed.push(rules);
        }
        if next.consents != self.consents {
            needed.extend([parties, witnesses, host]);
        }
        needed
    }

    /// How many of the witnesses that count must have countersigned both histories where the host shows two, each
    /// with a quorum: 2 q - n. Where it is 0 or less, none need have: such a quorum shows no fork to anybody.
    pub fn signers_of_both_histories(&self) -> i64 {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX / 4);
        2 * count(self.quorum) - count(self.counting_witnesses().count())
    }

    /// Whether a space can begin with it or go on under it.
    ///
    /// # Errors
    /// With the first member that is wrong.
    pub fn check(&self) -> Result<(), CharterError> {
        // The origin is a line of the record's heads (C2SP tlog-checkpoint).
        let plain = |c: char| c.is_ascii_graphic() && c != '+';
        let line = |text: &str| (1..=255).contains(&text.len()) && text.chars().all(plain);
        if !line(&self.space) {
            return Err(CharterError::Space {});
        }
        if self.parties.is_empty() || self.parties.len() > MAX_PARTIES {
            return Err(CharterError::PartyCount { parties: self.parties.len() });
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.parties.iter().find(|member| !seen.insert(&member.id)) {
            return Err(CharterError::PartyTwice { party: twice.id.clone() });
        }
        if !seen.contains(&self.host.party) {
            return Err(CharterError::HostNoParty { party: self.host.party.clone() });
        }
        let witnesses = self.witnesses.len();
        if witnesses > MAX_WITNESSES {
            return Err(CharterError::WitnessCount { witnesses });
        }
        let mut names = BTreeSet::new();
        for (witness, known) in self.witnesses.iter().enumerate() {
            if !names.insert(&known.name) {
                return Err(CharterError::WitnessTwice { witness });
            }
            if !line(&known.name) {
                return Err(CharterError::WitnessName { witness });
            }
            if !known.has_good_url() {
                return Err(CharterError::WitnessUrl { witness });
            }
        }
        let keys = self.parties.iter().map(|member| member.root.id());
        let keys = keys.chain([self.host.key.id()]);
        let mut used = BTreeSet::new();
        for key in keys.chain(self.witnesses.iter().map(|witness| witness.key.id())) {
            if !used.insert(key) {
                return Err(CharterError::KeyTwice { key });
            }
        }
        self.consents.check()?;
        let witnesses = self.counting_witnesses().count();
        if self.quorum > witnesses {
            return Err(CharterError::Quorum { quorum: self.quorum, witnesses });
        }
        self.rules.check()
    }
}

impl RuleSet {
    fn check(&self) -> Result<(), CharterError> {
        self.judging().map_err(|fault| CharterError::Heights { fault })?;
        self.sharing_grid().map_err(|fault| CharterError::Grid { fault })?;
        let metres = [self.separation.horizontal_m, self.separation.vertical_m];
        if !metres.iter().all(|m| (0.0..=1_000_000.0).contains(m)) {
            return Err(CharterError::Separation { metres });
        }
        if !(1..=86_400).contains(&self.clock_skew_s) {
            return Err(CharterError::ClockSkew { seconds: self.clock_skew_s });
        }
        if !self.channel.is_in_order() {
            return Err(CharterError::ChannelLimits {});
        }
        let Limits {
            volumes,
            vertices,
            declarations,
            cells,
            interests,
            text,
            languages,
            members,
            messages,
            keys,
        } = self.limits;
        let limits = [volumes, vertices, declarations, text, languages, members, messages, keys];
        let within = |limit: usize, most: usize| (1..=most).contains(&limit);
        if let Some((limit, most)) = [(cells, MAX_CELLS_IN_FORCE), (interests, MAX_INTERESTS)]
            .into_iter()
            .find(|(limit, most)| !within(*limit, *most))
        {
            return Err(CharterError::LimitBeyond { limit, most });
        }
        if let Some(limit) = limits.into_iter().find(|limit| !(1..=MAX_LIMIT).contains(limit)) {
            return Err(CharterError::LimitRange { limit });
        }
        Ok(())
    }

    /// The grid to which undisclosed declarations are widened.
    ///
    /// # Errors
    /// When a size is out of range.
    pub fn sharing_grid(&self) -> Result<SharingGrid, SharingGridError> {
        SharingGrid::new(self.grid.cell_m, self.grid.height_m, self.grid.slot_s)
    }
}

/// The code and its parameters, for logs: people are told by `words`.
impl fmt::Display for CharterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for CharterError {}

/// The name of a party in a language, else in any, else what it is called.
pub fn name_in<'a>(names: &'a BTreeMap<String, String>, language: &str) -> Option<&'a str> {
    names.get(language).or_else(|| names.get("en")).or_else(|| names.values().next()).map(|n| &**n)
}
