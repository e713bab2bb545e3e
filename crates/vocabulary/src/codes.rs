//! All codes, one after another. A code is added here and in the languages' files, and nowhere else.

use crate::choices::{
    AUTHORITIES, CALLERS, CHANGES, FORMS, HAZARDS, MEANS, MEETINGS, MOVEMENT_STATUSES,
    OPERATION_ENDS, PURPOSES, REASONS, REPLIES, SECTORS, SHIFTS, SIGHTS, SITE_STATUSES, SIZES,
    UNIT_LEVELS, WHEREABOUTS, ZONE_STATUSES,
};
use crate::code::Addressees::{
    AddresseesOfMessage, AskerOfRelay, AuthorOfSubject, BothSides, EveryHolder,
    EveryHolderAndOthersByCell, Owner, PartyOrGroup, SpeakerForGroup, ThoseWhoMayEnterFirst,
};
use crate::code::Attribute::{AffirmNegative, Listed, Nothing, Roger, WilcoUnable};
use crate::code::ParameterKind::{
    Cell, Choice, Choices, CoarseTime, Languages, Minutes, Name, Number, Place, ProtectedPlace,
    Reference, Text, Time, TrackOrGroup, Volumes,
};
use crate::code::When::{Always, Chosen, Given, Reopens};
use crate::code::{
    Addressees, Attribute, Code, Effect, ObjectKind, Parameter, ParameterKind, Senders, When,
};
use crate::precedence::Precedence::{Flash, Immediate, Priority, Routine};
use crate::precedence::{Precedence, PrecedenceRule};
use crate::terms::Term;

const fn code(
    id: &'static str,
    title: &'static str,
    parameters: &'static [Parameter],
    attribute: Attribute,
    precedence: Precedence,
) -> Code {
    Code {
        id,
        title,
        parameters,
        attribute,
        precedence: PrecedenceRule::Always(precedence),
        answer_within_s: None,
        time_left_by: None,
        senders: Senders::PERSON,
        person_signs: false,
        addressees: Addressees::AsNamed,
        endings: &[],
        effect: Effect::Nothing,
        meets: &[],
        per_day: None,
        silence_counts_as: None,
        owner_says: false,
        affirm_agrees: false,
        modelled_on: "",
    }
}

const HALF_AN_HOUR_S: i64 = 30 * 60;
const HOUR_S: i64 = 60 * 60;

impl Code {
    const fn as_its_message(mut self) -> Code {
        self.precedence = PrecedenceRule::OfMessage;
        self
    }
    /// FLASH with less than half an hour left, and else what it is.
    const fn raised(mut self, base: Precedence) -> Code {
        let rule =
            PrecedenceRule::ByTimeLeft { flash_under_s: HALF_AN_HOUR_S, base, lower_beyond: &[] };
        self.precedence = rule;
        self
    }
    const fn lower_beyond(mut self, steps: &'static [(i64, Precedence)]) -> Code {
        if let PrecedenceRule::ByTimeLeft { flash_under_s, base, .. } = self.precedence {
            self.precedence =
                PrecedenceRule::ByTimeLeft { flash_under_s, base, lower_beyond: steps };
        }
        self
    }
    const fn until(mut self, parameter: &'static str) -> Code {
        self.time_left_by = Some(parameter);
        self
    }
    const fn answer_within(mut self, seconds: u32) -> Code {
        self.answer_within_s = Some(seconds);
        self
    }
    const fn by(mut self, senders: Senders) -> Code {
        self.senders = senders;
        self
    }
    const fn by_owner(mut self) -> Code {
        self.owner_says = true;
        self
    }
    const fn person_signs(mut self) -> Code {
        self.person_signs = true;
        self
    }
    const fn to(mut self, addressees: Addressees) -> Code {
        self.addressees = addressees;
        self
    }
    const fn ends(mut self, endings: &'static [(Term, When)]) -> Code {
        self.endings = endings;
        self
    }
    const fn does(mut self, effect: Effect) -> Code {
        self.effect = effect;
        self
    }
    const fn meets(mut self, codes: &'static [&'static str]) -> Code {
        self.meets = codes;
        self
    }
    const fn a_day(mut self, times: u8) -> Code {
        self.per_day = Some(times);
        self
    }
    const fn silence_is(mut self, answer: &'static str) -> Code {
        self.silence_counts_as = Some(answer);
        self
    }
    const fn agreed_by_affirm(mut self) -> Code {
        self.affirm_agrees = true;
        self
    }
    const fn after(mut self, source: &'static str) -> Code {
        self.modelled_on = source;
        self
    }
}

