// Turns endpoints into an HTTP handler: routing, tokens, the limiter, the three phases, the envelope.
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import type { App } from '../app.ts';
import { resolveAgain, resolveToken, type Actor } from '../access/tokens.ts';
import { ApiError } from '../errors.ts';
import { clientAddress } from '../lib/address.ts';
import { pickOf, type Pick } from '../lib/pick.ts';
import type { Taken } from '../lib/token-bucket.ts';
import { readers } from './body.ts';
import { toApiError } from './complaint.ts';
import { corsHeaders, preflight } from './cors.ts';
import { fullPath, type Endpoint, type Page, type RequestFacts } from './endpoint.ts';
import { createLimiter, limitHeaders, type Limiter } from './limit.ts';

/** The part of Bun's server that requests need. */
export interface PeerAddress {
  requestIP(request: Request): { address: string } | null;
}

interface Variables {
  actor: Actor | null;
  taken: Taken | null;
  /** For log lines, and for people who report an error. */
  request_id: string;
}
interface Environment {
  Bindings: { peer: PeerAddress };
  Variables: Variables;
}
type Ctx = Context<Environment>;

export type Handle = (request: Request, peer: PeerAddress) => Promise<Response>;

/** The handler of all HTTP requests but WebSocket upgrades. */
export function mountHttp(app: App, endpoints: readonly Endpoint[]): Handle {
  const mount = new Mount(app);
  const hono = new Hono<Environment>({ strict: true });
  for (const [prefix, group] of mount.groups(endpoints)) hono.route(prefix, group);
  hono.notFound((c) =>
    mount.refuse(c, new ApiError('not_found', 'There is nothing at this path.')),
  );
  hono.onError((error, c) => mount.refuse(c, error));
  return async (request, peer) => {
    if (request.method === 'OPTIONS') return preflight(app.config, request);
    if (request.method !== 'HEAD') return hono.fetch(request, { peer });
    const full = await hono.fetch(new Request(request, { method: 'GET' }), { peer });
    return headOf(full);
  };
}

/** The same answer without its body, but with the body's length. */
async function headOf(full: Response): Promise<Response> {
  const headers = new Headers(full.headers);
  if (!headers.has('Content-Length')) {
    headers.set('Content-Length', String((await full.arrayBuffer()).byteLength));
  } else {
    await full.body?.cancel();
  }
  return new Response(null, { status: full.status, headers });
}

/** How a client's address is found, for requests and sockets alike. */
export function addressOf(app: App, request: Request, peer: PeerAddress): string {
  return clientAddress(
    peer.requestIP(request)?.address ?? 'unknown',
    request.headers.get('x-forwarded-for'),
    app.config.TRUSTED_PROXIES,
  );
}

class Mount {
  readonly #app: App;
  readonly #limiter: Limiter | null;
  #requests = 0;
  readonly #start = Date.now().toString(36);

  constructor(app: App) {
    this.#app = app;
    this.#limiter = createLimiter(app.config);
  }

  /** One Hono route group for the first segment of each path; literals before parameters. */
  groups(endpoints: readonly Endpoint[]): Map<string, Hono<Environment>> {
    const groups = new Map<string, Hono<Environment>>();
    const byPath = Map.groupBy(endpoints, fullPath);
    refuseAmbiguous([...byPath.keys()]);
    const paths = [...byPath.keys()].sort(literalsFirst);
    for (const path of paths) {
      const [prefix, rest] = splitPrefix(path);
      let group = groups.get(prefix);
      if (group === undefined) {
        group = new Hono<Environment>({ strict: true });
        groups.set(prefix, group);
      }
      const here = byPath.get(path) ?? [];
      for (const endpoint of here) {
        group.on(endpoint.method, rest, this.#identify(endpoint), ...readers(endpoint), (c) =>
          this.#answer(endpoint, c),
        );
      }
      const [first] = here;
      if (first) group.all(rest, this.#identify(first, true), (c) => this.#wrongMethod(c, here));
    }
    return groups;
  }

  /** Resolves the token, takes from the bucket, and refuses who needs a token and has none. */
  #identify(endpoint: Endpoint, anyMethod = false): MiddlewareHandler<Environment> {
    return async (c, next) => {
      const app = this.#app;
      const actor = resolveToken(app, c.req.raw.headers.get('authorization'));
      c.set('actor', actor);
      if (this.#limiter !== null && endpoint.at === 'api') {
        const address = () => addressOf(app, c.req.raw, c.env.peer);
        const taken = this.#limiter.take(actor, address, app.clock.now());
        c.set('taken', taken);
        if (!taken.allowed) {
          throw new ApiError('rate_limited', 'Too many requests; wait a moment.', {
            retryAfter_s: taken.retryAfter_s,
          });
        }
      }
      if (endpoint.access.token && actor === null && !anyMethod) {
        throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
      }
      await next();
    };
  }

