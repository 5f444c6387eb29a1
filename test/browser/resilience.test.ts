// Whatever happens to the server and the line: nothing is lost, nothing is double, and what one reads stays where it is.
import { expect } from 'bun:test';
import { Line } from './support/line.ts';
import type { Resident } from './support/resident.ts';
import { browserTest, type Meeting, type Stage } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

interface Scene extends Meeting {
  readonly anna: Resident;
  readonly ben: Resident;
}

/** Anna and ben, with a channel in which `count` messages stand. */
async function scene(stage: Stage, count: number): Promise<Scene> {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const meeting = await stage.meets(anna, ben);
  for (let n = 1; n <= count; n += 1) {
    const lines = n % 7 === 0 ? '\nof\nseveral lines' : '';
    await (n % 3 === 0 ? ben : anna).says(meeting.general, `m${n}${lines}`);
  }
  return { anna, ben, ...meeting };
}

/** The numbers of the messages that are shown, in their order; those on their way as well. */
async function shown({ page }: Visitor): Promise<number[]> {
  const texts = await page.locator('main .message .body').allTextContents();
  return texts.flatMap((text) => [...text.matchAll(/m(\d+)/g)].map(([, n]) => Number(n)));
}

/** The numbers of the newest messages on the server. */
async function stored({ anna, general }: Scene): Promise<number[]> {
  const input = { channel_id: general.id, query: { limit: 100 } };
  const messages = await anna.rest.call('GET /channels/:channel_id/messages', input);
  return messages
    .map(({ content }) => Number(/^m(\d+)/.exec(content)?.[1]))
    .toSorted((a, b) => a - b);
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Waits until exactly these are shown at the end, and none of them is on its way. */
async function endsWith(visitor: Visitor, from: number, to: number): Promise<void> {
  const wanted = numbers(from, to).join();
  const isPending = () => visitor.page.locator('main .pending').count();
  const isSo = async () =>
    (await isPending()) === 0 && (await shown(visitor)).slice(from - to - 1).join() === wanted;
  await visitor.until(`messages ${from} to ${to}`, isSo).catch(async (error: unknown) => {
    throw new Error(`shown are ${(await shown(visitor)).join()}`, { cause: error });
  });
}

/** Scrolls back to a message and returns how far below the top of the window it stands. */
async function readsBack(visitor: Visitor, n: number): Promise<() => Promise<number>> {
  const row = visitor.messages(new RegExp(`m${n}(?!\\d)`));
  await visitor.scrollsTo(row);
  const top = async () => Math.round((await row.boundingBox())?.y ?? Number.NaN);
  let before = Number.NaN;
  await visitor.until('the page to stand still', async () => {
    const last = before;
    before = await top();
    await Bun.sleep(200);
    return before === last && (await top()) === before;
  });
  return top;
}

/** What a browser says of a server or an answer that is not there. */
const gone = /net::ERR_|WebSocket connection to/;

browserTest(
  'a server that is killed and started again loses and doubles nothing',
  async (stage) => {
    const here = await scene(stage, 80);
    const [desk, phone] = [await stage.enters(here.anna), await stage.enters(here.ben, 'phone')];
    for (const visitor of [desk, phone]) visitor.complaints.expect(gone);
    const top = await readsBack(desk, 60);
    const before = await top();
    await stage.server.end('SIGKILL');
    await phone.writes('m81');
    await phone.page.locator('main .pending').waitFor();
    await desk.page.getByText('Connection lost').waitFor();
    await stage.server.start();
    await endsWith(phone, 32, 81);
    await phone.writes('m82');
    await here.anna.says(here.general, 'm83');
    await endsWith(phone, 33, 83);
    await desk.reads('m83');
    expect(await top()).toBe(before);
    const all = await shown(desk);
    expect(all).toEqual(numbers(all[0] ?? 0, 83));
    expect(await stored(here)).toEqual(numbers(1, 83));
  },
);

browserTest(
  'a session that is not known any more shows what was missed, edited and deleted',
  async (stage) => {
    const here = await scene(stage, 80);
    const { anna, ben, general } = here;
    const desk = await stage.arrives();
    const line = await Line.of(desk.page);
    await desk.signsIn(anna, `#/${general.id}`);
    const top = await readsBack(desk, 60);
    const before = await top();
    await line.cut();
    const channel_id = general.id;
    const { id: message_id } = await ben.says(general, 'm81');
    const last = await ben.says(general, 'not for long');
    await ben.says(general, 'm82');
    await ben.rest.call('PATCH /channels/:channel_id/messages/:message_id', {
      channel_id,
      message_id,
      body: { content: 'm81 in other words' },
    });
    await ben.rest.call('DELETE /channels/:channel_id/messages/:message_id', {
      channel_id,
      message_id: last.id,
    });
    const [first] = await anna.rest
      .call('GET /channels/:channel_id/messages', {
        channel_id,
        query: { limit: 100 },
      })
      .then((all) => all.filter(({ content }) => content === 'm71'));
    await anna.rest.call('DELETE /channels/:channel_id/messages/:message_id', {
      channel_id,
      message_id: first?.id ?? '',
    });
    line.forgetSession();
    line.mend();
    await desk.reads('m81 in other words');
    await endsWith(desk, 72, 82);
    expect(line.refused).toBe(1);
    expect(await top()).toBe(before);
    const all = await shown(desk);
    expect(all).toEqual(numbers(all[0] ?? 0, 82).filter((n) => n !== 71));
  },
);

browserTest('an answer that is lost does not send a message twice', async (stage) => {
  const here = await scene(stage, 3);
  const desk = await stage.arrives();
  desk.complaints.expect(gone);
  const line = await Line.of(desk.page);
  await desk.signsIn(here.anna, `#/${here.general.id}`);
  let lost = 0;
  await desk.page.route(/\/messages$/, async (route) => {
    if (route.request().method() !== 'POST' || lost === 2) return route.continue();
    lost += 1;
    // The server does it, and nobody hears that it did.
    await route.fetch();
    return route.abort('connectionreset');
  });
  // The event tells of it, though the answer does not.
  await desk.writes('m4');
  await endsWith(desk, 1, 4);
  // Neither the event nor the answer: nobody has noticed yet that the line is dead.
  line.fallAsleep();
  await desk.writes('m5');
  await desk.page.locator('main .pending').getByText('Waiting').waitFor();
  expect(await stored(here)).toEqual(numbers(1, 5));
  await desk.page.evaluate(() => dispatchEvent(new Event('online')));
  await endsWith(desk, 1, 5);
  await desk.writes('m6');
  await endsWith(desk, 1, 6);
  expect(await stored(here)).toEqual(numbers(1, 6));
  expect(lost).toBe(2);
});

browserTest('a device that slept shows what was missed as soon as it wakes up', async (stage) => {
  const here = await scene(stage, 60);
  const phone = await stage.arrives('phone');
  const line = await Line.of(phone.page);
  await phone.signsIn(here.ben, `#/${here.general.id}`);
  await endsWith(phone, 11, 60);
  line.fallAsleep();
  for (const n of numbers(61, 64)) await here.anna.says(here.general, `m${n}`);
  await phone.page.evaluate(() => dispatchEvent(new Event('online')));
  await endsWith(phone, 15, 64);
  expect(await stored(here)).toEqual(numbers(1, 64));
});

browserTest(
  'what is written while the server is killed twice arrives once, and in order',
  async (stage) => {
    const here = await scene(stage, 2);
    const desk = await stage.enters(here.anna);
    desk.complaints.expect(gone);
    await endsWith(desk, 1, 2);
    for (const n of numbers(3, 30)) {
      await desk.writes(`m${n}`);
      if (n % 12 === 0) await stage.server.end('SIGKILL');
      if (n % 12 === 6 && n > 12) await stage.server.start();
    }
    await endsWith(desk, 1, 30);
    expect(await stored(here)).toEqual(numbers(1, 30));
  },
);
