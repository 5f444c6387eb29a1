// Reads a client's frame.
import type { z } from 'zod';
import { Inbound } from './protocol.ts';

export type InboundFrame = z.output<typeof Inbound>;

/** The operation and its data; null for what is no frame of the protocol. */
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
