// Calls in real browsers, through a real LiveKit server.
import { expect } from 'bun:test';
import { hears } from './support/hearing.ts';
import { Line } from './support/line.ts';
import { browserTest } from './support/stage.ts';
import { button, conversation, enters, lounge, withLiveKit } from './support/voice.ts';

const voiceTest = await withLiveKit();

voiceTest('a call rings, is taken, and ends', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const phone = await enters(stage, ben, '', 'phone');
  await button(desk, 'Call').click();
  await phone.page.getByRole('alert').filter({ hasText: 'anna is calling' }).waitFor();
  await desk.page.getByText('Ringing…').waitFor();
  await phone.isAccessible();
  await phone.isPictured('call-rings');
  await button(phone, 'Accept').tap();
  await Promise.all([hears(desk), hears(phone)]);
  await desk.page.getByText('Ringing…').waitFor({ state: 'detached' });
  await phone.isAccessible();
  await desk.isAccessible();
  await desk.isPictured('call');
  await phone.isPictured('call');
  await button(desk, 'Leave voice').click();
  await button(desk, 'Join the call').first().waitFor();
  await button(phone, 'Leave voice').tap();
  await button(desk, 'Call').waitFor();
});

voiceTest('a call is declined, and another one is given up', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  await button(desk, 'Call').click();
  await button(other, 'Decline').click();
  await desk.page.getByText('ben did not take the call.').waitFor();
  await desk.page.locator('.voice-bar').waitFor({ state: 'detached' });
  await button(other, 'Call').click();
  await button(desk, 'Accept').waitFor();
  await button(other, 'Leave voice').click();
  await button(desk, 'Accept').waitFor({ state: 'detached' });
  await button(desk, 'Call').waitFor();
});

voiceTest('in a group some decline, others come, and who calls waits for nobody', async (stage) => {
  const { anna, ben } = await lounge(stage);
  const cleo = await stage.registers('cleo');
  const { id: channel_id } = await anna.rest.call('POST /users/@me/channels', {
    body: { recipients: [ben.id, cleo.id] },
  });
  const desk = await enters(stage, anna, `#/${channel_id}`);
  const phone = await enters(stage, ben, '', 'phone');
  await button(desk, 'Call').click();
  await phone.page.getByRole('alert').filter({ hasText: 'anna is calling in' }).waitFor();
  await cleo.rest.call('POST /channels/:channel_id/call/decline', { channel_id });
  await desk.page.getByText('cleo did not take the call.').waitFor();
  await button(phone, 'Accept').tap();
  await Promise.all([hears(desk), hears(phone)]);
});

voiceTest('a call that nobody takes ends by itself', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await stage.arrives();
  await desk.page.clock.install();
  await desk.signsIn(anna, `#/${channel.id}`);
  const other = await enters(stage, ben, '');
  await button(desk, 'Call').click();
  await button(other, 'Accept').waitFor();
  await desk.page.getByText('Ringing…').waitFor();
  await desk.page.clock.fastForward(45_000);
  await desk.page.getByText('Nobody answered.').waitFor();
  await button(other, 'Accept').waitFor({ state: 'detached' });
  await button(desk, 'Call').waitFor();
});

browserTest(
  'a call that rings while the line breaks rings after a new session, too',
  async (stage) => {
    const { anna, ben, channel } = await conversation(stage);
    const calls = { channel_id: channel.id };
    const phone = await stage.arrives('phone');
    await phone.page.clock.install();
    const line = await Line.of(phone.page);
    await phone.signsIn(ben);
    const ring = phone.page.getByRole('alert').filter({ hasText: 'anna is calling' });
    const begins = async (whileAway: () => Promise<unknown>) => {
      await line.cut();
      await whileAway();
      line.forgetSession();
      line.mend();
    };
    // It began while nobody heard it.
    await begins(() =>
      anna.rest.call('POST /channels/:channel_id/call/ring', { ...calls, body: {} }),
    );
    await ring.waitFor();
    // It goes on, and a window that is opened now shows it, too.
    await begins(async () => undefined);
    await phone.until('another session', async () => line.refused === 2);
    await phone.page.getByText('Connection lost').waitFor({ state: 'detached' });
    await ring.waitFor();
    await phone.page.reload();
    await ring.waitFor();
    // It ends by itself, a minute after it began.
    await phone.page.clock.fastForward(61_000);
    await ring.waitFor({ state: 'detached' });
  },
);

