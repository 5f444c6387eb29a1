// Somebody with a browser of their own who uses the page, at a desk or with a phone.
import { expect } from 'bun:test';
import { join } from 'node:path';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from 'playwright-core';
import { axeFindings } from './axe.ts';
import { Complaints } from './complaints.ts';
import type { Resident } from './resident.ts';

/** So long the page may take to show something on a busy machine. */
const patience_ms = 20_000;

const devices = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
} satisfies Record<string, BrowserContextOptions>;

export type Device = keyof typeof devices;

/** The folder that pictures go to; null where none are wanted. */
const pictures = process.env['ACCORD_PICTURES'] || null;

export class Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly device: Device;
  readonly complaints: Complaints;
  readonly #origin: string;

  private constructor(
    origin: string,
    device: Device,
    context: BrowserContext,
    page: Page,
    complaints: Complaints,
  ) {
    this.#origin = origin;
    this.device = device;
    this.context = context;
    this.page = page;
    this.complaints = complaints;
  }

  static async arrive(
    browser: Browser,
    origin: string,
    device: Device,
    more: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({
      locale: 'en',
      colorScheme: 'light',
      // Things are where they belong at once, for pictures and for taps.
      reducedMotion: 'reduce',
      ...devices[device],
      ...more,
    });
    context.setDefaultTimeout(patience_ms);
    const complaints = new Complaints();
    await complaints.watch(context);
    return new Visitor(origin, device, context, await context.newPage(), complaints);
  }

  get isPhone(): boolean {
    return this.device === 'phone';
  }

  /** Opens the client, at `#/…` where that is given. */
  async opens(at = ''): Promise<void> {
    await this.page.goto(`${this.#origin}/app${at}`);
  }

  /** Opens the client and signs in by its form. */
  async signsIn({ username, password }: Resident, at = ''): Promise<void> {
    const { page } = this;
    await this.opens(at);
    await page.locator('input[name=username]').fill(username);
    await page.locator('input[name=password]').fill(password);
    await page.locator('button.primary').click();
    await page.locator('.shell').waitFor();
  }

  /** The field in which one writes to the channel that is open. */
  get field(): Locator {
    return this.page.locator('main .composer textarea');
  }

  /** The rows of messages whose text contains this. */
  messages(text: string | RegExp = ''): Locator {
    return this.page.locator('main .message').filter({ hasText: text });
  }

  /** Waits until a message is shown, once, as one that has arrived. */
  async reads(text: string): Promise<void> {
    await this.messages(text).and(this.page.locator(':not(.pending)')).waitFor();
  }

  /** Writes a message into the channel that is open and sends it, as one does on the device. */
  async writes(text: string): Promise<void> {
    await this.field.fill(text);
    if (this.isPhone) await this.page.getByRole('button', { name: 'Send' }).tap();
    else await this.field.press('Enter');
  }

  /** Brings a row to the upper edge of the feed, as by hand: nothing comes between a scroll and its event. */
  async scrollsTo(row: Locator): Promise<void> {
    await row.evaluate((element) => {
      element.dispatchEvent(new WheelEvent('wheel', { bubbles: true }));
      element.scrollIntoView({ block: 'start' });
      element.closest('.scroller')?.dispatchEvent(new Event('scroll'));
    });
  }

  /** A long touch on a message opens what can be done with it. */
  async touches(text: string): Promise<Locator> {
    const at = { pointerType: 'touch', clientX: 50, clientY: 50 };
    await this.messages(text).dispatchEvent('pointerdown', at);
    const sheet = this.page.getByRole('dialog');
    await sheet.waitFor();
    return sheet;
  }

  /** Waits until something is so in the page. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + patience_ms;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error(`waited ${patience_ms} ms for ${what}`);
      await Bun.sleep(30);
    }
  }

  /** Holds what is shown to the rules of axe, in light and dark colours. */
  async isAccessible(): Promise<void> {
    expect(await axeFindings(this.page)).toEqual([]);
  }

  /** Takes a picture where `ACCORD_PICTURES` names a folder. */
  async isPictured(name: string): Promise<void> {
    if (pictures === null) return;
    await this.page.screenshot({ path: join(pictures, `${name}-${this.device}.png`) });
  }

  /** Logs out, by the menu of one's own name. */
  async logsOut(): Promise<void> {
    await this.page.locator('.me .person').click();
    await this.page.getByRole('button', { name: 'Log out' }).click();
  }

  async leaves(): Promise<void> {
    await this.context.close();
  }
}