  async #answer(endpoint: Endpoint, c: Ctx): Promise<Response> {
    const app = this.#app;
    const { access } = endpoint;
    const params = c.req.param() as Record<string, string>;
    const actor = c.get('actor');
    const input = {
      app,
      params,
      query: endpoint.query ? c.req.valid('query' as never) : undefined,
      body: endpoint.body ? c.req.valid('json' as never) : undefined,
      request: this.#facts(c),
      prepared: undefined as unknown,
    };
    if (endpoint.prepare) {
      // Refuses a stranger before any work is done; what counts is the second asking, in the turn.
      access.grant({ app, actor, params });
      input.prepared = await endpoint.prepare({ ...input, actor });
    }
    let answer =
      endpoint.method === 'GET'
        ? endpoint.run({ ...access.grant({ app, actor, params }), ...input })
        : await app.write<unknown>((turn) => {
            const now = actor === null ? null : resolveAgain(app, actor);
            return endpoint.run({ ...access.grant({ app, actor: now, params }), ...input, turn });
          });
    if (endpoint.complete) answer = await endpoint.complete(app, answer);
    if (endpoint.after) {
      endpoint.after(app, answer).catch((error: unknown) => {
        app.log.error({ err: error, path: endpoint.path }, 'work after an answer failed');
      });
    }
    if (answer instanceof Response) return this.#dressed(c, answer);
    return this.#json(c, 200, envelope(endpoint, answer, app.strict));
  }

  #facts(c: Ctx): RequestFacts {
    return {
      raw: c.req.raw,
      url: c.req.url,
      address: () => addressOf(this.#app, c.req.raw, c.env.peer),
      header: (name) => c.req.raw.headers.get(name),
    };
  }

  #wrongMethod(c: Ctx, here: readonly Endpoint[]): Response {
    const allowed = here.map(({ method }) => method as string);
    if (allowed.includes('GET')) allowed.push('HEAD');
    const error = new ApiError('method_not_allowed', `This path knows ${allowed.join(', ')} only.`);
    return this.#json(c, 405, error.toBody(), { Allow: allowed.join(', ') });
  }

  refuse(c: Ctx, cause: unknown): Response {
    const request_id = this.#requestId(c);
    const facts = { request_id, method: c.req.method, path: c.req.routePath };
    const error = toApiError(cause, this.#app.log, facts);
    const more: Record<string, string> = {};
    if (error.retryAfter_s !== undefined) more['Retry-After'] = String(error.retryAfter_s);
    return this.#json(c, error.status, error.toBody(), more);
  }

  #requestId(c: Ctx): string {
    let id = c.get('request_id') as string | undefined;
    if (id === undefined) {
      this.#requests += 1;
      id = `${this.#start}-${this.#requests.toString(36)}`;
      c.set('request_id', id);
    }
    return id;
  }

  #headers(c: Ctx): Record<string, string> {
    const taken = c.get('taken') as Taken | null | undefined;
    return {
      ...corsHeaders(this.#app.config, c.req.raw),
      'X-Request-Id': this.#requestId(c),
      ...(this.#limiter && taken ? limitHeaders(this.#limiter, taken, this.#app.clock.now()) : {}),
    };
  }

  #json(c: Ctx, status: number, body: unknown, more: Record<string, string> = {}): Response {
    const headers = { ...this.#headers(c), 'Content-Type': 'application/json', ...more };
    this.#logged(c, status);
    return new Response(JSON.stringify(body), { status, headers });
  }

  #dressed(c: Ctx, response: Response): Response {
    for (const [name, value] of Object.entries(this.#headers(c))) response.headers.set(name, value);
    this.#logged(c, response.status);
    return response;
  }

  #logged(c: Ctx, status: number): void {
    const { log } = this.#app;
    // The template, not the path: ids and invite codes stay out of the log.
    log.debug(
      {
        request_id: this.#requestId(c),
        method: c.req.method,
        path: c.req.routePath,
        status,
        user_id: (c.get('actor') as Actor | null | undefined)?.id,
      },
      'request',
    );
  }
}

const picks = new WeakMap<Endpoint, Pick>();

function envelope(endpoint: Endpoint, answer: unknown, strict: boolean): unknown {
  let pick = picks.get(endpoint);
  if (pick === undefined) {
    pick = pickOf(endpoint.returns);
    picks.set(endpoint, pick);
  }
  if (endpoint.form === 'page') {
    const { items, cursor } = answer as Page<unknown>;
    if (strict) endpoint.returns.parse(items);
    return cursor === null ? { data: pick(items) } : { data: pick(items), cursor };
  }
  if (strict) endpoint.returns.parse(answer);
  const picked = answer === null ? null : pick(answer);
  return endpoint.form === 'plain' ? picked : { data: picked };
}

/** Paths that differ in the names of their parameters only would hide one another. */
function refuseAmbiguous(paths: readonly string[]): void {
  const shapes = Map.groupBy(paths, (path) => path.replace(/:[a-z_]+/g, ':'));
  for (const same of shapes.values()) {
    if (same.length > 1) throw new Error(`name the parameters alike: ${same.join(', ')}`);
  }
}

/** `/api/v1/spaces/:id` → [`/api/v1/spaces`, `/:id`]; pages outside have the root as their group. */
function splitPrefix(path: string): [prefix: string, rest: string] {
  const parts = path.split('/');
  const depth = path.startsWith('/api/v1/') ? 4 : 2;
  const prefix = parts.slice(0, depth).join('/');
  return [prefix || '/', path.slice(prefix.length) || ''];
}

/** Compares segment by segment: a literal before a parameter. */
function literalsFirst(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = Number(left[index]?.startsWith(':')) - Number(right[index]?.startsWith(':'));
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
