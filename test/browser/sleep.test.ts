// Devices that sleep, and networks that go: the page notices at once, and goes on without losing anything.
import { expect } from 'bun:test';
import { Line } from './support/line.ts';
import { browserTest, type Stage } from './support/stage.ts';

/** Anna and ben, who have said something, and a browser for anna that is not open yet. */
async function scene(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  await ben.says(general, 'Good evening');
  const desk = await stage.arrives();
  const texts = async () => {
    const found = await anna.rest.call('GET /channels/:channel_id/messages', {
      channel_id: general.id,
      query: {},
    });
    return found.map(({ content }) => content).toReversed();
  };
  return { anna, ben, general, desk, texts };
}

browserTest('a lid that is closed and opened again, of which no event tells', async (stage) => {
  const { anna, ben, general, desk, texts } = await scene(stage);
  await desk.page.clock.install();
  const line = await Line.of(desk.page);
  await desk.signsIn(anna, `#/${general.id}`);
  await desk.reads('Good evening');
  line.fallAsleep();
  await ben.says(general, 'While you slept');
  // The clock goes on, and timers run once at the most.
  await desk.page.clock.fastForward(8 * 3_600_000);
  await desk.reads('While you slept');
  await desk.writes('Good morning');
  await desk.reads('Good morning');
  expect(await texts()).toEqual(['Good evening', 'While you slept', 'Good morning']);
  expect(line.refused).toBe(0);
});

browserTest('whatever tells that the page is back, the line is asked at once', async (stage) => {
  const { anna, ben, general, desk } = await scene(stage);
  const line = await Line.of(desk.page);
  await desk.signsIn(anna, `#/${general.id}`);
  await desk.reads('Good evening');
  await desk.field.fill('A draft');
  // Chromium without a screen hides and freezes no page, so that its events have to do.
  for (const type of ['resume', 'visibilitychange', 'pageshow', 'online', 'offline']) {
    line.fallAsleep();
    await ben.says(general, `Before ${type}`);
    await desk.page.evaluate((name) => {
      const isOfDocument = name === 'resume' || name === 'visibilitychange';
      (isOfDocument ? document : globalThis).dispatchEvent(new Event(name));
    }, type);
    await desk.reads(`Before ${type}`);
  }
  expect(await desk.messages('Before').count()).toBe(5);
  expect(await desk.field.inputValue()).toBe('A draft');
  expect(line.refused).toBe(0);
});

browserTest(
  'without a network the page says so at once, and keeps what is written',
  async (stage) => {
    const { anna, ben, general, desk, texts } = await scene(stage);
    desk.complaints.expect(/net::ERR_|WebSocket connection to/);
    await desk.signsIn(anna, `#/${general.id}`);
    await desk.reads('Good evening');
    await desk.context.setOffline(true);
    await desk.page.getByText('Connection lost').waitFor();
    await desk.writes('From the train');
    await desk.page.locator('main .pending').getByText('Waiting').waitFor();
    await ben.says(general, 'Are you there?');
    await desk.context.setOffline(false);
    await desk.reads('Are you there?');
    await desk.reads('From the train');
    await desk.page.getByText('Connection lost').waitFor({ state: 'detached' });
    expect(await texts()).toEqual(['Good evening', 'Are you there?', 'From the train']);
    expect(await desk.messages('From the train').count()).toBe(1);
  },
);
