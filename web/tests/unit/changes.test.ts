import { describe, expect, test } from 'vitest';

import { apply } from '../../src/lib/changes.ts';
import { NOW, view } from '../space.ts';

const change = (seq: number, set: Record<string, unknown> = {}, drop: string[] = []) => ({
  seq,
  now: NOW,
  set,
  drop,
});

describe('one change', () => {
  test('sets a member, an element by its id, and a member of an element', () => {
    const v = view('morning', 'en');
    const alarm = { ...v.alarms[0]!, id: 'new' };
    expect(
      apply(
        v,
        change(2, {
          'alarms/new': alarm,
          'line/state': 'cut',
          'dialogues/d4/receipts/read_back': NOW,
          'alarms/a-w1/text': 'x',
        }),
      ),
    ).toBe(true);
    expect(v.alarms.at(-1)?.id).toBe('new');
    expect(v.line.state).toBe('cut');
    expect(v.dialogues.find((d) => d.id === 'd4')?.receipts.read_back).toBe(NOW);
    expect(v.alarms[0]?.text).toBe('x');
    expect(v.seq).toBe(2);
  });

  test('drops by id; encounters by track and zone, the queue by statement', () => {
    const v = view('cut', 'en');
    expect(
      apply(v, change(2, {}, ['alarms/a-o4', 'encounters/SC-14:8da3', 'queue/q1', 'alarms/unknown'])),
    ).toBe(true);
    expect(v.alarms.some((a) => a.id === 'a-o4')).toBe(false);
    expect(v.encounters).toEqual([]);
    expect(v.queue.map((q) => q.statement)).toEqual(['q2']);
  });

  test('one that came before is passed over', () => {
    const v = view('morning', 'en');
    apply(v, change(5, { 'line/state': 'cut' }));
    expect(apply(v, change(5, { 'line/state': 'up' }))).toBe(true);
    expect(v.line.state).toBe('cut');
  });

  test('one that names what is not held asks for a snapshot', () => {
    const v = view('morning', 'en');
    expect(apply(v, change(2, { 'dialogues/nowhere/text': 'x' }))).toBe(false);
  });

  test('no path reaches the prototype', () => {
    const v = view('morning', 'en');
    expect(
      apply(
        v,
        change(2, {
          '__proto__/polluted': 1,
          'line/__proto__/polluted': 1,
          'line/constructor/prototype/polluted': 1,
        }),
      ),
    ).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
