//! What differs between two pictures.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::page::PageChange;
use serde_json::{Map, Value};

/// Members that are lists of things with names, and by which member each is named.
const LISTS: [(&str, &str); 6] = [
    ("queue", "statement"),
    ("alarms", "id"),
    ("dialogues", "id"),
    ("declarations", "id"),
    ("conflicts", "id"),
    ("feeds", "id"),
];
/// What every picture and every change says of itself.
const OF_ITSELF: [&str; 2] = ["seq", "now"];

/// What leads from one picture to another one, which has this number and is of this time; `None`: nothing differs. The order
/// within a list is no part of a picture.
pub fn changes(before: &Value, after: &Value, (seq, now): (u64, &str)) -> Option<PageChange> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return None };
    let mut change =
        PageChange { seq, now: now.to_owned(), set: BTreeMap::new(), drop: Vec::new() };
    for (member, value) in after.iter().filter(|(member, _)| !is_of_itself(member)) {
        let was = before.get(member);
        if was == Some(value) {
            continue;
        }
        let list = LISTS.iter().find(|(list, _)| list == member);
        match (list, was, value) {
            (Some((_, name)), Some(Value::Array(was)), Value::Array(is)) => {
                let (was, is) = (named(was, name), named(is, name));
                for (id, element) in &is {
                    if was.get(id) != Some(element) {
                        change.set.insert(format!("{member}/{id}"), (*element).clone());
                    }
                }
                let gone = was.keys().filter(|id| !is.contains_key(*id));
                change.drop.extend(gone.map(|id| format!("{member}/{id}")));
            }
            _ => {
                change.set.insert(member.clone(), value.clone());
            }
        }
    }
    let gone: BTreeSet<&String> = before.keys().filter(|member| !is_in(after, member)).collect();
    change.drop.extend(gone.into_iter().cloned());
    (!change.set.is_empty() || !change.drop.is_empty()).then_some(change)
}

fn is_of_itself(member: &str) -> bool {
    OF_ITSELF.contains(&member)
}

fn is_in(of: &Map<String, Value>, member: &str) -> bool {
    of.contains_key(member)
}

/// The elements of a list by their names.
fn named<'a>(list: &'a [Value], by: &str) -> BTreeMap<&'a str, &'a Value> {
    let one = |element: &'a Value| Some((element.get(by)?.as_str()?, element));
    list.iter().filter_map(one).collect()
}
