import type { ReadBackField } from './view.ts';

/** What the form of a code asks, in the order of the form. The meaning of each is the vocabulary's. */
export interface CodeForm {
  code: string;
  group: 'warnings' | 'protected' | 'operations' | 'relay' | 'line' | 'record';
  params: { name: string; kind: ReadBackField['kind'] | 'party'; choices?: readonly string[] }[];
}
const SECTORS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];
const time = (name: string) => ({ name, kind: 'time' as const });
const text = (name: string) => ({ name, kind: 'text' as const });
const zone = { name: 'zone', kind: 'zone' as const };
const choice = (name: string, choices: readonly string[]) => ({ name, kind: 'choice' as const, choices });

export const FORMS: readonly CodeForm[] = [
  { code: 'P6', group: 'protected', params: [text('object'), time('since')] },
  {
    code: 'W1',
    group: 'warnings',
    params: [text('who'), zone, choice('from_sector', SECTORS), time('entry_time')],
  },
  {
    code: 'W2',
    group: 'warnings',
    params: [
      choice('where', ['inside', 'around']),
      zone,
      choice('size', ['at-most-10', 'at-most-50', 'at-most-250', 'over-250']),
      choice('sector', SECTORS),
      time('last_seen'),
    ],
  },
  { code: 'W4', group: 'warnings', params: [text('who'), zone, time('by'), choice('exit_sector', SECTORS)] },
  { code: 'W5', group: 'warnings', params: [text('who'), time('until')] },
  { code: 'W7', group: 'warnings', params: [zone, time('time')] },
  { code: 'W9', group: 'warnings', params: [text('cell'), time('since')] },
  {
    code: 'P3',
    group: 'protected',
    params: [
      text('movement'),
      time('time'),
      choice('status', [
        'departed',
        'at-waypoint',
        'delayed',
        'deviated',
        'armed-persons-present',
        'arrived',
        'aborted',
      ]),
    ],
  },
  { code: 'P5', group: 'protected', params: [text('movement'), zone, time('from'), time('until')] },
  {
    code: 'P8',
    group: 'protected',
    params: [choice('seen', ['armed-persons', 'off-route', 'extra-vehicles']), text('object')],
  },
  {
    code: 'O5',
    group: 'operations',
    params: [text('operation'), choice('shift', ['earlier', 'later', 'other-area', 'other-height'])],
  },
  {
    code: 'Y2',
    group: 'relay',
    params: [
      text('group'),
      time('time'),
      choice('means', ['telephone', 'satellite-telephone', 'radio', 'in-person', 'written']),
      choice('how', ['verbatim', 'summary']),
    ],
  },
  {
    code: 'Y3',
    group: 'relay',
    params: [
      text('group'),
      choice('reply', ['will-comply', 'refuses', 'not-reached', 'denies-presence', 'denies-we-speak-for-it']),
      time('time'),
    ],
  },
  { code: 'D2', group: 'record', params: [text('entry'), text('point'), text('own_version')] },
  { code: 'D7', group: 'record', params: [text('message')] },
  { code: 'L1', group: 'line', params: [{ name: 'n', kind: 'number' }] },
  {
    code: 'L5',
    group: 'line',
    params: [
      choice('caller', ['we-call', 'you-call']),
      choice('means', ['telephone', 'satellite-telephone', 'radio', 'video']),
    ],
  },
  {
    code: 'L6',
    group: 'line',
    params: [choice('level', ['duty', 'commander', 'face-to-face']), text('subject')],
  },
];

/** W4, W5 and what binds ask for the key's own proof. */
export const ownProof = (code: string): boolean => code === 'W4' || code === 'W5' || /^[PZ]/.test(code);