const fn given(name: &'static str, kind: ParameterKind) -> Parameter {
    Parameter::new(name, kind)
}

const N: Parameter = given("n", Number { least: 1, most: 9_999 });
const POST: Parameter = given("post", Name);
const PERSON: Parameter = given("name", Name);
const LANGUAGES: Parameter = given("languages", Languages);
const FROM: Parameter = given("from", Time);
const UNTIL: Parameter = given("until", Time);
const BY: Parameter = given("by", Time);
const TIME: Parameter = given("time", Time);
const HAPPENED: Parameter = TIME.past();
const SINCE: Parameter = given("since", Time).past();
const REASON: Parameter = given("reason", Choice(REASONS));
const CALLER: Parameter = given("caller", Choice(CALLERS));
const MEANS_OF: Parameter = given("means", Choice(MEANS));
const MEETING: Parameter = given("level", Choice(MEETINGS));
const SUBJECT: Parameter = given("subject", Text);
const ZONE: Parameter = given("zone", Reference(ObjectKind::Zone));
const VERSION: Parameter = given("version", Reference(ObjectKind::Version));
const FROM_VERSION: Parameter = given("from_version", Reference(ObjectKind::Version));
const TO_VERSION: Parameter = given("to_version", Reference(ObjectKind::Version));
const ZONE_STATUS: Parameter = given("status", Choice(ZONE_STATUSES));
const OPERATION: Parameter = given("operation", Reference(ObjectKind::Operation));
const OPERATION_END: Parameter = given("status", Choice(OPERATION_ENDS));
const CHANGED: Parameter = given("changes", Choices(CHANGES));
const CONFLICT: Parameter = given("conflict", Reference(ObjectKind::Conflict));
const TIME_TO_START: Parameter = given("time_to_start", Minutes { most: 525_600 });
const SHIFT: Parameter = given("shift", Choices(SHIFTS));
const HAZARD: Parameter = given("hazard", Choices(HAZARDS));
const VOLUMES: Parameter = given("volumes", Volumes);
const SITE: Parameter = given("site", Reference(ObjectKind::Site));
const SITE_STATUS: Parameter = given("status", Choice(SITE_STATUSES));
const MOVEMENT: Parameter = given("movement", Reference(ObjectKind::Movement));
const STATUS: Parameter = given("status", Choice(MOVEMENT_STATUSES));
const WAYPOINT: Parameter =
    given("waypoint", Number { least: 1, most: 999 }).with("status", "at-waypoint");
