import { expect, test } from 'bun:test';
import { InboundLimit, type Arrival } from '../../src/gateway/inbound-limit.ts';
import { freeHeartbeats, inboundLimit, op } from '../../src/gateway/protocol.ts';

const opened_at = 1_780_000_000_000;
const { frames, window_ms, unit_bytes } = inboundLimit;

const arrival = (now: number, more: Partial<Arrival> = {}): Arrival => ({
  bytes: 8,
  op: () => op.presence_update,
  isReady: true,
  now,
  ...more,
});

/** A limit that has admitted so many frames. */
function after(count: number, now = opened_at): InboundLimit {
  const limit = new InboundLimit(opened_at);
  for (let n = 0; n < count; n += 1) expect(limit.admits(arrival(now))).toBe(true);
  return limit;
}

test('so many frames are admitted in one window, and no more', () => {
  const limit = after(frames);
  expect(limit.admits(arrival(opened_at))).toBe(false);
  expect(limit.admits(arrival(opened_at + window_ms - 1))).toBe(false);
});

test('the next window begins with the first frame after the end of the last one', () => {
  const limit = after(frames, opened_at + window_ms - 1);
  const next_at = opened_at + window_ms;
  for (let n = 0; n < frames; n += 1) expect(limit.admits(arrival(next_at))).toBe(true);
  expect(limit.admits(arrival(next_at + window_ms - 1))).toBe(false);
});

test('a client that was silent for long has one window, not several', () => {
  const limit = after(0);
  const now = opened_at + 10 * window_ms + 1;
  for (let n = 0; n < frames; n += 1) expect(limit.admits(arrival(now))).toBe(true);
  expect(limit.admits(arrival(now + window_ms - 1))).toBe(false);
  expect(limit.admits(arrival(now + window_ms))).toBe(true);
});

const beat = (now: number, more: Partial<Arrival> = {}) =>
  arrival(now, { op: () => op.heartbeat, ...more });

test('1,000 heartbeats of a session are free, also when nothing else is admitted any more', () => {
  const limit = after(frames - 1);
  for (let n = 0; n < freeHeartbeats.frames - 1; n += 1) {
    expect(limit.admits(beat(opened_at))).toBe(true);
  }
  expect(limit.admits(arrival(opened_at))).toBe(true);
  expect(limit.admits(arrival(opened_at))).toBe(false);
  expect(limit.admits(beat(opened_at))).toBe(true);
  // From here on they count.
  expect(limit.admits(beat(opened_at))).toBe(false);
  expect(limit.admits(beat(opened_at + window_ms))).toBe(true);
});

test('beyond 1,000 in one window heartbeats count like all frames', () => {
  const limit = after(0);
  for (let n = 0; n < freeHeartbeats.frames + frames; n += 1) {
    expect(limit.admits(beat(opened_at))).toBe(true);
  }
  expect(limit.admits(beat(opened_at))).toBe(false);
});

test('heartbeats count before READY, and when they are larger than 1 KiB', () => {
  const early = after(0);
  for (let n = 0; n < frames; n += 1) {
    expect(early.admits(beat(opened_at, { isReady: false }))).toBe(true);
  }
  expect(early.admits(beat(opened_at, { isReady: false }))).toBe(false);
  const large = { bytes: freeHeartbeats.max_bytes + 1 };
  const limit = after(frames - 2);
  expect(limit.admits(beat(opened_at, large))).toBe(true);
  expect(limit.admits(beat(opened_at, large))).toBe(false);
});

test('a frame counts once for each KiB that it begins', () => {
  for (const [bytes, cost] of [
    [unit_bytes, 1],
    [unit_bytes + 1, 2],
    [64 * 1024, 64],
  ] as const) {
    const limit = after(frames - cost);
    expect(limit.admits(arrival(opened_at, { bytes }))).toBe(true);
    expect(limit.admits(arrival(opened_at))).toBe(false);
    expect(after(frames - cost + 1).admits(arrival(opened_at, { bytes }))).toBe(false);
  }
});

test('nobody reads a long frame, or one from before READY, to learn whether it is within the limit', () => {
  const limit = after(0);
  const unread = () => {
    throw new Error('it was read');
  };
  expect(limit.admits(arrival(opened_at, { bytes: 1025, op: unread }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { isReady: false, op: unread }))).toBe(true);
});

test('what is no frame counts, before READY as after it', () => {
  const limit = after(frames - 3);
  const none = () => null;
  expect(limit.admits(arrival(opened_at, { bytes: 0, op: none }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { bytes: 1, op: none }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { op: () => op.identify, isReady: false }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { isReady: false }))).toBe(false);
});
