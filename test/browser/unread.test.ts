import { expect } from 'bun:test';
import { Database } from 'bun:sqlite';
import type { Page } from 'playwright-core';
import { browserTest } from './support/stage.ts';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const title = (page: Page, text: RegExp) =>
  page.waitForFunction((source) => new RegExp(source).test(document.title), text.source);

/** Has the page believe that its window is behind another one, and note what it tells the system. */
function stepsBehind(): void {
  const told: string[] = [];
  Object.assign(globalThis, { told });
  document.hasFocus = () => false;
  class Noted extends EventTarget {
    static permission = 'default';
    static requestPermission(): Promise<string> {
      Noted.permission = 'granted';
      return Promise.resolve(Noted.permission);
    }
    constructor(head: string, { body = '' }: NotificationOptions = {}) {
      super();
      told.push(`${head}: ${body}`);
    }
  }
  Object.assign(globalThis, { Notification: Noted });
}

const toldTo = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { told: string[] }).told);

browserTest(
  'what is new shows in lists and the title, and can be marked as read and muted',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { space, general } = await stage.meets(anna, ben);
    const inSpace = { space_id: space.id };
    const make = (name: string) =>
      anna.rest.call('POST /spaces/:space_id/channels', {
        ...inSpace,
        body: { name, type: 'text' },
      });
    const [plans, noise] = [await make('plans'), await make('noise')];
    const desk = await stage.enters(ben, 'desktop', `#/${general.id}`);
    const { page } = desk;
    const link = (name: string) => page.locator('.channels').getByRole('link', { name });

    await anna.says(plans, 'for everybody');
    await link('plans').getByLabel('unread').waitFor();
    await title(page, /^• /);
    await anna.says(plans, `for you, <@${ben.id}>`);
    await link('plans').getByLabel('1 mention').waitFor();
    await title(page, /^\(1\) /);
    await desk.isPictured('unread');
    await desk.isAccessible();

    await button(page, 'More: plans').click();
    await desk.isPictured('channel-menu');
    await desk.isAccessible();
    await button(page, 'Mark as read').click();
    await link('plans').getByLabel('1 mention').waitFor({ state: 'detached' });
    await title(page, /^general/);

    await button(page, 'More: noise').click();
    await button(page, 'Mute').click();
    await link('noise').getByLabel('muted').waitFor();
    await anna.says(noise, `hey <@${ben.id}>`);
    await anna.says(plans, 'once more');
    await link('plans').getByLabel('unread').waitFor();
    expect(await page.title()).toStartWith('• ');
    expect(
      await link('noise')
        .getByLabel(/unread|mention/)
        .count(),
    ).toBe(0);
    await desk.isPictured('muted');

    await button(page, 'More: Garden Jam').click();
    await button(page, 'Mark as read').click();
    await title(page, /^general/);
  },
);

browserTest(
  'a window that is behind tells of what calls its reader, and of nothing else',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { general } = await stage.meets(anna, ben);
    const desk = await stage.arrives();
    await desk.context.addInitScript(stepsBehind);
    await desk.signsIn(ben, `#/${general.id}`);
    const { page } = desk;
    await button(page, /^ben/).first().click();
    await page.getByLabel('Show a notification').check();
    await desk.isPictured('me-menu');
    await desk.isAccessible();
    await page.keyboard.press('Escape');

    await anna.says(general, 'nothing special');
    await anna.says(general, `look, <@${ben.id}>`);
    await desk.until('the notification', async () => (await toldTo(page)).length > 0);
    const { id } = await anna.rest.call('POST /users/@me/channels', {
      body: { recipient_id: ben.id },
    });
    await anna.says({ id }, 'in private');
    await desk.until('the second one', async () => (await toldTo(page)).length > 1);
    const [first, second] = await toldTo(page);
    expect(first).toStartWith('anna in general: look,');
    expect(second).toBe('anna: in private');

    // Whoever does not want to be disturbed is not.
    await button(page, /^ben/).first().click();
    await page.getByLabel('do not disturb').check();
    await button(page, 'Close').click();
    await page.locator('.me').getByText('do not disturb').waitFor();
    await anna.says({ id }, 'again');
    await anna.says({ id }, 'and again');
    await page.getByRole('link', { name: /^Messages and friends.*3 mentions/ }).waitFor();
    expect(await toldTo(page)).toHaveLength(2);
  },
);

/** Members who were never there, written as rows: registering so many takes minutes. No search finds them. */
function crowd(path: string, space_id: string, count: number): void {
  using database = new Database(path);
  const add = database.transaction(() => {
    for (let n = 0; n < count; n += 1) {
      const [id, name] = [String(n + 1), `member${String(n).padStart(4, '0')}`];
      database.run('INSERT INTO users (id, username, created_at) VALUES (?, ?, 0)', [id, name]);
      database.run('INSERT INTO members (space_id, user_id, joined_at) VALUES (?, ?, 0)', [
        space_id,
        id,
      ]);
    }
  });
  add();
}

browserTest(
  'the list of a large space makes few rows, finds whom it does not know, and shows all',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const cleo = await stage.registers('cleo');
    const { space, general } = await stage.meets(anna, ben, cleo);
    await stage.server.end('SIGTERM');
    crowd(stage.server.database, space.id, 2_000);
    await stage.server.start();
    const desk = await stage.enters(ben, 'desktop', `#/${general.id}`);
    const list = desk.page.locator('.members');
    await list.getByText('Online: 1').waitFor();
    await list.getByLabel('Find a member').fill('CLE');
    await list.getByRole('button', { name: 'cleo' }).waitFor();
    await list.getByLabel('Find a member').fill('');
    await list.getByRole('button', { name: 'Show all members' }).click();
    await list.getByText('Offline: 2002').waitFor();
    expect(await list.locator('li').count()).toBeLessThan(100);
    await list.evaluate((box) => (box.scrollTop = box.scrollHeight));
    await list.getByRole('button', { name: 'member1999' }).waitFor();
    expect(await list.locator('li').count()).toBeLessThan(100);
    await desk.isPictured('crowd');
    await desk.isAccessible();
    await list.getByRole('button', { name: 'member1999' }).focus();
    await desk.page.keyboard.press('Shift+Tab');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByRole('dialog', { name: 'member1998' }).waitFor();
  },
);
