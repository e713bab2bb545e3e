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
    /// No desk has it, and its time is not over.
    NotDeliveredYet = "state-not-delivered-yet",
    /// A receipt that has not come.
    NotYet = "state-not-yet",
    /// What came of it is another's to know.
    NotTold = "state-not-told",
    /// An answer holds it open.
    HeldOpen = "state-held-open",
    /// The time to answer is over.
    PastTime = "state-past-time",
    /// No host has found that the time is over.
    UnsaidByHost = "state-unsaid-by-host",
    /// Its owner said that it is no longer being hit.
    EndedByOwner = "state-ended-by-owner",
    /// It asks for no answer.
    NoneAsked = "state-none-asked",
    /// It stands in a row with others.
    Grouped = "state-grouped",
    /// Of a relay: nobody said whether it is passed on.
    AnswerMissing = "hop-answer",
    /// Of a relay: it was not passed on.
    NotPassedOn = "hop-pass-on",
    /// Of a relay: the group has not replied.
    ReplyMissing = "hop-reply",
    /// What was promised is to be done.
    ToBeDone = "promise-to-be-done",
    /// Whoever promised it says that it is done.
    ReportedDone = "promise-reported-done",
    /// Whoever asked says that it is done.
    ConfirmedDone = "promise-confirmed-done",
    /// Whoever promised it cannot keep it.
    CannotBeKept = "promise-cannot-be-kept",
    /// Nobody but who promised it says that it is done.
    OwnWordAlone = "promise-own-word-alone",
    /// An answer after its deadline.
    Late = "mark-late",
    /// The watch desk entered it for a party.
    OnBehalf = "mark-on-behalf",
    /// A gateway of the party attested it.
    Attested = "mark-attested",
    /// An answer to what was said before a correction.
    AnswerLapsed = "mark-answer-lapsed",
    /// An answer that stands beside NO ANSWER.
    AnswerLate = "mark-answer-late",
    /// What fell due was found later than it should be.
    FoundLate = "mark-found-late",
    /// Above a message that its sender took back.
    TakenBack = "mark-taken-back",
    /// Above a message whose incident is over.
    Ended = "mark-ended",
    /// Above a message that says something else than it did.
    CorrectedBelow = "mark-corrected",
    /// Above a repeated request.
    Again = "mark-again",
    /// Above a message that opened an incident.
    Incident = "mark-incident",
    /// Above a message whose sound an operator shelved.
    Shelved = "mark-shelved",
    /// Above the step of a relay that is missing.
    Missing = "mark-missing",
    /// Above who of those that asked says that it is done.
    Confirmed = "mark-confirmed",
    /// Above what lies in the way of whoever is asked to leave.
    Beware = "mark-beware",
    /// Before what is new.
    New = "mark-new",
    /// Before what has changed.
    Changed = "mark-changed",
    /// What the end of an incident rests on.
    OwnerSaysOver = "why-owner-says-over",
    /// Of a message that was corrected.
    StandsBelow = "why-stands-below",
    /// What ends an incident.
    OpenUntilOwner = "why-open-until-owner",
    /// What going to the next level means.
    WatchDeskReads = "why-watch-desk-reads",
    /// What a shelved sound leaves as it is.
    ShelfStopsNoOther = "why-shelf-stops-no-other",
    /// What TOO SHORT means.
    NearerThanWay = "why-nearer-than-way",
    /// What lies where somebody is asked to leave.
    InTheWay = "why-in-the-way",
    /// Before a message is signed.
    UntilAnswered = "why-until-answered",
    /// What is waited for: that a desk has it.
    DueDelivery = "due-delivery",
    /// What is waited for: that a person reads it back.
    DueReadBack = "due-read-back",
    /// What comes next: it goes to the next level.
    DueNextLevel = "due-next-level",
    /// What comes next: they are reminded.
    DueReminder = "due-reminder",
    /// What is waited for: an answer.
    DueAnswer = "due-answer",
    /// What is waited for: what was promised.
    DuePromise = "due-promise",
    /// What is waited for: the group's reply.
    DueReply = "due-reply",
    /// No desk had it in time.
    LapseNotDelivered = "lapse-not-delivered",
    /// Nobody read it back: every desk shows it.
    LapseEveryDesk = "lapse-every-desk",
    /// Nobody read it back: it goes by another path.
    LapseAlternatePath = "lapse-alternate-path",
    /// Not answered: it goes to the next level.
    LapseNextLevel = "lapse-next-level",
    /// Not answered: they are reminded.
    LapseReminder = "lapse-reminder",
    /// Not answered: it is spoken of in the next line test.
    LapseNextLineTest = "lapse-next-line-test",
    /// No answer at the deadline.
    LapseNoAnswer = "lapse-no-answer",
    /// Not read back in time.
    LapseNotReceived = "lapse-not-received",
    /// What was promised is not done in time.
    LapseUndertakingOverdue = "lapse-undertaking-overdue",
    /// The group has not replied: it goes to the next level.
    LapseNoReply = "lapse-no-reply",
    /// Nothing was heard on a line.
    NeverHeard = "line-never-heard",
    /// No line test.
    NoTest = "line-no-test",
    /// A line test that may still be answered.
    TestWaits = "line-waits",
    /// A line test that nobody answered in time.
    TestMissed = "line-missed",
    /// A line test of the reader's party.
    TestOurs = "line-ours",
    /// A line test of the other party.
    TestTheirs = "line-theirs",
    /// Of an overlap: nobody has taken it on.
    OverlapOpen = "overlap-open",
    /// Somebody has taken it on.
    OverlapOwned = "overlap-owned",
    /// Both sides have read of it.
    OverlapNotified = "overlap-notified",
    /// The sides spoke.
    OverlapContactMade = "overlap-contact-made",
    /// Both sides accept the risk.
    OverlapAcceptedRisk = "overlap-accepted-risk",
    /// A change settled it.
    OverlapResolved = "overlap-resolved",
    /// Its time is over.
    OverlapExpired = "overlap-expired",
    /// It is about to begin, and the sides have not spoken.
    OverlapContactOverdue = "overlap-contact-overdue",
    /// Who has taken it on.
    OverlapOwner = "overlap-owner",
    /// It is settled, or its time is over.
    OverlapOver = "overlap-over",
    /// It is there since ever.
    OverlapUnderWay = "overlap-under-way",
    /// Above what waits for the reader's answer.
    SectionAwaiting = "section-awaiting",
    /// Above what is being hit.
    SectionIncidents = "section-incidents",
    /// Movements of which nobody has said that units were told.
    SectionUntold = "section-untold",
    /// Above what was refused or not answered.
    SectionRefused = "section-refused",
    /// Above overlaps.
    SectionUnsettled = "section-unsettled",
    /// Above what the reader promised.
    SectionPromised = "section-promised",
    /// Above what is new and asks for nothing.
    SectionUnread = "section-unread",
    /// Above what the reader sent.
    SectionSent = "section-sent",
    /// Above what others have open.
    SectionWatched = "section-watched",
    /// Above what is over.
    SectionOver = "section-over",
    /// Why a movement is overdue no longer.
    MovementOver = "movement-over",
    /// Above what does not stand in the record.
    SectionNotInRecord = "section-not-in-record",
    /// Above what was read out and typed in.
    SectionReadOut = "section-read-out",
    /// It is due now.
    Now = "span-now",
    /// It came by file, and its signature holds.
    FileVerified = "file-verified",
    /// It came by file, by a key that was revoked.
    FileRevoked = "file-revoked",
    /// It came by file, and the host did not take it.
    FileNotTaken = "file-not-taken",
    /// It came by file, and was not sent in time.
    FileTooLate = "file-too-late",
    /// It went as a file.
    FileWent = "file-went",
    /// It waits in the desk's queue.
    FateWaiting = "fate-waiting",
    /// The host promised to log it.
    FatePromised = "fate-promised",
    /// It was not sent in time.
    FateTooLate = "fate-too-late",
    /// The host did not take it.
    FateNotTaken = "fate-not-taken",
    /// It changes nothing before it stands in the record.
    DoesNotStand = "fate-does-not-stand",
    /// A text was read out, and is not here as it was signed.
    VoiceUnsigned = "voice-unsigned",
    /// Where what was signed stands.
    VoiceInRecord = "voice-in-record",
    /// Where what was signed came from.
    VoiceByFile = "voice-by-file",
    /// It says something else since it was read out.
    VoiceCorrectedSince = "voice-corrected-since",
    /// Several messages begin as what was read out.
    VoiceAmbiguous = "voice-ambiguous",
    /// Of an answer that was noted: its message is not here.
    NoteWaitsForMessage = "note-waits-for-message",
    /// Of an answer that was noted: a person signs it now.
    NoteWaitsForSignature = "note-waits-for-signature",
    /// Of an answer that was noted: it was signed.
    NoteSigned = "note-signed",
    /// Of an answer that was noted: another was signed.
    NoteSignedOtherwise = "note-signed-otherwise",
    /// Of an answer that was noted: nothing is to be answered any more.
    NoteOver = "note-over",
    /// Of an answer that was noted: what was signed is something else.
    NoteMismatch = "note-mismatch",
    /// Of an answer that was noted: it was to other words.
    NoteCorrected = "note-corrected",
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
