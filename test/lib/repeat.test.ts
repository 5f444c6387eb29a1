import { expect, test } from 'bun:test';
import { repeat } from '../../src/lib/repeat.ts';
import { FakeClock } from '../support/clock.ts';

test('work is repeated at its interval until it is stopped', async () => {
  const clock = new FakeClock();
  let rounds = 0;
  const stop = repeat({
    clock,
    interval_ms: 1_000,
    async work() {
      rounds += 1;
    },
    failed: expect.unreachable,
  });
  expect(rounds).toBe(0);
  await clock.pass(3_500);
  expect(rounds).toBe(3);
  stop();
  await clock.pass(5_000);
  expect(rounds).toBe(3);
});

test('eager work begins at once', () => {
  let rounds = 0;
  const work = async () => void (rounds += 1);
  repeat({
    clock: new FakeClock(),
    interval_ms: 1_000,
    isEager: true,
    work,
    failed: expect.unreachable,
  });
  expect(rounds).toBe(1);
});

test('a round that takes long is not joined by another, and hears when it has to stop', async () => {
  const clock = new FakeClock();
  const slice = Promise.withResolvers<void>();
  let rounds = 0;
  const told: boolean[] = [];
  const stop = repeat({
    clock,
    interval_ms: 1_000,
    async work(isOver) {
      rounds += 1;
      told.push(isOver());
      await slice.promise;
      told.push(isOver());
    },
    failed: expect.unreachable,
  });
  await clock.pass(5_000);
  expect(rounds).toBe(1);
  stop();
  slice.resolve();
  await clock.pass(1);
  expect(told).toEqual([false, true]);
});

test('a round that fails is told, and the next one comes', async () => {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  let rounds = 0;
  repeat({
    clock,
    interval_ms: 1_000,
    async work() {
      rounds += 1;
      throw new Error(`round ${rounds}`);
    },
    failed: (error) => void errors.push(error),
  });
  await clock.pass(2_000);
  expect(errors).toEqual([new Error('round 1'), new Error('round 2')]);
});
