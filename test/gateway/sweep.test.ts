import { expect, test } from 'bun:test';
import { SlowReaders, isSlow, slow_bytes } from '../../src/events/slow-readers.ts';

/** A socket that holds back so much, and whether it was ended. */
function reader(buffered_bytes: number) {
  return {
    buffered_bytes,
    isEnded: false,
    getBufferedAmount() {
      return this.buffered_bytes;
    },
    terminate() {
      this.isEnded = true;
    },
  };
}

test('a socket is slow above the bound, not at it', () => {
  expect([isSlow(reader(slow_bytes)), isSlow(reader(slow_bytes + 1))]).toEqual([false, true]);
});

test('a sweep ends those who are slow and nobody else', () => {
  const readers = [reader(0), reader(slow_bytes + 1), reader(slow_bytes)];
  new SlowReaders(() => readers).sweep();
  expect(readers.map(({ isEnded }) => isEnded)).toEqual([false, true, false]);
});

test('what all hold back together is bounded: those go first who hold back the most', () => {
  const readers = [60, 100, 10, 90, 40].map((bytes) => reader(bytes));
  new SlowReaders(() => readers, 300).sweep();
  expect(readers.some(({ isEnded }) => isEnded)).toBe(false);
  new SlowReaders(() => readers, 299).sweep();
  // 100 and 90 bytes go, since 110 are below the half of what is allowed.
  expect(readers.map(({ isEnded }) => isEnded)).toEqual([false, true, false, true, false]);
});

test('it sweeps before the frame that brings what was sent above 512 KiB, and then counts anew', () => {
  let sweeps = 0;
  const readers = new SlowReaders(() => {
    sweeps += 1;
    return [];
  });
  // Counted with three bytes for each character: 64 of them fit, 65 do not.
  const [small, count] = ['x'.repeat(2_730), 64];
  for (let n = 0; n < count; n += 1) readers.count(small);
  expect(sweeps).toBe(0);
  readers.count(small);
  expect(sweeps).toBe(1);
  for (let n = 0; n < count - 1; n += 1) readers.count(small);
  expect(sweeps).toBe(1);
  readers.count(small);
  expect(sweeps).toBe(2);
});

test('a large frame counts for no more than a frame may have', () => {
  let sweeps = 0;
  const readers = new SlowReaders(() => {
    sweeps += 1;
    return [];
  });
  const large = 'x'.repeat(65_535);
  // 8 × 65,535 bytes.
  for (let n = 0; n < 8; n += 1) readers.count(large);
  expect(sweeps).toBe(0);
  readers.count(large);
  expect(sweeps).toBe(1);
});

test('a sweep by the clock begins the count anew', () => {
  let sweeps = 0;
  const readers = new SlowReaders(() => {
    sweeps += 1;
    return [];
  });
  const large = 'x'.repeat(65_535);
  for (let n = 0; n < 8; n += 1) readers.count(large);
  readers.sweep();
  for (let n = 0; n < 8; n += 1) readers.count(large);
  expect(sweeps).toBe(1);
});
