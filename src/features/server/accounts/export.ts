// Gathers what an account holds, a slice at a time, so that nobody waits for it.
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { WrittenData } from '../../../http/endpoint.ts';
import { pickOf } from '../../../lib/pick.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { relationsOf } from '../../people/relationships/queries.ts';
import { knownUser } from '../../people/users/actions.ts';
import { ownUser } from '../../people/users/view.ts';
import { time } from '../../shapes.ts';
import { spacesOfMember } from '../../spaces/spaces/queries.ts';
import { endOfTime } from '../../talk/messages/hidden.ts';
import { writtenAt } from '../../talk/messages/queries.ts';
import { countSome, newestIn, spacesWrittenIn, textsOf, type Home, type Range } from './queries.ts';
import { ExportedMessage } from './schema.ts';

/** At most so many messages, with so much text. */
const max = { messages: 10_000, text_bytes: 8 * 1024 * 1024 };
/** What one slice counts, looks for and reads. */
const slice = { counted: 5_000, found: 1_000, read: 100 };

/** Runs a slice when it is the account's turn. */
type Run = <T>(read: () => T) => Promise<T>;

/** Returns the export of an account, written as JSON. */
export async function exportOf(
  app: App,
  user_id: string,
  signal: AbortSignal,
): Promise<WrittenData> {
  const run: Run = (read) =>
    app.pace.run(user_id, () => {
      // The client is gone: nobody would read it.
      if (signal.aborted) throw new ApiError('invalid_request', 'The connection has ended.');
      return read();
    });
  const homes = await homesOf(app, user_id, run);
  const message_count = await countAll(app, user_id, homes, run);
  const ids = await newestOf(app, user_id, homes, run);
  const { messages, isCut } = await writtenOf(app, ids, run);
  const { head, tail } = await run(() => frameOf(app, user_id));
  const rest = {
    message_count,
    ...((isCut || message_count > max.messages) && { truncated: true as const }),
    ...tail,
  };
  const list = messages.flatMap((text, at) => (at === 0 ? [text] : [',', text]));
  return new WrittenData([
    `${JSON.stringify(head).slice(0, -1)},"messages":[`,
    ...list,
    `],${JSON.stringify(rest).slice(1)}`,
  ]);
}

/** What stands before the messages, and after them. */
function frameOf(app: App, user_id: string) {
  const { db, clock } = app;
  const relationships = relationsOf(db, user_id).map(({ target_id, type, since }) => ({
    user_id,
    target_id,
    type,
    created_at: time(since),
  }));
  const head = {
    export_date: time(clock.now()),
    user: ownUser(knownUser({ tx: db }, user_id)),
    spaces: spacesOfMember(db, user_id).map(({ id, name }) => ({ id, name })),
  };
  return { head, tail: { relationships } };
}

async function homesOf({ db }: App, user_id: string, run: Run): Promise<Home[]> {
  const homes: Home[] = [null];
  for (let after: string | undefined = ''; after !== undefined;) {
    const from: string = after;
    const some = await run(() => spacesWrittenIn(db, user_id, from));
    homes.push(...some);
    after = some.at(-1);
  }
  return homes;
}

async function countAll({ db }: App, user_id: string, homes: readonly Home[], run: Run) {
  let sum = 0;
  for (const home of homes) {
    for (let [after, isOver] = ['0', false]; !isOver;) {
      const from = after;
      const part = { after: from, limit: slice.counted };
      const { count, last } = await run(() => countSome(db, user_id, home, part));
      sum += count;
      after = last;
      isOver = count < slice.counted;
    }
  }
  return sum;
}

const newestFirst = (one: string, other: string) => compareSnowflakes(other, one);

/** Returns the ids of the account's newest messages of all homes, the newest first. */
async function newestOf({ db }: App, user_id: string, homes: readonly Home[], run: Run) {
  let ids: string[] = [];
  /** What is below it is not among the newest. */
  let floor = '0';
  const settle = () => {
    ids = ids.toSorted(newestFirst).slice(0, max.messages);
    if (ids.length === max.messages) floor = ids.at(-1) ?? floor;
  };
  for (const home of homes) {
    for (let below: string | undefined = endOfTime; below !== undefined;) {
      const range: Range = { above: floor, below, limit: slice.found };
      const some: string[] = await run(() => newestIn(db, user_id, home, range));
      ids.push(...some);
      if (ids.length >= 2 * max.messages) await run(settle);
      below = some.length < slice.found ? undefined : some.at(-1);
    }
  }
  await run(settle);
  return ids;
}

const pick = pickOf(ExportedMessage);

/** Writes the messages, the oldest of them first; `isCut`: the text of some was too much. */
async function writtenOf({ db }: App, ids: readonly string[], run: Run) {
  const messages: string[] = [];
  let left_bytes = max.text_bytes;
  for (let at = 0; at < ids.length && left_bytes >= 0; at += slice.read) {
    const rows = await run(() => textsOf(db, ids.slice(at, at + slice.read)));
    for (const row of rows) {
      left_bytes -= Buffer.byteLength(row.content);
      if (left_bytes < 0) break;
      messages.push(JSON.stringify(pick({ ...row, created_at: time(writtenAt(row)) })));
    }
  }
  return { messages: messages.toReversed(), isCut: left_bytes < 0 };
}