const LAST_STATUS: Parameter = given("last_status", Choice(MOVEMENT_STATUSES)).optional();
const PLACE_HIT: Parameter = given("object", ProtectedPlace);
const OBJECT: Parameter = given("object", Reference(ObjectKind::SiteOrMovement));
const SEEN: Parameter = given("seen", Choices(SIGHTS));
const UNIT_LEVEL: Parameter = given("unit_level", Choice(UNIT_LEVELS));
const AREA: Parameter = given("area", Volumes);
const PURPOSE: Parameter = given("purpose", Choices(PURPOSES));
const WHO: Parameter = given("who", TrackOrGroup);
const FROM_SECTOR: Parameter = given("from_sector", Choice(SECTORS));
const ENTRY_TIME: Parameter = given("entry_time", CoarseTime);
const CONTACT: Parameter = given("contact", Name).optional();
const WHERE: Parameter = given("where", Choice(WHEREABOUTS));
const SIZE: Parameter = given("size", Choice(SIZES));
const SECTOR: Parameter = given("sector", Choice(SECTORS));
const LAST_SEEN: Parameter = given("last_seen", CoarseTime).past();
const COARSE_FROM: Parameter = given("from", CoarseTime);
const COARSE_UNTIL: Parameter = given("until", CoarseTime);
const EXIT_SECTOR: Parameter = given("exit_sector", Choice(SECTORS));
const AUTHORITY: Parameter = given("authority", Choice(AUTHORITIES));
const CELL: Parameter = given("cell", Cell);
const MESSAGE: Parameter = given("message", Reference(ObjectKind::Message));
const GROUP: Parameter = given("group", Name);
const HOW: Parameter = given("how", Choice(FORMS));
const REPLY: Parameter = given("reply", Choice(REPLIES));
const PLACE: Parameter = given("place", Place);
const WHAT: Parameter = given("what", Text);
const DIGEST: Parameter = given("digest", Reference(ObjectKind::Evidence)).optional();
const ENTRY: Parameter = given("entry", Reference(ObjectKind::Entry));
const POINT: Parameter = given("point", Text);
const OWN_VERSION: Parameter = given("own_version", Text);
const QUESTION: Parameter = given("question", Text);
const INCIDENT: Parameter = given("incident", Reference(ObjectKind::Incident));
const FIELD: Parameter = given("field", ParameterKind::Field);
const NEW_VALUE: Parameter = given("new_value", ParameterKind::OfField);

const NO_ZONE: (Term, When) = (Term::RecognisesNoZone, Always);
const NOT_WHO: (Term, When) = (Term::SaysNotWhoIsThere, Always);
const BY_AFFIRM: (Term, When) = (Term::AgreesOnlyByAffirm, Always);
const NOTICE: (Term, When) = (Term::NotifiesOnly, Always);
const PROTECTED: (Term, When) = (Term::ProtectionUnchanged, Always);
const COMPARED: (Term, When) = (Term::ComparedOnlyWithDeclared, Always);
const NO_LEAVE: (Term, When) = (Term::PermitsNothing, Always);

/// What is being hit: CHECKING holds the line open in STANDBY's place.
const CEASE: Attribute = Listed(&["CEASED", "NOT OURS", "CHECKING"]);

