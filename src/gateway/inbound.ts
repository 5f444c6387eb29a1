// Reads a client's frame.
import { Inbound } from './protocol.ts';

/** The operation and its data; null for what is no frame of the protocol. */
export function parseFrame(text: string): { op: number; data?: unknown } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // not JSON: the caller decides by the state of the connection
  }
  const frame = Inbound.safeParse(value);
  return frame.success ? frame.data : null;
}
