import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { z } from 'zod';
import { event, nobody, signal } from '../../src/events/event.ts';
import { newestKept } from '../../src/events/numbers.ts';
import { consequence } from '../../src/consequence.ts';
import { failingNote, note, noted, openWriter } from '../support/turns.ts';

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: Error) => `refused: ${error.message}`,
  );

test('turns that wait together form one transaction', async () => {
  using all = openWriter([], () => 0);
  const other = new Database(all.path, { readonly: true });
  const seenByOthers: unknown[] = [];
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      all.writer.write((turn) => {
        note(`${n}`)(turn);
        seenByOthers.push(other.query('SELECT count(*) AS n FROM notes').get());
      }),
    ),
  );
  expect(seenByOthers).toEqual(Array.from({ length: 100 }, () => ({ n: 0 })));
  expect(other.query('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 100 });
  other.close();
});

test('a batch is bounded by turns, by what they tell, and by their time', async () => {
  let now_ms = 0;
  using all = openWriter([], () => now_ms);
  const other = new Database(all.path, { readonly: true });
  const kept = () => other.query<{ n: number }, []>('SELECT count(*) AS n FROM notes').get()?.n;
  const before: (number | undefined)[] = [];
  const turns = (count: number, text: string) =>
    Promise.all(
      Array.from({ length: count }, () =>
        all.writer.write((turn) => {
          before.push(kept());
          note(text)(turn);
        }),
      ),
    );
  await turns(300, 'x');
  expect([before[255], before[256]]).toEqual([0, 256]);
  before.length = 0;
  await turns(10, 'y'.repeat(60_000));
  expect(before.map((n) => (n ?? 0) - 300)).toEqual([0, 0, 0, 0, 0, 5, 5, 5, 5, 5]);
  before.length = 0;
  const long = () =>
    all.writer.write((turn) => {
      before.push(kept());
      note('z')(turn);
      now_ms += 6;
    });
  await Promise.all([long(), long(), long(), long(), long()]);
  expect(before.map((n) => (n ?? 0) - 310)).toEqual([0, 0, 2, 2, 4]);
  other.close();
});

test('a turn that refuses leaves no trace and does not touch its neighbours', async () => {
  using all = openWriter();
  const { writer } = all;
  const outcomes = await Promise.all(
    [note('a'), failingNote('b'), note('c')].map((turn) => outcomeOf(writer.write(turn))),
  );
  expect(outcomes).toEqual(['a', 'refused: no b', 'c']);
  expect(all.notes()).toEqual(['a', 'c']);
  expect(all.told()).toEqual([
    [1, 'a'],
    [2, 'c'],
  ]);
});

test('numbers of turns that were undone are no numbers: a restart goes on where this one was', async () => {
  using all = openWriter();
  const { writer, db } = all;
  await writer.write(note('a'));
  await outcomeOf(writer.write(failingNote('b')));
  expect(writer.seq()).toBe(1);
  expect(newestKept(db)).toBe(1);
  // A number without an event counts as well.
  await writer.write((turn) => void turn.nextSeq());
  expect([writer.seq(), newestKept(db)]).toEqual([2, 2]);
  await writer.write(note('c'));
  expect(all.told().at(-1)).toEqual([3, 'c']);
});

test('what follows from an event is in the same transaction; when it fails, nothing happened', async () => {
  const follows = consequence(noted, (turn, { text }) => {
    if (text.startsWith('after')) return;
    note(`after ${text}`)(turn);
    if (text === 'bad') throw new Error('it cannot follow');
  });
  using all = openWriter([follows]);
  const { writer } = all;
  const outcomes = await Promise.all(
    [note('good'), note('bad'), note('fine')].map((turn) => outcomeOf(writer.write(turn))),
  );
  expect(outcomes).toEqual(['good', 'refused: it cannot follow', 'fine']);
  expect(all.notes()).toEqual(['good', 'after good', 'fine', 'after fine']);
});

test('consequences of consequences end somewhere', async () => {
  const again = consequence(noted, (turn, { text }) => note(`${text}!`)(turn));
  using all = openWriter([again]);
  expect(await outcomeOf(all.writer.write(note('x')))).toMatch(/too deep consequences/);
  expect(all.notes()).toEqual([]);
});

/** What an action says that is to be followed before it goes on. */
const begun = signal('test.begun', z.object({ text: z.string() }), { at_once: true });

test('what is followed at once has its consequences before the action goes on, and once', async () => {
  const first = consequence(begun, (turn, { text }) => void note(`${text}, first`)(turn));
  const second = consequence(begun, (turn, { text }) => void note(`${text}, second`)(turn));
  const later = consequence(noted, (turn, { text }) => {
    if (!text.startsWith('later')) note(`later: ${text}`)(turn);
  });
  using all = openWriter([first, later, second]);
  await all.writer.write((turn) => {
    note('begins')(turn);
    turn.tell(begun, nobody, { text: 'begun' });
    note('ends')(turn);
  });
  const inOrder = ['begins', 'begun, first', 'begun, second', 'ends'];
  const told = [...inOrder, ...inOrder.map((text) => `later: ${text}`)];
  expect(all.notes()).toEqual(told);
  expect(all.told().map(([, text]) => text)).toEqual(told);
});

