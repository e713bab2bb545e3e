# The channel in English: the meaning, which the other languages follow.
#
# A sentence states the act and has no value within it; every parameter stands after a label, in its base form.
# So nothing is declined, and no count agrees with a noun: `Vehicles: 5`.
# No functions, selectors or references: what stands in braces is handed in as it is to be shown.
# `By` is inclusive; `End` is the first instant at which something no longer holds. No today, no 12-hour clock.
# `We` is whoever sends, `you` whoever is addressed. Silence is rendered as no answer, by no word that a proverb makes consent.
# A request names who is to do it, and is no order and no threat. Nothing says that a place is without people, that
# somebody may do something, or whose enemy anybody is. Latin letters and digits of a text in Arabic stand in LRI ... PDI.

language-tag = en
language-name = English
language-direction = ltr
language-gap = space
language-checked-by = none

## How sentences and values are put together

in-answer-to = In answer to
unchecked = The wording in this language has been checked by no named speaker.
time = { $utc } (local time { $local })
minutes = { $n } min
parameter = { $label }: { $value }.
list = { $first }, { $rest }
with-name = { $name } ({ $short })
text-in = “{ $value }” ({ $language })
until-further-message = not given, until a further message

## Codes: the sentence of each

head-L1 = Line test. Please reply "received".
head-L2 = Change of duty officer.
head-L3 = We suspend this channel on our side.
head-L4 = We resume this channel.
head-L5 = We request contact by voice.
head-L6 = We request a meeting.
head-Z1 = We propose terms for a zone.
head-Z2 = We propose to change the terms of a zone.
head-Z3 = We notify a zone that we alone have declared.
head-Z4 = Change of a zone's status.
head-Z5 = We end our part in a zone arrangement. This speaks of no troop movement.
head-O1 = We notify a planned activity.
head-O2 = We change a notified activity.
head-O3 = Our activity no longer takes place.
head-O4 = Overlap found with what you declared.
head-O5 = We request that you change your activity.
head-O6 = Notice of a hazard.
head-P1 = We notify a protected place.
head-P2 = We notify a movement.
head-P3 = Status of a notified movement.
head-P4 = What was notified of a protected place has changed.
head-P5 = We request that you facilitate a passage.
head-P6 = A protected place or movement is being hit. Cease at once, and check whether this is yours.
head-P7 = The place or movement is no longer being hit.
head-P8 = We see something other than you notified. Please say what holds.
head-P9 = We have passed your notification to our units.
head-P10 = A notified movement is overdue. No status has come.
head-H1 = We request a humanitarian pause.
head-W1 = By calculation, an entry into the zone is expected.
head-W2 = We see a presence. Whose is it?
head-W3 = Numbers near the zone are rising. Please explain.
head-W4 = We request that those inside leave the zone.
head-W5 = We request that you hold position.
head-W6 = We request that you remain outside the zone.
head-W7 = Ours, or those we speak for, have left the zone.
head-W8 = Shall we keep clear of this area?
head-W9 = Check fire. It falls on our people.
head-Y1 = We request that you pass on this message.
head-Y2 = We have passed the message on to the group.
head-Y3 = Reply of the group, as given to us.
head-Y4 = We are unable to pass the message on.
head-D1 = We report an incident.
head-D2 = We dispute an entry in the record.
head-D3 = We protest.
head-D4 = We request clarification.
head-D5 = We request a joint review.
head-D6 = Correction of our message.
head-D7 = We cancel our message.
head-D8 = We can no longer keep the answer we gave.

## Answers

answer-wilco = We will do it.
answer-unable = We cannot do it.
answer-standby = Wait for our answer.
answer-affirm = Yes.
answer-negative = No.
answer-roger = Received.
answer-ceased = Our fire there is stopped.
answer-checking = We are checking. This is no answer yet.
answer-not-ours = Not ours.
answer-ours = Ours.
answer-partner = A partner's.
answer-unknown = We do not know.
answer-routine = Routine activity.
answer-see-operation = See the activity that is named here.
answer-as-notified = As notified.
answer-changed = Changed.
answer-stopping = We are stopping.
answer-cannot-confirm = We cannot confirm it.
answer-keep-clear = Please keep clear.
answer-call-us = Please call us.
answer-no-statement = We make no statement.
answer-accepted = We accept your version.
answer-maintained = We maintain our version.
answer-clarified = Our explanation follows.

