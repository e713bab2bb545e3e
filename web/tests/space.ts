import type { Entry, View } from '../src/lib/view.ts';
import { alarms, at, dialogues, HOSTILE, L, say, type Scene, type Tongue } from './talk.ts';

export { HOSTILE, type Scene, type Tongue };
/** A made-up space, marked EXERCISE: what a desk would serve. Every text stands in three languages. */
export const NOW = '2017-05-18T09:14:36Z';

export function view(scene: Scene, lang: Tongue): View {
  const t = say(lang);
  const first = scene === 'first';
  const cut = scene === 'cut';
  const caught = scene === 'caught';
  return {
    seq: 1,
    now: caught ? at('09:33:20') : NOW,
    mode: 'EXERCISE',
    space: { name: t('At-Tanf', 'Эт-Танф', 'التنف'), grid_m: 5000, area: [37.3, 32.4, 39.6, 34.5] },
    me: {
      party: 'south',
      name: t('South', 'Юг', 'الجنوب'),
      post: 'duty',
      lang,
      units: 'km',
      utc_offset_min: 180,
      locked: scene === 'locked',
      rights: ['answer', 'declare', 'own'],
    },
    parties: {
      north: scene === 'hostile' ? HOSTILE.name : t('North', 'Север', 'الشمال'),
      south: t('South', 'Юг', 'الجنوب'),
      centre: t('Centre', 'Центр', 'المركز'),
      'desert-column': t('Desert Column', 'Пустынная колонна', 'رتل البادية'),
    },
    host: {
      state: caught ? 'caught' : cut ? 'away' : 'agreed',
      size: first ? 14 : cut ? 1279 : 1284,
      head: '7c02 19be 5f4a d013 88e6 2b97 c4d1 06fa',
      read_at: cut ? at('09:11:20') : caught ? at('09:30:58') : at('09:14:32'),
      of: 3,
      witnesses: ['north', 'south', 'centre'].map((party) => ({ party, at: at('09:14:32') })),
      evidence: caught
        ? {
            entry: 1271,
            since: at('09:31:07'),
            agreed: { size: 1299, at: at('09:30:58'), head: '7c02 19be 5f4a d013 88e6 2b97 c4d1 06fa' },
            here: {
              at: at('09:06:11'),
              by: 'north',
              text: t(
                `Desert Column to leave ${L('Z-1')} by`,
                `Пустынной колонне покинуть ${L('Z-1')} к`,
                `على رتل البادية مغادرة ${L('Z-1')} قبل`,
              ),
              differs: L('10:40'),
            },
            served: {
              at: at('09:31:07'),
              text: t(
                `Desert Column to leave ${L('Z-1')} by`,
                `Пустынной колонне покинуть ${L('Z-1')} к`,
                `على رتل البادية مغادرة ${L('Z-1')} قبل`,
              ),
              differs: L('10:10'),
            },
            heads: [
              { what: 'signed', hash: '3b17 2610 11f3 f07d' },
              { what: 'leads_to', hash: 'd06a 45cb 12ea 35ac' },
            ],
            others: [
              { party: 'north', at: at('09:31:09'), voice: at('09:33:00') },
              { party: 'centre', at: at('09:31:12'), voice: null },
            ],
          }
        : null,
    },
    line: {
      state: cut ? 'cut' : 'up',
      since: cut ? at('09:11:20') : at('06:00:00'),
      last_test: first ? null : at('09:00:07'),
      missed: 0,
      voice: [
        { party: 'north', number: '+1 555 0100' },
        { party: 'centre', number: '+41 555 0300' },
      ],
      ...(cut ? { last_try: at('09:14:34'), every_s: 5 } : {}),
    },
    feeds: first
      ? []
      : ['gps', 'adsb', 'ais', 'radar'].map((id) => ({
          id,
          state: 'live' as const,
          tracks: 14,
          last: at('09:14:30'),
        })),
    queue: cut
      ? [
          {
            statement: 'q1',
            text: t('Y2 relayed to Desert Column', 'Y2 передано Пустынной колонне', 'Y2 مُرّر إلى رتل البادية'),
            signed_at: at('09:13:10'),
            alarm: 'a-w4',
          },
          {
            statement: 'q2',
            text: t('you take it on', 'вы берёте на себя', 'تولّيتموه'),
            signed_at: at('09:12:44'),
            alarm: 'a-o4',
          },
        ]
      : [],
    alarms: alarms(t, scene),
    dialogues: first ? [] : dialogues(t, scene),
    declarations: first
      ? []
      : [
          {
            id: '8da3',
            kind: 'zone',
            owner: 'north',
            version: 2,
            name: scene === 'hostile' ? HOSTILE.turned : t('Z-1 At-Tanf', 'Z-1 Эт-Танф', 'Z-1 التنف'),
            authority: 'signed',
            shape: { type: 'circle', center: [38.617, 33.506], radius_m: 55_000, ring_m: 10_000 },
            band: { from: { text: 'SFC', m: 0 }, to: { text: 'UNL', m: null } },
            window: { from: at('00:00:00'), to: null },
            standing: [
              { party: 'north', stands: 'proposed' },
              {
                party: 'south',
                stands: 'disputed',
                point: t('radius, 30 km', 'радиус, 30 км', 'نصف القطر، 30 كم'),
              },
              { party: 'centre', stands: 'silent' },
            ],
            unilateral_to_me: true,
            tags: [],
            holders: ['south', 'centre'],
          },
          {
            id: 's2',
            kind: 'operation',
            owner: 'south',
            version: 1,
            name: 'S-2',
            authority: 'signed',
            shape: {
              type: 'polygon',
              ring: [
                [38.16, 33.945],
                [38.26, 34.045],
                [38.86, 34.135],
                [38.9, 34.02],
                [38.34, 33.91],
                [38.16, 33.945],
              ],
            },
            band: { from: { text: '1500 m AMSL', m: 1500 }, to: { text: '3300 m AMSL', m: 3300 } },
            window: { from: at('10:00:00'), to: at('11:30:00') },
            standing: [],
            unilateral_to_me: false,
            tags: [],
            holders: ['south'],
          },
          {
            id: 'r1',
            kind: 'site',
            sort: 'camp',
            owner: 'centre',
            version: 1,
            name: t('R-1 Rukban camp', 'R-1 лагерь Рукбан', 'R-1 مخيم الركبان'),
            authority: 'signed',
            shape: { type: 'point', at: [38.7, 33.315] },
            band: null,
            window: { from: at('00:00:00'), to: null },
            standing: [],
            unilateral_to_me: false,
            tags: [],
            holders: ['south', 'north'],
          },
          {
            id: 'r7',
            kind: 'movement',
            owner: 'centre',
            version: 1,
            name: 'R-7',
            authority: 'signed',
            shape: {
              type: 'corridor',
              half_width_m: 500,
              line: [
                [38.55, 32.57],
                [38.58, 32.85],
                [38.64, 33.1],
                [38.7, 33.31],
              ],
            },
            band: null,
            window: { from: at('10:30:00'), to: at('11:50:00') },
            standing: [],
            unilateral_to_me: false,
            tags: ['LATE'],
            holders: ['south', 'north'],
          },
        ],
    conflicts: first
      ? []
      : [
          {
            id: 'c7f3',
            state: 'open',
            owner: null,
            begins: at('10:00:00'),
            ends: at('11:15:00'),
            sides: ['s2', { handle: 'aefb', party: 'north', kind: 'operation' }],
            cells: [
              [38.45, 34.03, 38.5, 34.08],
              [38.5, 34.03, 38.56, 34.08],
              [38.56, 34.03, 38.61, 34.08],
              [38.5, 34.08, 38.56, 34.13],
              [38.61, 34.03, 38.67, 34.08],
              [38.56, 34.08, 38.61, 34.13],
            ],
            certainty: 'possible',
            why: t('height not declared', 'высота не заявлена', 'لم يُعلن الارتفاع'),
            call: '+1 555 0100',
          },
        ],
    encounters: first
      ? []
      : [
          {
            track: 'SC-14',
            zone: '8da3',
            kind: 'will_enter',
            at: at('09:38:40'),
            plus_minus_s: 180,
            arc_deg: [286, 294],
            told: cut
              ? []
              : [
                  { party: 'north', as: { sector: 'west', size: '11 to 30', near: at('09:40:00') } },
                  { party: 'centre', as: { sector: 'west', size: '11 to 30', near: at('09:40:00') } },
                ],
            ...(cut ? {} : { told_at: at('09:14:02') }),
            own: {
              name: t('Convoy SC-14', 'Колонна SC-14', 'القافلة SC-14'),
              at: [37.84, 33.748],
              course_deg: 106,
              speed_kmh: 55,
              seen: at('09:14:28'),
              accuracy_m: 40,
              source: t(
                'your GPS feed, attested',
                'ваш источник GPS, засвидетельствован',
                'مصدر GPS لكم، موثّق',
              ),
              trail: [
                [37.46, 33.762],
                [37.68, 33.79],
                [37.84, 33.748],
              ],
              path: [
                [37.84, 33.748],
                [37.95, 33.72],
                [38.062, 33.679],
              ],
            },
          },
        ],
    presence: first
      ? []
      : [
          {
            id: 'p1',
            zone: '8da3',
            sector_deg: [22.5, 67.5],
            size: '6 to 15',
            seen: at('09:02:00'),
            mine: true,
          },
        ],
    reports: first
      ? []
      : [
          {
            id: 'rep1',
            grade: 'B2',
            at: at('08:33:40'),
            text: t('Advance along the border', 'Продвижение вдоль границы', 'تقدم على طول الحدود'),
            where: [39.12, 34.03],
            contradicts: [],
          },
          {
            id: 'rep2',
            grade: 'C3',
            at: at('08:50:00'),
            text: t('Nothing was seen there', 'Там ничего не видели', 'لم يُرَ شيء هناك'),
            where: [39.33, 33.86],
            contradicts: ['rep1'],
          },
        ],
    ...(first
      ? {
          steps: [
            { id: 'founding', done: true },
            { id: 'post', done: true },
            { id: 'line', done: false },
            { id: 'sounds', done: false },
            { id: 'positions', done: false },
            { id: 'interests', done: false },
          ] as NonNullable<View['steps']>,
        }
      : {}),
  };
}

