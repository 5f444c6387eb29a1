// Everything that a request or a frame can hold has a bound, which is asked before anything else.
import { expect, test } from 'bun:test';
import { z } from 'zod';
import { Newcomer } from '../../src/features/doors/registration/schema.ts';
import { features } from '../../src/features.ts';
import { bounded, DataUri, GivenId, name, text } from '../../src/features/shapes.ts';
import { Activity, Identify, Inbound, Resume } from '../../src/gateway/protocol.ts';

type Def = z.core.$ZodTypeDef & Record<string, unknown>;
const defOf = (schema: z.core.$ZodType) => schema._zod.def as Def;

/** The parts of a schema that read what is given, by the key under which they stand. */
function partsOf(schema: z.core.$ZodType): [key: string, part: z.core.$ZodType][] {
  const def = defOf(schema) as any;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape);
    case 'array':
      return [['[]', def.element]];
    case 'record':
      return [
        ['{key}', def.keyType],
        ['{}', def.valueType],
      ];
    case 'union':
      return def.options.map((one: z.core.$ZodType, n: number) => [`(${n})`, one]);
    case 'tuple':
      return def.items.map((one: z.core.$ZodType, n: number) => [`[${n}]`, one]);
    case 'intersection':
      return [
        ['(left)', def.left],
        ['(right)', def.right],
      ];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return [['', def.innerType]];
    case 'lazy':
      return [['', def.getter()]];
    case 'pipe':
      // The second part reads what the first one has let through.
      return [['', def.in]];
    default:
      return [];
  }
}

/** Kinds of values that take no room of their own. */
const small = ['number', 'int', 'boolean', 'null', 'literal', 'enum', 'undefined', 'never', 'void'];
const wholes = ['object', 'union', 'tuple', 'intersection', 'pipe', 'transform', 'lazy'];
const wrappers = [
  'optional',
  'nullable',
  'default',
  'prefault',
  'nonoptional',
  'readonly',
  'catch',
];

/** Whether a check of the schema itself asks for the length, before any other one does. */
function isFirstAsked(schema: z.core.$ZodType): boolean {
  const [first] = defOf(schema).checks ?? [];
  return first?._zod.def.check === 'max_length';
}

/** What has no bound of its own, as paths. */
function unboundedIn(schema: z.core.$ZodType, path: string): string[] {
  const { type } = defOf(schema);
  const own = () => {
    // One with a description of its own is a copy with the same definition.
    if (schema._zod.def === DataUri._zod.def) return [];
    if (type === 'string' || type === 'array') return isFirstAsked(schema) ? [] : [path];
    if (type === 'record') return (defOf(schema).checks ?? []).length > 0 ? [] : [path];
    return [...small, ...wholes, ...wrappers].includes(type) ? [] : [path];
  };
  const below = partsOf(schema).flatMap(([key, part]) =>
    unboundedIn(part, key === '' || key.startsWith('(') ? path : `${path} ${key}`),
  );
  return [...new Set([...own(), ...below])];
}

/** What has no bound of its own, and what bounds it. */
const excused: Record<string, string> = {
  'POST /auth/register username': '`Newcomer` below, after the rate limit; 64 KiB before',
  'POST /auth/register password': 'the same',
  'POST /auth/register display_name': 'the same',
  'POST /auth/login username': 'becomes "" before anything looks at it; the body has 64 KiB',
  'POST /auth/login password': 'the same',
  'POST /auth/change-password old_password': 'the same',
  'POST /auth/change-password current_password': 'the same',
  'DELETE /users/@me password': 'the same',
  'DELETE /users/@me/encryption password': 'the same',
  'POST /auth/2fa/enable password': 'the same',
  'POST /auth/2fa/disable password': 'the same',
  'POST /auth/2fa/backup-codes password': 'the same',
  'POST /auth/recovery-code password': 'the same',
  'POST /auth/recover username': 'the same',
  'POST /auth/recover recovery_code': 'the same',
  'POST /spaces/:space_id/transfer password': 'the same',
  'POST /channels/:channel_id/call/ring metadata': 'its own check asks for depth and size',
  'POST /channels/:channel_id/messages nonce': 'its own transform asks for its length first',
  'POST /channels/:channel_id/messages/upload nonce': 'the same',
};

