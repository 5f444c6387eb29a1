import { expect, test } from 'bun:test';
import { InboundLimit, type Arrival } from '../../src/gateway/inbound-limit.ts';
import { inboundLimit, op } from '../../src/gateway/protocol.ts';

const opened_at = 1_780_000_000_000;
const { frames, window_ms } = inboundLimit;

const arrival = (now: number, more: Partial<Arrival> = {}): Arrival => ({
  text: '{"op":8}',
  op: op.presence_update,
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

test('heartbeats are free, also when nothing else is admitted any more', () => {
  const limit = after(frames - 1);
  const beat = arrival(opened_at, { op: op.heartbeat });
  for (let n = 0; n < 1_000; n += 1) expect(limit.admits(beat)).toBe(true);
  expect(limit.admits(arrival(opened_at))).toBe(true);
  expect(limit.admits(arrival(opened_at))).toBe(false);
  expect(limit.admits(beat)).toBe(true);
});

test('what is no frame counts, before READY as after it', () => {
  const limit = after(frames - 3);
  expect(limit.admits(arrival(opened_at, { text: null, op: null }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { text: 'x', op: null }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { op: op.identify, isReady: false }))).toBe(true);
  expect(limit.admits(arrival(opened_at, { isReady: false }))).toBe(false);
});
