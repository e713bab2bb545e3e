/**
 * What the desk serves to its page: one snapshot (`GET /v1/view`) and a stream of changes to it.
 *
 * The members are those of the design; what is added to it is marked "added" with its reason. Times are RFC 3339 in
 * UTC. Whatever the party may not see is not in here: the page withholds nothing by itself.
 */

/** An instant, RFC 3339 with `Z`. */
export type Moment = string;
/** A text that the desk has rendered in the reader's language, with marks for times: see `text.ts`. */
export type Rendered = string;

export type Precedence = 'FLASH' | 'IMMEDIATE' | 'PRIORITY' | 'ROUTINE';
export type Mode = 'REAL' | 'EXERCISE' | 'TEST';
export type Authority = 'signed' | 'attested' | 'entered' | 'found';
export type Deed =
  'read_back' | 'answer' | 'call' | 'take_on' | 'relay' | 'script' | 'cancel' | 'called_others' | 'status';
export type ClockKind =
  'read_back' | 'answer' | 'relay' | 'contact' | 'undertaking' | 'entry' | 'vacate' | 'status';

export interface Me {
  party: string;
  /** Added: the party's name as it is shown; others' names come in `parties`. */
  name: Rendered;
  post: string;
  lang: string;
  units: 'km' | 'nm';
  utc_offset_min: number;
  locked: boolean;
  rights: string[];
}

export interface Host {
  state: 'agreed' | 'stalled' | 'away' | 'caught';
  size: number;
  head: string;
  read_at: Moment;
  witnesses: { party: string; at: Moment }[];
  /** Added: how many witnesses there are in all, so that "2 of 3" can be said. */
  of: number;
  /** The desk does not show it to its page yet. */
  evidence?: Evidence | null;
}

/** Two texts under one number, or whatever else convicts a host. */
export interface Evidence {
  entry: number;
  here: { at: Moment; by: string; text: Rendered; differs: Rendered };
  served: { at: Moment; text: Rendered; differs: Rendered };
  heads: { what: 'signed' | 'leads_to' | 'witnessed'; hash: string }[];
  since: Moment;
  /** The last head that all agreed on. */
  agreed: { size: number; at: Moment; head: string };
  others: { party: string; at: Moment; voice: Moment | null }[];
}

export interface Line {
  state: 'up' | 'cut';
  since: Moment;
  last_test: Moment | null;
  missed: number;
  voice: { party: string; number: string }[];
  /** Added: when the desk last tried, and how often it does, seconds. */
  last_try?: Moment;
  every_s?: number;
}

export interface Feed {
  id: string;
  state: 'live' | 'late' | 'lost';
  tracks: number;
  last: Moment;
}

export interface Queued {
  statement: string;
  text: Rendered;
  /** When it was signed, as far as the desk knows. */
  signed_at?: Moment;
  /** Added: the alarm that it answers, so that its card can say NOT SENT YET. */
  alarm?: string;
}

export interface Clock {
  what: ClockKind;
  until: Moment;
  from: Moment;
}

export interface Alarm {
  id: string;
  dialogue: string | null;
  precedence: Precedence;
  code: string;
  /** Whether the deed is this desk's; else it stands under "waiting for others". */
  mine: boolean;
  clock: Clock | null;
  text: Rendered;
  facts: Rendered[];
  deeds: Deed[];
  also: { what: ClockKind; until: Moment }[];
  group: string | null;
  /** Added: when it began. Ties go by age. */
  since: Moment;
  /** Added: P6 and W9 are never grouped, never shelved; the desk says it of others too. */
  never_grouped?: boolean;
  /** Added: what is selected with the card. */
  subject?: { kind: 'encounter' | 'conflict' | 'declaration' | 'dialogue'; id: string };
  /** Added: `desk` is a finding of this desk that is not in the record. */
  source?: 'record' | 'desk';
  /** Added: the sound is shelved until then, by one operator. */
  shelved_until?: Moment | null;
  /** Added: done today, kept for recall. */
  closed_at?: Moment | null;
  /** Added: whom to call. */
  voice?: string;
}

export type FieldKind = 'time' | 'zone' | 'choice' | 'text' | 'number';
export interface ReadBackField {
  name: string;
  kind: FieldKind;
  /** Added: ids of the vocabulary's choices (`choice-*`), or names that this desk holds. */
  choices?: { value: string; label?: Rendered }[];
}

export interface Dialogue {
  id: string;
  code: string;
  params: Record<string, Rendered>;
  text: Rendered;
  repeat: number;
  from: string;
  authority: Authority;
  level: string;
  valid_until: Moment | null;
  precedence: Precedence;
  receipts: {
    delivered: Moment | null;
    displayed: Moment | null;
    read_back: Moment | null;
    answered: Moment | null;
  };
  relay: {
    hop: string;
    state: 'sent' | 'reached' | 'missing' | 'answered' | 'refused' | 'denies';
    since: Moment;
  }[];
  limits: { what: ClockKind; until: Moment }[];
  read_back: { fields: ReadBackField[] } | null;
  answers: string[];
  /** Added: which answers take the key's own proof (a passphrase or a touch); the rest go with the duty key. */
  own_proof?: string[];
  if_nobody_acts: { at: Moment; text: Rendered }[];
  messages: { at: Moment; symbol: string; text: Rendered }[];
  /** Added: standing sentences that end the text ("An answer to this does not recognise a zone."). */
  endings?: Rendered[];
  hash?: string;
}

export type Stands = 'proposed' | 'agreed' | 'disputed' | 'silent' | 'notified' | 'not_asked' | 'withdrew';

