// Parses a client's frame.
import type { z } from 'zod';
import { Inbound } from './protocol.ts';

export type InboundFrame = z.output<typeof Inbound>;

/** Returns the op and its data; null if the text is not a frame of the protocol. */
export function parseFrame(text: string): InboundFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // not JSON: the caller decides by the state of the connection
  }
  const frame = Inbound.safeParse(value);
  return frame.success ? frame.data : null;
}