## Parameters: the label of each

label-zone = Zone
label-version = Version
label-from_version = Old version
label-to_version = New version
label-from = Start
label-until = End
label-by = By
label-time = Time
label-since = Since
label-reason = Reason
label-n = Number
label-post = Post
label-name = Name
label-languages = Languages
label-means = Means
label-level = Level
label-subject = Subject
label-operation = Activity
label-changes = Changes
label-conflict = Overlap
label-time_to_start = Time to start
label-shift = Change asked
label-volumes = Where and when
label-hazard = Hazard
label-site = Protected place
label-movement = Movement
label-object = Place or movement
label-status = Status
label-last_status = Last status
label-seen = Seen
label-unit_level = Level reached
label-area = Area
label-purpose = Purpose
label-who = Who
label-sector = Sector
label-from_sector = From sector
label-exit_sector = Leave towards
label-entry_time = Expected entry
label-where = Where
label-size = Size class
label-last_seen = Last seen
label-cell = Grid cell
label-message = Message
label-group = Group
label-how = Form
label-reply = Reply
label-place = Place
label-what = What happened
label-digest = Evidence digest
label-entry = Entry
label-point = Point
label-own_version = Our version
label-question = Question
label-incident = Incident
label-field = Field
label-new_value = New value
label-authority = Level of authority
label-contact = Call
label-caller = Who calls
label-waypoint = Waypoint
label-answer_by = Answer by
label-stopped_from = Stopped from
label-text = Explanation

## Choices

choice-north = north
choice-north-east = north-east
choice-east = east
choice-south-east = south-east
choice-south = south
choice-south-west = south-west
choice-west = west
choice-north-west = north-west
choice-inside = inside
choice-around = around
choice-at-most-10 = at most 10
choice-at-most-50 = at most 50
choice-at-most-250 = at most 250
choice-over-250 = more than 250
choice-telephone = telephone
choice-satellite-telephone = satellite telephone
choice-radio = radio
choice-video = video
choice-in-person = in person
choice-written = in writing
choice-we-call = we call you
choice-you-call = you call us
choice-duty = duty
choice-commander = commander
choice-face-to-face = face to face
choice-highest-authority = highest authority
choice-headquarters = headquarters
choice-formation = formation
choice-unit = unit
choice-crew = crews
choice-applied = applied by its author
choice-not-applied = not applied by its author
choice-ended = ended
choice-cancelled = cancelled
choice-change-of-time = time
choice-change-of-area = area
choice-change-of-height = height
choice-earlier = earlier
choice-later = later
choice-other-area = another area
choice-other-height = another height
choice-live-fire = live fire
choice-laser = laser
choice-jamming = jamming
choice-mines = mines
choice-exercise = exercise
choice-departed = departed
choice-at-waypoint = at a waypoint
choice-delayed = delayed
choice-deviated = off its route
choice-armed-persons-present = armed persons present
choice-arrived = arrived
choice-aborted = broken off
choice-changed = changed
choice-expired = expired
choice-notice-withdrawn = notice withdrawn
choice-armed-persons = armed persons
choice-off-route = off route
choice-extra-vehicles = extra vehicles
choice-wounded = wounded
choice-dead = dead
choice-evacuation = evacuation
choice-rescue = rescue
choice-verbatim = verbatim
choice-summary = summary
choice-will-comply = the group will do it
choice-refuses = the group refuses
choice-not-reached = the group was not reached
choice-denies-presence = the group denies that it is there
choice-denies-we-speak-for-it = the group denies that we speak for it
choice-too-little-time = too little time
choice-no-contact = no contact with those concerned
choice-no-authority = not within our powers
choice-own-activity = activity of our own
choice-terms = the terms
choice-weather-or-terrain = weather or terrain
choice-equipment = equipment failure
choice-not-verified = not verified
choice-not-stated = not stated

## Precedence and traffic

precedence-flash = FLASH
precedence-immediate = IMMEDIATE
precedence-priority = PRIORITY
precedence-routine = ROUTINE
traffic-real = REAL
traffic-exercise = EXERCISE
traffic-test = TEST

## Receipts and states

