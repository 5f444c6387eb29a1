// Parses a client's frame.
import type { z } from 'zod';
import { countJson } from '../lib/json-text.ts';
import { Inbound } from './protocol.ts';

export type InboundFrame = z.output<typeof Inbound>;

/** Far more than any command needs. What passes a limit is no frame, and is not even parsed. */
export const frameLimits = {
  depth: 32,
  values: 2_000,
  characters: 16 * 1024,
  escapes: 16 * 1024,
};

/** Returns the op and its data; null if the text is not a frame of the protocol. */
export function parseFrame(text: string): InboundFrame | null {
  if (countJson(text, frameLimits).excess !== null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // not JSON: the caller decides by the state of the connection
  }
  const frame = Inbound.safeParse(value);
  return frame.success ? frame.data : null;
}