browserTest('a call that was given up while the line was broken does not ring', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const calls = { channel_id: channel.id };
  const desk = await stage.arrives();
  const line = await Line.of(desk.page);
  await desk.signsIn(ben);
  await anna.rest.call('POST /channels/:channel_id/call/ring', { ...calls, body: {} });
  const ring = desk.page.getByRole('alert').filter({ hasText: 'anna is calling' });
  await ring.waitFor();
  await line.cut();
  await anna.rest.call('POST /channels/:channel_id/call/cancel', calls);
  line.forgetSession();
  line.mend();
  await ring.waitFor({ state: 'detached' });
  expect(line.refused).toBe(1);
});

/** What a page tells its reader outside of itself: notifications that stand, and rings that sound. */
interface Told {
  readonly notices: string[];
  /** How many notifications there were. */
  ever: number;
  sounds: number;
}

/** Has the page believe that its window is behind another one, and notes what it tells. */
function stepsBehind(): void {
  const told: Told = { notices: [], ever: 0, sounds: 0 };
  Object.assign(globalThis, { told });
  document.hasFocus = () => false;
  class Noted extends EventTarget {
    static permission = 'granted';
    readonly title: string;
    constructor(title: string) {
      super();
      this.title = title;
      told.notices.push(title);
      told.ever += 1;
    }
    close(): void {
      told.notices.splice(told.notices.indexOf(this.title), 1);
    }
  }
  class Sound extends AudioContext {
    constructor() {
      super();
      told.sounds += 1;
    }
    override close(): Promise<void> {
      told.sounds -= 1;
      return super.close();
    }
  }
  Object.assign(globalThis, { Notification: Noted, AudioContext: Sound });
}

browserTest(
  'a call is only shown to whoever is busy, or has muted the conversation',
  async (stage) => {
    const { anna, ben, channel } = await conversation(stage);
    const calls = { channel_id: channel.id };
    const desk = await stage.arrives();
    await desk.context.addInitScript(stepsBehind);
    await desk.context.addInitScript(() => localStorage.setItem('accord:notices', 'on'));
    await desk.signsIn(ben);
    const ring = desk.page.getByRole('alert').filter({ hasText: 'anna is calling' });
    const told = () => desk.page.evaluate(() => (globalThis as unknown as { told: Told }).told);
    const isTold = (what: Told) =>
      desk.until(JSON.stringify(what), async () => Bun.deepEquals(await told(), what));
    const loud = (ever: number): Told => ({ notices: ['anna is calling'], ever, sounds: 1 });
    const silent = (ever: number): Told => ({ notices: [], ever, sounds: 0 });
    const chooses = async (status: string) => {
      await desk.page.locator('.me .person').click();
      await desk.page.getByRole('radio', { name: status }).check();
      await desk.page.keyboard.press('Escape');
    };

    await anna.rest.call('POST /channels/:channel_id/call/ring', { ...calls, body: {} });
    await ring.waitFor();
    await isTold(loud(1));
    await chooses('do not disturb');
    await isTold(silent(1));
    await ring.waitFor();
    await chooses('online');
    await isTold(loud(2));
    await ben.rest.call('PUT /channels/:channel_id/mute', calls);
    await isTold(silent(2));
    // A page that is opened now finds it ringing, and tells nothing until it may.
    await desk.page.reload();
    await ring.waitFor();
    await ben.rest.call('DELETE /channels/:channel_id/mute', calls);
    await isTold(loud(1));
    await button(desk, 'Decline').click();
    await isTold(silent(1));
  },
);