state-repeat = Request number
receipt-delivered = delivered
receipt-displayed = displayed
receipt-read-back = read back
receipt-answered = answered
receipt-relayed = relayed to the group
receipt-relay-answered = the group answered
receipt-unable-to-relay = could not be passed on
state-not-delivered = not delivered
state-not-received = not received in time
state-no-answer = no answer
state-open = open
state-closed = closed
state-passed-on = passed on, no answer yet
state-escalated = escalated
state-overdue = overdue
state-met = done
state-undertaking = undertaking
state-cancelled = cancelled by its sender
state-corrected = corrected by its sender
state-too-short = too short
state-entered-for = entered for
state-left-out = not included here

## Notices by phone or mail, which say no more than that something waits

notice-waiting = { $name } waiting, call { $value }.
notice-count = Waiting
notice-test = Test of this notice path. No answer is asked.

## Standing sentences

end-no-answer = No answer. This permits nothing.
end-not-who-is-there = This does not say who is there and permits nothing.
end-recognises-no-zone = An answer to this does not recognise a zone.
end-zone-unchanged = The zone itself is changed only by its author's declaration.
end-protection-unchanged = Protection in law unchanged.
end-not-reconfirmed = Not re-confirmed.
end-units-not-told = Nobody has said that their units were told.
end-notifies-only = This notifies. It asks for no approval.
end-compared-only = Compared only with what was declared.
end-no-overlap = No overlap found among what was declared.
end-not-observed = Claimed, not observed.
end-not-the-groups-consent = Will pass on. Not the group's consent.
end-out-of-date = Out of date. Can be read, not complied with.
end-lapsed = Not received in time. The request lapses. This is no refusal and permits nothing.
end-life-saving-passes = P, W, L, H and CANCEL messages still pass.
end-permits-nothing = This permits nothing.
end-silence-keep-clear = If no answer comes: KEEP CLEAR.
end-group-not-answered = The group has not answered yet.
end-earlier-answers-lapse = Earlier answers lapse.
end-agrees-only-by-affirm = Only a signed AFFIRM agrees to this very version. Any other answer does not recognise a zone.
end-nothing-of-before = This says nothing of what was before.
end-not-recognition = Not recognition, not consent.
end-may-be-movement = May be a notified movement.
rule-by-and-end = “By” includes the time that is given. “End” is the first instant at which it no longer holds.

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = not delivered yet
state-not-yet = not yet
state-not-told = what came of it with them is not told to you
state-held-open = held open
state-past-time = past its time
state-unsaid-by-host = no host has said so
state-ended-by-owner = over, its owner said so
state-none-asked = no answer is asked for
state-grouped = grouped, no sound
hop-answer = they have not said whether they pass it on
hop-pass-on = not yet passed on
hop-reply = passed on, the group's reply is missing
promise-to-be-done = to be done
promise-reported-done = reported done
promise-confirmed-done = confirmed done
promise-cannot-be-kept = cannot be kept
promise-own-word-alone = it is done by their own word alone

## Marks above and beside a message

mark-late = late
mark-on-behalf = entered on its behalf
mark-attested = attested by its gateway, not signed by a person
mark-answer-lapsed = LAPSED: it answered what the message said before it was corrected
mark-answer-late = LATE: after the deadline, which stands beside it
mark-found-late = found late
mark-taken-back = taken back
mark-ended = ended
mark-corrected = corrected
mark-again = again
mark-incident = incident
mark-shelved = shelved
mark-missing = missing
mark-confirmed = confirmed
mark-beware = beware
mark-new = new
mark-changed = changed

## What marks and states mean

why-owner-says-over = the owner of the place says that it is no longer being hit
why-stands-below = what stands below is what it says since then
why-open-until-owner = open until the owner of the place says P7, whatever is answered
why-watch-desk-reads = the watch desk reads it too
why-shelf-stops-no-other = nobody else's sound, and no clock, stops
why-nearer-than-way = nearer than an answer and the way together take
why-in-the-way = towards where they are asked to leave lies what was declared
why-until-answered = Until somebody answers there is no answer.

## What is waited for

due-delivery = delivery
due-read-back = read-back
due-next-level = next level
due-reminder = reminder
due-answer = answer
due-promise = what was promised
due-reply = the group's reply

## What fell due

lapse-not-delivered = NOT DELIVERED, no desk of theirs has it
lapse-every-desk = read back by nobody, so every desk of theirs is to show it
lapse-alternate-path = read back by nobody, so it is to go by their alternate path
lapse-next-level = not answered, so it goes to the next level
lapse-reminder = not answered, they are reminded
lapse-next-line-test = not answered, it is spoken of in the next line test
lapse-no-answer = NO ANSWER. This permits nothing
lapse-not-received = NOT RECEIVED, read back by nobody. That is no refusal
lapse-undertaking-overdue = what they promised is OVERDUE
lapse-no-reply = the group's reply is missing, so it goes to the next level

