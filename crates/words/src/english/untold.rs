//! A movement that is about to begin, and of which nobody has said that units were told, in words.

use deconflict_core::{Declaration, DeclarationContent, DeclarationId};
use deconflict_vocabulary::Term;

use super::dialogue::message_summary;
use super::states::{between, cell, precedence, word};
use crate::escape::rendered;
use crate::reader::{Reader, short};

/// The message that is missing, as a row among messages: from whom it would come.
pub(super) fn untold_row(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> [String; 6] {
    let code = declaration.untold(id).map(|message| message.code);
    let what = code.map(|code| rendered(&reader.tongue().code_name(code))).unwrap_or_default();
    let urgency = code.map(|code| precedence(reader, code.row().precedence(None, None)));
    let mut from = reader.view.who_sees(declaration);
    from.remove(&declaration.owner);
    let lasts = match &*declaration.declared {
        DeclarationContent::Movement(movement) => (movement.departs(), movement.arrives()),
        _ => (None, None),
    };
    [
        short(id),
        cell(reader, what),
        format!("{}\n→ {}", reader.parties(&from), declaration.owner),
        cell(reader, urgency.unwrap_or_default()),
        cell(reader, word(reader, Term::UnitsNotTold)),
        cell(reader, between(reader, lasts)),
    ]
}

/// What it would say, by its parameters.
pub(super) fn untold_summary(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
    columns: usize,
) -> String {
    let missing = declaration.untold(id);
    missing.map(|message| message_summary(reader, &message, columns)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use deconflict_core::{
        Dialogue, ExchangeState, Joint, Ledger, MessageId, PartyId, Sending, Time,
    };
    use deconflict_record::Hash;
    use deconflict_vocabulary::{LimitTable, Traffic, Translations};
    use serde_json::json;

    use super::*;
    use crate::english::dialogue::{dialogue_lines, dialogue_row};
    use crate::testing::{party, time, view};

    const NOW: &str = "2017-05-18T10:30:00Z";
    const OF: DeclarationId = DeclarationId(Hash([0xcc; 32]));

    /// A convoy of aid that south may see, which departs at noon and was to be told to units by ten.
    fn with_convoy() -> Ledger {
        let waypoint = |lon: f64, hour: &str| {
            json!({"place": {"lat": 33.5, "lon": lon}, "from": format!("2017-05-18T{hour}:00:00Z"),
                "until": format!("2017-05-18T{hour}:30:00Z")})
        };
        let convoy = json!({"movement": {"name": {"en": "Convoy 7"}, "vehicles": [], "armed_escort": "no",
            "waypoints": [waypoint(38.6, "12"), waypoint(38.9, "14")], "half_width_m": 500.0,
            "upper": {"at": {"m": 300.0, "above": "AGL"}}, "contact": "+000 convoy"}});
        let declaration = json!({"owner": "aid", "authority": {"signed": {}}, "version": "cc".repeat(32),
            "at": "2017-05-17T06:00:00Z", "declared": convoy, "past": [], "sharing": {"named": ["south"]},
            "condition": {"movement": {"late": false, "units_not_told": "2017-05-18T10:00:00Z"}},
            "ended": null, "entries": [7], "handle": null});
        let mut view = view();
        view.declarations.insert(OF, serde_json::from_value(declaration).unwrap());
        view
    }

    fn message(code: &str, parameters: serde_json::Value, from: &str, to: &str) -> Dialogue {
        let message = json!({"code": code, "parameters": parameters});
        let sending = Sending {
            message: serde_json::from_value(message).unwrap(),
            traffic: Traffic::Real,
            sender: party(from),
            to: vec![party(to)],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        let begun = Dialogue::begin(sending, &LimitTable::default(), time(NOW)).unwrap();
        Dialogue { entries: vec![9], ..begun }
    }

    fn untold(view: &Ledger, of: &PartyId, now: Time) -> usize {
        view.units_not_told(of, now).len()
    }

    #[test]
    fn the_owner_reads_in_its_own_language_which_message_is_missing_from_whom_and_how_long_it_is() {
        let mut view = with_convoy();
        let (aid, south) = (party("aid"), party("south"));
        let declaration = view.declarations[&OF].clone();
        let reader = Reader::new(&view, &aid, "en", time(NOW));
        let row = untold_row(&reader, OF, &declaration);
        assert_eq!(row[1..4], ["P9 PASSED TO UNITS", "south\n→ aid", "PRIORITY"]);
        assert_eq!(row[4], "Nobody has said that their units were told.");
        assert_eq!(row[5], "begins in 90 min");
        assert!(untold_summary(&reader, OF, &declaration, 100).contains("Convoy 7"));
        for tongue in Translations::shipped().all() {
            let reader = Reader::new(&view, &aid, tongue.tag(), time(NOW));
            let said = rendered(&reader.tongue().term(Term::UnitsNotTold));
            assert!(untold_row(&reader, OF, &declaration)[4].contains(&said), "{}", tongue.tag());
        }
        assert_eq!((untold(&view, &aid, time(NOW)), untold(&view, &south, time(NOW))), (1, 0));
        assert_eq!(untold(&view, &aid, time("2017-05-18T14:30:01Z")), 0, "it is over");
        let said = json!({"object": {"reference": "cc".repeat(32)}, "unit_level": {"choice": "crew"},
            "time": {"time": NOW}});
        let passed = message("P9", said, "south", "aid");
        view.dialogues.insert(MessageId(Hash([1; 32])), Joint::new(passed));
        assert_eq!(untold(&view, &aid, time(NOW)), 0);
    }

    #[test]
    fn what_the_host_says_of_itself_is_shown_as_its_own_with_when_it_was_due() {
        let view = with_convoy();
        let aid = party("aid");
        let said = json!({"movement": {"reference": "cc".repeat(32)}, "last_status": {"choice": "departed"}});
        let mut overdue = message("P10", said, "host", "aid");
        overdue.due = Some(time("2017-05-18T10:00:00Z"));
        for tongue in Translations::shipped().all() {
            let reader = Reader::new(&view, &aid, tongue.tag(), time(NOW));
            let lines = dialogue_lines(&reader, MessageId(Hash([1; 32])), &overdue).join("\n");
            let head = rendered(&reader.tongue().code_sentence(overdue.code()));
            assert!(lines.contains(&head), "{}: {lines}", tongue.tag());
        }
        let reader = Reader::new(&view, &aid, "en", time(NOW));
        let lines = dialogue_lines(&reader, MessageId(Hash([1; 32])), &overdue).join("\n");
        for told in [
            "the host, of itself; its party is host",
            "due           2017-05-18 10:00 UTC",
            "found LATE",
            "Last status: departed.",
        ] {
            assert!(lines.contains(told), "{told}: {lines}");
        }
        overdue.ended = Some(time(NOW));
        assert_eq!(overdue.state_with(&aid, time(NOW)), Some(ExchangeState::Closed));
        let lines = dialogue_lines(&reader, MessageId(Hash([1; 32])), &overdue).join("\n");
        assert!(lines.contains("the movement arrived, was aborted, ended or was notified anew"));
        assert!(dialogue_row(&reader, MessageId(Hash([1; 32])), &overdue)[4].starts_with("over"));
    }
}
