// A channel with thousands of messages: few rows are kept, none is lost, and what one looks at stands still.
import { expect } from 'bun:test';
import { entersWatched, fills, mostRows, walks } from './support/masses.ts';
import type { Resident } from './support/resident.ts';
import { browserTest } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';

const count = 5_000;
const maxRows = 300;

/** The ids of the rows that are shown, in their order. */
const shown = ({ page }: Visitor): Promise<string[]> =>
  page.locator('main .message').evaluateAll((rows) => rows.map((row) => row.dataset['id'] ?? ''));

/** Waits until a message is the last one that is shown, with nothing left to jump to. */
function isAtEnd(visitor: Visitor, id: string): Promise<void> {
  const button = visitor.page.getByRole('button', { name: 'Jump to the newest messages' });
  return visitor.until('the newest message', async () => {
    return (await shown(visitor)).at(-1) === id && (await button.count()) === 0;
  });
}

browserTest('5,000 messages are read back to the first and on to the last', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const meeting = await stage.meets(anna, ben);
  const ids = await fills(stage, meeting, [anna, ben], count);
  const [first = '', middle = '', last = ''] = [ids[0], ids[count / 2], ids.at(-1)];
  const desk = await entersWatched(stage, ben, `#/${meeting.general.id}`);
  await isAtEnd(desk, last);

  const back = await walks(desk, 'back', first);
  expect(back.ids).toEqual(ids);
  await desk.scrollsTo(desk.page.locator('.beginning'));
  await desk.page.getByText('This is the beginning of general').waitFor();
  const on = await walks(desk, 'on', last);
  expect(on.ids).toEqual(ids);
  expect(Math.max(back.moved, on.moved)).toBeLessThan(2);

  // From the middle back to the present.
  await desk.opens(`#/${meeting.general.id}/${middle}`);
  await desk.page.locator(`main .message[data-id="${middle}"]:focus`).waitFor();
  expect(await shown(desk)).not.toContain(last);
  await desk.page.getByRole('button', { name: 'Jump to the newest messages' }).click();
  await isAtEnd(desk, last);
  const now = await shown(desk);
  expect(now).toEqual(ids.slice(-now.length));
  expect(await mostRows(desk)).toBeLessThanOrEqual(maxRows);
});

/** Sends so many messages, many at a time, and answers all ids of the channel as the server has them. */
async function talks(who: Resident, channel: { id: string }, times: number): Promise<string[]> {
  let next = 0;
  const send = async () => {
    while (next < times) await who.says(channel, `Live ${(next += 1)}.`);
  };
  await Promise.all(Array.from({ length: 40 }, send));
  const ids: string[] = [];
  for (let after = '0'; ;) {
    const page = await who.rest.call('GET /channels/:channel_id/messages', {
      channel_id: channel.id,
      query: { after, limit: 100 },
    });
    ids.push(...page.map(({ id }) => id).toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
    if (page.length < 100) return ids;
    after = ids.at(-1) ?? after;
  }
}

browserTest(
  '5,000 live messages: none is lost or double, at the end and further up',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const cleo = await stage.registers('cleo');
    const meeting = await stage.meets(anna, ben, cleo);
    const old = await fills(stage, meeting, [anna, ben], 200);
    const at = `#/${meeting.general.id}`;
    const desk = await entersWatched(stage, ben, at);
    const reader = await entersWatched(stage, cleo, at);
    await isAtEnd(desk, old.at(-1) ?? '');
    await isAtEnd(reader, old.at(-1) ?? '');
    const row = reader.page.locator(`main .message[data-id="${old[170]}"]`);
    await reader.scrollsTo(row);
    await reader.page.getByRole('button', { name: 'Jump to the newest messages' }).waitFor();
    const top = async () => Math.round((await row.boundingBox())?.y ?? Number.NaN);
    const before = await top();

    const ids = await talks(anna, meeting.general, count);
    expect(ids.length).toBe(old.length + count);
    const last = ids.at(-1) ?? '';
    await isAtEnd(desk, last);
    const end = await shown(desk);
    // Pages of 50, from the oldest row on.
    const start = ids.length - end.length - 700;
    expect(end).toEqual(ids.slice(-end.length));
    expect(end.length).toBeGreaterThan(200);
    expect(await top()).toBe(before);
    const kept = await shown(reader);
    const from = ids.indexOf(kept[0] ?? '');
    expect(kept).toEqual(ids.slice(from, from + kept.length));

    const back = await walks(desk, 'back', ids[start] ?? '');
    expect(back.ids).toEqual(ids.slice(start));
    const on = await walks(reader, 'on', last);
    expect(on.ids).toEqual(ids.slice(from));
    expect(Math.max(back.moved, on.moved)).toBeLessThan(2);
    for (const visitor of [desk, reader])
      expect(await mostRows(visitor)).toBeLessThanOrEqual(maxRows);
  },
);

