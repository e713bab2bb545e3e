import { describe, expect, test } from 'vitest';

import { boundaryOf, circle, lines, type Kind } from '../../src/lib/boundary.ts';
import { apart } from '../../src/lib/coords.ts';
import { marks, shapes } from '../../src/lib/scene.ts';
import { lanes } from '../../src/lib/lanes.ts';
import { ms } from '../../src/lib/time.ts';
import type { Declaration, Stands } from '../../src/lib/view.ts';
import { NOW, view } from '../space.ts';

const zone = (...stands: Stands[]): Pick<Declaration, 'standing' | 'unilateral_to_me' | 'owner'> => ({
  owner: 'north',
  unilateral_to_me: false,
  standing: [
    { party: 'north', stands: 'proposed' },
    ...stands.map((s, i) => ({ party: `p${i}`, stands: s })),
  ],
});

describe('what a boundary says', () => {
  test.each<[Stands[], Kind, number]>([
    [['agreed', 'agreed'], 'agreed', 1],
    [['agreed', 'silent'], 'partly', 0.5],
    [['agreed', 'disputed'], 'disputed', 0.5],
    [['agreed', 'withdrew'], 'withdrew', 0.5],
    [['silent', 'not_asked'], 'silent', 0],
    [['notified'], 'notified', 0],
    [['not_asked'], 'not_asked', 0],
    [[], 'not_asked', 0],
  ])('%s', (stands, kind, share) =>
    expect(boundaryOf(zone(...stands))).toEqual({ kind, share, teeth: false }),
  );

  test('every state is drawn in a shape of its own', () => {
    const ring = circle([38.6, 33.5], 55_000);
    const kinds: Kind[] = ['agreed', 'partly', 'disputed', 'notified', 'silent', 'not_asked', 'withdrew'];
    const drawn = kinds.map((kind) => JSON.stringify(lines(ring, { kind, share: 0.5, teeth: false })));
    expect(new Set(drawn).size).toBe(kinds.length);
  });

  test('teeth stand outwards, whichever way the ring turns', () => {
    const center = { lon: 38.6, lat: 33.5 };
    for (const ring of [circle([38.6, 33.5], 55_000), circle([38.6, 33.5], 55_000).reverse()]) {
      const plain = lines(ring, { kind: 'notified', share: 0, teeth: false }).length;
      const teeth = lines(ring, { kind: 'notified', share: 0, teeth: true }).slice(plain);
      expect(teeth).toHaveLength(48);
      for (const [foot, tip] of teeth) {
        const far = (p: [number, number]) => apart(center, { lon: p[0], lat: p[1] });
        expect(far(tip!)).toBeGreaterThan(far(foot!) + 1000);
      }
    }
  });

  test('a circle has its radius, to half a per cent', () => {
    for (const [lon, lat] of circle([38.6, 33.5], 55_000))
      expect(Math.abs(apart({ lat: 33.5, lon: 38.6 }, { lat, lon }) / 55_000 - 1)).toBeLessThan(0.005);
  });
});

test('the map and the lanes hold what was declared, and own marks come last', () => {
  const v = view('morning', 'en');
  expect(shapes(v).length).toBeGreaterThan(50);
  expect(marks(v).map((m) => m.id)).toEqual(['8da3', 's2', 'r1', 'r7', 'rep1', 'rep2', 'c7f3', 'SC-14']);
  expect(lanes(v, ms(NOW)).map((l) => l.id)).toEqual([
    'e:SC-14',
    'd:d1',
    'd:d4',
    'c:c7f3',
    'w:s2',
    'w:r7',
    'w:8da3',
  ]);
  expect(shapes(view('first', 'en'))).toEqual([]);
});
