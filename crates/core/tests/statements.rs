//! What each kind of statement may do, and that what it may not is refused.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;
use kinds::kinds;

fn through(through: Through<'_>) -> &'static str {
    match through {
        Through::OwnKey => "own key",
        Through::Another => "or another",
        Through::PassesOn { party: Some(_), .. } => "for another",
        Through::PassesOn { party: None, .. } => "for its own",
    }
}

fn topic(topic: Topic<'_>) -> &'static str {
    match topic {
        Topic::Rules => "rules",
        Topic::Parties => "parties",
        Topic::NewDeclaration => "new declaration",
        Topic::Declaration(_) => "declaration",
        Topic::Conflict(_) => "conflict",
        Topic::Interest(_) => "interest",
        Topic::NewMessage => "new message",
        Topic::Message(_) => "message",
        Topic::Shelf => "shelf",
        Topic::PassedOn => "passed on",
        Topic::Nothing => "nothing",
    }
}

fn brings(brings: Brings<'_>) -> &'static str {
    match brings {
        Brings::Nothing => "-",
        Brings::Founders(_) => "founders",
        Brings::Root(_) => "root",
        Brings::Witnesses(_) => "witnesses",
        Brings::Host(_) => "host",
        Brings::NextRoot(_) => "next root",
        Brings::Operator(_) => "operator",
    }
}

/// Who of a party that takes part may say it: by its keys, and as the watch desk if not by them.
fn speakers(w: &mut World, say: &Say) -> String {
    let keys = [
        ("north", "root", root("north", 0)),
        ("north", "person", operator("north", "duty")),
        ("north", "machine", operator("north", "uss")),
        ("north", "gateway", operator("north", "gate")),
    ];
    let watch = [("host", "watch desk", operator("host", "duty"))];
    let mut may = |(party, _, key): &(&str, &str, SigningKey)| {
        // Whoever joins signs too.
        let statement = w.statement(party, &[key, &root("late", 0)], say.clone());
        // Decided and not filed: the next one is asked in the same space.
        let Outcome::Entries(entries) = w.state.decide(&statement, w.now).outcome else { panic!() };
        !matches!(
            &entries[0].what,
            What::Refused(
                _,
                Refusal::RootOnly {}
                    | Refusal::OperatorOnly {}
                    | Refusal::PersonOnly {}
                    | Refusal::GatewayOnly {}
                    | Refusal::WatchDeskOnly {}
            )
        )
    };
    let mut who: Vec<&str> = keys.iter().filter(|key| may(key)).map(|(_, who, _)| *who).collect();
    if who.is_empty() {
        who = watch.iter().filter(|key| may(key)).map(|(_, who, _)| *who).collect();
    }
    who.join(" or ")
}

/// A space in which `north` has a key of every kind; the host's watch desk is `host`.
fn world() -> World {
    let mut w = World::new(charter(&["host", "north", "south", "aid"]));
    w.enrol("north", "uss", Role::Machine);
    w.enrol("north", "gate", Role::Gateway);
    w
}

const TABLE: &str = "\
word | may be said by | when | through | topic | brings
accept-risk | person | TakingPart | own key | conflict | -
agree | person | TakingPart | own key | declaration | -
amend | person | TakingPart | or another | declaration | -
amend-charter | root | TakingPart | own key | rules | witnesses
answer | person or machine | UntilLeaving | or another | message | -
attest | gateway | Always | for its own | passed on | -
contact | person | TakingPart | own key | conflict | -
declare | person | TakingPart | or another | new declaration | -
dispute | person | TakingPart | own key | declaration | -
dispute-speaking | person | TakingPart | own key | parties | -
drop-interest | person or machine | TakingPart | own key | interest | -
end | person or machine | Always | or another | declaration | -
enrol | root | Always | own key | parties | operator
enter-for | watch desk | TakingPart | for another | passed on | -
found | root | Founding | own key | rules | founders
join | root | TakingPart | own key | parties | root
move-host | root | TakingPart | own key | parties | host
noticed | person | TakingPart | own key | conflict | -
own | person | TakingPart | own key | conflict | -
receive | person or machine | UntilLeaving | own key | message | -
reconfirm | person | Always | or another | declaration | -
replace-successor | root | Always | own key | parties | -
resume | root | UntilLeaving | own key | parties | -
revoke | root | Always | own key | parties | -
rotate-root | root | Always | own key | parties | next root
send | person or machine | UntilLeaving | or another | new message | -
set-interest | person or machine | TakingPart | own key | interest | -
set-recipients | root | Always | own key | parties | -
set-state | person or machine | Always | or another | declaration | -
share | person | TakingPart | own key | declaration | -
shelve | person | UntilLeaving | own key | shelf | -
speak-for | root | TakingPart | own key | parties | -
stop-speaking-for | root | TakingPart | own key | parties | -
suspend | root | TakingPart | own key | parties | -
void | root or person or machine or gateway | Always | own key | nothing | -
withdraw | root | UntilLeaving | own key | parties | -
withdraw-agreement | person | TakingPart | own key | declaration | -
";

#[test]
fn the_table_of_statements_says_who_may_say_what_when_and_by_which_way() {
    let (kinds, mut w) = (kinds(), world());
    let mut table = TABLE.lines().next().unwrap().to_owned() + "\n";
    for (word, statement) in &kinds {
        let rules = statement.say.rules();
        let by = speakers(&mut w, &statement.say);
        table += &format!(
            "{word} | {by} | {:?} | {} | {} | {}\n",
            rules.when,
            through(rules.through),
            topic(rules.topic),
            brings(rules.brings)
        );
    }
    assert_eq!(table, TABLE);
}

#[test]
fn what_only_a_root_may_say_no_operator_can_and_the_other_way_round() {
    let (kinds, mut w) = (kinds(), world());
    let posts = ["duty", "uss", "gate"];
    let mut asked = 0;
    for statement in kinds.values() {
        let say = &statement.say;
        if say.rules().by == Speaker::Root {
            for post in posts {
                let key = operator("north", post);
                let refusal = w.expect_refused("north", &[&key], say.clone());
                assert_eq!(refusal, Refusal::RootOnly {}, "{post}: {say:?}");
                asked += 1;
            }
        } else if say.rules().by != Speaker::AnyKey {
            let refusal = w.expect_refused("north", &[&root("north", 0)], say.clone());
            assert_eq!(refusal, Refusal::OperatorOnly {}, "{say:?}");
        }
    }
    assert_eq!(asked, 14 * posts.len());
}

#[test]
fn a_kind_is_called_by_the_word_of_its_json() {
    let first = |json: serde_json::Value| json.as_object().unwrap().keys().next().unwrap().clone();
    for (word, statement) in kinds() {
        assert_eq!(first(serde_json::to_value(&statement.say).unwrap()), word);
    }
    let log =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.jsonl"));
    for line in log.unwrap().lines() {
        if let What::Found(finding) = serde_json::from_str::<Entry>(line).unwrap().what {
            assert_eq!(first(serde_json::to_value(&finding).unwrap()), finding.word());
        }
    }
}