/** Degrees, WGS 84, longitude first as in GeoJSON; radii and half widths in metres. */
export type Shape =
  | { type: 'circle'; center: [number, number]; radius_m: number; ring_m?: number }
  | { type: 'polygon'; ring: [number, number][] }
  | { type: 'corridor'; line: [number, number][]; half_width_m: number }
  | { type: 'cells'; cells: [number, number, number, number][] }
  | { type: 'point'; at: [number, number] };

export interface Height {
  /** As it was given: "1500 m AMSL", "SFC"; null is not known. */
  text: string | null;
  /** Metres above mean sea level for the picture; null is not known or open. */
  m: number | null;
}

export interface Declaration {
  id: string;
  kind: 'zone' | 'site' | 'operation' | 'movement' | 'hazard';
  owner: string;
  version: number;
  shape: Shape;
  band: { from: Height; to: Height } | null;
  window: { from: Moment; to: Moment | null };
  name: string;
  authority: Authority;
  standing: { party: string; stands: Stands; point?: string }[];
  unilateral_to_me: boolean;
  tags: string[];
  holders: string[];
  /** Added: which symbol (a restriction's kind, a site's kind). */
  sort?: string;
}

export interface Conflict {
  id: string;
  state: 'open' | 'owned' | 'contact' | 'resolved' | 'accepted' | 'expired';
  owner: string | null;
  begins: Moment;
  ends?: Moment;
  sides: (string | { handle: string; party: string; kind: string })[];
  cells: [number, number, number, number][];
  certainty: 'certain' | 'possible';
  why: Rendered | null;
  call: string;
}

export interface Encounter {
  track: string;
  zone: string;
  kind: 'around' | 'will_enter' | 'inside' | 'left';
  at: Moment;
  plus_minus_s: number;
  arc_deg: [number, number];
  told: { party: string; as: { sector: string; size: string; near: Moment } }[];
  told_at?: Moment;
  /** Added: what the owner's desk alone shows of its own track. */
  own?: {
    name: string;
    at: [number, number];
    course_deg: number;
    speed_kmh: number;
    seen: Moment;
    accuracy_m: number;
    source: Rendered;
    trail: [number, number][];
    path: [number, number][];
  };
}

export interface Presence {
  id: string;
  zone: string;
  sector_deg: [number, number];
  size: string;
  seen: Moment;
  mine: boolean;
}

export interface Report {
  id: string;
  grade: string;
  at: Moment;
  text: Rendered;
  where: [number, number];
  contradicts: string[];
}

export interface Step {
  id: 'founding' | 'post' | 'line' | 'sounds' | 'positions' | 'interests';
  done: boolean;
  /** Added: what was done, by whose word. */
  note?: Rendered;
}

export interface View {
  seq: number;
  now: Moment;
  mode: Mode;
  space: { name: string; grid_m: number; area?: [number, number, number, number] };
  me: Me;
  /** Added: names of the parties as they are to be shown (hostile input, escaped by the page). */
  parties: Record<string, string>;
  host: Host;
  line: Line;
  feeds: Feed[];
  queue: Queued[];
  alarms: Alarm[];
  dialogues: Dialogue[];
  declarations: Declaration[];
  conflicts: Conflict[];
  encounters: Encounter[];
  presence: Presence[];
  reports: Report[];
  /** First day only. */
  steps?: Step[];
}

/**
 * One change. A path is a member of the view (`line`), an element of a list by its id (`alarms/a1`; encounters by
 * `track:zone`, queue by `statement`), or a member of an element (`dialogues/d4/receipts`). An id holds no `/`.
 * Every change has the desk's time; so has a beat, which changes nothing.
 */
export interface Change {
  seq: number;
  now: Moment;
  set?: Record<string, unknown>;
  drop?: string[];
}

/** A draft that the desk looks at; nothing leaves the desk. */
export type Draft =
  | { kind: 'read_back'; dialogue: string; fields: Record<string, string> }
  | { kind: 'answer'; dialogue: string; answer: string; params: Record<string, string> }
  | {
      kind: 'message';
      code: string;
      to: string[];
      params: Record<string, string>;
      level: string;
      remark: string;
    }
  | {
      kind: 'declaration';
      declares: string;
      name: string;
      points: DraftPoint[];
      params: Record<string, string>;
      share: string[];
    }
  | { kind: 'take_on'; conflict: string }
  | { kind: 'cancel'; dialogue: string }
  | { kind: 'call'; alarm: string; number: string; said: string };

export interface DraftPoint {
  first: string;
  second: string;
  when: string;
  unverified: boolean;
}

export interface Preview {
  /** What is wrong and what to do; a draft with any is not signed. */
  refused: Rendered[];
  renderings: { party: string; role?: Rendered; lang: string; text: Rendered }[];
  /** Read-back: which fields agree with what the sender signed. */
  fields?: Record<string, 'empty' | 'agrees' | 'differs'>;
  time_check?: {
    rows: { text: Rendered; minutes: number }[];
    given_s: number;
    needed_s: number;
    enough: boolean;
    limit: Moment;
  };
  compared?: { ok: boolean; text: Rendered }[];
  precedence?: Precedence;
  limits?: { what: ClockKind; minutes: number }[];
  holders?: { party: string; how: Rendered; can_choose: boolean }[];
  repeat?: number;
  conflicts?: { title: Rendered; text: Rendered }[];
  late?: Rendered | null;
  missing?: string[];
}

export interface SignResult {
  state: 'signed' | 'queued' | 'refused';
  statement: string;
  text: Rendered;
}

export interface Entry {
  index: number;
  at: Moment | null;
  by: string | null;
  authority: Authority | null;
  text: Rendered;
  proof: { promise: boolean; logged: boolean; cosigned: string[] };
  given: { party: string; at: Moment; how: Rendered }[];
  withheld: number;
}
