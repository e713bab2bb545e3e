//! Messages and answers with parameters from a seed.

use std::collections::BTreeMap;

use deconflict_vocabulary::*;

/// Splitmix64: the same seed gives the same messages everywhere.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }

    fn hash(&mut self) -> ObjectRef {
        ObjectRef(std::array::from_fn(|_| self.next() as u8))
    }

    fn choice(&mut self, list: ChoiceList) -> ChoiceId {
        ChoiceId::new(self.one_of(list)).unwrap()
    }

    fn time(&mut self) -> Moment {
        let second = self.below(8_000_000_000);
        let second = if self.below(2) == 0 { second / 60 * 60 } else { second };
        Moment::from_seconds(second as i64).unwrap()
    }

    fn name(&mut self) -> String {
        let long = "x".repeat(64);
        let names = [
            "watch.desk-1",
            "A",
            "Ahrar al-Sharqiya",
            "أحرار الشرقية 7",
            "Группа «Вега»",
            "北方小组",
            "convoy-12345678901234567890",
            "{ $value } Time 12.00. By (7K3MQ2PX4D)",
            &long,
        ];
        (*names[self.below(names.len() as u64) as usize]).to_owned()
    }

    fn tags(&mut self) -> Vec<LanguageTag> {
        let all = ["en", "ru", "ar-sy", "zh-hant-tw", "fr", "es-419", "ku", "tr"];
        let first = self.below(3) as usize;
        let last = first + 1 + self.below(6) as usize;
        all[first..last.min(all.len())].iter().map(|tag| LanguageTag::new(tag).unwrap()).collect()
    }

    fn text(&mut self) -> Prose {
        let texts = [
            ("Which road? End: 10:00.", "en"),
            ("По какой дороге?", "ru"),
            ("أي طريق؟ W4 (33.5N)", "ar"),
            ("哪条路？", "zh"),
        ];
        let (text, tag) = texts[self.below(4) as usize];
        Prose { text: text.into(), language: LanguageTag::new(tag).unwrap() }
    }

    fn some_of(&mut self, list: ChoiceList) -> Vec<ChoiceId> {
        let chosen: Vec<_> = list.iter().filter(|_| self.below(2) == 0).collect();
        let chosen = if chosen.is_empty() { vec![&list[0]] } else { chosen };
        chosen.into_iter().map(|id| ChoiceId::new(id).unwrap()).collect()
    }

    fn place(&mut self) -> Spot {
        Spot {
            lat_e5: self.below(18_000_001) as i32 - 9_000_000,
            lon_e5: self.below(36_000_001) as i32 - 18_000_000,
        }
    }

    fn cell(&mut self) -> CellPlace {
        CellPlace {
            level: self.below(32) as u8,
            row: self.below(2_000_001) as i32 - 1_000_000,
            column: self.below(1_000_001) as u32,
        }
    }

    pub(crate) fn value(&mut self, kind: ParameterKind) -> Value {
        let within = |seeded: &mut Seeded, least: u32, most: u32| {
            least + seeded.below(u64::from(most - least) + 1) as u32
        };
        match kind {
            ParameterKind::Time => Value::Time(self.time()),
            ParameterKind::CoarseTime => {
                let steps = self.below(20_000_000) as i64;
                Value::Time(Moment::from_seconds(steps * COARSE_STEP_S).unwrap())
            }
            ParameterKind::Number { least, most } => Value::Number(within(self, least, most)),
            ParameterKind::Minutes { most } => Value::Minutes(within(self, 0, most)),
            ParameterKind::Reference(_) => Value::Reference(self.hash()),
            ParameterKind::ProtectedPlace => match self.below(3) {
                0 => Value::Reference(self.hash()),
                1 => Value::Place(self.place()),
                _ => Value::Cell(self.cell()),
            },
            ParameterKind::TrackOrGroup => match self.below(2) {
                0 => Value::Reference(self.hash()),
                _ => Value::Name(self.name()),
            },
            ParameterKind::Volumes => Value::Volumes(self.hash()),
            ParameterKind::VolumesOrCell => match self.below(2) {
                0 => Value::Volumes(self.hash()),
                _ => Value::Cell(self.cell()),
            },
            ParameterKind::Cell => Value::Cell(self.cell()),
            ParameterKind::Place => Value::Place(self.place()),
            ParameterKind::Choice(list) => Value::Choice(self.choice(list)),
            ParameterKind::Choices(list) => Value::Choices(self.some_of(list)),
            ParameterKind::Name => Value::Name(self.name()),
            ParameterKind::Languages => Value::Languages(self.tags()),
            ParameterKind::Text => Value::Text(self.text()),
            ParameterKind::Field | ParameterKind::OfField => unreachable!("both are set together"),
        }
    }

    fn parameters(&mut self, wanted: &'static [Parameter]) -> Parameters {
        let mut given = BTreeMap::new();
        for parameter in wanted {
            let needed = match parameter.need {
                Need::Required => true,
                Need::Optional | Need::ElseSaid(_) => self.below(2) == 0,
                Need::With { parameter: other, choice } => {
                    let other = given.get(&ParameterName::new(other).unwrap());
                    matches!(other, Some(Value::Choice(chosen)) if chosen.as_str() == choice)
                }
            };
            match parameter.kind {
                _ if !needed => continue,
                ParameterKind::Field => {
                    let all: Vec<_> = CODES
                        .iter()
                        .flat_map(|code| code.parameters)
                        .filter(|other| {
                            !matches!(other.kind, ParameterKind::Field | ParameterKind::OfField)
                        })
                        .collect();
                    let field = self.one_of(&all);
                    given.insert(parameter.named(), Value::Field(field.named()));
                    let value = self.value(field.kind);
                    given.insert(ParameterName::new("new_value").unwrap(), value);
                }
                ParameterKind::OfField => {}
                kind => {
                    given.insert(parameter.named(), self.value(kind));
                }
            }
        }
        self.end_after_start(&mut given);
        given
    }

    fn end_after_start(&mut self, given: &mut Parameters) {
        let (from, until) =
            (ParameterName::new("from").unwrap(), ParameterName::new("until").unwrap());
        let Some(Value::Time(start)) = given.get(&from) else { return };
        let end =
            Moment::from_seconds(start.seconds() + 300 * (1 + self.below(300) as i64)).unwrap();
        given.entry(until).and_modify(|until| *until = Value::Time(end));
    }

    pub(crate) fn message(&mut self, code: CodeId) -> Message {
        let message = Message { code, parameters: self.parameters(code.row().parameters) };
        assert_eq!(message.check(), Ok(()), "{message:?}");
        message
    }

    pub(crate) fn answer(&mut self, answer: AnswerId) -> Answer {
        let answer = Answer { answer, parameters: self.parameters(answer.row().parameters) };
        assert_eq!(answer.check(), Ok(()), "{answer:?}");
        answer
    }
}
