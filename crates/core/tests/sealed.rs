//! Sealed remarks and to what they are sealed, as far as the record holds them to anything.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::Hash;
use deconflict_testing::*;
use deconflict_vocabulary::{LanguageTag, Prose, Value};

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

fn line_test(remark: MessageRemark) -> Say {
    let Say::Send { message, to, traffic, .. } = sent("L1", &[("n", Value::Number(1))], &["south"])
    else {
        unreachable!()
    };
    Say::Send { message, to, traffic, remark: Some(remark) }
}

fn sealed(age: &str) -> MessageRemark {
    MessageRemark::Sealed(SealedRemark { age: age.to_owned(), commitment: Hash([7; 32]) })
}

fn recipients(count: usize) -> BTreeSet<Recipient> {
    (0..count).map(|nth| format!("age1q{nth}").parse().unwrap()).collect()
}

#[test]
fn a_sealed_remark_has_a_bound_and_a_form_and_is_read_by_whom_the_message_goes_to() {
    let mut w = world();
    let longest = "A".repeat(MOST_SEALED_CHARS);
    for fits in ["YWdl", &longest] {
        let id = MessageId(w.accepted("north", line_test(sealed(fits))).0.0);
        for name in ["north", "south"] {
            let remark = w.view(name).dialogues[&id].remark.clone();
            assert_eq!(remark, Some(sealed(fits)), "{name}");
        }
        assert!(!w.view("aid").dialogues.contains_key(&id));
    }
    let too_long = "A".repeat(MOST_SEALED_CHARS + 1);
    for wrong in ["", "not base64", "YWdl\n", "\u{1b}[2J", &too_long] {
        let fault = ChannelFault::SealedRemark {};
        assert_eq!(w.refused("north", line_test(sealed(wrong))), Refusal::Channel { fault });
    }
    // Both forms cannot even be written down together.
    let language = LanguageTag::new("en").unwrap();
    let open = MessageRemark::Open(Prose { text: "as agreed".into(), language });
    let mut both = serde_json::to_value(&open).unwrap();
    both["sealed"] = serde_json::to_value(sealed("YWdl")).unwrap()["sealed"].clone();
    assert!(serde_json::from_value::<MessageRemark>(both).is_err());
}

#[test]
fn to_what_remarks_are_sealed_a_root_says_to_all_and_takes_back() {
    let mut w = world();
    let say = |count| Say::SetRecipients { recipients: recipients(count) };
    assert_eq!(w.refused("south", say(1)), Refusal::RootOnly {});
    let root = root("south", 0);
    let most = MOST_PARTY_RECIPIENTS;
    let refused = w.expect_refused("south", &[&root], say(most + 1));
    assert_eq!(refused, Refusal::Limit { of: Quantity::Recipients, most });
    for count in [most, 2, 0] {
        w.expect_accepted("south", &[&root], say(count));
        for name in ["host", "north", "south", "aid"] {
            let known = &w.view(name).parties[&party("south")].recipients;
            assert_eq!(*known, recipients(count), "{name}");
        }
    }
    assert!(serde_json::from_str::<Recipient>(r#""AGE1Q""#).is_err());
    // Whoever pauses or left takes them back all the same.
    for way in [Say::Suspend { reason: "quarrel".into() }, Say::Withdraw { reason: "over".into() }]
    {
        w.expect_accepted("south", &[&root], say(1));
        w.expect_accepted("south", &[&root], way);
        w.expect_accepted("south", &[&root], say(0));
        assert!(w.view("north").parties[&party("south")].recipients.is_empty());
    }
}

#[test]
fn what_a_root_said_of_recipients_ends_with_it() {
    let mut w = world();
    let [first, second, third] = [0, 1, 2].map(|nth| root("south", nth));
    w.expect_accepted("south", &[&first], Say::SetRecipients { recipients: recipients(2) });
    let next_root = deconflict_record::leaf_hash(&third.verifying_key().id().0.0);
    let rotates = Say::RotateRoot { root: second.verifying_key(), next_root };
    w.expect_accepted("south", &[&first, &second], rotates);
    for name in ["host", "north", "south", "aid"] {
        assert!(w.view(name).parties[&party("south")].recipients.is_empty(), "{name}");
    }
    w.expect_accepted("south", &[&second], Say::SetRecipients { recipients: recipients(1) });
}

#[test]
fn nobody_seals_on_anothers_behalf() {
    let mut w = world();
    let enter = |remark: MessageRemark| {
        let Say::Send { message, traffic, remark, .. } = line_test(remark) else { unreachable!() };
        let said = Say::Send { message, to: [party("south")].into(), traffic, remark };
        Say::EnterFor { party: party("aid"), means: "voice, 07:10".into(), said: Box::new(said) }
    };
    let fault = ChannelFault::PersonOnly {};
    assert_eq!(w.refused("host", enter(sealed("YWdl"))), Refusal::Channel { fault });
    let language = LanguageTag::new("en").unwrap();
    let open = MessageRemark::Open(Prose { text: "as agreed".into(), language });
    w.accepted("host", enter(open));
}
