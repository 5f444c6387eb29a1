// Settings of one's own, joining spaces and making them.
import { expect } from 'bun:test';
import { browserTest } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

const refused = /status of 4\d\d/;

/** A picture of 2 by 2 pixels. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGNsKPjPwMDAxAAGABNMAfLiC5tTAAAAAElFTkSuQmCC',
  'base64',
);

const button = ({ page }: Visitor, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true });

const says = ({ page }: Visitor, text: string | RegExp) => page.getByText(text).first().waitFor();

browserTest('a profile is changed, and everybody sees it', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const [desk, other] = [await stage.enters(anna), await stage.enters(ben)];
  await desk.page.getByRole('link', { name: 'Settings' }).click();
  await desk.page.locator('[name=display_name]').fill('Anna of the garden');
  await desk.page.locator('[name=bio]').fill('Plants, mostly.');
  await button(desk, 'Save').click();
  await says(desk, 'Saved.');
  await other.page.locator('.members').getByText('Anna of the garden').waitFor();
  const picture = { name: 'me.png', mimeType: 'image/png', buffer: png };
  await desk.page.getByLabel('Choose picture').setInputFiles(picture);
  await button(desk, 'Remove picture').waitFor();
  await other.page.locator('.members img').waitFor();
  await desk.isAccessible();
  await desk.isPictured('profile');
  await button(desk, 'Remove picture').click();
  await other.until(
    'no picture',
    async () => (await other.page.locator('.members img').count()) === 0,
  );
  await desk.page.keyboard.press('Escape');
  await desk.field.waitFor();
});

browserTest('every page of the settings can be used with a phone and by ear', async (stage) => {
  const phone = await stage.enters(await stage.registers('anna'), 'phone', '#/settings');
  const parts = phone.page.locator('.settings nav a');
  await parts.first().waitFor();
  for (const name of await parts.allInnerTexts()) {
    await phone.page.getByRole('link', { name, exact: true }).tap();
    await phone.page.getByRole('heading', { name, exact: true }).waitFor();
    await phone.isAccessible();
    await phone.isPictured(`settings-${name.toLowerCase().replaceAll(' ', '-')}`);
  }
});

browserTest(
  'a password is changed and other logins end, one by one and all at once',
  async (stage) => {
    const anna = await stage.registers('anna');
    const desk = await stage.enters(anna, 'desktop', '#/settings/account');
    const phone = await stage.enters(anna, 'phone');
    desk.complaints.expect(refused);
    phone.complaints.expect(refused);
    const form = desk.page.locator('form', { hasText: 'Password of now' });
    await form.locator('[name=password]').fill('wrong password');
    await form.locator('[name=new_password]').fill('plants need water');
    await form.getByRole('button', { name: 'Set password' }).click();
    await form.locator('.problem:not(:empty)').waitFor();
    await form.locator('[name=password]').fill(anna.password);
    await form.getByRole('button', { name: 'Set password' }).click();
    await says(desk, 'The password is changed.');
    await phone.page.locator('.doors').waitFor();
    await phone.page.locator('[name=username]').fill('anna');
    await phone.page.locator('[name=password]').fill('plants need water');
    await button(phone, 'Log in').click();
    await phone.page.locator('.shell').waitFor();
    await desk.page.getByRole('link', { name: 'Logins' }).click();
    await desk.page.getByRole('button', { name: /^End the login of/ }).waitFor();
    await desk.isAccessible();
    await desk.isPictured('logins');
    await desk.page.getByRole('button', { name: /^End the login of/ }).click();
    await phone.page.locator('.doors').waitFor();
    await button(desk, 'End all, this one too').click();
    await desk.page.locator('.doors').waitFor();
  },
);

browserTest('privacy, language, sounds, the export and a recovery code', async (stage) => {
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/settings/privacy');
  await desk.page.getByLabel('Friends only').check();
  await says(desk, 'Saved.');
  const me = await anna.rest.call('GET /users/@me');
  expect(me).toMatchObject({ dm_policy: 'friends' });
  await desk.page.getByRole('link', { name: 'Your data' }).click();
  const downloads = desk.page.waitForEvent('download');
  await button(desk, 'Export').click();
  const file = await (await downloads).path();
  expect(await Bun.file(file).json()).toMatchObject({ user: { username: 'anna' } });
  await desk.page.getByRole('link', { name: 'Account', exact: true }).click();
  const form = desk.page.locator('form', { hasText: 'Get a recovery code' });
  await form.locator('[name=password]').fill(anna.password);
  await form.getByRole('button', { name: 'Get a recovery code' }).click();
  await desk.page.locator('.codes code').waitFor();
  await desk.isPictured('recovery-code');
  await desk.page.getByRole('link', { name: 'Notifications' }).click();
  await desk.page.getByLabel('Play a sound for them').uncheck();
  await desk.page.getByRole('link', { name: 'Language' }).click();
  await desk.page.getByLabel('Language').last().selectOption('de');
  await says(desk, 'Benachrichtigungen');
  await desk.page.reload();
  await says(desk, 'Benachrichtigungen');
  await desk.isPictured('german');
});

browserTest('an account is deleted for good', async (stage) => {
  await stage.registers('olga');
  const anna = await stage.registers('anna');
  const desk = await stage.enters(anna, 'desktop', '#/settings/data');
  desk.complaints.expect(refused);
  await desk.page.locator('[name=password]').fill(anna.password);
  await button(desk, 'Delete for good').click();
  expect(await desk.page.locator('.doors').count()).toBe(0);
  await desk.page.getByLabel('Yes, delete anna').check();
  await button(desk, 'Delete for good').click();
  await desk.page.locator('.doors').waitFor();
  const again = stage.server.origin + '/api/v1/auth/login';
  const body = JSON.stringify({ username: 'anna', password: anna.password });
  const headers = { 'Content-Type': 'application/json' };
  expect((await fetch(again, { method: 'POST', headers, body })).status).toBe(401);
});

browserTest('spaces are found, joined by an invite, and made', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna);
  const den = await anna.rest.call('POST /spaces', {
    body: { name: 'Den', description: 'Quiet people' },
  });
  const { code } = await anna.rest.call('POST /spaces/:space_id/invites', {
    space_id: den.id,
    body: {},
  });
  const phone = await stage.enters(ben, 'phone', '#/discover');
  await button(phone, 'Join Garden Jam').waitFor();
  await phone.isAccessible();
  await phone.isPictured('discover');
  await button(phone, 'Join Garden Jam').tap();
  await phone.field.waitFor();
  await phone.writes('Found it');
  await phone.reads('Found it');
  await phone.opens('#/discover');
  await phone.page.locator('[name=invite]').fill(`${stage.server.origin}/invite/${code}`);
  await button(phone, 'Open invite').tap();
  await says(phone, 'anna invites you');
  await phone.isAccessible();
  await phone.isPictured('invite');
  await button(phone, 'Join Den').tap();
  await phone.field.waitFor();
  // Who is a member goes right in.
  await phone.opens(`#/invite/${code}`);
  await phone.until('the channel', async () => /#\/\d+$/.test(phone.page.url()));
  const desk = await stage.enters(anna);
  await desk.page.getByRole('link', { name: 'Find or make a space' }).click();
  await desk.page.locator('[name=name]').fill('Workshop');
  await button(desk, 'Make space').click();
  await desk.page.getByRole('heading', { name: 'Workshop' }).waitFor();
  await desk.field.waitFor();
  // Where no channel is open, the space of before stays beside what is.
  await desk.opens('#/settings');
  await says(desk, 'Settings');
  await desk.page.getByRole('heading', { name: 'Workshop' }).waitFor();
});

browserTest('an invite that is over is said, and leads on', async (stage) => {
  const ben = await stage.enters(await stage.registers('ben'));
  ben.complaints.expect(refused);
  await ben.opens('#/invite/AAAAAAAA');
  await says(ben, /no such invite/);
  await ben.isAccessible();
  await ben.page.getByRole('main').getByRole('link', { name: 'Find or make a space' }).click();
  await says(ben, 'Public spaces');
});

browserTest(
  'a login from a new place is told of, and looked at',
  async (stage) => {
    await stage.registers('olga');
    const anna = await stage.registers('anna');
    const desk = await stage.enters(anna);
    const { username, password } = anna;
    await fetch(`${stage.server.origin}/api/v1/auth/login`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Forwarded-For': '203.0.113.7',
        'X-Device-Name': 'Toaster',
      },
      body: JSON.stringify({ username, password }),
    });
    await desk.page.reload();
    await says(desk, /with Toaster/);
    await desk.isAccessible();
    await desk.isPictured('new-login');
    await desk.page.getByRole('link', { name: 'Look at your logins' }).click();
    await says(desk, '203.0.113.0/24');
    await desk.page.locator('.bar').waitFor({ state: 'detached' });
    // Escape leaves a field first, so that nothing typed is lost.
    await desk.page.getByRole('link', { name: 'Profile' }).click();
    await desk.page.locator('[name=bio]').fill('Half a sentence');
    await desk.page.keyboard.press('Escape');
    expect(await desk.page.locator('[name=bio]').inputValue()).toBe('Half a sentence');
    await desk.page.keyboard.press('Escape');
    await desk.field.waitFor();
  },
  { TRUSTED_PROXIES: '127.0.0.1' },
);
