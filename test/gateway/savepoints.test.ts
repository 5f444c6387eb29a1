// Turns that their batch may run again: without savepoints, undone together.
import { expect, spyOn, test } from 'bun:test';
import type { Patience } from '../../src/app.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { features } from '../../src/features.ts';
import { cacheName } from '../../src/lib/row-cache.ts';
import { repeatable } from '../../src/turn-queue.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { failingNote, note, openWriter } from '../support/turns.ts';
import { world } from '../support/world.ts';

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: Error) => `refused: ${error.message}`,
  );

/** A writer over a clock of its own, that notes the statements around turns. */
function openWatched() {
  const clock = { now_ms: 0 };
  const all = openWriter([], () => clock.now_ms);
  const queries = spyOn(all.db.sqlite, 'query');
  return {
    ...all,
    clock,
    /** The statements around turns since it was last asked. */
    statements(): string[] {
      const texts = queries.mock.calls.map(([text]) => text);
      queries.mockClear();
      return texts.filter((text) => /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT)/.test(text));
    },
    [Symbol.dispose]: () => all[Symbol.dispose](),
  };
}

test('turns that may run again need no savepoint, up to the first one that may not', async () => {
  using all = openWatched();
  const { writer } = all;
  const turns = ['a', 'b'].map((text) => writer.write(note(text), repeatable));
  await Promise.all([...turns, writer.write(note('c')), writer.write(note('d'), repeatable)]);
  const saved = ['SAVEPOINT turn', 'SAVEPOINT turn'];
  expect(all.statements()).toEqual(['BEGIN IMMEDIATE', ...saved, 'COMMIT']);
});

test('a turn that is refused before it has written needs none either', async () => {
  using all = openWatched();
  const { writer } = all;
  const refuses = () => {
    throw new Error('forbidden');
  };
  const outcomes = await Promise.all(
    [note('a'), refuses, note('b')].map((turn) => outcomeOf(writer.write(turn, repeatable))),
  );
  expect(outcomes).toEqual(['a', 'refused: forbidden', 'b']);
  expect(all.statements()).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  expect(all.told()).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
});

test('a turn that fails after it has written undoes its batch, and the others run again', async () => {
  using all = openWatched();
  const { writer } = all;
  const done: string[] = [];
  const kept = (text: string) =>
    writer.write((turn) => {
      turn.afterwards(() => void done.push(text));
      return note(text)(turn);
    }, repeatable);
  const outcomes = await Promise.all([
    kept('a'),
    outcomeOf(writer.write(failingNote('b'), repeatable)),
    kept('c'),
    outcomeOf(writer.write(failingNote('d'), repeatable)),
  ]);
  expect(outcomes).toEqual(['a', 'refused: no b', 'c', 'refused: no d']);
  expect(all.notes()).toEqual(['a', 'c']);
  expect(all.told()).toEqual([
    [1, 'a'],
    [2, 'c'],
  ]);
  expect(done).toEqual(['a', 'c']);
  expect([writer.seq(), newestKept(all.db)]).toEqual([2, 2]);
  expect(all.logged).toEqual([]);
});

test('who makes batches fail does so once in a while only: until then each turn has a savepoint', async () => {
  using all = openWatched();
  const { writer, clock } = all;
  const begun = async () => {
    const fails = outcomeOf(writer.write(failingNote('no'), repeatable));
    await Promise.all([writer.write(note('yes'), repeatable), fails]);
    return all.statements().filter((text) => text === 'BEGIN IMMEDIATE').length;
  };
  expect([await begun(), await begun(), await begun()]).toEqual([2, 1, 1]);
  clock.now_ms += 999;
  expect(await begun()).toBe(1);
  clock.now_ms += 1;
  expect([await begun(), await begun()]).toEqual([2, 1]);
  expect(all.notes()).toHaveLength(6);
});

test('a turn that has undone its batch is passed, however long it takes until it runs again', async () => {
  let now_ms = 0;
  let runs = 0;
  using all = openWriter([], () => (now_ms += 5_000));
  const turn = failingNote('no');
  const outcome = outcomeOf(
    all.writer.write((given) => {
      runs += 1;
      return turn(given);
    }, repeatable),
  );
  expect(await outcome).toBe('refused: no no');
  expect(runs).toBe(2);
});

