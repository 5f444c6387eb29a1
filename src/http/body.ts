// Reads JSON bodies: bounded, with a clear refusal for every way in which one can be wrong.
import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import { holdsMoreThan } from '../lib/json-values.ts';
import { hasRepeatedKey } from '../lib/repeated-keys.ts';
import { bodyError, queryError } from './complaint.ts';
import type { Endpoint } from './endpoint.ts';

/** The same that Hono's validator takes for JSON. */
const jsonType = /^application\/([\w.-]+\+)?json$/i;

/** Puts the parsed body where Hono's validator finds it. */
function jsonReader(schema: z.ZodType, limit_bytes: () => number): MiddlewareHandler {
  const clean = withoutNulls(schema);
  return async (c, next) => {
    const text = await readText(c.req.raw, limit_bytes()).catch((error: unknown) => {
      // What is no text, or too large, may be a form or a picture: its type says more than its bytes.
      refuseOtherTypes(c.req.raw);
      throw error;
    });
    let value: unknown = {};
    if (text.trim() === '') {
      // Clients send body-less requests as JSON; where something is needed, nothing is not enough.
      if (!schema.safeParse(value).success) {
        refuseOtherTypes(c.req.raw);
        throw new ApiError('invalid_request', 'The body is empty; send a JSON object.');
      }
    } else {
      refuseOtherTypes(c.req.raw);
      value = clean(parseJson(text, 'The body'));
    }
    // Hono would write it as text and read that again, which takes long where it is deep.
    c.req.json = () => Promise.resolve(value as never);
    await next();
  };
}

function refuseOtherTypes({ headers }: Request): void {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (jsonType.test(type.trim())) return;
  throw new ApiError('unsupported_media_type', 'Send the body as application/json.');
}

/** The body as text; read no further than the limit, whatever the client says of its length. */
export async function readText(request: Request, limit_bytes: number): Promise<string> {
  const tooLarge = () =>
    new ApiError('payload_too_large', `The body is larger than ${limit_bytes} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit_bytes) throw tooLarge();
  if (request.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  try {
    // What has a length ends there: no need to count.
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

/** Far more than any request needs, and few enough to be checked in a moment. */
const maxValues = 50_000;

/** What the text says; `what` names it in refusals. */
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

/** Takes null out of the fields that may be left out and that null does not clear: it says no more than absence. */
export function withoutNulls(schema: z.ZodType): Clean {
  const known = cleaners.get(schema) ?? cleanerOf(schema);
  cleaners.set(schema, known);
  return known;
}

function cleanerOf(schema: z.ZodType): Clean {
  if (!(schema instanceof z.ZodObject)) return (value) => value;
  const fields = Object.entries(schema.shape).flatMap(([key, field]) => {
    const takes = (value: unknown) => z.safeParse(field, value).success;
    return takes(undefined) && !takes(null) ? [key] : [];
  });
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const kept: Record<string, unknown> = { ...value };
    for (const field of fields) if (kept[field] === null) delete kept[field];
    return kept;
  };
}

/**
 * The steps that read what the endpoint declares; afterwards `c.req.valid` has it. Files are not
 * read here: nobody uploads before access was granted.
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
        // Of a wrong value those alone hear who may do this at all; a wrong shape is nobody's secret.
        if (error.problem === 'invalid_request') {
          access.grant({ app, viewer: c.get('viewer'), params: c.req.param() });
        }
        throw error;
      }),
    );
  }
  return steps;
}
