import { expect, test, type Page } from '@playwright/test';

import { isThere, PASSPHRASE, PROGRAM, RealSpace } from '../real.ts';

// A real host and two real desks: what is signed on the page stands in the record, as the commands then say.
if (!isThere) console.log(`skipped: the page of a real desk, since ${PROGRAM} is not built`);
test.skip(!isThere, 'there is no program to try it on');
test.setTimeout(90_000);

const faults: string[] = [];
function watch(page: Page, origin: string): void {
  page.on('pageerror', (e) => faults.push(e.message));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/ERR_|Failed to load resource/.test(m.text())) faults.push(m.text());
  });
  page.on('request', (q) => {
    if (!q.url().startsWith(origin) && !/^(data|blob):/.test(q.url())) faults.push(`asked ${q.url()}`);
  });
}

test('a request to leave a zone is read back and answered on the page of a real desk', async ({ page }) => {
  const space = new RealSpace();
  try {
    await space.up();
    const id = space.asked();
    const link = await space.page('south');
    const origin = new URL(link).origin;
    const served = await (await fetch(`${origin}/`)).text();
    if (served.includes('without its page')) {
      console.log(`skipped: the page of a real desk, since ${PROGRAM} was built before the page was`);
      test.skip(true, 'the program was built without its page');
    }
    watch(page, origin);
    await page.goto(link);
    await page.locator('.top').waitFor();
    expect(page.url(), 'the word of the link is kept nowhere').not.toContain('login');
    // What the page shows is what the inbox shows.
    const waits = space.json('south', ['inbox'], 1)['awaiting'] as { message: string }[];
    expect(waits.map((one) => one.message)).toEqual([id]);
    await expect(page.locator('[data-alarm]')).toHaveCount(1);
    await expect(page.locator(`[data-alarm="${id}"]`)).toBeVisible();
    await expect(page.locator('b', { hasText: /^A$/ }), 'a name is no markup').toHaveCount(0);

    await page.goto(`${origin}/#/dialogue/${id}`);
    const form = page.locator('#read-back');
    await form.getByLabel('Zone').fill('Zone <b>A</b>');
    await form.getByLabel(/^By/).fill('2040-06-06 12:30');
    await form.getByLabel('Leave towards').selectOption('west');
    await form.getByLabel(/authority|level/i).selectOption('commander');
    await expect(page.getByText('differs from what was signed')).toBeVisible();
    const sign = page.getByRole('button', { name: 'Sign the read-back' });
    await expect(sign).toHaveAttribute('aria-disabled', 'true');
    await form.getByLabel(/^By/).fill('2040-06-06 12:00');
    await expect(sign).toHaveAttribute('aria-disabled', 'false');
    await sign.click();
    await expect(page.getByText('Read back, and agreed.')).toBeVisible();

    await page.getByText('WILCO').first().click();
    await page.getByLabel('By', { exact: true }).fill('2040-06-06 11:00');
    const send = page.getByRole('button', { name: 'Sign and send' });
    const proof = page.getByLabel('Passphrase of your own key');
    await proof.fill('wrong');
    await send.click();
    await expect(page.getByText('not the passphrase of this desk')).toBeVisible();
    await proof.fill(PASSPHRASE);
    await send.click();
    await expect(page.getByRole('radio', { name: /WILCO/ })).toHaveCount(0);

    // The other side's record has both, and nothing waits here any more.
    type Came = { read_back: unknown[] | null; answers: { answer: { answer: string } }[] };
    const came = space.json('north', ['inbox', 'show', id])['addressees'] as { south: Came };
    expect(came.south.read_back).not.toBeNull();
    expect(came.south.answers.map((one) => one.answer.answer)).toEqual(['WILCO']);
    const left = space.json('south', ['inbox'], 1)['awaiting'] as unknown[];
    expect(left).toEqual([]);
    await page.goto(`${origin}/#/record`);
    await expect(page.locator('.main table.list tbody tr').first()).toBeVisible();
    await expect(page.locator('.main table.list')).toContainText('WILCO');
    expect(faults).toEqual([]);

    // Another page has no part in it: neither the link nor the address lets it in.
    const other = await page.context().browser()!.newContext();
    const stranger = await other.newPage();
    await stranger.goto(link);
    await expect(stranger.getByRole('alert')).toBeVisible();
    await other.close();
  } finally {
    await space.down();
  }
});