test('nothing stays in memory of what turns have read that were undone', async () => {
  const name = cacheName<string>(10);
  using all = openWriter();
  const { writer } = all;
  let runs = 0;
  const reads = writer.write((turn) => {
    note(`run ${(runs += 1)}`)(turn);
    return turn.app.cache.table(name).get('newest', () => all.notes().at(-1) ?? '');
  }, repeatable);
  const fails = writer.write(failingNote('no'), repeatable);
  expect([await reads, await outcomeOf(fails)]).toEqual(['run 2', 'refused: no no']);
});

test('where a turn fails that may not run again, those before it run once', async () => {
  using all = openWriter();
  const { writer } = all;
  let runs = 0;
  const once = writer.write((turn) => {
    runs += 1;
    return note('once')(turn);
  });
  const others = [failingNote('no'), note('yes')].map((turn) =>
    outcomeOf(writer.write(turn, repeatable)),
  );
  expect(await Promise.all([once, ...others])).toEqual(['once', 'refused: no no', 'yes']);
  expect([runs, ...all.notes()]).toEqual([1, 'once', 'yes']);
});

test('a turn that may run again and meets a damaged page fails alone, with half of what it wrote', async () => {
  using all = openWriter();
  const { writer } = all;
  const damaged = () => {
    throw Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
  };
  let runs = 0;
  const counted = () => {
    runs += 1;
    return damaged();
  };
  const outcomes = await Promise.all(
    [note('a'), counted, note('b')].map((turn) => outcomeOf(writer.write(turn, repeatable))),
  );
  expect(outcomes).toEqual(['a', 'refused: database disk image is malformed', 'b']);
  // The first time nobody knows what it has left behind.
  expect(runs).toBe(2);
  expect(all.notes()).toEqual(['a', 'b']);
});

test('a writer that closes runs again what a failing turn has undone', async () => {
  using all = openWriter();
  const waiting = [note('a'), failingNote('b'), note('c')].map((turn) =>
    outcomeOf(all.writer.write(turn, repeatable)),
  );
  all.writer.close();
  expect(all.notes()).toEqual(['a', 'c']);
  expect(await Promise.all(waiting)).toEqual(['a', 'refused: no b', 'c']);
});

/** Has each batch of a turn that may run again undone once: a turn that fails comes right behind it. */
function undoingOnce({ app }: TestServer, clock: FakeClock): { undone: number } {
  const count = { undone: 0 };
  const write = app.write.bind(app);
  app.write = ((turn: never, patience?: Patience) => {
    const answer = write(turn, patience);
    if (patience?.repeatable !== true) return answer;
    const failing = write(({ tx }) => {
      tx.sqlite.run('UPDATE event_log SET pruned_seq = pruned_seq');
      count.undone += 1;
      throw new Error('no');
    }, patience);
    return failing.catch(() => clock.pass(1_000)).then(() => answer);
  }) as typeof app.write;
  return count;
}

test('what endpoints do that may run again is done and told once, after a batch that was undone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const bobs = await bob.listens();
  const first = await owner.says(general, 'first');
  await bobs.unread();
  const count = undoingOnce(server, clock);
  const messages = `/channels/${general.id}/messages`;
  const reaction = `${messages}/${first.id}/reactions/%F0%9F%91%8D/@me`;
  const calls = {
    createMessage: ['POST', messages, { content: 'again', nonce: 'once' }, 'message.create'],
    updateMessage: ['PATCH', `${messages}/${first.id}`, { content: 'edited' }, 'message.update'],
    addReaction: ['PUT', reaction, undefined, 'reaction.add'],
    removeOwnReaction: ['DELETE', reaction, undefined, 'reaction.remove'],
    startTyping: ['POST', `/channels/${general.id}/typing`, {}, 'typing.start'],
    acknowledge: ['POST', `/channels/${general.id}/ack`, { message_id: first.id }, null],
  } as const;
  const names = features
    .flatMap(({ endpoints }) => endpoints)
    .flatMap((one) => (one.repeatable ? [one.name] : []));
  expect(new Set(names)).toEqual(new Set(Object.keys(calls)));
  for (const [name, [method, path, body, told]] of Object.entries(calls)) {
    const before = count.undone;
    const { status } = await owner.call(method, path, body);
    expect([name, status]).toEqual([name, 200]);
    // Once in the batch that was undone, and once more under a savepoint.
    expect([name, count.undone - before]).toEqual([name, 2]);
    if (told === null) await bobs.hearsNothing();
    else await bobs.hearsExactly(told);
  }
  const page = await bob.does('GET', messages);
  expect(page.map(({ content }: { content: string }) => content)).toEqual(['again', 'edited']);
});
