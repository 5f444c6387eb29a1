import { expect, test } from 'bun:test';
import { Pace } from '../../src/lib/pace.ts';

/** A loop whose turns a test runs, and whose clock moves only by what slices take. */
function loop() {
  let now_ms = 0;
  const due: (() => void)[] = [];
  const ran: string[] = [];
  const pace = new Pace({ now: () => now_ms, next: (run) => void due.push(run) });
  return {
    ran,
    /** A slice that takes so long. */
    add(account: string, name: string, takes_ms: number): Promise<string> {
      return pace.run(account, () => {
        now_ms += takes_ms;
        ran.push(name);
        return name;
      });
    },
    pace,
    /** Lets so much time go by. */
    pass(takes_ms: number): number {
      now_ms += takes_ms;
      return takes_ms;
    },
    /** Runs one turn; returns what ran in it. */
    turn(): string[] {
      const before = ran.length;
      for (const run of due.splice(0)) run();
      return ran.slice(before);
    },
  };
}

test('slices run until the turn has taken 8 ms; the rest waits for the next turn', () => {
  const { add, turn } = loop();
  for (const name of ['a', 'b', 'c', 'd', 'e']) void add(name, name, 3);
  expect(turn()).toEqual(['a', 'b', 'c']);
  expect(turn()).toEqual(['d', 'e']);
  expect(turn()).toEqual([]);
});

test('one slice always runs, however long it takes', () => {
  const { add, turn } = loop();
  for (const name of ['a', 'b']) void add(name, name, 50);
  expect(turn()).toEqual(['a']);
  expect(turn()).toEqual(['b']);
});

test('accounts take turns, so that nobody waits for all the work of another one', () => {
  const { add, turn } = loop();
  for (let n = 0; n < 4; n += 1) void add('anna', `anna ${n}`, 4);
  void add('bob', 'bob', 4);
  expect(turn()).toEqual(['anna 0', 'bob']);
  expect(turn()).toEqual(['anna 1', 'anna 2']);
  void add('cleo', 'cleo', 4);
  // One slice of anna's has waited longer.
  expect(turn()).toEqual(['anna 3', 'cleo']);
});

test('what a slice returns or throws reaches who waits for it, and stops nothing', async () => {
  const { add, pace, turn } = loop();
  const failed = pace.run('anna', () => {
    throw new Error('no');
  });
  const done = add('bob', 'bob', 1);
  expect(turn()).toEqual(['bob']);
  expect(await done).toBe('bob');
  expect(await failed.catch(String)).toBe('Error: no');
});

test('a turn of the loop has 8 ms for what nobody queues, and none while others wait', () => {
  const { add, pace, pass, turn } = loop();
  const run = (takes_ms: number) => pace.isFree && pace.now(() => pass(takes_ms));
  expect([run(3), run(4), run(50), run(0)]).toEqual([3, 4, 50, false]);
  turn();
  expect(run(1)).toBe(1);
  void add('anna', 'anna', 1);
  expect(pace.isFree).toBe(false);
});

test('what came before, batches and slices share 12 ms of a turn of the loop; one slice always runs', () => {
  const { add, pace, pass, turn } = loop();
  const left: number[] = [];
  const batch = (takes_ms: number) =>
    pace.share((left_ms) => {
      left.push(left_ms);
      pass(takes_ms);
    });
  pace.now(() => pass(5));
  for (const name of ['a', 'b', 'c', 'd']) void add(name, name, 3);
  // What came leaves seven.
  expect(turn()).toEqual(['a', 'b', 'c']);
  batch(20);
  expect(turn()).toEqual(['d']);
  batch(1);
  expect(left).toEqual([0, 12 - 3]);
});

test('what goes on once its turn came is the last of that turn of the loop', async () => {
  const { add, pace, ran, turn } = loop();
  for (const name of ['anna', 'bob']) void pace.turn(name).then(() => ran.push(`${name} goes on`));
  void add('cleo', 'cleo', 1);
  const turns = [];
  for (let n = 0; n < 3; n += 1) {
    const before = ran.length;
    turn();
    await Promise.resolve();
    turns.push(ran.slice(before));
  }
  expect(turns).toEqual([['anna goes on'], ['bob goes on'], ['cleo']]);
});

test('so many slices run in one turn of the loop, however short', () => {
  const { add, turn } = loop();
  for (let n = 0; n < 70; n += 1) void add('anna', String(n), 0);
  expect(turn()).toHaveLength(64);
  expect(turn()).toHaveLength(6);
});

test('a slice inside of another one counts once', () => {
  const { pace, pass } = loop();
  pace.now(() => {
    pass(2);
    pace.now(() => pass(3));
  });
  expect(pace.isFree).toBe(true);
});

test('other work of the process runs between the turns', async () => {
  const pace = new Pace();
  const order: string[] = [];
  const busy = (name: string) => () => {
    const until = performance.now() + 9;
    while (performance.now() < until);
    order.push(name);
  };
  const all = ['a', 'b', 'c'].map((name) => pace.run(name, busy(name)));
  setImmediate(() => setImmediate(() => order.push('others')));
  await Promise.all(all);
  expect(order.indexOf('others')).toBeLessThan(order.indexOf('c'));
});
