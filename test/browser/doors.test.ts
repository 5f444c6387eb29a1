// How people come in: an account by policy, invite, terms and approval; codes, forgotten and forced passwords.
import { expect } from 'bun:test';
import { TOTP } from 'otpauth';
import { serverCommand } from '../support/process.ts';
import type { Resident } from './support/resident.ts';
import { browserTest, type Stage } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

/** Chromium writes into its console that the server has refused a call. */
const refused = /status of 4\d\d/;

const password = 'plants need water';

async function fills(visitor: Visitor, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    await visitor.page.locator(`[name=${name}]`).fill(value);
  }
}

const presses = ({ page }: Visitor, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).click();

const says = ({ page }: Visitor, text: string | RegExp) => page.getByText(text).first().waitFor();

/** What `accord admin setup-code` says. */
async function setupCode({ server: { folder } }: Stage): Promise<string> {
  const program = serverCommand(process.env['ACCORD_BINARY'] || null).slice(0, -1);
  const command = Bun.spawn([...program, 'admin', 'setup-code'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
  });
  const [code = ''] = (await new Response(command.stdout).text()).match(/\b\w{16}\b/) ?? [];
  return code;
}

/** The first account administers the server, with these settings. */
async function administered(stage: Stage, body: Record<string, unknown>): Promise<Resident> {
  const admin = await stage.registers('olga');
  await admin.rest.call('PATCH /admin/settings', { body });
  return admin;
}

browserTest('somebody registers by an invite and stands in its space', async (stage) => {
  const admin = await administered(stage, { registration_policy: 'invite_only' });
  const { space } = await stage.meets(admin);
  const { code } = await admin.rest.call('POST /spaces/:space_id/invites', {
    space_id: space.id,
    body: {},
  });
  const ben = await stage.arrives('phone');
  await ben.page.goto(`${stage.server.origin}/invite/${code}`);
  await ben.page.getByRole('link', { name: 'Open in the browser' }).click();
  await ben.page.locator('[name=invite_code]').waitFor();
  expect(await ben.page.locator('[name=invite_code]').inputValue()).toBe(code);
  await ben.isAccessible();
  await ben.isPictured('register');
  await fills(ben, { username: 'ben', password });
  await ben.page.getByLabel(/I agree/).check();
  await presses(ben, 'Create account');
  await ben.field.waitFor();
  await ben.writes('Here by invite');
  await ben.reads('Here by invite');
  expect(ben.page.url()).toContain('#/');
  expect(ben.page.url()).not.toContain('invite');
});

browserTest(
  'an invite to the server opens it, without approval and into no space',
  async (stage) => {
    const settings = { registration_policy: 'invite_only', registration_approval: true };
    const admin = await administered(stage, settings);
    const body = { skip_approval: true };
    const { code } = await admin.rest.call('POST /admin/invites', { body });
    const visitor = await stage.arrives();
    visitor.complaints.expect(refused);
    await visitor.opens();
    await presses(visitor, 'I need an account');
    await fills(visitor, { username: 'dora', password });
    await visitor.page.getByLabel(/I agree/).check();
    await presses(visitor, 'Create account');
    // The browser asks for the invite before anything is sent.
    expect(await visitor.page.locator('[name=invite_code]:invalid').count()).toBe(1);
    await visitor.opens(`#/invite/${code}`);
    await visitor.page.locator(`[name=invite_code][value="${code}"]`).waitFor();
    await presses(visitor, 'Create account');
    await visitor.field.waitFor();
  },
);

browserTest('the terms, approval and what the server refuses are said', async (stage) => {
  await administered(stage, { registration_approval: true, tos_text: 'Be **kind**.' });
  const cleo = await stage.arrives();
  cleo.complaints.expect(refused);
  await cleo.opens();
  await presses(cleo, 'I need an account');
  await says(cleo, 'An admin looks at each new account');
  await fills(cleo, { username: 'Cleo!', password, reason: 'A friend of Olga' });
  await cleo.page.getByText('Terms of this server').first().click();
  await says(cleo, 'kind');
  await presses(cleo, 'Create account');
  expect(await cleo.page.locator('.shell').count()).toBe(0);
  await cleo.page.getByLabel(/I agree/).check();
  await presses(cleo, 'Create account');
  await says(cleo, /may have a to z/);
  await fills(cleo, { username: 'cleo' });
  await presses(cleo, 'Create account');
  await says(cleo, /waits for approval/);
  await cleo.isAccessible();
  await cleo.isPictured('approval');
});

browserTest('a closed server says so, and whoever has its setup code claims it', async (stage) => {
  const olga = await administered(stage, { registration_policy: 'closed' });
  const visitor = await stage.arrives();
  visitor.complaints.expect(refused);
  await visitor.opens();
  await visitor.page.locator('[name=username]').waitFor();
  await visitor.until(
    'the policy',
    async () => (await visitor.page.getByText('I need an account').count()) === 0,
  );
  await visitor.opens('#/invite/AAAAAAAA');
  await visitor.page.reload();
  await says(visitor, 'takes no new accounts');
  await visitor.opens('#/claim');
  await visitor.page.reload();
  await fills(visitor, { setup_code: 'wrong', username: 'dora', password });
  await visitor.page.getByLabel(/I agree/).check();
  await presses(visitor, 'Create account');
  await says(visitor, /not the setup code/);
  await visitor.isPictured('claim');
  const within = await stage.enters(olga);
  await within.opens('#/claim');
  await says(within, 'You administer this server.');
});

