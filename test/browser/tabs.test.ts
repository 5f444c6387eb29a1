// Several tabs of one browser: they agree on who is signed in, also where one of them has slept.
import { Database } from 'bun:sqlite';
import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { Line } from './support/line.ts';
import type { Resident } from './support/resident.ts';
import { browserTest, type Stage } from './support/stage.ts';

async function scene(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const at = `${stage.server.origin}/app#/${general.id}`;
  return { anna, ben, general, at };
}

/** Signs in at the doors that a page shows. */
async function signsIn(page: Page, { username, password }: Resident): Promise<void> {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button.primary').click();
}

/** Waits until the page is that of somebody. */
const isOf = (page: Page, { username }: Resident) =>
  page.locator('.me .person').filter({ hasText: username }).waitFor();

/** Ends the logins of somebody but for the one that the test has. */
async function endsLogins({ rest }: Resident): Promise<void> {
  for (const { id: login_id, current } of await rest.call('GET /auth/sessions')) {
    if (!current) await rest.call('DELETE /auth/sessions/:login_id', { login_id });
  }
}

/** Lets all tokens of a stopped server be over. */
function ages(path: string): void {
  using database = new Database(path);
  database.run("UPDATE tokens SET expires_at = 1 WHERE kind = 'user'");
}

browserTest(
  'who signs in in one tab is signed in in all, with nothing of who was there',
  async (stage) => {
    const { anna, ben, at } = await scene(stage);
    const desk = await stage.enters(anna);
    const second = await desk.context.newPage();
    await second.goto(at);
    await isOf(second, anna);
    await second.locator('main .composer textarea').fill('Nobody else may know it');
    await second.evaluate(() => {
      const look = () => {
        const isSaid = document.body.textContent?.includes('Your login has ended');
        if (isSaid) document.documentElement.dataset['said'] = 'ended';
      };
      const all = { childList: true, subtree: true, characterData: true };
      new MutationObserver(look).observe(document.body, all);
    });
    await desk.logsOut();
    await second.locator('.doors').waitFor();
    // It was on purpose: that it has ended was never said.
    expect(await second.evaluate(() => document.documentElement.dataset['said'])).toBeUndefined();
    await signsIn(desk.page, ben);
    for (const page of [desk.page, second]) await isOf(page, ben);
    await second.locator('main .composer textarea').waitFor();
    expect(await second.locator('main .composer textarea').inputValue()).toBe('');
    await second.locator('main .composer textarea').fill('It is me, ben');
    await second.locator('main .composer textarea').press('Enter');
    await desk.reads('It is me, ben');
  },
);

browserTest(
  'a tab that slept through all of it does not end the login that is there now',
  async (stage) => {
    const { anna, ben, at } = await scene(stage);
    const desk = await stage.enters(anna);
    const second = await desk.context.newPage();
    // A tab that sleeps does not hear the others.
    await second.addInitScript(() => {
      Object.defineProperty(BroadcastChannel.prototype, 'onmessage', { set() {} });
    });
    const line = await Line.of(second);
    await second.goto(at);
    await isOf(second, anna);
    line.fallAsleep();
    await desk.logsOut();
    await desk.page.locator('.doors').waitFor();
    await signsIn(desk.page, ben);
    await isOf(desk.page, ben);
    // It wakes up, with a token that is not valid any more.
    desk.complaints.expect(/401/);
    await second.evaluate(() => dispatchEvent(new Event('online')));
    await isOf(second, ben);
    expect(await second.getByText('Your login has ended').count()).toBe(0);
    await isOf(desk.page, ben);
    for (const page of [desk.page, second]) {
      await page.reload();
      await isOf(page, ben);
    }
  },
);

browserTest(
  'a login that is ended from elsewhere while the tab sleeps is noticed when it wakes up',
  async (stage) => {
    const { anna } = await scene(stage);
    const desk = await stage.arrives();
    const line = await Line.of(desk.page);
    await desk.signsIn(anna);
    const second = await desk.context.newPage();
    const other = await Line.of(second);
    await second.goto(`${stage.server.origin}/app`);
    await isOf(second, anna);
    for (const one of [line, other]) one.fallAsleep();
    await endsLogins(anna);
    desk.complaints.expect(/401/);
    await desk.page.evaluate(() => dispatchEvent(new Event('online')));
    await desk.page.getByText('Your login has ended').waitFor();
    // Nobody has woken the other one up: it hears of it.
    await second.locator('.doors').waitFor();
    await signsIn(second, anna);
    for (const page of [desk.page, second]) await isOf(page, anna);
    expect(await desk.page.getByText('Your login has ended').count()).toBe(0);
  },
);

browserTest(
  'a login that is over by its age asks for a new one, and keeps the draft',
  async (stage) => {
    const { anna, at } = await scene(stage);
    const desk = await stage.enters(anna);
    const draft = desk.page.locator('main .composer textarea');
    await draft.fill('Not finished');
    desk.complaints.expect(/401|net::ERR_|WebSocket connection to/);
    await stage.server.end('SIGTERM');
    ages(stage.server.database);
    await stage.server.start();
    await desk.page.getByText('Your login has ended').waitFor();
    await signsIn(desk.page, anna);
    await isOf(desk.page, anna);
    expect(desk.page.url()).toBe(at);
    await draft.waitFor();
    expect(await draft.inputValue()).toBe('Not finished');
  },
);
