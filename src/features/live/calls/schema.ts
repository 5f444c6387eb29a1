// The wire shapes of calls: what a caller sends along, and what people hear.
import { z } from 'zod';
import { Id } from '../../shapes.ts';

/** The bounds of what a caller sends along. */
const max = { bytes: 4_096, depth: 8 } as const;

/** Tells whether a value of JSON is nested no deeper than that. */
function isFlat(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((one) => isFlat(one, depth - 1));
}

const fits = (given: unknown) =>
  given === undefined ||
  (isFlat(given, max.depth) && Buffer.byteLength(JSON.stringify(given)) <= max.bytes);

export const Ring = z
  .object({
    metadata: z
      .unknown()
      .refine(fits, `is at most ${max.bytes} bytes of JSON, nested ${max.depth} levels deep`)
      .optional()
      .describe(
        `any JSON that clients understand, handed on as it is: at most ${max.bytes} bytes, ${max.depth} levels deep; null counts as none`,
      ),
  })
  .meta({ id: 'Ring' });
export type Ring = z.output<typeof Ring>;

export const CallRing = z
  .object({
    channel_id: Id,
    caller_id: Id,
    participants: z.array(Id).describe('the people of the conversation, the caller too'),
    metadata: z.unknown().optional().describe('as the caller sent it; absent without any'),
  })
  .meta({ id: 'CallRing' });

export type CallRing = z.input<typeof CallRing>;

/** A call that rings while a session begins. */
export const CallRinging = CallRing.extend({
  waiting: z.array(Id).describe('those who have neither come nor declined'),
  age_ms: z.int().describe('for how many milliseconds it has rung'),
}).meta({ id: 'CallRinging' });
export type CallRinging = z.output<typeof CallRinging>;

export const CallAnswer = z
  .object({ channel_id: Id, user_id: Id.describe('who did it') })
  .meta({ id: 'CallAnswer' });
