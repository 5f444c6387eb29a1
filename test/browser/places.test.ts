// Founding a space with an icon, and addresses that lead nowhere.
import { expect } from 'bun:test';
import { landscape } from './pictures/landscape.ts';
import { browserTest } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

const png = async (name = 'icon.png', mimeType = 'image/png') => ({
  name,
  mimeType,
  buffer: Buffer.from(await landscape().arrayBuffer()),
});

const button = ({ page }: Visitor, name: string) => page.getByRole('button', { name, exact: true });
const chooser = ({ page }: Visitor) => page.getByLabel('Choose icon');
const makes = async (desk: Visitor, name: string) => {
  await desk.page.locator('form:has(textarea) [name=name]').fill(name);
  await button(desk, 'Make space').click();
};

browserTest('a space is made with an icon', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'phone', '#/discover');
  await chooser(desk).setInputFiles(await png());
  const preview = desk.page.getByRole('img', { name: 'Icon', exact: true });
  await preview.waitFor();
  await desk.page.getByText(/^PNG, JPEG, GIF or WebP, \d+ KiB at most\.$/).waitFor();
  await desk.isAccessible();
  await desk.isPictured('make-space');
  await button(desk, 'Remove icon').tap();
  await preview.waitFor({ state: 'detached' });
  await chooser(desk).setInputFiles(await png());
  await preview.waitFor();
  await makes(desk, 'With a view');
  await desk.field.waitFor();
  await desk.page.locator('.spaces img.face').waitFor({ state: 'attached' });
});

browserTest('what is no picture is told, and loses nothing', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/discover');
  const { page } = desk;
  await chooser(desk).setInputFiles(await png());
  const preview = page.getByRole('img', { name: 'Icon', exact: true });
  await preview.waitFor();
  const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
  for (const file of [text, { ...text, name: 'false.png', mimeType: 'image/png' }]) {
    await chooser(desk).setInputFiles(file);
    await page.getByText(`This is no picture that can be used: ${file.name}`).waitFor();
  }
  const large = { ...(await png('large.png')), buffer: Buffer.alloc(3 * 1024 ** 2) };
  await chooser(desk).setInputFiles(large);
  await page.getByText(/^The picture may have \d+ KiB at most\.$/).waitFor();
  // The one that was chosen before stays.
  expect(await preview.count()).toBe(1);
});

browserTest('a space is there without its icon, where that is refused', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/discover');
  desk.complaints.expect(/status of 400/);
  await desk.page.route(/\/spaces\/\d+$/, (route) =>
    route.request().method() !== 'PATCH'
      ? route.fallback()
      : route.fulfill({
          status: 400,
          json: { error: { code: 'bad_request', message: 'This picture is damaged.' } },
        }),
  );
  await chooser(desk).setInputFiles(await png());
  await desk.page.getByRole('img', { name: 'Icon', exact: true }).waitFor();
  await makes(desk, 'Without a view');
  await desk.page
    .getByText('The space is made, but it has no icon: This picture is damaged.')
    .waitFor();
  await desk.page.getByRole('heading', { name: 'Without a view' }).waitFor();
});

browserTest('an address that has nothing says so, and leads on', async (stage) => {
  const anna = await stage.registers('anna');
  await stage.meets(anna);
  for (const at of ['#/admin', '#/space/1', '#/nowhere']) {
    const phone = await stage.enters(anna, 'phone', at);
    await phone.page.getByRole('heading', { name: 'There is nothing at this address.' }).waitFor();
    await phone.page.getByRole('button', { name: 'Channels', exact: true }).waitFor();
    await phone.isAccessible();
    await phone.page.getByRole('link', { name: 'Go to the start' }).tap();
    await phone.field.waitFor();
  }
});
