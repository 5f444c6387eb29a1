// Reads what an endpoint declares of its request, by Hono's validator: the query, and the JSON body.
import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { grantOf } from '../access/asking.ts';
import { firstLook_bytes, readJson, withoutNulls } from './body.ts';
import { bodyError, queryError } from './complaint.ts';
import type { Endpoint } from './endpoint.ts';
import type { Ctx, Facts } from './facts.ts';
import { beginBody, kindOfBody, lineOf, type Incoming } from './incoming.ts';

/** What was read. */
export interface Given {
  readonly query: unknown;
  readonly body: unknown;
  /** The body, which the request ends; ending it twice does nothing. Null without one. */
  readonly incoming: Incoming | null;
}

export type InputReader = (c: Ctx) => Promise<Given>;

/** What follows a validator in Hono's chain: nothing, since it is called by itself. */
const nothingMore = () => Promise.resolve();

/**
 * Returns what reads the query and the body of an endpoint; null if it declares neither. Uploads are
 * not read here, because access has to be granted first.
 */
export function inputReaderOf(endpoint: Endpoint): InputReader | null {
  const { query, body, upload } = endpoint;
  const readQuery = query && queryReader(query);
  const readBody = body && !upload ? bodyReader(endpoint, body) : undefined;
  if (!readQuery && !readBody) return null;
  return async (c) => {
    if (readQuery) await readQuery(c, nothingMore);
    const incoming = readBody ? await readBody(c) : null;
    return {
      query: readQuery && c.req.valid('query' as never),
      body: readBody && c.req.valid('json' as never),
      incoming,
    };
  };
}

const queryReader = (schema: z.ZodType): MiddlewareHandler =>
  zValidator('query', schema, (result) => {
    if (!result.success) throw queryError(result.error);
  });

/** Of a body with images at least this share becomes bytes: base64 takes four for three, and breaks. */
const shareOfImages = 0.7;

/** Returns what reads a JSON body; a large one counts as under way until its request ends it. */
function bodyReader(endpoint: Endpoint, schema: z.ZodType): (c: Ctx) => Promise<Incoming> {
  const { body_limit: limit, admits } = endpoint;
  const clean = withoutNulls(schema);
  const check: MiddlewareHandler = zValidator('json', schema, (result, c) => {
    if (result.success) return;
    const error = bodyError(result.error, result.data);
    const { app, viewer } = c.env as Facts;
    // A wrong value is reported only to callers with access; a wrong shape is no secret.
    if (error.problem === 'invalid_request') {
      grantOf(endpoint, { app, viewer, params: c.req.param() });
    }
    throw error;
  });
  return async (c) => {
    const { app, raw, viewer } = c.env;
    const announced = Number(raw.headers.get('content-length')) || 0;
    if (announced > firstLook_bytes) {
      admits?.(app, viewer, Math.floor((announced - firstLook_bytes) * shareOfImages));
    }
    const limit_bytes = typeof limit === 'number' ? limit : limit(app);
    const kind = kindOfBody(raw, limit_bytes);
    const incoming = beginBody(app, c.env, kind);
    try {
      const nextTurn = () => app.pace.turn(lineOf(c.env));
      const value = clean(await readJson(raw, schema, { limit_bytes, incoming, nextTurn }));
      // Hono would serialize and parse the value again, which is slow for deep values.
      c.req.json = () => Promise.resolve(value as never);
      // A large body counts until it is answered, since its images wait for those of others.
      if (kind === 'small') incoming.end();
      await check(c, nothingMore);
      return incoming;
    } catch (error) {
      incoming.end();
      throw error;
    }
  };
}
