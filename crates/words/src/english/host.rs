//! What a host that cannot do all of its work is said to do and to wait for.

use deconflict_api::{HostTrouble, HostWait, SilentWitness};
use deconflict_core::{Ledger, PartyId};

use super::counted;
use super::figures::long;
use crate::escape::{bounded, printable};

/// For whom a host that was started anew waits.
pub(super) fn waits(ledger: &Ledger, waits: &HostWait) -> String {
    let HostWait { more, silent, lacks_entries } = waits;
    let mut waits = Vec::new();
    if *more > 0 {
        let silent: Vec<String> = silent.iter().map(|one| whom(ledger, one)).collect();
        let of = if *more < silent.len() { format!("{more} of ") } else { String::new() };
        waits.push(match silent.is_empty() {
            true => format!("for {} that must say how far they saw the record", witnesses(*more)),
            false => format!("for {of}{}", silent.join(", ")),
        });
    }
    if *lacks_entries {
        waits.push("for desks to give back entries that it lost".to_owned());
    }
    match waits.is_empty() {
        true => "it signs on, and takes in what it kept one after another".to_owned(),
        false => format!("it waits {}", waits.join(", and ")),
    }
}

fn witnesses(count: usize) -> String {
    counted(count, "of its witnesses", "of its witnesses")
}

/// Whose desk is silent, and how to reach them.
fn whom(ledger: &Ledger, silent: &SilentWitness) -> String {
    if silent.party.is_empty() {
        return format!("{} (the host asks it by itself)", printable(&silent.witness));
    }
    let party: Option<PartyId> = silent.party.parse().ok();
    let known = party.and_then(|party| ledger.parties.get(&party));
    let contact = known.map(|known| &known.member.contact).filter(|contact| !contact.is_empty());
    let contact = match contact {
        Some(contact) => {
            format!(
                "call {}",
                contact.iter().map(|one| bounded(one)).collect::<Vec<_>>().join("; ")
            )
        }
        None => "no contact is on record".to_owned(),
    };
    format!("{} ({contact})", printable(&silent.party))
}

/// What keeps a host from doing all that it should.
pub(super) fn trouble(trouble: &HostTrouble) -> String {
    match trouble {
        HostTrouble::WaitsForWitnesses { more } => format!(
            "it was started anew, and signs nothing before {} said how far they saw the record; what is filed \
             meanwhile it keeps, and takes in by itself then",
            match more {
                1 => "one more of its witnesses has".to_owned(),
                more => format!("{more} more of its witnesses have"),
            }
        ),
        HostTrouble::LacksEntries {} => {
            "it was started anew, and lacks entries that desks must give back; what is \
                                         filed meanwhile it keeps, and takes in by itself then"
                .to_owned()
        }
        HostTrouble::ClosedForGood {} => {
            "its key signed two histories: it is closed for good, and reading goes on".to_owned()
        }
        HostTrouble::ClockInDoubt { ahead_s } => format!(
            "its clock is in doubt, {} {} what it should show: it erases nothing and ends nothing before its operator \
             has looked at it",
            long(ahead_s.saturating_abs().saturating_mul(1_000_000_000)),
            if *ahead_s < 0 { "behind" } else { "ahead of" }
        ),
        HostTrouble::WitnessesSilent { witnesses } => format!(
            "{} to which it posts the record's heads {} not countersign: statements are taken in all the same, and a head \
             may lack its quorum; the host's operator is told which, and why",
            counted(*witnesses, "witness", "witnesses"),
            if *witnesses == 1 { "does" } else { "do" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent(party: &str) -> SilentWitness {
        SilentWitness { witness: format!("{party}.example"), party: party.into() }
    }

    #[test]
    fn who_is_missing_is_named_with_whom_to_call() {
        let ledger = crate::testing::view();
        let of = |more, silent: &[SilentWitness], lacks_entries| {
            waits(&ledger, &HostWait { more, silent: silent.to_vec(), lacks_entries })
        };
        assert_eq!(of(1, &[silent("north")], false), "it waits for north (call +000 north)");
        let two = of(1, &[silent("north"), silent("unknown")], true);
        assert_eq!(
            two,
            "it waits for 1 of north (call +000 north), unknown (no contact is on record), and for desks to give \
             back entries that it lost"
        );
        assert!(of(2, &[], false).contains("2 of its witnesses"));
        let neutral = SilentWitness { witness: "w.example".into(), party: String::new() };
        assert_eq!(of(1, &[neutral], false), "it waits for w.example (the host asks it by itself)");
        assert!(of(0, &[], false).starts_with("it signs on"));
    }

    #[test]
    fn each_trouble_says_what_does_not_happen() {
        let told = |ahead_s| trouble(&HostTrouble::ClockInDoubt { ahead_s });
        assert!(told(-7_200).contains("behind what it should show"), "{}", told(-7_200));
        assert!(told(7_200).contains("ahead of") && told(7_200).contains("ends nothing"));
        assert!(trouble(&HostTrouble::WaitsForWitnesses { more: 1 }).contains("one more"));
        assert!(trouble(&HostTrouble::LacksEntries {}).contains("it keeps"));
        let silent = |witnesses| trouble(&HostTrouble::WitnessesSilent { witnesses });
        assert!(silent(1).starts_with("1 witness to which it posts"), "{}", silent(1));
        assert!(silent(2).contains("do not countersign"), "{}", silent(2));
    }
}