browserTest(
  'the host is told how to claim a server, and does so with the setup code',
  async (stage) => {
    const host = await stage.arrives();
    await host.page.goto(stage.server.origin);
    await host.isAccessible();
    await host.isPictured('front');
    await host.page.getByRole('link', { name: 'claims the server here' }).click();
    const setup_code = await setupCode(stage);
    await fills(host, { setup_code, username: 'olga', password });
    await host.page.getByLabel(/Give me a recovery code/).check();
    await host.page.getByLabel(/I agree/).check();
    await presses(host, 'Create account');
    await presses(host, 'I have kept it');
    await host.field.waitFor();
    await host.opens('#/claim');
    await says(host, 'You administer this server.');
    await host.page.goto(stage.server.origin);
    expect(await host.page.getByText('setup code').count()).toBe(0);
  },
);

browserTest('a logout in one tab ends all of them, with what was kept there', async (stage) => {
  const anna = await stage.registers('anna');
  await stage.meets(anna);
  const desk = await stage.enters(anna);
  await desk.field.fill('A draft');
  const second = await desk.context.newPage();
  await second.goto(`${stage.server.origin}/app`);
  await second.locator('.shell').waitFor();
  await desk.page.getByRole('link', { name: 'Settings' }).click();
  await presses(desk, 'Log out');
  await desk.page.locator('.doors').waitFor();
  await second.locator('.doors').waitFor();
  expect(await desk.page.getByText('Your login has ended').count()).toBe(0);
  const left = await second.evaluate(() =>
    Object.keys(localStorage).filter((key) => key.includes('draft')),
  );
  expect(left).toEqual([]);
});

browserTest('an unknown page is a page for people', async (stage) => {
  const ben = await stage.arrives('phone');
  ben.complaints.expect(refused);
  await ben.page.goto(`${stage.server.origin}/nothing/here`);
  await ben.page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  await ben.isAccessible();
  await ben.isPictured('unknown');
  await ben.page.getByRole('link', { name: /start of this server/ }).click();
  await ben.page.getByRole('link', { name: 'Open in the browser' }).click();
  await ben.page.locator('.doors').waitFor();
});

browserTest(
  'a second factor is set up, asked for, and replaced by a backup code',
  async (stage) => {
    const anna = await stage.registers('anna');
    const desk = await stage.enters(anna, 'desktop', '#/settings/two-factors');
    await fills(desk, { password: anna.password });
    await presses(desk, 'Begin');
    await desk.page.locator('.qr').waitFor();
    await desk.isAccessible();
    await desk.isPictured('two-factors');
    const secret = await desk.page.locator('.codes code').first().innerText();
    await fills(desk, { code: new TOTP({ secret }).generate() });
    await presses(desk, 'Switch on');
    await says(desk, 'They are shown this once.');
    const [backup = ''] = await desk.page.locator('.codes code').allInnerTexts();
    await desk.isPictured('backup-codes');
    const phone = await stage.arrives('phone');
    phone.complaints.expect(refused);
    await phone.opens();
    await fills(phone, { username: 'anna', password: anna.password });
    await presses(phone, 'Log in');
    await says(phone, /six digits/);
    await phone.isAccessible();
    await phone.isPictured('code');
    await fills(phone, { code: '000000' });
    await presses(phone, 'Log in');
    await says(phone, /wrong/);
    await fills(phone, { code: backup });
    await presses(phone, 'Log in');
    await phone.page.locator('.shell').waitFor();
  },
);

browserTest(
  'a forgotten password is replaced, and a new one set where an admin asks',
  async (stage) => {
    const admin = await administered(stage, {});
    const ben = await stage.registers('ben');
    const { recovery_code } = await ben.rest.call('POST /auth/recovery-code', {
      body: { password: ben.password },
    });
    const desk = await stage.arrives();
    desk.complaints.expect(refused);
    await desk.opens();
    await presses(desk, 'I forgot my password');
    await fills(desk, { username: 'ben', recovery_code, new_password: password });
    await desk.isPictured('recover');
    await presses(desk, 'Set password');
    await says(desk, 'Your recovery code');
    await desk.isAccessible();
    await desk.isPictured('keep-code');
    await presses(desk, 'I have kept it');
    await desk.page.locator('.shell').waitFor();
    await admin.rest.call('PATCH /admin/users/:user_id', {
      user_id: ben.id,
      body: { force_password_reset: true },
    });
    // The token has ended with that, so the page is at the doors again.
    await says(desk, 'Your login has ended.');
    await fills(desk, { username: 'ben', password });
    await presses(desk, 'Log in');
    await says(desk, /asks you to set a new password/);
    await desk.isAccessible();
    await fills(desk, { new_password: 'plants need light' });
    await presses(desk, 'Set password');
    await desk.page.locator('.shell').waitFor();
  },
);
