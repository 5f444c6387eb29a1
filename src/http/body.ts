// Reads JSON bodies up to a limit, and refuses each kind of bad body with a clear error.
import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import { holdsMoreThan } from '../lib/json-values.ts';
import { hasRepeatedKey } from '../lib/repeated-keys.ts';
import { bodyError, queryError } from './complaint.ts';
import type { Endpoint } from './endpoint.ts';

/** The content types that Hono's validator takes for JSON. */
const jsonType = /^application\/([\w.-]+\+)?json$/i;

/** Parses the body and puts it where Hono's validator finds it. */
function jsonReader(schema: z.ZodType, limit_bytes: () => number): MiddlewareHandler {
  const clean = withoutNulls(schema);
  return async (c, next) => {
    const text = await readText(c.req.raw, limit_bytes()).catch((error: unknown) => {
      // A body that is not text, or is too large, may be a form or an image: then 415 says more.
      refuseOtherTypes(c.req.raw);
      throw error;
    });
    let value: unknown = {};
    if (text.trim() === '') {
      // Clients send requests without a body as JSON: that is fine if no field is required.
      if (!schema.safeParse(value).success) {
        refuseOtherTypes(c.req.raw);
        throw new ApiError('invalid_request', 'The body is empty; send a JSON object.');
      }
    } else {
      refuseOtherTypes(c.req.raw);
      value = clean(parseJson(text, 'The body'));
    }
    // Hono would serialize and parse the value again, which is slow for deep values.
    c.req.json = () => Promise.resolve(value as never);
    await next();
  };
}

function refuseOtherTypes({ headers }: Request): void {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (jsonType.test(type.trim())) return;
  throw new ApiError('unsupported_media_type', 'Send the body as application/json.');
}

/** Reads the body as UTF-8 text, at most `limit_bytes`, whatever Content-Length says. */
export async function readText(request: Request, limit_bytes: number): Promise<string> {
  const tooLarge = () =>
    new ApiError('payload_too_large', `The body is larger than ${limit_bytes} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit_bytes) throw tooLarge();
  if (request.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  try {
    // With a Content-Length, Bun reads no further than that: no need to count.
    if (request.headers.has('content-length')) return decoder.decode(await request.bytes());
    for await (const part of request.body) {
      size += part.byteLength;
      if (size > limit_bytes) throw tooLarge();
      text += decoder.decode(part, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError('invalid_request', 'The body is broken off or no UTF-8 text.');
  }
}

/** Far more than any request needs, and quick to check. */
const maxValues = 50_000;

/** Parses the text; `what` names it in error messages. */
export function parseJson(text: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request', `${what} is not JSON.`);
  }
  if (holdsMoreThan(maxValues, value)) {
    throw new ApiError('invalid_request', `${what} holds more than ${maxValues} values.`);
  }
  if (hasRepeatedKey(text, value)) {
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

/**
 * Returns the middleware that reads the query and the JSON body into `c.req.valid`. Uploads are not
 * read here, because access has to be granted first.
 */
export function readers(app: App, endpoint: Endpoint): MiddlewareHandler[] {
  const { access, query, body, body_limit, upload } = endpoint;
  const steps: MiddlewareHandler[] = [];
  if (query) {
    steps.push(
      zValidator('query', query, (result) => {
        if (!result.success) throw queryError(result.error);
      }),
    );
  }
  if (body && !upload) {
    steps.push(
      jsonReader(body, () => (typeof body_limit === 'number' ? body_limit : body_limit(app))),
      zValidator('json', body, (result, c) => {
        if (result.success) return;
        const error = bodyError(result.error, result.data);
        // A wrong value is reported only to callers with access; a wrong shape is no secret.
        if (error.problem === 'invalid_request') {
          access.grant({ app, viewer: c.get('viewer'), params: c.req.param() });
        }
        throw error;
      }),
    );
  }
  return steps;
}
