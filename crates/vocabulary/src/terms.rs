//! Words and sentences that stand beside codes: receipts, states, precedence, and the sentences that keep
//! an answer or its absence from being misread.

use crate::precedence::Precedence;

/// The terms and what each is called in the languages' files.
macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// A word or a standing sentence of the vocabulary.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Term {
            $($(#[$doc])* $name,)*
        }

        impl Term {
            /// All of them.
            pub const ALL: &[Term] = &[$(Term::$name,)*];

            /// What it is called in the languages' files.
            pub fn id(self) -> &'static str {
                match self {
                    $(Term::$name => $id,)*
                }
            }
        }
    };
}

terms! {
    /// The most urgent.
    Flash = "precedence-flash",
    /// Within half an hour.
    Immediate = "precedence-immediate",
    /// Within hours.
    Priority = "precedence-priority",
    /// Within a day.
    Routine = "precedence-routine",
    /// It is meant.
    Real = "traffic-real",
    /// It belongs to an exercise.
    Exercise = "traffic-exercise",
    /// It tries the line.
    Test = "traffic-test",
    /// The desk has it.
    Delivered = "receipt-delivered",
    /// It was on a screen.
    Displayed = "receipt-displayed",
    /// A named operator confirmed the parameters as rendered.
    ReadBack = "receipt-read-back",
    /// It is answered.
    Answered = "receipt-answered",
    /// It was passed on to a group.
    RelayedTo = "receipt-relayed",
    /// The group answered.
    RelayAnswered = "receipt-relay-answered",
    /// It could not be passed on.
    UnableToRelay = "receipt-unable-to-relay",
    /// Not delivered in time: call.
    NotDelivered = "state-not-delivered",
    /// Not read back in time.
    NotReceived = "state-not-received",
    /// No answer at the deadline.
    NoAnswer = "state-no-answer",
    /// Still to be answered.
    Open = "state-open",
    /// Answered and over.
    Closed = "state-closed",
    /// Passed on, and no answer of the group.
    PassedOn = "state-passed-on",
    /// It went to the next level.
    Escalated = "state-escalated",
    /// What was promised is not done in time.
    Overdue = "state-overdue",
    /// What was promised is done.
    Met = "state-met",
    /// What a WILCO promised.
    Undertaking = "state-undertaking",
    /// Its sender took it back.
    Cancelled = "state-cancelled",
    /// Its sender put another in its place.
    Corrected = "state-corrected",
    /// Its deadline is shorter than answer, relay and way out together.
    TooShort = "state-too-short",
    /// Entered by the watch desk on a party's behalf.
    EnteredFor = "state-entered-for",
    /// Volumes and texts that a text form only refers to.
    LeftOut = "state-left-out",
    /// Above a repeated request: which one it is.
    Repeat = "state-repeat",
    /// What an answer answers.
    InAnswerTo = "in-answer-to",
    /// No end is known.
    UntilFurtherMessage = "until-further-message",
    /// At the deadline, to every reader.
    NoAnswerPermitsNothing = "end-no-answer",
    /// With whatever might be read as "nobody is there".
    SaysNotWhoIsThere = "end-not-who-is-there",
    /// With ROGER.
    NotRecognition = "end-not-recognition",
    /// With codes about zones.
    RecognisesNoZone = "end-recognises-no-zone",
    /// With a zone's status: what changes the zone itself.
    ZoneUnchanged = "end-zone-unchanged",
    /// With codes that propose a zone: which answer agrees.
    AgreesOnlyByAffirm = "end-agrees-only-by-affirm",
    /// With codes about sites and movements.
    ProtectionUnchanged = "end-protection-unchanged",
    /// With a site whose notice has expired.
    NotReconfirmed = "end-not-reconfirmed",
    /// With a movement that is about to begin, and of which nobody has passed the notice on.
    UnitsNotTold = "end-units-not-told",
    /// With notices of sites and movements.
    NotifiesOnly = "end-notifies-only",
    /// With what is found by comparing.
    ComparedOnlyWithDeclared = "end-compared-only",
    /// Where nothing was found.
    NoOverlapAmongDeclared = "end-no-overlap",
    /// With what somebody claims.
    NotObserved = "end-not-observed",
    /// With WILCO to a relay.
    NotTheGroupsConsent = "end-not-the-groups-consent",
    /// Past its time.
    OutOfDate = "end-out-of-date",
    /// Not read back or relayed in time.
    Lapsed = "end-lapsed",
    /// With a suspension of the channel.
    LifeSavingStillPasses = "end-life-saving-passes",
    /// With what might be read as leave.
    PermitsNothing = "end-permits-nothing",
    /// With a warning of what may be a notified movement.
    MayBeMovement = "end-may-be-movement",
    /// With W8: what silence means.
    SilenceMeansKeepClear = "end-silence-keep-clear",
    /// With RELAYED TO.
    GroupNotAnsweredYet = "end-group-not-answered",
    /// With a correction of place, time, zone or addressee.
    EarlierAnswersLapse = "end-earlier-answers-lapse",
    /// With CEASED.
    NothingOfBefore = "end-nothing-of-before",
    /// In a notice by phone or mail: how many things wait.
    NoticeCount = "notice-count",
    /// In a notice that only tries its path.
    NoticeTest = "notice-test",
    /// Once in every manual and at the head of the page.
    ByAndEnd = "rule-by-and-end",
}

impl Term {
    /// What a precedence is called.
    pub fn of_precedence(precedence: Precedence) -> Term {
        match precedence {
            Precedence::Flash => Term::Flash,
            Precedence::Immediate => Term::Immediate,
            Precedence::Priority => Term::Priority,
            Precedence::Routine => Term::Routine,
        }
    }
}