test('what is followed at once may lead to more of it, and ends somewhere', async () => {
  const again = consequence(begun, (turn, { text }) => {
    note(text)(turn);
    if (text.length < 3 || text.startsWith('y')) turn.tell(begun, nobody, { text: `${text}!` });
  });
  using all = openWriter([again]);
  const begins = (text: string) =>
    outcomeOf(
      all.writer.write((turn) => {
        turn.tell(begun, nobody, { text });
        turn.tell(begun, nobody, { text: `${text}?!` });
        return 'done';
      }),
    );
  expect(await begins('x')).toBe('done');
  expect(all.notes()).toEqual(['x', 'x!', 'x!!', 'x?!']);
  expect(await begins('y')).toMatch(/too deep consequences/);
  expect(all.notes()).toHaveLength(4);
});

test('when what is followed at once fails, nothing happened', async () => {
  const fails = consequence(begun, () => {
    throw new Error('it cannot follow');
  });
  using all = openWriter([fails]);
  const turn = all.writer.write((given) => {
    note('begins')(given);
    given.tell(begun, nobody, { text: 'x' });
  });
  expect(await outcomeOf(turn)).toBe('refused: it cannot follow');
  expect([all.notes(), all.told()]).toEqual([[], []]);
});

test('a turn that is async is refused, and cannot do anything later', async () => {
  using all = openWriter();
  const late = Promise.withResolvers<unknown>();
  const turn = async (given: any) => {
    note('early')(given);
    await Promise.resolve();
    try {
      given.tell(noted, { user_ids: ['1'] }, { text: 'late' });
      late.resolve('told');
    } catch (error) {
      late.resolve(String(error));
    }
  };
  expect(await outcomeOf(all.writer.write(turn as never))).toMatch(/must not be async/);
  expect(await late.promise).toMatch(/this turn is over/);
  expect(all.notes()).toEqual([]);
  expect(all.told()).toEqual([]);
});

test('an event that is larger than a frame is refused, and the turn with it', async () => {
  using all = openWriter();
  const { writer } = all;
  expect(await outcomeOf(writer.write(note('x'.repeat(70_000))))).toMatch(/larger than a frame/);
  expect(await outcomeOf(writer.write(note('字'.repeat(21_900))))).toMatch(/larger than a frame/);
  expect(await outcomeOf(writer.write(note('字'.repeat(21_800))))).toBe('字'.repeat(21_800));
  expect(all.notes()).toHaveLength(1);
});

test('what does not fit its schema is not told', async () => {
  using all = openWriter();
  const { writer } = all;
  const told = writer.write((turn) => turn.tell(noted, { user_ids: [] }, { text: 7 } as never));
  expect(await outcomeOf(told)).toMatch(/refused/);
});

test('only what goes by is sent without a turn', () => {
  using all = openWriter();
  const typed = event('test.typed', {
    summary: 'Somebody types',
    intent: null,
    audience: 'users',
    data: z.object({}),
    ephemeral: true,
  });
  expect(() => all.writer.send(noted, { user_ids: [] }, { text: '' })).toThrow(/in a turn/);
  all.writer.send(typed, { user_ids: ['1'] }, {});
  expect(all.told()).toEqual([]);
});

test('an error in what follows a commit keeps nothing else back', async () => {
  using all = openWriter();
  const done: string[] = [];
  const turn = (name: string) =>
    all.writer.write((given) => {
      note(name)(given);
      given.onCommit(() => {
        throw new Error('memory');
      });
      given.onCommit(() => void done.push(`memory ${name}`));
      given.afterwards(() => {
        throw new Error('later');
      });
      given.afterwards(() => void done.push(`later ${name}`));
      return name;
    });
  expect(await Promise.all([turn('a'), turn('b')])).toEqual(['a', 'b']);
  await all.writer.write(() => null);
  expect(done).toEqual(['memory a', 'later a', 'memory b', 'later b']);
  expect(all.logged).toHaveLength(4);
});

test('a door that is closed runs what waits, and refuses what comes', async () => {
  using all = openWriter();
  const waiting = all.writer.write(note('last'));
  all.writer.close();
  expect(all.notes()).toEqual(['last']);
  expect(await waiting).toBe('last');
  expect(await outcomeOf(all.writer.write(note('too late')))).toMatch(/has stopped/);
});

test('a turn that meets a damaged page fails alone, also if it may run again', async () => {
  using all = openWriter();
  const { writer } = all;
  const damaged = () => {
    throw Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
  };
  const endless = { wait_ms: Infinity, again: true };
  const outcomes = await Promise.all([
    outcomeOf(writer.write(note('a'))),
    outcomeOf(writer.write(damaged, endless)),
    outcomeOf(writer.write(note('b'))),
  ]);
  expect(outcomes).toEqual(['a', 'refused: database disk image is malformed', 'b']);
  expect(writer.trouble).toBeNull();
});

test('a writer that closes waits for a lock of a moment', async () => {
  using all = openWriter();
  const { writer, db } = all;
  db.sqlite.run('PRAGMA busy_timeout = 0');
  const code = `
    const { Database } = require('bun:sqlite');
    const db = new Database(process.argv[1]);
    db.run('BEGIN IMMEDIATE');
    console.log('locked');
    Bun.sleepSync(400);
    db.run('ROLLBACK');`;
  const other = Bun.spawn([process.execPath, '-e', code, all.path], { stdout: 'pipe' });
  for await (const said of other.stdout) if (said.length > 0) break;
  const waiting = writer.write(note('the last'));
  await Bun.sleep(60);
  writer.close();
  expect(await waiting).toBe('the last');
  expect(all.notes()).toEqual(['the last']);
  await other.exited;
});
