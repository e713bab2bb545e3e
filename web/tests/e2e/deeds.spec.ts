import { HOSTILE } from '../space.ts';
import { expect, loose, test } from './desk.ts';

test('a FLASH is read back and answered by the keyboard alone', async ({ page, open, desk }) => {
  await open('morning');
  await expect(page).toHaveTitle(/^\(3\) 1:\d\d At-Tanf, South$/);
  await page.waitForTimeout(750);
  await page.keyboard.press('r');
  await expect(
    page.getByRole('heading', { name: loose('Convoy SC-14 enters zone Z-1 in 2') }).last(),
  ).toBeVisible();
  const sign = page.getByRole('button', { name: 'Sign the read-back' });
  await expect(sign).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByRole('radio', { name: /ROGER/ })).toBeDisabled();
  await page.locator('#read-back').getByLabel('Zone').selectOption('Z-1');
  await page.locator('#read-back').getByLabel('From sector').selectOption('east');
  await expect(page.getByText('differs from what was signed')).toBeVisible();
  await page.locator('#read-back').getByLabel('From sector').selectOption('west');
  await page
    .locator('#read-back')
    .getByLabel(/Expected entry/)
    .fill('09:38');
  await expect(sign).toHaveAttribute('aria-disabled', 'false');
  await sign.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Read back, and agreed.')).toBeVisible();
  await page.getByRole('radio', { name: /ROGER/ }).focus();
  await page.keyboard.press('Space');
  const send = page.getByRole('button', { name: 'Sign and send' });
  await expect(send).toHaveAttribute('aria-disabled', 'false');
  await expect(page.getByText(loose('South answers: ROGER'))).toBeVisible();
  await send.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-alarm=a-w1]')).toHaveCount(0);
  expect(desk.signed.map((s) => [s.draft.kind, s.proof])).toEqual([
    ['read_back', null],
    ['answer', null],
  ]);
  await page.keyboard.press('Escape');
  await expect(page).toHaveTitle(/^\(2\) 5:\d\d /);
});

test('what binds asks for the key’s own proof, and nothing is signed without it', async ({
  page,
  open,
  desk,
}) => {
  await open('morning', { at: 'dialogue/d4' });
  await page.locator('#read-back').getByLabel('Zone').selectOption('Z-1');
  await page.locator('#read-back').getByLabel('Leave towards').selectOption('west');
  await page.locator('#read-back').getByLabel(/^By/).fill('10:40');
  await page.getByRole('button', { name: 'Sign the read-back' }).click();
  await page.getByText('WILCO').click();
  await page.getByLabel('By', { exact: true }).fill('10:30');
  const send = page.getByRole('button', { name: 'Sign and send' });
  await expect(page.getByLabel('Passphrase of your own key')).toBeVisible();
  await send.click({ force: true });
  expect(desk.signed).toHaveLength(1);
  await page.getByLabel('Passphrase of your own key').fill('correct horse');
  await send.click();
  await expect.poll(() => desk.signed.length).toBe(2);
  expect(desk.signed[1]).toMatchObject({
    proof: 'correct horse',
    draft: { answer: 'WILCO', params: { by: '10:30' } },
  });
  await expect(page.getByLabel('Passphrase of your own key')).toHaveValue('');
});

test('a stale block is read, not complied with', async ({ page, open }) => {
  await open('stale', { at: 'dialogue/d4' });
  await expect(page.getByText(/This came after its time/).first()).toBeVisible();
  await expect(page.getByRole('radio', { name: /WILCO/ })).toBeDisabled();
});

test('a conflict is taken on with the duty key, and the focus goes to the next card', async ({
  page,
  open,
  desk,
}) => {
  await open('morning');
  await page.waitForTimeout(750);
  await page.keyboard.press('o');
  await expect(page.locator('[data-alarm=a-o4]')).toHaveCount(0);
  expect(desk.signed[0]).toEqual({ draft: { kind: 'take_on', conflict: 'c7f3' }, proof: null, seq: 1 });
  await expect(page.locator('#card-a-w1')).toBeFocused();
});

test('on a wide page the form, the map and what follows stand beside one another', async ({ page, open }) => {
  await open('morning', { at: 'declare' });
  const [form, map, side] = await Promise.all(
    ['.three > .form', '.three > .mapbox', '.three > aside'].map((s) => page.locator(s).boundingBox()),
  );
  expect(map!.x).toBeGreaterThanOrEqual(form!.x + form!.width - 1);
  expect(side!.x).toBeGreaterThanOrEqual(map!.x + map!.width - 1);
  expect(new Set([form!.y, map!.y, side!.y]).size).toBe(1);
});