browserTest(
  'what is said while a page is on its way is not lost, however much it is',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const meeting = await stage.meets(anna, ben);
    const old = await fills(stage, meeting, [anna, ben], 140);
    const desk = await entersWatched(stage, ben, `#/${meeting.general.id}/${old[100]}`);
    await desk.page.locator(`main .message[data-id="${old[100]}"]:focus`).waitFor();
    const [from] = await shown(desk);
    // The last page is read, and comes late.
    const [read, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await desk.page.route(/\/messages\?.*after=/, async (route) => {
      const response = await route.fetch();
      read.resolve();
      await told.promise;
      await route.fulfill({ response });
    });
    await desk.scrollsTo(desk.messages().last());
    await read.promise;
    const ids = await talks(anna, meeting.general, 1_400);
    told.resolve();
    const on = await walks(desk, 'on', ids.at(-1) ?? '');
    expect(on.ids).toEqual(ids.slice(ids.indexOf(from ?? '')));
    expect(await mostRows(desk)).toBeLessThanOrEqual(maxRows);
  },
);

/**
 * A row above the view grows in the moment of a scroll; without one, the list below shrinks by as much. Answers
 * how far the rows in view went.
 */
const growsAbove = ({ page }: Visitor, scrolled_px: number | null): Promise<number> =>
  page.locator('main .scroller').evaluate(async (box, scrolled_px) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const rows = [...box.querySelectorAll<HTMLElement>('.message[data-id]')];
    const first = rows.findIndex((one) => one.getBoundingClientRect().top > 200);
    const [above, row, below] = [rows[first - 20], rows[first], rows[first + 20]];
    if (above === undefined || row === undefined || below === undefined)
      throw new Error('too few rows are there');
    const before = row.getBoundingClientRect().top;
    if (scrolled_px === null) {
      // The list stays as high as it was.
      below.style.marginBottom = '-90px';
    } else {
      box.dispatchEvent(new WheelEvent('wheel'));
      box.scrollTop -= scrolled_px;
    }
    above.style.minHeight = `${above.getBoundingClientRect().height + 90}px`;
    if (scrolled_px !== null) box.dispatchEvent(new Event('scroll'));
    for (let n = 0; n < 4; n += 1) await frame();
    return row.getBoundingClientRect().top - before;
  }, scrolled_px);

browserTest(
  'a row above the view that grows pushes nothing, whatever happens with it',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const meeting = await stage.meets(anna, ben);
    const ids = await fills(stage, meeting, [anna, ben], 200);
    const desk = await entersWatched(stage, ben, `#/${meeting.general.id}/${ids[150]}`);
    await desk.page.locator(`main .message[data-id="${ids[150]}"]:focus`).waitFor();
    for (const scrolled_px of [null, 0, 40, -40]) {
      const moved = await growsAbove(desk, scrolled_px);
      expect(Math.abs(moved - (scrolled_px ?? 0))).toBeLessThan(2);
    }
  },
);
