import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { apart, decimal, distanceText, dms, pair, placeText } from '../../src/lib/coords.ts';
import { named, pieces, plain, rendered } from '../../src/lib/text.ts';
import { bundleOf, LANGS } from '../../src/lib/words.svelte.ts';

describe('what others wrote', () => {
  test('turns nothing that stands beside it', () => {
    expect(plain('a\u202Eb\u2069c\u200Fd\ne')).toBe('a[U+202E]b[U+2069]c[U+200F]d\ne');
    expect(named('a\u202E')).toBe('\u2068a[U+202E]\u2069');
  });

  test('a text of the desk keeps its isolates, if they are balanced', () => {
    expect(rendered('x \u2066Z-1\u2069 y')).toBe('x \u2066Z-1\u2069 y');
    expect(rendered('x \u2066Z-1')).toBe('x \u2066Z-1\u2069');
    expect(rendered('x\u2069 \u202Ey')).toBe('x[U+2069] [U+202E]y');
  });

  test('marks for times are found, and only whole ones', () => {
    expect(pieces('in {until:2017-05-18T09:38:40Z}, {until:now} {at:2017-05-18T09:38:40Z}')).toEqual([
      'in ',
      { mark: 'until', moment: '2017-05-18T09:38:40Z' },
      ', {until:now} ',
      { mark: 'at', moment: '2017-05-18T09:38:40Z' },
    ]);
  });
});

describe('two forms of a place', () => {
  test('are read', () => {
    expect(decimal('33.315000N 38.700000E')).toEqual({ lat: 33.315, lon: 38.7 });
    expect(decimal('33.5s, 70.25w')).toEqual({ lat: -33.5, lon: -70.25 });
    expect(dms('33°18′54.0″N 38°42′00.0″E')?.lat).toBeCloseTo(33.315, 9);
    expect(dms(`33 18 54N 38 42 0E`)?.lon).toBeCloseTo(38.7, 9);
    expect([decimal('91N 1E'), dms('33°60′00″N 38°42′00″E'), decimal('33.3 38.7'), decimal('')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('that differ by a minute are told apart, with the part', () => {
    const p = pair('33.315000N 38.700000E', '33°19′54.0″N 38°42′00.0″E');
    expect(p).toMatchObject({
      state: 'differ',
      part: { axis: 'latitude', unit: 'minutes', here: 18, there: 19 },
    });
    expect('apart_m' in p && distanceText(p.apart_m, 'km')).toBe('1.85 km');
  });

  test('agree within 50 m, may be one, unread or swapped', () => {
    expect(pair('33.315000N 38.700000E', '33°18′54.0″N 38°42′00.0″E').state).toBe('agree');
    expect(pair('33.315000N 38.700000E', '33°18′55.6″N 38°42′00.0″E').state).toBe('agree');
    expect(pair('33.315000N 38.700000E', '33°18′55.7″N 38°42′00.0″E').state).toBe('differ');
    expect(pair('33.315000N 38.700000E', '').state).toBe('one');
    expect(pair('here', '')).toEqual({ state: 'unread', which: 'first' });
    expect(pair('38.700000N 33.315000E', '33°18′54.0″N 38°42′00.0″E').state).toBe('swapped');
  });

  test('are written latitude first', () => {
    expect(placeText(-33.5, 38.7, 4)).toBe('33.5000S 38.7000E');
    expect(apart({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 })).toBeCloseTo(111_195, -1);
  });
});

const source = (lang: string) =>
  [`../crates/vocabulary/lang/${lang}.ftl`, `lang/${lang}.ftl`].map((f) => readFileSync(f, 'utf8'));
const ids = (text: string) => [...text.matchAll(/^([a-z][\w-]*) =/gm)].map((m) => m[1]!);

describe('texts', () => {
  test('every language has every text, and no name stands twice', () => {
    const [shared, own] = source('en');
    const all = [...ids(shared!), ...ids(own!)];
    expect(new Set(all).size).toBe(all.length);
    for (const lang of LANGS) {
      expect(source(lang).flatMap(ids).sort()).toEqual([...all].sort());
      const bundle = bundleOf(lang, source(lang));
      for (const id of all) expect(bundle.getMessage(id)?.value, `${lang} ${id}`).toBeTruthy();
    }
  });

  test('every text that the page asks for by its name is there', () => {
    const files = ['src', 'src/parts', 'src/screens', 'src/lib'].flatMap((d) =>
      readdirSync(d)
        .filter((f) => /\.(svelte|ts)$/.test(f))
        .map((f) => `${d}/${f}`),
    );
    const known = new Set(source('en').flatMap(ids));
    const asked = files.flatMap((f) =>
      [...readFileSync(f, 'utf8').matchAll(/\bt\('([\w-]+)'/g)].map((m) => m[1]!),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((id) => !known.has(id))).toEqual([]);
  });

  test('none says that all is well, and none cries', () => {
    for (const lang of LANGS) {
      const own = source(lang)[1]!
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n');
      expect(own).not.toMatch(
        /\b(clear|free|safe|safely|secure|cleared|enemy|hostile|target|threat|okay)\b/i,
      );
      expect(own).not.toMatch(/[!！]/);
      expect(own).not.toMatch(/безопасн|свободно|разрешаем|противник|آمن|مسموح|عدو|هدف/i);
    }
  });

  test('numbers stay as they are, and what is put in is isolated', () => {
    const bundle = bundleOf('ar', source('ar'));
    const text = bundle.formatPattern(bundle.getMessage('version-of')!.value!, {
      name: 'Z-1',
      version: '3300',
    });
    expect(text).toContain('\u2068Z-1\u2069');
    expect(text).toContain('3300');
  });
});
