// Reads JSON bodies: bounded, with a clear refusal for every way in which one can be wrong.
import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ApiError } from '../errors.ts';
import { bodyError, queryError } from './complaint.ts';
import type { Endpoint } from './endpoint.ts';

const jsonType = /^application\/([a-z0-9.!#$&^_-]+\+)?json\s*(;|$)/i;

function tooLarge(limit: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: limit,
    onError: () => {
      throw new ApiError('payload_too_large', `The body is larger than ${limit} bytes.`);
    },
  });
}

/** Puts the parsed body where Hono's validator finds it. An empty one counts as `{}`. */
const readJson: MiddlewareHandler = async (c, next) => {
  const text = await c.req.text();
  if (text.trim() === '') {
    c.req.bodyCache.json = Promise.resolve({});
  } else {
    if (!jsonType.test(c.req.header('content-type') ?? '')) {
      throw new ApiError('unsupported_media_type', 'Send the body as application/json.');
    }
    c.req.bodyCache.json = Promise.resolve(parse(text));
  }
  await next();
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request', 'The body is not JSON.');
  }
}

/** The steps that read what the endpoint declares; afterwards `c.req.valid` has it. */
export function readers({ query, body, body_limit }: Endpoint): MiddlewareHandler[] {
  const steps: MiddlewareHandler[] = [];
  if (query) {
    steps.push(
      zValidator('query', query, (result) => {
        if (!result.success) throw queryError(result.error);
      }),
    );
  }
  if (body) {
    steps.push(
      tooLarge(body_limit),
      readJson,
      zValidator('json', body, (result) => {
        if (!result.success) throw bodyError(result.error, result.data);
      }),
    );
  }
  return steps;
}
