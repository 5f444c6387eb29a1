import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { browserTest } from './support/stage.ts';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

interface Noted {
  readonly text: string;
  readonly onclick: () => void;
}

declare global {
  var noted: Noted[];
  var tones: number;
  var isBehind: boolean;
}

/** Notes what a page tells the system, and how many tones it plays; its window is behind while `isBehind`. */
function noting(): void {
  Object.assign(globalThis, { noted: [], tones: 0, isBehind: true });
  document.hasFocus = () => !globalThis.isBehind;
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function counted() {
    globalThis.tones += 1;
    return createOscillator.call(this);
  };
  class System extends EventTarget {
    static permission = 'granted';
    static requestPermission = () => Promise.resolve('granted');
    readonly text: string;
    onclick = () => {};
    constructor(head: string, { body = '' }: NotificationOptions = {}) {
      super();
      this.text = `${head}: ${body}`;
      globalThis.noted.push(this);
    }
    close(): void {}
  }
  Object.assign(globalThis, { Notification: System });
}

const textsIn = (page: Page) => page.evaluate(() => noted.map(({ text }) => text));
const icon = (page: Page) => page.locator('link[rel=icon]').getAttribute('href');

browserTest(
  'a notice comes for the channel that is open behind, leads to its message, and for nothing that should be quiet',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const cleo = await stage.registers('cleo');
    const { space, general } = await stage.meets(anna, ben, cleo);
    const noise = await anna.rest.call('POST /spaces/:space_id/channels', {
      space_id: space.id,
      body: { name: 'noise', type: 'text' },
    });
    await ben.rest.call('PUT /channels/:channel_id/mute', { channel_id: noise.id });
    await ben.rest.call('PUT /users/@me/relationships/:user_id', {
      user_id: cleo.id,
      body: { type: 2 },
    });
    const desk = await stage.arrives();
    await desk.context.addInitScript(noting);
    await desk.signsIn(ben, `#/${general.id}`);
    const { page } = desk;
    await button(page, /^ben/).first().click();
    await page.getByLabel('Show a notification').check();
    await page.keyboard.press('Escape');
    await page.evaluate(() => (tones = 0));

    const call = `hey <@${ben.id}>`;
    // Muted, of somebody blocked, one's own, and what calls nobody.
    await anna.says(noise, call);
    await cleo.says(general, call);
    await ben.says(general, 'my own @everyone');
    await anna.says(general, 'just so');
    const called = await anna.says(general, `the open channel, <@${ben.id}>`);
    await desk.until('the notice', async () => (await textsIn(page)).length > 0);
    expect(await textsIn(page)).toEqual(['anna in general: the open channel, @ben']);
    expect(await page.evaluate(() => tones)).toBe(2);

    // The icon of the tab shows how often one is called.
    const marked = await icon(page);
    expect(marked).toStartWith('data:image/png');
    await page.waitForFunction(() => document.title.startsWith('('));

    // A click leads to the message, wherever one is.
    await page.goto(page.url().replace(/#.*/, '#/home'));
    await page
      .getByRole('heading', { name: /Friends/ })
      .first()
      .waitFor();
    await page.evaluate(() => {
      isBehind = false;
      noted[0]?.onclick();
    });
    await desk.reads('the open channel');
    await page.locator(`[data-id="${called.id}"]`).waitFor();
    await page.waitForFunction(() => !document.title.startsWith('('));
    await desk.until('another icon', async () => (await icon(page)) !== marked);

    // Who wants no sound hears none.
    await button(page, /^ben/).first().click();
    await page.getByLabel(/sound/i).uncheck();
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      isBehind = true;
      tones = 0;
    });
    await anna.says(general, `quietly, <@${ben.id}>`);
    await desk.until('the second notice', async () => (await textsIn(page)).length > 1);
    expect(await page.evaluate(() => tones)).toBe(0);
  },
);

browserTest(
  'what another window has read already makes no notice, and the window that is looked at tells nothing',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { general } = await stage.meets(anna, ben);
    const desk = await stage.arrives();
    await desk.context.addInitScript(noting);
    await desk.signsIn(ben, `#/home`);
    const { page } = desk;
    await button(page, /^ben/).first().click();
    await page.getByLabel('Show a notification').check();
    await page.keyboard.press('Escape');
    // Time stands still here: what waits before it tells waits until the other window has read.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    const front = await stage.enters(ben, 'desktop', `#/${general.id}`);
    await anna.says(general, `read elsewhere, <@${ben.id}>`);
    await front.reads('read elsewhere');
    await desk.until(
      'that it is read',
      async () => (await ben.rest.call('GET /users/@me/read-states')).length === 0,
    );
    // The same line brings the one after the other: once a later message shows, the reading was heard.
    const { id } = await anna.rest.call('POST /users/@me/channels', {
      body: { recipient_id: ben.id },
    });
    await anna.says({ id }, 'in private');
    await page.clock.runFor(2_000);
    await desk.until('the notice', async () => {
      await page.clock.runFor(500);
      return (await textsIn(page)).length > 0;
    });
    expect(await textsIn(page)).toEqual(['anna: in private']);
  },
);

browserTest(
  'Escape marks the channel as read, with Shift the space, and a menu everything',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { space, general } = await stage.meets(anna, ben);
    const plans = await anna.rest.call('POST /spaces/:space_id/channels', {
      space_id: space.id,
      body: { name: 'plans', type: 'text' },
    });
    for (let n = 0; n < 60; n += 1) await anna.says(general, `old ${n}`);
    const desk = await stage.enters(ben, 'desktop', `#/${general.id}`);
    const { page } = desk;
    const unread = async () => (await ben.rest.call('GET /users/@me/read-states')).length;
    await desk.until('that all is read', async () => (await unread()) === 0);
    // Whoever reads back has not read what comes.
    await desk.scrollsTo(page.locator('main .scroller .message').first());
    await page.getByRole('button', { name: /present|newest/i }).waitFor();
    await anna.says(general, `new, <@${ben.id}>`);
    await anna.says(plans, 'and here');
    await page.waitForFunction(() => document.title.startsWith('(1)'));
    // What one writes is in no danger.
    await desk.field.fill('a draft');
    await desk.field.press('Escape');
    expect(await desk.field.inputValue()).toBe('a draft');
    expect(await unread()).toBe(2);
    await desk.field.fill('');
    await desk.field.press('Escape');
    await page.waitForFunction(() => document.title.startsWith('• '));
    await desk.reads('new, @ben');
    await desk.field.press('Shift+Escape');
    await page.waitForFunction(() => document.title.startsWith('general'));
    expect(await unread()).toBe(0);

    await anna.says(plans, 'once more');
    await page.waitForFunction(() => document.title.startsWith('• '));
    await button(page, /^ben/).first().click();
    await button(page, 'Mark everything as read').click();
    await page.waitForFunction(() => document.title.startsWith('general'));
    expect(await unread()).toBe(0);
  },
);