export function entries(lang: Tongue): Entry[] {
  const t = say(lang);
  const all = ['north', 'south', 'centre'];
  const e = (
    index: number,
    hms: string,
    by: string | null,
    text: string,
    withheld = 0,
    cosigned = all,
  ): Entry => ({
    index,
    at: by ? at(hms) : null,
    by,
    authority: by ? (by === 'host' ? 'found' : 'signed') : null,
    text,
    proof: { promise: true, logged: cosigned.length > 0, cosigned },
    given: by ? [{ party: 'south', at: at(hms), how: t('in full', 'полностью', 'كاملاً') }] : [],
    withheld,
  });
  return [
    e(1284, '09:14:31', 'centre', t('P3 R-7: departed', 'P3 R-7: выехали', 'P3 R-7: انطلقت')),
    e(1283, '', null, '', 1),
    e(
      1282,
      '09:14:02',
      'north',
      t(
        'W1: SC-14 to Z-1, 09:38 ±3',
        'W1: SC-14 к Z-1, 09:38 ±3',
        `W1: ${L('SC-14')} إلى ${L('Z-1')}، ${L('09:38 ±3')}`,
      ),
    ),
    e(1279, '', null, '', 2),
    e(
      1276,
      '09:08:55',
      'south',
      t('Y1 WILCO: will pass on by 09:20', 'Y1 WILCO: передадим к 09:20', 'Y1 WILCO: سيُمرَّر قبل 09:20'),
    ),
    e(
      1271,
      '09:06:10',
      'north',
      t('W4, second request, by 10:40', 'W4, второе обращение, к 10:40', 'W4، الطلب الثاني، قبل 10:40'),
    ),
  ];
}
