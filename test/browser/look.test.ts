// How the page looks on one device: themes and accents.
import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { browserTest } from './support/stage.ts';

/** The colour behind everything, as it is painted. */
const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

const white = 'rgb(255, 255, 255)';

browserTest('theme and accent are chosen by keyboard, and kept by the device', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/settings/look');
  const { page } = desk;
  const radio = (name: string) => page.getByRole('radio', { name, exact: true });
  await radio('As the system').focus();
  expect(await ground(page)).toBe(white);
  await page.keyboard.press('ArrowUp');
  expect(await radio('Dark').isChecked()).toBe(true);
  expect(await ground(page)).not.toBe(white);
  await radio('Teal').check();
  await page.reload();
  await page.locator('.shell').waitFor();
  expect(await ground(page)).not.toBe(white);
  expect(await radio('Teal').isChecked()).toBe(true);
  expect(await radio('Dark').isChecked()).toBe(true);
  for (const name of ['Indigo', 'Amber', 'Grey']) {
    await radio(name).check();
    for (const theme of ['Light', 'Dark']) {
      await radio(theme).check();
      await desk.isAccessible();
    }
  }
  await desk.isPictured('look');
  // Whoever logs out keeps the look of the device.
  await page.locator('.settings').getByRole('button', { name: 'Log out' }).click();
  await page.locator('.doors').waitFor();
  expect(await ground(page)).not.toBe(white);
});

browserTest('the theme is on before the client runs', async (stage) => {
  const desk = await stage.arrives();
  await desk.opens();
  await desk.page.locator('input[name=username]').waitFor();
  await desk.page.evaluate(() => localStorage.setItem('accord:theme', 'dark'));
  // No module comes: what is painted is what the page is before the client.
  desk.complaints.expect(/./);
  await desk.page.route('**/app/chunk-*.js', (route) => route.abort());
  await desk.page.reload({ waitUntil: 'domcontentloaded' });
  await desk.until('the style', async () => (await ground(desk.page)) !== 'rgba(0, 0, 0, 0)');
  expect(await ground(desk.page)).not.toBe(white);
  expect(await desk.page.locator('#app > *').count()).toBe(0);
});

browserTest('other windows of the browser follow', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/settings/look');
  const other = await desk.context.newPage();
  await other.goto(desk.page.url());
  await other.getByRole('radio', { name: 'Dark' }).waitFor();
  await desk.page.getByRole('radio', { name: 'Dark' }).check();
  await desk.until('the other window', async () => (await ground(other)) !== white);
  await desk.until('its settings', () => other.getByRole('radio', { name: 'Dark' }).isChecked());
});