test('every text, list and record of a request has a bound that is asked first', () => {
  const endpoints = features.flatMap((feature) => feature.endpoints);
  const found = endpoints.flatMap(({ method, path, body, query }) => [
    ...(body === undefined ? [] : unboundedIn(body, `${method} ${path}`)),
    ...(query === undefined ? [] : unboundedIn(query, `${method} ${path} ?`)),
  ]);
  expect(found.toSorted()).toEqual(Object.keys(excused).toSorted());
  expect(unboundedIn(Newcomer, 'newcomer')).toEqual([]);
});

/** The same of frames, each of which has at most 64 KiB, and what is done with them. */
const excusedFrames: Record<string, string> = {
  'frame data': 'read by the schema of its command',
  'IDENTIFY token': 'hashed only if it has the length of a token',
  'IDENTIFY intents': 'compared with the known ones',
  'IDENTIFY intents []': 'the same',
  'IDENTIFY properties': 'only `os` is compared',
  'IDENTIFY presence': 'read by PRESENCE_UPDATE',
  'RESUME token': 'hashed only if it has the length of a token',
  'RESUME session_id': 'looked up as it is',
  'PRESENCE_UPDATE activity': 'read as `Activity`; not more than 4 KiB are kept',
  'PRESENCE_UPDATE activities': 'the same; only the first 16 are looked at',
  'PRESENCE_UPDATE activities []': 'the same',
};

test('every text, list and record of a frame has a bound that is asked first', () => {
  const commands = features.flatMap((feature) => feature.commands);
  const found = [
    ...commands.flatMap(({ name: called, data }) => unboundedIn(data, called)),
    ...unboundedIn(Identify, 'IDENTIFY'),
    ...unboundedIn(Resume, 'RESUME'),
    ...unboundedIn(Inbound, 'frame'),
  ];
  expect(found.filter((one) => !(one in excusedFrames))).toEqual([]);
  expect(unboundedIn(Activity, 'activity')).toEqual(['activity timestamps', 'activity assets']);
});

test('the rule finds what has no bound, and what asks for it too late', () => {
  const lacks = (schema: z.ZodType) => unboundedIn(schema, 'it');
  expect(lacks(z.string())).toEqual(['it']);
  expect(lacks(z.string().regex(/a+$/).max(5))).toEqual(['it']);
  expect(lacks(z.string().transform((given) => given.trim()))).toEqual(['it']);
  expect(lacks(z.object({ a: z.array(z.object({ b: z.string() })) }).partial())).toEqual([
    'it a',
    'it a [] b',
  ]);
  expect(lacks(z.union([z.number(), z.string()]).nullish())).toEqual(['it']);
  expect(lacks(z.record(z.string(), z.number()))).toEqual(['it', 'it {key}']);
  expect(lacks(z.unknown())).toEqual(['it']);
  expect(lacks(z.any().optional())).toEqual(['it']);
  const good = { a: bounded(5), b: name(3), c: text(9).nullish(), d: z.array(GivenId).max(3) };
  expect(lacks(z.object(good))).toEqual([]);
});

test('what is too long is refused by its length alone: nothing else looks at it', () => {
  let looks = 0;
  const watched = bounded(5)
    .refine(() => (looks += 1) > 0)
    .transform((given) => (looks += 1) && given);
  expect(watched.safeParse('123456').error?.issues).toMatchObject([
    { code: 'too_big', message: 'must be at most 5 characters long' },
  ]);
  expect(looks).toBe(0);
  expect(watched.parse('12345')).toBe('12345');
  expect(looks).toBe(2);
  // As long as any spelling of so many characters, and not a unit longer.
  expect(name(32).safeParse('e\u0301'.repeat(32)).data).toBe('é'.repeat(32));
  expect(name(32).safeParse(`a${'\u0301'.repeat(4 * 32 + 64)}`).error?.issues).toMatchObject([
    { code: 'too_big', message: 'must be at most 32 characters long' },
  ]);
  expect(text(4).safeParse('🎮'.repeat(4)).success).toBe(true);
  for (const [long, code] of [
    ['123456789', 'too_big'],
    ['12345', 'custom'],
  ] as const) {
    expect(text(4).safeParse(long).error?.issues).toMatchObject([
      { code, message: 'must be at most 4 characters long' },
    ]);
  }
});
