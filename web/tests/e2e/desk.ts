import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, test as base, type Page } from '@playwright/test';

import { Desk } from '../server.ts';
import type { Scene } from '../space.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** One desk for all tests of a worker; each test shows its scene. */
export const test = base.extend<{ open: Open; faults: string[] }, { desk: Desk; address: string }>({
  desk: [
    async ({}, use) => {
      const desk = new Desk('dist');
      await use(desk);
      await desk.close();
    },
    { scope: 'worker' },
  ],
  address: [async ({ desk }, use) => use(await desk.listen()), { scope: 'worker' }],
  /** Whatever the page must never do: complain, break its policy, or ask another origin. */
  faults: [
    async ({ page, address }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (e) => faults.push(e.message));
      page.on('console', (m) => {
        if (m.type() === 'error' && !/ERR_|Failed to load resource/.test(m.text())) faults.push(m.text());
      });
      page.on('request', (q) => {
        if (!q.url().startsWith(address) && !/^(data|blob):/.test(q.url())) faults.push(`asked ${q.url()}`);
      });
      await use(faults);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
  open: async ({ page, desk, address, context }, use) => {
    await use(async (scene, { mode = 'dark', lang = 'en', at = 'now', map = false } = {}) => {
      desk.show(scene);
      await context.addCookies([
        { name: 'deconflict_mode', value: mode, url: address },
        { name: 'deconflict_lang', value: lang, url: address },
      ]);
      if (!map) await page.route(/MapView-.*\.js$/, (r) => r.abort());
      await page.goto(`${address}/?${scene}#/${at}`);
      await page.locator('.top').waitFor();
      await page.evaluate(() => document.fonts.ready);
    });
  },
});

type Open = (
  scene: Scene,
  how?: { mode?: 'dark' | 'day' | 'night'; lang?: 'en' | 'ru' | 'ar'; at?: string; map?: boolean },
) => Promise<void>;

/** What axe-core finds: WCAG 2.2 A and AA and best practice. */
export async function axe(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const run = (
      window as unknown as { axe: { run: (c: unknown, o: unknown) => Promise<{ violations: Violation[] }> } }
    ).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
    return (await run.run(document, { runOnly: { type: 'tag', values: tags } })).violations;
  });
  return found.flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.slice(0, 240) ?? ''}`),
  );
}

/** A text as it is shown, whatever isolates stand in it. */
export function loose(text: string): RegExp {
  const isolates = '[\\u2066-\\u2069]*';
  return new RegExp([...text].map((c) => c.replace(/[.*+?^${}()|[\]\\]/, '\\$&')).join(isolates));
}

export { expect };
