// The line of what is new stays while one reads, and what is sent twice by haste is said once.
import { expect } from 'bun:test';
import { browserTest } from './support/stage.ts';

browserTest(
  'the line of what is new stays while one reads, and goes with the next visit',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { space, general } = await stage.meets(anna, ben);
    const other = await anna.rest.call('POST /spaces/:space_id/channels', {
      space_id: space.id,
      body: { name: 'plans', type: 'text' },
    });
    const read = await anna.says(general, 'Read before');
    await ben.rest.call('POST /channels/:channel_id/ack', {
      channel_id: general.id,
      body: { message_id: read.id },
    });
    const first = await anna.says(general, 'The first that is new');
    const desk = await stage.enters(ben);
    const below = desk.page.locator('main .rule.new + .message');
    await below.waitFor();
    expect(await below.getAttribute('data-id')).toBe(first.id);

    // What comes, what one says and what is read leave it where it is.
    await anna.says(general, 'Another one');
    await desk.reads('Another one');
    await desk.writes('My answer');
    await desk.reads('My answer');
    const channels = desk.page.locator('.channels');
    await channels.getByLabel('unread').waitFor({ state: 'detached' });
    expect(await below.getAttribute('data-id')).toBe(first.id);

    await desk.opens(`#/${other.id}`);
    await desk.page.getByText('This is the beginning of plans').waitFor();
    await desk.opens(`#/${general.id}`);
    await desk.reads('My answer');
    expect(await desk.page.locator('.rule.new').count()).toBe(0);
  },
);

browserTest('whoever presses twice, holds Enter or clicks as well says it once', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const desk = await stage.enters(anna);
  const said: string[] = [];
  const says = async (text: string, press: () => Promise<unknown>) => {
    await desk.field.fill(text);
    await press();
    await desk.reads(text);
    said.push(text);
  };
  /** Within one task, so that the page can show nothing in between. */
  const atOnce = (what: readonly string[]) =>
    desk.page.evaluate((what) => {
      const field = document.querySelector<HTMLElement>('main .composer textarea');
      const button = document.querySelector<HTMLElement>('main .composer .send');
      const key = { key: 'Enter', bubbles: true, cancelable: true };
      for (const one of what) {
        if (one === 'click') button?.click();
        else field?.dispatchEvent(new KeyboardEvent('keydown', { ...key, repeat: one === 'held' }));
      }
    }, what);
  await says('Pressed twice', () => atOnce(['enter', 'enter']));
  await says('Held', () => atOnce(['enter', 'held', 'held', 'held']));
  await says('Pressed and clicked', () => atOnce(['enter', 'click']));
  await says('Clicked twice', () => atOnce(['click', 'click']));
  await says('Clicked and pressed', () => atOnce(['click', 'enter']));
  // In the order of sending, each is there when the next one is.
  await says('The last one', () => desk.field.press('Enter'));
  const all = await ben.rest.call('GET /channels/:channel_id/messages', {
    channel_id: general.id,
    query: { limit: 100, after: '0' },
  });
  expect(all.map(({ content }) => content).toSorted()).toEqual(said.toSorted());
});
