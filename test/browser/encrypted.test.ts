// Messages that other apps have encrypted: wherever one shows, the page says what it is, and no letter of it.
import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { encryptedPrefix } from '../../src/features/talk/messages/schema.ts';
import { browserTest } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

const cipher = `${encryptedPrefix}{"payload":[1,"c1ph3r"],"signature":"c1ph3r"}`;
const said = 'This message is encrypted';

/** Has the page believe that its window is behind another one, and note what it tells the system. */
function stepsBehind(): void {
  const told: string[] = [];
  Object.assign(globalThis, { told });
  document.hasFocus = () => false;
  class Noted extends EventTarget {
    static readonly permission = 'granted';
    constructor(head: string, { body = '' }: NotificationOptions = {}) {
      super();
      told.push(`${head}: ${body}`);
    }
  }
  Object.assign(globalThis, { Notification: Noted });
}

const toldTo = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { told: string[] }).told);

/** Nothing in the page holds a piece of it: no text, and no name or title of an element. */
async function showsNone({ page }: Visitor): Promise<void> {
  expect(await page.content()).not.toMatch(/c1ph3r|daccord-e2ee/);
}

browserTest('an encrypted message is never shown as its letters', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const talk = await anna.rest.call('POST /users/@me/channels', {
    body: { recipient_id: ben.id },
  });
  const channel_id = talk.id;
  const says = (content: string, more: { reply_to?: string; thread_id?: string } = {}) =>
    anna.rest.call('POST /channels/:channel_id/messages', {
      channel_id,
      body: { content, ...more },
    });
  const first = await says(cipher);
  await says('An answer to it', { reply_to: first.id });
  await says(cipher, { thread_id: first.id });
  await anna.rest.call('PUT /channels/:channel_id/pins/:message_id', {
    channel_id,
    message_id: first.id,
  });
  const desk = await stage.enters(anna, 'desktop', `#/${channel_id}`);
  const { page } = desk;

  // The feed, and the line above an answer.
  await desk.messages(said).first().waitFor();
  await page.locator('a.answered', { hasText: said }).waitFor();
  await showsNone(desk);
  await desk.isPictured('encrypted');
  await desk.isAccessible();

  // It can be deleted, but neither changed nor copied.
  await page.locator(`main [data-id="${first.id}"]`).focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('dialog');
  await menu.getByRole('button', { name: 'Delete' }).waitFor();
  expect(await menu.getByRole('button', { name: /^(Edit|Copy text)/ }).count()).toBe(0);
  await page.keyboard.press('Escape');

  // Pins, and the list of threads.
  await page.getByRole('button', { name: 'Pins and threads' }).click();
  await desk.until('both lists', async () => {
    return (await page.locator('dialog .found', { hasText: said }).count()) === 2;
  });
  await showsNone(desk);
  await page.keyboard.press('Escape');

  // What is searched by its pin.
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('checkbox', { name: 'pinned' }).check();
  await page.getByRole('searchbox').press('Enter');
  await page.locator('dialog .found', { hasText: said }).waitFor();
  await showsNone(desk);
  await page.keyboard.press('Escape');

  // Its thread.
  await page.locator('.thread-link').click();
  await desk.until('the thread', async () => {
    return (await page.locator('.thread .message', { hasText: said }).count()) === 2;
  });
  await showsNone(desk);
  await page.getByRole('button', { name: 'Close the thread' }).click();

  // One's own last message is not put into the field of changes.
  const last = await says(cipher);
  await page.locator(`main [data-id="${last.id}"]`, { hasText: said }).waitFor();
  await desk.field.press('ArrowUp');
  await desk.field.fill('A text');
  expect(await page.locator('.editor').count()).toBe(0);
  await showsNone(desk);
});

browserTest('a notice and the lists say that a message is encrypted', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const desk = await stage.arrives();
  await desk.context.addInitScript(stepsBehind);
  await desk.signsIn(ben, `#/${general.id}`);
  const { page } = desk;
  await page.getByRole('button', { name: /^ben/ }).first().click();
  await page.getByLabel('Show a notification').check();
  await page.keyboard.press('Escape');
  const talk = await anna.rest.call('POST /users/@me/channels', {
    body: { recipient_id: ben.id },
  });
  await anna.says(talk, cipher);
  await desk.until('the notification', async () => (await toldTo(page)).length > 0);
  expect(await toldTo(page)).toEqual([`anna: ${said}; the app can show it.`]);
  await page.getByRole('link', { name: /^Messages and friends.*1 mention/ }).click();
  await page.locator('.channels').getByRole('link', { name: /anna/ }).waitFor();
  await showsNone(desk);

  // In a space it is text like any other, as on the server.
  const open = `${encryptedPrefix} is how they begin`;
  await anna.says(general, open);
  await desk.opens(`#/${general.id}`);
  await desk.reads(open);
});
