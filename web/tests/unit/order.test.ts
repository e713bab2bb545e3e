import { describe, expect, test } from 'vitest';

import { before, held, inbox } from '../../src/lib/order.ts';
import { classOf, flashStands, Sounds } from '../../src/lib/watch.ts';
import type { Alarm } from '../../src/lib/view.ts';
import { ms } from '../../src/lib/time.ts';
import { NOW, view } from '../space.ts';

const at = (minutes: number) => new Date(ms(NOW) + minutes * 60_000).toISOString();
const alarm = (
  id: string,
  precedence: Alarm['precedence'],
  minutes: number | null,
  more: Partial<Alarm> = {},
): Alarm => ({
  id,
  dialogue: null,
  precedence,
  code: 'W1',
  mine: true,
  clock: minutes === null ? null : { what: 'read_back', until: at(minutes), from: NOW },
  text: id,
  facts: [],
  deeds: ['read_back'],
  also: [],
  group: null,
  since: NOW,
  ...more,
});
const ids = (list: readonly Alarm[]) => list.map((a) => a.id).join(' ');

describe('the order of alarms', () => {
  test('FLASH first, then by the smaller time left, then by age, and no clock last', () => {
    const list = [
      alarm('routine', 'ROUTINE', 1),
      alarm('late', 'IMMEDIATE', -2),
      alarm('none', 'IMMEDIATE', null),
      alarm('imm', 'IMMEDIATE', 3),
      alarm('flash', 'FLASH', 30),
      alarm('older', 'FLASH', 40, { since: at(-9) }),
      alarm('younger', 'FLASH', 40, { since: at(-1) }),
    ];
    expect(ids(list.sort(before))).toBe('flash older younger late imm none routine');
  });

  test('the order is one order: nothing comes before itself, and no pair says both', () => {
    const list = [
      alarm('a', 'FLASH', 1),
      alarm('b', 'PRIORITY', null),
      alarm('c', 'ROUTINE', null),
      alarm('d', 'IMMEDIATE', 1),
    ];
    for (const a of list) {
      for (const b of list) if (a !== b) expect(Math.sign(before(a, b))).toBe(-Math.sign(before(b, a)));
    }
  });

  test('beyond three FLASH the rest join one silent card; P6 and W9 never', () => {
    const list = [1, 2, 3, 4, 5].map((n) => alarm(`f${n}`, 'FLASH', n));
    list.push(alarm('p6', 'FLASH', 9, { code: 'P6' }), alarm('w9', 'FLASH', 8, { code: 'W9' }));
    const all = inbox(list);
    expect(ids(all.cards)).toBe('f1 f2 f3 w9 p6');
    expect(ids(all.grouped)).toBe('f4 f5');
  });

  test('what is others’, quiet or closed is no card', () => {
    const all = inbox(view('morning', 'en').alarms);
    expect([ids(all.cards), ids(all.rows), ids(all.waiting), ids(all.closed)]).toEqual([
      'a-w1 a-w4 a-o4',
      'a-p2 a-p1',
      'a-d2',
      'a-l1',
    ]);
  });

  test('under the pointer the list does not reorder, and what is new goes to its end', () => {
    const sorted = [alarm('new', 'FLASH', 1), alarm('b', 'FLASH', 2), alarm('a', 'FLASH', 3)];
    expect(ids(held(['a', 'gone', 'b'], sorted))).toBe('a b new');
  });
});

describe('sounds', () => {
  const with_ = (...alarms: Alarm[]) => ({ ...view('morning', 'en'), alarms });
  const now = ms(NOW);

  test('a new alarm sounds once, a row never', () => {
    const sounds = new Sounds();
    const v = with_(alarm('i', 'IMMEDIATE', 25), alarm('r', 'PRIORITY', 25));
    expect([sounds.due(v, now), sounds.due(v, now + 1000)]).toEqual([['immediate'], []]);
  });

  test('an encounter sounds again only when its class of time falls', () => {
    const sounds = new Sounds();
    const v = with_(alarm('i', 'IMMEDIATE', 31));
    const heard = Array.from({ length: 31 }, (_, m) =>
      sounds.due(v, now + m * 60_000).length ? 31 - m : 0,
    ).filter(Boolean);
    expect(heard).toEqual([31, 29, 9, 4, 1]);
    expect(classOf(alarm('i', 'IMMEDIATE', 30), now)).toBe(0);
  });

  test('a relay sounds again at half its time and at one minute', () => {
    const sounds = new Sounds();
    const v = with_(alarm('y', 'IMMEDIATE', 20, { clock: { what: 'relay', until: at(20), from: NOW } }));
    const heard = Array.from({ length: 20 }, (_, m) =>
      sounds.due(v, now + m * 60_000).length ? 20 - m : 0,
    ).filter(Boolean);
    expect(heard).toEqual([20, 10, 1]);
  });

  test('a shelf silences the sound and leaves the alarm; a caught host sounds once', () => {
    const sounds = new Sounds();
    const shelved = alarm('f', 'FLASH', 9, { shelved_until: at(5) });
    expect(sounds.due(with_(shelved), now)).toEqual([]);
    expect(flashStands(with_(shelved), now)).toBe(false);
    expect(flashStands(with_(shelved), now + 6 * 60_000)).toBe(true);
    const caught = view('caught', 'en');
    expect([sounds.due({ ...caught, alarms: [] }, now), sounds.due({ ...caught, alarms: [] }, now)]).toEqual([
      ['record'],
      [],
    ]);
  });
});
