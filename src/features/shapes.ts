// Wire shapes that many features use: ids, times, names, texts, limits of lists.
// The functions here describe what they make by `register`: `meta` would copy it, and a start waits
// for each schema that is made.
import { z } from 'zod';
import { permissionNames } from '../access/permissions.ts';
import { isSnowflake } from '../lib/snowflake.ts';
import { cleanName, cleanText, longerThan, unitsOfName, unitsOfText } from '../lib/text.ts';

/** A snowflake as a decimal string, in responses and events. */
export const Id = z
  .string()
  .meta({ id: 'Id', description: 'A snowflake id.', pattern: '^[0-9]{1,20}$' });

/**
 * A string of a request. Its length is asked before anything else looks at it, so whatever comes
 * after this takes bounded time. `max` in Unicode code points; `says` goes on after the field's name.
 */
export function bounded(max: number, says = longerThan(max)) {
  return z.string().max(max, { abort: true, error: says });
}

/**
 * An image in a request, as a data URI. The body limit of its endpoint bounds its length, by the
 * settings; `parseImageDataUri` asks for the size first and reads it in slices.
 */
export const DataUri = z.string();

/** An id in a request. */
export const GivenId = bounded(19, 'is not an id')
  .refine(isSnowflake, 'is not an id')
  .meta({ pattern: '^[0-9]{1,19}$' });

/** An RFC 3339 time in UTC, with `T` and `Z`. */
export const Time = z
  .string()
  .meta({ id: 'Time', description: 'RFC 3339, UTC.', format: 'date-time' });

/** Turns Unix milliseconds into a `Time`. */
export function time(at_ms: number): string {
  return new Date(at_ms).toISOString();
}

/** Turns Unix milliseconds into a `Time`; null stays null. */
export function timeOrNull(at_ms: number | null): string | null {
  return at_ms === null ? null : time(at_ms);
}

/** Makes the schema of a cleaned single line of `least` to `max` Unicode code points. */
export function name(max: number, least = 1) {
  return bounded(unitsOfName(max), longerThan(max))
    .transform((given, context) => {
      const checked = cleanName(given, { minimum: least, maximum: max });
      if (checked.ok) return checked.text;
      context.addIssue(checked.reason);
      return z.NEVER;
    })
    .register(z.globalRegistry, { minLength: least, maxLength: max });
}

/** Makes the schema of a cleaned text with line breaks, of `least` to `max` Unicode code points. */
export function text(max: number, least = 0) {
  return bounded(unitsOfText(max), longerThan(max))
    .transform((given, context) => {
      const checked = cleanText(given, { minimum: least, maximum: max });
      if (checked.ok) return checked.text;
      context.addIssue(checked.reason);
      return z.NEVER;
    })
    .register(z.globalRegistry, { minLength: least, maxLength: max });
}

/** Makes a schema clearable: `""` and null become null. */
export function clearable<S extends z.ZodType<string | null>>(inner: S) {
  return inner.nullable().transform((given) => (given === '' ? null : given));
}

/** An id in a request that `""` and null clear: both become null. */
export const ClearableId = z
  .string()
  .max(19, { abort: true, error: 'is not an id' })
  .refine((given) => given === '' || isSnowflake(given), 'is not an id')
  .nullable()
  .transform((given) => (given === '' ? null : given))
  .meta({ pattern: '^([0-9]{1,19})?$' });

/** Refuses a body that gives two names of one thing different values: one would be ignored. */
export function agreeing(one: string, other: string) {
  return (given: Record<string, unknown>, context: z.core.$RefinementCtx): void => {
    if (given[one] === undefined || given[other] === undefined) return;
    if (given[one] === given[other]) return;
    const message = `is the same as ${one}: send one of them`;
    context.addIssue({ code: 'custom', path: [other], message });
  };
}

export const Permission = z.enum(permissionNames).meta({ id: 'Permission' });

/** Makes the schema of a whole number within bounds. */
export function whole(least: number, max: number) {
  return z.int().check(z.gte(least), z.lte(max));
}

/** A whole number in a response that may need more than 32 bits. */
export const Long = z.int().meta({ format: 'int64' });

const digits = bounded(20, 'is not a whole number').regex(/^-?\d{1,19}$/, 'is not a whole number');

/** `?limit=`: larger values become `max`, smaller ones 1, a missing one `otherwise`. */
export function limit(otherwise: number, max: number) {
  return digits
    .transform((given) => Math.min(max, Math.max(1, Number(given))))
    .default(otherwise)
    .register(z.globalRegistry, {
      type: 'integer',
      format: 'int32',
      default: otherwise,
      description: `at most ${max} are given, however large it is; below 1 counts as 1`,
    });
}

/** `?flag=true` or `=1`, `=false` or `=0`. */
export const QueryFlag = z
  .enum(['true', 'false', '1', '0'])
  .transform((given) => given === 'true' || given === '1')
  .meta({ type: 'boolean' });

/** The query of a list: `limit` (at most 1,000) and `after`. */
export const ListQuery = z.object({ limit: limit(1000, 1000), after: GivenId.optional() });
type ListQuery = z.output<typeof ListQuery>;

/**
 * Returns a page of a short list. If the entry `after` is gone, it begins again at the start: a
 * client then sees some entries twice, which it can tell by id, and misses none.
 */
export function pageOf<T extends { id: string }>(list: readonly T[], query: ListQuery): T[] {
  const start = list.findIndex(({ id }) => id === query.after) + 1;
  return list.slice(start, start + query.limit);
}

/** The schema of an endpoint that returns nothing: `data` is null. */
export const Nothing = z.null().meta({
  type: ['object', 'null'],
  description: 'always null: there is nothing to tell',
  examples: [null],
});
export const Done = z.object({ ok: z.literal(true) });

/** Whom a message may mention of those that its text names; it only takes away. */
export const AllowedMentions = z
  .object({
    parse: z
      .array(z.enum(['users', 'roles', 'everyone']))
      .max(3)
      .nullish()
      .describe('kinds of which all are mentioned; `everyone` stands for @here, too'),
    users: z.array(GivenId).max(100).nullish().describe('these alone, not with `users` in `parse`'),
    roles: z.array(GivenId).max(100).nullish().describe('these alone, not with `roles` in `parse`'),
    replied_user: z
      .boolean()
      .nullish()
      .describe('changes nothing: a reply mentions only whom its text names'),
  })
  .superRefine((given, context) => {
    for (const kind of ['users', 'roles'] as const) {
      if (!given.parse?.includes(kind) || (given[kind] ?? []).length === 0) continue;
      const message = `does not go together with ${kind} in parse`;
      context.addIssue({ code: 'custom', path: [kind], message });
    }
  })
  .meta({
    id: 'AllowedMentions',
    description:
      'Who is mentioned of those whom the text names. Left out: everyone whom the author may mention; empty: nobody.',
  });
export type AllowedMentions = z.output<typeof AllowedMentions>;
