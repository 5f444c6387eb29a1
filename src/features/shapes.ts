// Wire shapes that every feature uses: ids, times, names, texts, limits of lists.
import { z } from 'zod';
import { permissionNames } from '../access/permissions.ts';
import { isSnowflake } from '../lib/snowflake.ts';
import { cleanName, cleanText } from '../lib/text.ts';

/** A snowflake as a decimal string. */
export const Id = z
  .string()
  .meta({ id: 'Id', description: 'A snowflake id.', pattern: '^[0-9]{1,20}$' });

/** An id that a request names. */
export const GivenId = z
  .string()
  .refine(isSnowflake, 'is not an id')
  .meta({ pattern: '^[0-9]{1,19}$' });

/** RFC 3339, UTC, with `T` and `Z`. */
export const Time = z
  .string()
  .meta({ id: 'Time', description: 'RFC 3339, UTC.', format: 'date-time' });

/** Unix milliseconds as a `Time`. */
export function time(at_ms: number): string {
  return new Date(at_ms).toISOString();
}

/** The same for a time that may be missing. */
export function timeOrNull(at_ms: number | null): string | null {
  return at_ms === null ? null : time(at_ms);
}

/** One line, cleaned; `most` in Unicode code points. */
export function name(max: number, least = 1) {
  return z
    .string()
    .transform((given, context) => {
      const checked = cleanName(given, { minimum: least, maximum: max });
      if (checked.ok) return checked.text;
      context.addIssue(checked.reason);
      return z.NEVER;
    })
    .meta({ minLength: least, maxLength: max });
}

/** Text of several lines; `most` in Unicode code points. */
export function text(max: number, least = 0) {
  return z
    .string()
    .transform((given, context) => {
      const checked = cleanText(given, { minimum: least, maximum: max });
      if (checked.ok) return checked.text;
      context.addIssue(checked.reason);
      return z.NEVER;
    })
    .meta({ minLength: least, maxLength: max });
}

/** A text that `""` and `null` clear. */
export function clearable<S extends z.ZodType<string | null>>(inner: S) {
  return inner.nullable().transform((given) => (given === '' ? null : given));
}

/** An id of a request that `""` and `null` clear. */
export const ClearableId = z
  .union([z.literal(''), GivenId])
  .nullable()
  .transform((given) => (given === '' ? null : given));

export const Permission = z.enum(permissionNames).meta({ id: 'Permission' });

/** A whole number within bounds. */
export function whole(least: number, max: number) {
  return z.number().int().min(least).max(max);
}

/** `?limit=`: what is above the most is lowered to it, what is below 1 raised. */
export function limit(otherwise: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,19}$/, 'is not a whole number')
    .transform((digits) => Math.min(max, Math.max(1, Number(digits))))
    .default(otherwise)
    .meta({ type: 'integer', minimum: 1, maximum: max, default: otherwise });
}

/** `?flag=true`. */
export const QueryFlag = z
  .enum(['true', 'false', '1', '0'])
  .transform((given) => given === 'true' || given === '1')
  .meta({ type: 'boolean' });

/** A list that takes `limit` and `after`, 1000 at the most. */
export const ListQuery = z.object({ limit: limit(1000, 1000), after: GivenId.optional() });
type ListQuery = z.output<typeof ListQuery>;

/**
 * The page of a short list that is at hand whole. Behind an entry that is gone it begins anew: who
 * pages through sees some entries twice, which ids tell, and misses none.
 */
export function pageOf<T extends { id: string }>(list: readonly T[], query: ListQuery): T[] {
  const start = list.findIndex(({ id }) => id === query.after) + 1;
  return list.slice(start, start + query.limit);
}

/** What an endpoint answers that has nothing to say. */
export const Nothing = z.null();
export const Done = z.object({ ok: z.literal(true) });
