import type { Page } from '@playwright/test';

import type { Scene } from '../space.ts';
import { axe, expect, test } from './desk.ts';

// Every screen in three modes and two directions: nothing that axe-core finds, no line that runs out of the page.
const SCREENS: [string, Scene, string][] = [
  ['overview', 'morning', 'now'],
  ['dialogue', 'morning', 'dialogue/d4'],
  ['stale', 'stale', 'dialogue/d4'],
  ['compose', 'morning', 'compose/W4'],
  ['declare', 'morning', 'declare'],
  ['record', 'morning', 'record'],
  ['caught', 'caught', 'record'],
  ['cut', 'cut', 'now'],
  ['first', 'first', 'now'],
  ['hostile', 'hostile', 'now'],
];
/** What of the bar is cut off: a switch that nobody can reach. */
const within = (page: Page) =>
  page
    .locator('.top button:visible, .top .utc, .top .post:visible')
    .evaluateAll((all) =>
      all
        .filter((e) => e.getBoundingClientRect().right > innerWidth || e.getBoundingClientRect().left < 0)
        .map((e) => e.textContent),
    );

const MODES = ['dark', 'day', 'night'] as const;
for (const [name, scene, at] of SCREENS)
  for (const lang of name === 'overview' ? (['en', 'ar', 'ru'] as const) : (['en', 'ar'] as const))
    test(`${name} ${lang}`, async ({ page, open }) => {
      await open(scene, { lang, at });
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      expect(await within(page)).toEqual([]);
      expect(await page.locator('.btn.fill:visible').count()).toBeLessThanOrEqual(1);
      for (const mode of MODES) {
        await page.evaluate((m) => (document.documentElement.dataset['mode'] = m), mode);
        await page.screenshot({ path: `out/screens/${name}-${mode}-${lang}.png` });
        expect(await axe(page), mode).toEqual([]);
      }
    });

for (const [width, lang] of [
  [390, 'en'],
  [390, 'ar'],
  [1100, 'en'],
  [1920, 'en'],
] as const)
  test(`overview ${width} px ${lang}`, async ({ page, open }) => {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await open('morning', { lang });
    await page.screenshot({ path: `out/screens/overview-${width}-${lang}.png` });
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await within(page)).toEqual([]);
    if (width !== 390) return;
    for (const tab of await page.locator('.tabs a').all())
      expect((await tab.boundingBox())!.height).toBeGreaterThanOrEqual(48);
  });

test('the map draws, within the policy, and is never mirrored', async ({ page, open }) => {
  for (const lang of ['en', 'ar'] as const) {
    await open('morning', { lang, map: true });
    await expect(page.locator('.map[data-ready=true]')).toBeVisible({ timeout: 20_000 });
    await expect(page.locator('.map-mark')).toHaveCount(8);
    await page.waitForTimeout(800);
    await page.screenshot({ path: `out/screens/map-${lang}.png` });
    expect(await axe(page)).toEqual([]);
    const x = async (text: RegExp) => (await page.locator('.map-mark', { hasText: text }).boundingBox())!.x;
    expect(await x(/SC-14/)).toBeLessThan(await x(/C3/));
  }
});