/// All codes.
pub static CODES: &[Code] = &[
    code("L1", "LINE TEST", &[N], Roger, Routine)
        .answer_within(120)
        .by(Senders::ANY)
        .does(Effect::TestsLine)
        .after("the twice-daily calls of the two Koreas; missed tests are counted"),
    code("L2", "DUTY HANDOVER", &[POST, PERSON, LANGUAGES, FROM], Roger, Routine)
        .does(Effect::HandsOver)
        .after("CPDLC CONTACT"),
    code("L3", "CHANNEL SUSPENDED", &[FROM, REASON], Roger, Immediate)
        .ends(&[(Term::LifeSavingStillPasses, Always)])
        .does(Effect::SuspendsChannel)
        .after("suspensions declared in 2017 while the line was still answered"),
    code("L4", "CHANNEL RESUMED", &[FROM], Roger, Priority)
        .does(Effect::ResumesChannel)
        .after("suspensions declared in 2017 while the line was still answered"),
    code("L5", "CONTACT BY VOICE", &[CALLER, MEANS_OF, TIME], WilcoUnable, Immediate)
        .until("time")
        .after("CPDLC CONTACT"),
    code("L6", "REQUEST MEETING", &[MEETING, SUBJECT], AffirmNegative, Priority)
        .after("escalation: duty, commander, video, face to face"),
    code("Z1", "PROPOSE ZONE", &[ZONE, VERSION], AffirmNegative, Routine)
        .ends(&[BY_AFFIRM])
        .agreed_by_affirm()
        .after("a zone is agreed, or it is not"),
    code("Z2", "AMEND ZONE", &[ZONE, FROM_VERSION, TO_VERSION], AffirmNegative, Routine)
        .ends(&[BY_AFFIRM])
        .agreed_by_affirm()
        .after("a zone is agreed, or it is not"),
    code("Z3", "NOTIFY ZONE, UNILATERAL", &[ZONE, VERSION], Roger, Priority)
        .ends(&[NO_ZONE])
        .after("At-Tanf: receipt is not recognition"),
    code(
        "Z4",
        "ACTIVATE OR DEACTIVATE ZONE",
        &[ZONE, ZONE_STATUS, FROM, UNTIL.else_said(Term::UntilFurtherMessage)],
        Roger,
        Priority,
    )
    .to(EveryHolder)
    .by_owner()
    .ends(&[NOT_WHO, NO_ZONE])
    .after("Digital NOTAM SAA.ACT"),
    code("Z5", "WITHDRAW FROM ZONE", &[ZONE, FROM], Roger, Priority)
        .to(EveryHolder)
        .ends(&[NOT_WHO, NO_ZONE])
        .after("a mechanism left in June 2020"),
    code("O1", "NOTIFY OPERATION", &[OPERATION, VERSION.optional()], Roger, Priority)
        .by(Senders::PARTY)
        .after("INCSEA notices; ASTM F3548"),
    code("O2", "AMEND OPERATION", &[OPERATION, VERSION.optional(), CHANGED], Roger, Priority)
        .by(Senders::PARTY)
        .to(EveryHolder)
    .by_owner()
        .meets(&["O5"])
        .after("ASTM F3548"),
    code("O3", "OPERATION ENDED OR CANCELLED", &[OPERATION, OPERATION_END], Nothing, Routine)
        .by(Senders::PARTY)
        .to(EveryHolder)
    .by_owner()
        .ends(&[NOT_WHO])
        .meets(&["O5"])
        .after("ASTM F3548, Ended"),
    code("O4", "OVERLAP FOUND", &[CONFLICT, TIME_TO_START], Roger, Immediate)
        .raised(Immediate)
        .lower_beyond(&[(24 * HOUR_S, Routine), (3 * HOUR_S, Priority)])
        .until("time_to_start")
        .by(Senders::HOST)
        .to(BothSides)
        .ends(&[COMPARED])
        .after("RISSafe event deconfliction"),
    code("O5", "REQUEST ADJUST", &[OPERATION, SHIFT, VOLUMES.optional()], WilcoUnable, Immediate)
        .by(Senders::PARTY)
        .to(Owner)
        .after("RISSafe event deconfliction"),
    code("O6", "HAZARD NOTICE", &[HAZARD, VOLUMES], Roger, Priority)
        .by(Senders::PARTY)
        .ends(&[NO_LEAVE])
        .after("Dangerous Military Activities agreement, 1989; NOTAM"),
    code("P1", "NOTIFY SITE", &[SITE, VERSION], Roger, Routine)
        .by(Senders::PARTY)
        .ends(&[NOTICE, PROTECTED])
        .after("OCHA humanitarian notification"),
    code("P2", "NOTIFY MOVEMENT", &[MOVEMENT, VERSION], Roger, Priority)
        .by(Senders::PARTY)
        .ends(&[NOTICE, PROTECTED])
        .after("OCHA humanitarian notification: 48 h ahead, 24 h in an emergency; late is marked, never refused"),
    code("P3", "MOVEMENT STATUS", &[MOVEMENT, HAPPENED, STATUS, WAYPOINT], Roger, Immediate)
        .by(Senders::PARTY)
        .to(EveryHolder)
    .by_owner()
        .ends(&[PROTECTED])
        .does(Effect::TellsOfMovement { over_by: &["arrived", "aborted"] })
        .after("World Central Kitchen, 2024"),
    code("P4", "SITE CHANGED, EXPIRED OR REMOVED", &[SITE, SITE_STATUS], Roger, Routine)
        .by(Senders::PARTY)
        .to(EveryHolder)
    .by_owner()
        .ends(&[(Term::NotReconfirmed, Chosen("status", "expired")), PROTECTED])
        .after("rules of Yemen's No Strike List"),
    code("P5", "REQUEST PASSAGE", &[MOVEMENT, ZONE, FROM, UNTIL], AffirmNegative, Priority)
        .until("from")
        .ends(&[NO_ZONE, PROTECTED])
        .after("outcomes counted as facilitated, partly, impeded, denied, postponed, cancelled"),
    code("P6", "PROTECTED PLACE IS BEING HIT: CEASE AND CHECK", &[PLACE_HIT, SINCE], CEASE, Flash)
        .to(EveryHolderAndOthersByCell)
        .ends(&[PROTECTED])
        .does(Effect::OpensIncident)
        .after("Kunduz, 2015: 33 minutes from the first call to the first answer"),
    code("P7", "NO LONGER BEING HIT", &[PLACE_HIT, SINCE], Roger, Flash)
        .to(EveryHolderAndOthersByCell)
        .ends(&[NO_LEAVE, PROTECTED])
        .does(Effect::EndsIncident)
        .after("Kunduz, 2015: closed by the object's owner"),
    code(
        "P8",
        "WE SEE AT YOUR PLACE OR MOVEMENT",
        &[SEEN, OBJECT],
        Listed(&["AS NOTIFIED", "CHANGED", "STOPPING", "CANNOT CONFIRM"]),
        Flash,
    )
    .to(Owner)
    .ends(&[PROTECTED])
    .after("World Central Kitchen, 2024"),
    code("P9", "PASSED TO UNITS", &[OBJECT, UNIT_LEVEL, HAPPENED], Roger, Priority)
        .to(Owner)
        .ends(&[NO_LEAVE, PROTECTED])
        .does(Effect::PassesToUnits)
        .after("World Central Kitchen, 2024: the plan never reached the crews"),
    code("P10", "MOVEMENT OVERDUE", &[MOVEMENT, LAST_STATUS], Roger, Immediate)
        .by(Senders::HOST)
        .to(EveryHolder)
        .ends(&[PROTECTED])
        .after("search and rescue practice"),
    code("H1", "REQUEST PAUSE", &[AREA, FROM, UNTIL, PURPOSE], AffirmNegative, Immediate)
        .until("from")
        .after("humanitarian pauses"),
    code("W1", "WARN APPROACH", &[WHO, ZONE, FROM_SECTOR, ENTRY_TIME, CONTACT], Roger, Immediate)
        .raised(Immediate)
        .until("entry_time")
        .by(Senders::ANY)
        .to(ThoseWhoMayEnterFirst)
        .ends(&[NO_ZONE, (Term::MayBeMovement, Given("contact"))])
        .after("the convoy of 18 May 2017"),
    code(
        "W2",
        "PRESENCE",
        &[WHERE, ZONE, SIZE, SECTOR, LAST_SEEN],
        Listed(&["OURS", "PARTNER", "NOT OURS", "UNKNOWN"]),
        Immediate,
    )
    .ends(&[NO_ZONE])
    .after("\"inside and around\""),
    code(
        "W3",
        "BUILD-UP NEAR ZONE",
        &[ZONE, SECTOR, COARSE_FROM, COARSE_UNTIL],
        Listed(&["ROUTINE", "SEE OPERATION", "NOT OURS", "UNKNOWN"]),
        Priority,
    )
    .ends(&[NO_ZONE])
    .after("February 2018"),
    code("W4", "REQUEST VACATE ZONE", &[ZONE, BY, EXIT_SECTOR, AUTHORITY], WilcoUnable, Immediate)
        .raised(Immediate)
        .until("by")
        .person_signs()
        .to(PartyOrGroup)
        .ends(&[NO_ZONE, COMPARED])
        .after("\"it wants those forces out of the zone\""),
    code("W5", "REQUEST HOLD POSITION", &[WHO, UNTIL, AUTHORITY], WilcoUnable, Flash)
        .person_signs()
        .to(PartyOrGroup)
        .ends(&[NO_ZONE])
        .after("INCSEA, CUES"),
    code("W6", "REMAIN CLEAR", &[ZONE, UNTIL], WilcoUnable, Immediate)
        .to(PartyOrGroup)
        .ends(&[NO_ZONE])
        .after("September 2018"),
    code("W7", "VACATED", &[ZONE, HAPPENED], Roger, Priority)
        .to(EveryHolder)
        .ends(&[(Term::NotObserved, Always), NOT_WHO, NO_ZONE])
        .meets(&["W4"])
        .after("ASTERIX 004, end of conflict"),
    code(
        "W8",
        "SHALL WE KEEP CLEAR",
        &[AREA, FROM, UNTIL],
        Listed(&["KEEP CLEAR", "CALL US", "NO STATEMENT"]),
        Immediate,
    )
    .until("from")
    .ends(&[(Term::SilenceMeansKeepClear, Always)])
    .a_day(3)
    .silence_is("KEEP CLEAR")
    .after("February 2018, without an answer that means \"none of ours is there\""),
    code("W9", "CHECK FIRE, IT FALLS ON OUR PEOPLE", &[CELL, SINCE], CEASE, Flash)
        .to(EveryHolderAndOthersByCell)
        .does(Effect::OpensIncident)
        .after("strikes on the wrong forces"),
    code("Y1", "REQUEST RELAY", &[MESSAGE, GROUP], WilcoUnable, Priority)
        .as_its_message()
        .to(SpeakerForGroup)
        .does(Effect::AsksRelay)
        .after("\"passed on the message\""),
    code("Y2", "RELAYED TO", &[MESSAGE, GROUP, HAPPENED, MEANS_OF, HOW], Roger, Priority)
        .as_its_message()
        .to(AskerOfRelay)
        .ends(&[(Term::GroupNotAnsweredYet, Always)])
        .does(Effect::PassesOn)
        .meets(&["Y1"])
        .after("\"passed on the message\""),
    code(
        "Y3",
        "REPLY OF GROUP",
        &[MESSAGE, GROUP, REPLY, BY.with("reply", "will-comply"), HAPPENED],
        Roger,
        Priority,
    )
    .as_its_message()
    .to(AskerOfRelay)
    .ends(&[
        (Term::PermitsNothing, Chosen("reply", "not-reached")),
        (Term::SaysNotWhoIsThere, Chosen("reply", "denies-presence")),
    ])
    .does(Effect::BringsReply { settled_by: "will-comply", unmet_by: "not-reached" })
    .meets(&["Y1"])
    .after("\"passed on the message\""),
    code("Y4", "UNABLE TO RELAY", &[MESSAGE, GROUP, REASON], Roger, Priority)
        .as_its_message()
        .to(AskerOfRelay)
        .ends(&[NO_LEAVE])
        .does(Effect::FailsToPassOn)
        .after("\"passed on the message\""),
    code("D1", "INCIDENT REPORT", &[HAPPENED, PLACE, WHAT, DIGEST], Roger, Priority)
        .after("INCSEA, through attaches"),
    code(
        "D2",
        "DISPUTE",
        &[ENTRY, POINT, OWN_VERSION],
        Listed(&["ACCEPTED", "MAINTAINED"]),
        Priority,
    )
    .to(AuthorOfSubject)
    .after("wrong coordinates, Yemen and Idlib"),
    code("D3", "PROTEST", &[ENTRY], Roger, Routine).to(AuthorOfSubject).after("practice"),
    code("D4", "REQUEST CLARIFICATION", &[MESSAGE, QUESTION], Listed(&["CLARIFIED"]), Priority)
        .as_its_message()
        .to(AuthorOfSubject)
        .after("CPDLC CONFIRM"),
    code("D5", "REQUEST JOINT REVIEW", &[INCIDENT], AffirmNegative, Routine)
        .after("INCSEA annual review"),
    code("D6", "CORRECTION", &[MESSAGE, FIELD, NEW_VALUE], Roger, Priority)
        .as_its_message()
        .to(AddresseesOfMessage)
        .ends(&[(Term::EarlierAnswersLapse, Reopens)])
        .does(Effect::Corrects)
        .after("Whiteflag Update"),
    code("D7", "CANCEL", &[MESSAGE], Roger, Priority)
        .as_its_message()
        .to(AddresseesOfMessage)
        .ends(&[NO_LEAVE])
        .does(Effect::Cancels)
        .after("Whiteflag Recall"),
    code("D8", "CANNOT KEEP OUR ANSWER", &[MESSAGE, REASON], Roger, Flash)
        .to(AuthorOfSubject)
        .ends(&[NO_LEAVE])
        .does(Effect::BreaksPromise)
        .after("Whiteflag Discontinue"),
];