## Lines and their tests

line-never-heard = never
line-no-test = no test
line-waits = waits for its answer
line-missed = MISSED, nobody answered in time
line-ours = ours
line-theirs = theirs

## Overlaps

overlap-open = open: nobody has taken it on
overlap-owned = owned
overlap-notified = both sides have read of it
overlap-contact-made = the sides have spoken with each other
overlap-accepted-risk = both sides accept the risk
overlap-resolved = resolved by a change
overlap-expired = its time is over
overlap-contact-overdue = contact overdue
overlap-owner = owner
overlap-over = over
overlap-under-way = is under way

## Headings of the inbox

section-awaiting = These wait for your answer
section-incidents = Being hit, until the owner says that it is over
section-untold = Yours begin soon, and nobody has said that units were told
section-refused = You sent these, and the answer was no, or none
section-unsettled = Overlaps that nobody has settled
section-promised = You promised these
section-unread = New, no answer is asked for
section-sent = You sent these
section-watched = Not answered between others
movement-over = the movement arrived, was aborted, ended or was notified anew
section-over = Over
section-not-in-record = Not in the record yet
section-read-out = Read out, signed by nobody
span-now = now

## What came or went by file

file-verified = by file, verified
file-revoked = by file, its KEY WAS REVOKED
file-not-taken = by file, NOT TAKEN by the host
file-too-late = by file, NOT SENT: its time was over
file-went = went by file
fate-waiting = waits to be sent
fate-promised = the host promised it
fate-too-late = NOT SENT: its time was over
fate-not-taken = NOT TAKEN by the host
fate-does-not-stand = DOES NOT STAND

## What was read out and typed in

voice-unsigned = read out, unsigned: not in the record
voice-in-record = in the record
voice-by-file = by file
voice-corrected-since = corrected since
voice-ambiguous = AMBIGUOUS: several signed messages are named so: call, and have the whole name read
note-waits-for-message = noted, not signed: it waits for the message
note-waits-for-signature = noted, and WAITS FOR YOUR SIGNATURE
note-signed = noted, and signed
note-signed-otherwise = MISMATCH: you signed another answer than this one: call
note-over = noted, not signed: there is nothing more to answer
note-mismatch = noted, and answers nothing that was signed: it is not signed
note-corrected = noted, and NOT SIGNED: the message was corrected since; read it, and answer it as it is now

## Spans of time, and states with the values that they show

span-in = in { $value }
span-ago = { $value } ago
seconds = { $n } s
hours = { $n } h
days = { $n } days
two-units = { $first } { $rest }
said-of = { $name }: { $value }
by-whom = { $value }, by { $name }
answer-by-time = { $name } by { $value }
answer-until-time = { $name } until { $value }
answer-of-time = { $name } of { $value }
no-answer-counts-as = No answer counts as { $value }.
promised-by = { $name }; by { $value }
not-delivered-call = NOT DELIVERED to { $name }: call { $value }
shelved-until = sound shelved until { $value } by { $name }
of-party = { $name } of { $value }
clock-ahead = its clock { $value } ahead
clock-behind = its clock { $value } behind
suspended-by = SUSPENDED by { $name }
answered-after = answered after { $value }
answered-late-after = answered LATE, after { $value }
test-number = number { $n }
so-many-of = { $n } of { $rest }
last-in-a-row = the last { $n } in a row
takes-over = takes over { $value }
on-duty-since = since { $value }
over-ago = its time was over { $value } ago
begins-in = begins in { $value }
began-ago = began { $value } ago
so-many-more = { $n } more
read-back-in = { $value }, shown in { $language }
voice-stands = as read out, it stands { $name } as { $value }
voice-mismatch = MISMATCH: what was signed ({ $value }, { $name }) is NOT what was read out: call, and act on neither before that
voice-contradiction = CONTRADICTION: { $n } was read out under the same name and says otherwise: call
your-answer = your answer { $value }
text-left-out = LEFT OUT: { $value }: a text form has no room for it; have it told, or handed over as a file
text-not-known-here = NOT KNOWN HERE: { $value }: this desk has no one thing whose name begins so; ask what it is