test('a card that has just come takes no press, and the list holds still under the pointer', async ({
  page,
  open,
  desk,
}) => {
  await open('morning');
  await page.locator('[data-alarm=a-w4]').hover();
  const alarm = {
    ...desk.at('en').alarms[0]!,
    id: 'a-new',
    code: 'P6',
    clock: { what: 'read_back', until: '2017-05-18T09:15:00Z', from: '2017-05-18T09:14:36Z' },
  };
  desk.push(() => ({ set: { 'alarms/a-new': alarm } }));
  await expect(page.locator('.card').last()).toHaveAttribute('data-alarm', 'a-new');
  await expect(page.locator('[aria-live=assertive]')).toContainText(loose('Convoy SC-14'));
  await page.mouse.move(900, 880);
  await expect(page.locator('.card').first()).toHaveAttribute('data-alarm', 'a-new');
});

test('beyond three FLASH the rest join one card; P6 does not', async ({ page, open }) => {
  await open('many');
  await expect(page.locator('[data-alarm]')).toHaveCount(6);
  await expect(page.locator('[data-alarm=a-m5]')).toBeVisible();
  await expect(page.getByText(loose('3 more FLASH'))).toBeVisible();
});

test('the desk is lost, said, and found again without a loss', async ({ page, open, desk }) => {
  await open('morning');
  desk.down = true;
  desk.cutStreams();
  await expect(page.locator('[data-banner=lost]')).toBeVisible();
  await expect(page.locator('[data-clock=utc]')).toHaveText('--:--:--');
  desk.push(() => ({ drop: ['alarms/a-o4'] }));
  desk.down = false;
  await expect(page.locator('[data-banner=lost]')).toHaveCount(0, { timeout: 10_000 });
  await expect(page.locator('[data-alarm=a-o4]')).toHaveCount(0);
});

test('with the line cut what was signed waits, and the card says so', async ({ page, open }) => {
  await open('cut');
  await expect(page.locator('[data-banner=cut]')).toContainText(loose('No line to the host for 3 min 1'));
  await expect(page.locator('[data-alarm=a-w4]')).toContainText('NOT SENT YET');
  await expect(page.getByText('nobody yet', { exact: true })).toBeVisible();
});

test('a locked desk shows and does not answer', async ({ page, open }) => {
  await open('locked');
  await expect(page.locator('[data-deed]')).toHaveCount(0);
  await expect(page.getByText('Locked. Alarms go on sounding').first()).toBeVisible();
});

test('names of a hostile party are text, and turn nothing', async ({ page, open }) => {
  await open('hostile');
  await expect(page.locator('[data-alarm=a-h]')).toContainText(HOSTILE.name);
  await expect(page.locator('[data-alarm=a-h]')).toContainText('[U+202E]');
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.title()).not.toBe('1');
  expect(await page.evaluate(() => /[\u202A-\u202E]/.test(document.body.innerText))).toBe(false);
});

test('without WebGL the table stands', async ({ page, open }) => {
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  await open('morning', { map: true });
  await expect(page.getByText('This browser draws no map.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Z-1 At-Tanf' }).first()).toBeVisible();
});

test('a one-time link opens the page once and leaves no token behind', async ({
  page,
  open,
  desk,
  address,
}) => {
  await open('morning');
  desk.loggedIn = false;
  await page.goto(`${address}/?again#/login/wrong`);
  await expect(page.getByRole('alert')).toContainText('used already');
  await page.goto(`${address}/?more#/login/once`);
  await expect(page.locator('.top')).toBeVisible();
  expect(page.url()).not.toContain('once');
});

test('keys do nothing while somebody types, and the brightness stays', async ({ page, open }) => {
  await open('morning', { at: 'compose/W4' });
  await page.getByLabel(/Remark/).fill('');
  await page.getByLabel(/Remark/).press('b');
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'dark');
  await page.locator('#compose-title').focus();
  await page.keyboard.press('b');
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'night');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'night');
});

test('two forms of a place that differ are not signed', async ({ page, open }) => {
  await open('morning', { at: 'declare' });
  await page.getByLabel('Name').fill('Relief R-8');
  await page.getByLabel('Decimal degrees').fill('33.315000N 38.700000E');
  await page.getByLabel(/Degrees, minutes/).fill('33°19′54.0″N 38°42′00.0″E');
  await expect(page.getByText(loose('The two forms are 1.85 km apart.'))).toBeVisible();
  await expect(page.getByText(loose('The minutes of latitude differ: 18 or 19?'))).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign and notify' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await page.screenshot({ path: 'out/screens/declare-differs.png' });
  await page.getByLabel(/Degrees, minutes/).fill('33°18′54.0″N 38°42′00.0″E');
  await page.getByLabel('Passphrase of your own key').fill('x');
  await expect(page.getByRole('button', { name: 'Sign and notify' })).toHaveAttribute(
    'aria-disabled',
    'false',
  );
});
