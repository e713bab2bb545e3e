import { describe, expect, test } from 'vitest';

import { age, clockText, gone, left, momentText, ms, offsetText, typedTime } from '../../src/lib/time.ts';

const now = ms('2017-05-18T09:14:36Z');
const after = (s: number) => now + s * 1000;

describe('time left is rounded down', () => {
  test.each([
    [86, { form: 'clock', text: '1:26', over: false }],
    [86.999, { form: 'clock', text: '1:26', over: false }],
    [5, { form: 'clock', text: '0:05', over: false }],
    [3599.9, { form: 'clock', text: '59:59', over: false }],
    [3600, { form: 'hours', h: 1, m: 0, over: false }],
    [5159, { form: 'hours', h: 1, m: 25, over: false }],
    [48 * 3600 - 1, { form: 'hours', h: 47, m: 59, over: false }],
    [48 * 3600, { form: 'days', d: 2, over: false }],
    [0, { form: 'clock', text: '0:00', over: true }],
    [-130.5, { form: 'clock', text: '2:10', over: true }],
  ])('%d s', (s, shown) => expect(left(after(s), now)).toEqual(shown));
});

describe('age is rounded up', () => {
  test.each([
    [0, 's', 0],
    [7.2, 's', 8],
    [59.5, 'min', 1],
    [60, 'min', 1],
    [61, 'min', 2],
    [3541, 'h', 1],
    [3601, 'h', 2],
    [48 * 3600, 'd', 2],
    [-4, 's', 0],
  ])('%d s', (s, unit, n) => expect(age(after(-s), now)).toEqual({ unit, n }));
});

test('the desk says the local offset, also where it is no whole hour and west', () => {
  expect(clockText(now, 180)).toBe('12:14:36');
  expect(clockText(now, -210, false)).toBe('05:44');
  expect([offsetText(180), offsetText(-210), offsetText(0)]).toEqual(['UTC+3', 'UTC-3:30', 'UTC+0']);
});

test('a date stands only if it is not today', () => {
  expect(momentText(after(3600), now)).toBe('10:14');
  expect(momentText(after(86_400), now)).toBe('2017-05-19 09:14');
});

test('a typed time is the next one that is meant', () => {
  expect(typedTime('10:40', now)).toBe(ms('2017-05-18T10:40:00Z'));
  expect(typedTime('9:00', now)).toBe(ms('2017-05-18T09:00:00Z'));
  expect(typedTime('01:00', ms('2017-05-18T23:00:00Z'))).toBe(ms('2017-05-19T01:00:00Z'));
  expect([typedTime('24:00', now), typedTime('10:4', now), typedTime('', now)]).toEqual([null, null, null]);
});

test('what has gone of a clock stays within it', () => {
  expect([gone(now, after(10), after(5)), gone(now, after(10), after(50)), gone(now, now, now)]).toEqual([
    0.5, 1, 1,
  ]);
});
