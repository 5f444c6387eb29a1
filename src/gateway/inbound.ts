// Parses a client's frame.
import type { z } from 'zod';
import { nestsDeeper } from '../lib/nesting.ts';
import { Inbound } from './protocol.ts';

export type InboundFrame = z.output<typeof Inbound>;

/** No command nests half as deep. Deep texts cost a parser many times what others cost. */
export const maxDepth = 32;

/** Returns the op and its data; null if the text is not a frame of the protocol. */
export function parseFrame(text: string): InboundFrame | null {
  if (nestsDeeper(text, maxDepth)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // not JSON: the caller decides by the state of the connection
  }
  const frame = Inbound.safeParse(value);
  return frame.success ? frame.data : null;
}
