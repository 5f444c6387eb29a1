// Many messages in a channel, written as rows while the server is down, and a reader who scrolls through them.
import { Database } from 'bun:sqlite';
import { firstSnowflakeAt } from '../../../src/lib/snowflake.ts';
import type { Resident } from './resident.ts';
import type { Meeting, Stage } from './stage.ts';
import type { Visitor } from './visitor.ts';

/** Texts of several heights, so that rows have to be measured. */
function textOf(n: number): string {
  if (n % 50 === 0) return Array.from({ length: 20 }, (_, line) => `Note ${n}, ${line}`).join('\n');
  if (n % 7 === 0) return `Note ${n}\nof\nseveral lines`;
  return `Note ${n}`;
}

/** Writes so many messages into a channel, half a second apart, and answers their ids, oldest first. */
export async function fills(
  stage: Stage,
  { space, general }: Meeting,
  authors: readonly Resident[],
  count: number,
): Promise<string[]> {
  await stage.server.end('SIGTERM');
  const begin_ms = Date.now() - (count + 1) * 500;
  const ids = Array.from({ length: count }, (_, n) => firstSnowflakeAt(begin_ms + n * 500));
  using database = new Database(stage.server.database);
  const insert = database.query(
    'INSERT INTO messages (n, channel_id, space_id, author_id, content) VALUES (?, ?, ?, ?, ?)',
  );
  database.transaction(() => {
    for (const [n, id] of ids.entries()) {
      const author = authors[Math.floor(n / 3) % authors.length]?.id ?? '';
      insert.run(BigInt(id), general.id, space.id, author, textOf(n));
    }
    database
      .query('UPDATE channels SET last_message_id = ? WHERE id = ?')
      .run(ids.at(-1) ?? null, general.id);
  })();
  await stage.server.start();
  return ids;
}

/** What came of scrolling through a feed. */
export interface Walk {
  /** Every message that was shown, in the order of the feed. */
  readonly ids: readonly string[];
  /** How far a row that was looked at has moved at most when a page came, in pixels. */
  readonly moved: number;
}

/** What the page has for the test. */
interface Watch {
  /** The most rows that it ever held. */
  most: number;
  /** Pages are asked for after this. */
  gate: Promise<void>;
}

/** Runs in the page, before its own code. */
function watches(): void {
  const watch: Watch = { most: 0, gate: Promise.resolve() };
  const ask = fetch;
  const asked = async (...given: Parameters<typeof fetch>) => {
    const [to] = given;
    const address = to instanceof Request ? to.url : to.toString();
    if (/\/messages\?/.test(address)) await watch.gate;
    return ask(...given);
  };
  Object.assign(globalThis, { watch, fetch: asked });
  const count = () => {
    const rows = document.querySelectorAll('main .message[data-id]').length;
    watch.most = Math.max(watch.most, rows);
  };
  new MutationObserver(count).observe(document, { childList: true, subtree: true });
}

/** Somebody signs in whose page notes how many rows it ever holds, after each change of it. */
export async function entersWatched(stage: Stage, who: Resident, at: string): Promise<Visitor> {
  const visitor = await stage.arrives();
  await visitor.context.addInitScript(watches);
  await visitor.signsIn(who, at);
  return visitor;
}

export const mostRows = ({ page }: Visitor): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { watch: Watch }).watch.most);

/** Scrolls on, page by page, until a message is shown at that end. */
export function walks({ page }: Visitor, way: 'back' | 'on', until: string): Promise<Walk> {
  return page.evaluate(
    async ({ way, until }) => {
      const box = document.querySelector<HTMLElement>('main .scroller');
      if (box === null) throw new Error('there is no feed');
      const { watch } = globalThis as unknown as { watch: Watch };
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const rows = () => [...box.querySelectorAll<HTMLElement>('.message[data-id]')];
      const ids = () => rows().map((row) => row.dataset['id'] ?? '');
      const edge = () => ids().at(way === 'back' ? 0 : -1);
      const top = (row: HTMLElement) => row.getBoundingClientRect().top;
      // Rows get their height when they come into view.
      const standing = async (row: HTMLElement) => {
        let last = Number.NaN;
        for (let still = 0; still < 3; still += 1) {
          if (top(row) !== last) still = 0;
          last = top(row);
          await frame();
        }
        return last;
      };
      const seen = new Set(ids());
      let moved = 0;
      for (let last = edge(); last !== until; last = edge()) {
        let open = () => {};
        watch.gate = new Promise((resolve) => (open = resolve));
        // By hand, and as in a browser nothing comes between a scroll and its event.
        box.dispatchEvent(new WheelEvent('wheel'));
        // Near enough for the next page to be asked for, and away from the edge.
        box.scrollTop = way === 'back' ? 300 : box.scrollHeight - box.clientHeight - 300;
        box.dispatchEvent(new Event('scroll'));
        await frame();
        const row = rows().find((one) => top(one) > top(box));
        if (row === undefined) throw new Error('no row is in view');
        const before = await standing(row);
        open();
        const patience = performance.now() + 20_000;
        while (edge() === last) {
          if (performance.now() > patience) throw new Error(`no page came after ${last}`);
          await frame();
        }
        const after = await standing(row);
        if (!row.isConnected) throw new Error('the row that is looked at is gone');
        moved = Math.max(moved, Math.abs(after - before));
        for (const id of ids()) seen.add(id);
      }
      const order = (a: string, b: string) => (BigInt(a) < BigInt(b) ? -1 : 1);
      return { ids: [...seen].toSorted(order), moved };
    },
    { way, until },
  );
}
