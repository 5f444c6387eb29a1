// Reads JSON bodies up to a limit, and refuses each kind of bad body with a clear error.
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { countJson } from '../lib/json-text.ts';
import { hasRepeatedKey } from '../lib/repeated-keys.ts';
import { least_bytes, type Incoming } from './incoming.ts';

/** The content types that Hono's validator takes for JSON. */
const jsonType = /^application\/([\w.-]+\+)?json$/i;

/** How a body is read. */
export interface Reading {
  limit_bytes: number;
  incoming: Incoming;
  /** Waits until the client may take some milliseconds. */
  nextTurn(): Promise<void>;
  /** Sees what has come of a large body, byte by byte as Latin-1; may throw. */
  refuse?(beginning: string): unknown;
}

/** Returns the value of a JSON body; `{}` for an empty one if the schema takes that. */
export async function readJson(
  request: Request,
  schema: z.ZodType,
  reading: Reading,
): Promise<unknown> {
  const text = await readText(request, {
    ...reading,
    refuse: (beginning) => refuseCostly(beginning),
  }).catch((error: unknown) => {
    // A body that is not text, or is too large, may be a form or an image: then 415 says more.
    refuseOtherTypes(request);
    throw error;
  });
  if (text.trim() !== '') {
    refuseOtherTypes(request);
    // Decoding and parsing megabytes each take some milliseconds.
    if (text.length > large_length) await reading.nextTurn();
    return parseJson(text, 'The body');
  }
  // Clients send requests without a body as JSON: that is fine if no field is required.
  if (schema.safeParse({}).success) return {};
  refuseOtherTypes(request);
  throw new ApiError('invalid_request', 'The body is empty; send a JSON object.');
}

function refuseOtherTypes({ headers }: Request): void {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (jsonType.test(type.trim())) return;
  throw new ApiError('unsupported_media_type', 'Send the body as application/json.');
}

/** Of a larger body, what has come is looked at before it is complete. */
export const firstLook_bytes = 64 * 1024;

/** Decodes whole texts; it keeps nothing from one to the next. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the body as UTF-8 text, at most `limit_bytes`, whatever Content-Length says. */
export async function readText(request: Request, reading: Reading): Promise<string> {
  const { limit_bytes, incoming, nextTurn } = reading;
  const length = request.headers.get('content-length');
  if (Number(length ?? 0) > limit_bytes) throw tooLarge(limit_bytes);
  // With a Content-Length, Bun reads no further than that; and so little has to come in time whole.
  const isShort = length !== null && Number(length) <= least_bytes;
  try {
    const bytes = isShort ? request.bytes() : readPieces(request.body ?? [], reading);
    const read = await Promise.race([bytes, incoming.stopped()]);
    if (read.byteLength > paced_length) await nextTurn();
    return utf8.decode(read);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError('invalid_request', 'The body is broken off or no UTF-8 text.');
  } finally {
    incoming.isRead();
  }
}

/** Reads a body piece by piece, and refuses it as soon as it is too large or costs too much. */
async function readPieces(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { limit_bytes, incoming, refuse }: Reading,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let foreign = 0;
  let next = firstLook_bytes;
  for await (const part of body) {
    size += part.byteLength;
    if (size > limit_bytes) throw tooLarge(limit_bytes);
    incoming.arrived(part.byteLength);
    foreign += bytesBeyondAscii(part);
    if (foreign > maxForeign_bytes) throw tooForeign();
    parts.push(part);
    if (size < next) continue;
    // Each time at twice the size, so that all looks together are no more than two.
    next = 2 * size;
    refuse?.(Buffer.concat(parts).toString('latin1'));
  }
  return Buffer.concat(parts);
}

const tooLarge = (limit_bytes: number) =>
  new ApiError('payload_too_large', `The body is larger than ${limit_bytes} bytes.`);

/** JSON above this length (bytes or characters) is decoded and parsed one at a time: long messages, too. */
export const paced_length = 2 * 1024;
/** Above this length each step has a turn of its own. */
const large_length = 256 * 1024;

/**
 * How many bytes of a body may stand for characters beyond ASCII. Images are ASCII, and texts are
 * shorter than this; megabytes of accents take tens of milliseconds to decode.
 */
const maxForeign_bytes = 1024 * 1024;

function bytesBeyondAscii(part: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < part.length; at += 1) count += (part[at] ?? 0) >> 7;
  return count;
}

function tooForeign(): ApiError {
  const message = `The body holds more than ${maxForeign_bytes} bytes beyond ASCII.`;
  return new ApiError('invalid_request', message, { closes: true });
}

/** Far more than any request needs, and quick to check. */
const limits = { depth: 100, values: 10_000, characters: 64 * 1024 };

/**
 * Any text may have as many escapes as it may have characters outside of its texts, and one more for
 * each 16 characters of it: some programs escape each slash or plus sign of an image's data, or break
 * the data into lines.
 */
const charactersPerEscape = 16;

/** The error messages for a text that passes a limit; they go on after its name. */
const excesses = {
  depth: `is nested more than ${limits.depth} levels deep`,
  values: `holds more than ${limits.values} values`,
  characters: `holds more than ${limits.characters} characters outside of its texts`,
  escapes: `holds more than one escape in ${charactersPerEscape} characters`,
};

/** Counts what a JSON text, or its beginning, holds; throws 400 if that is too much. */
function refuseCostly(text: string, what = 'The body'): { colons: number } {
  const escapes = limits.characters + Math.floor(text.length / charactersPerEscape);
  const count = countJson(text, { ...limits, escapes });
  if (count.excess === null) return count;
  throw new ApiError('invalid_request', `${what} ${excesses[count.excess]}.`);
}

/** Parses the text; `what` names it in error messages. */
export function parseJson(text: string, what: string): unknown {
  const { colons } = refuseCostly(text, what);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request', `${what} is not JSON.`);
  }
  if (hasRepeatedKey(colons, value)) {
    throw new ApiError('wrong_shape', `${what} names a key of an object twice.`);
  }
  return value;
}

type Clean = (value: unknown) => unknown;
const cleaners = new WeakMap<z.ZodType, Clean>();

/** Returns a function that removes optional fields with null where null is not a valid value. */
export function withoutNulls(schema: z.ZodType): Clean {
  const known = cleaners.get(schema) ?? cleanerOf(schema);
  cleaners.set(schema, known);
  return known;
}

/** Returns the fields of a body in which null means the same as leaving them out. */
export function nullsOf(schema: z.ZodType): string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const takes = (value: unknown) => z.safeParse(field, value).success;
    return takes(undefined) && !takes(null) ? [key] : [];
  });
}

function cleanerOf(schema: z.ZodType): Clean {
  const fields = nullsOf(schema);
  if (fields.length === 0) return (value) => value;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const kept: Record<string, unknown> = { ...value };
    for (const field of fields) if (kept[field] === null) delete kept[field];
    return kept;
  };
}
