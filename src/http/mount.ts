// Turns endpoints into an HTTP handler: routing, tokens, rate limit, phases, envelope.
import { Hono, type MiddlewareHandler } from 'hono';
import type { App } from '../app.ts';
import { resolveGuest } from '../access/guests.ts';
import { accountOf } from '../access/place.ts';
import { resolveUse } from '../access/token-uses.ts';
import { grantOf, refuseAtDoor } from '../access/unsettled.ts';
import { ApiError } from '../errors.ts';
import type { ReceivedFile } from '../lib/multipart.ts';
import type { Taken } from '../lib/token-bucket.ts';
import { readers } from './body.ts';
import { toApiError } from './complaint.ts';
import { again, headOf, isRoutable, methods } from './arrival.ts';
import { corsHeaders, preflight } from './cors.ts';
import { existing, fullPath, type Endpoint } from './endpoint.ts';
import { isFree } from './each-space.ts';
import { envelope } from './envelope.ts';
import { Facts, type Ctx, type Environment } from './facts.ts';
import { createLimiter, limitHeaders, type Limiter } from './limit.ts';
import { outgoing } from './outgoing.ts';
import { literalsFirst, pathOf, refuseAmbiguous, refuseBroken, splitPrefix } from './paths.ts';
import { runPhases, type Input } from './phases.ts';
import { beginInTime, readInTime } from './pacing.ts';
import { addressOf, type PeerAddress } from './peer.ts';
import { createPipelineLimit, tooManyAtOnce } from './pipelining.ts';
import { requestRate } from './request-rate.ts';

type Body = string | ReadableStream<Uint8Array>;

export type Handle = (request: Request, peer: PeerAddress) => Response | Promise<Response>;

/** Returns the handler of all HTTP requests except WebSocket upgrades. */
export function mountHttp(app: App, endpoints: readonly Endpoint[]): Handle {
  const mount = new Mount(app);
  const hono = new Hono<Environment>({ strict: true, getPath: pathOf });
  for (const [prefix, group] of mount.groups(existing(endpoints, app.config)))
    hono.route(prefix, group);
  hono.notFound((c) =>
    mount.refuse(c, new ApiError('not_found', 'There is nothing at this path.')),
  );
  hono.onError((error, c) => mount.refuse(c, error));
  const mayBeAnswered = createPipelineLimit();
  return (request, peer) => {
    app.state(requestRate).count(app.clock.steady());
    if (!mayBeAnswered(request, peer)) return tooManyAtOnce(app, request);
    if (request.method === 'OPTIONS') return preflight(app.config, request);
    const origin = { peer, arrived: request };
    const address = () => addressOf(app, request, peer);
    return beginInTime(app, request, address, () => {
      if (request.method === 'HEAD') {
        return headOf(hono.fetch(again(request, { method: 'GET' }), origin));
      }
      return hono.fetch(isRoutable(request) ? request : again(request), origin);
    });
  };
}

/** Shared by all requests without files. */
const nothing: readonly ReceivedFile[] = [];

class Mount {
  readonly #app: App;
  readonly #limiter: Limiter | null;
  readonly #isTracing: boolean;
  #requests = 0;
  readonly #start = Date.now().toString(36);

  constructor(app: App) {
    this.#app = app;
    this.#limiter = createLimiter(app.config);
    this.#isTracing = app.config.LOG_LEVEL === 'debug';
  }

  /** Makes one Hono group for each first segment of the paths; literals come before parameters. */
  groups(endpoints: readonly Endpoint[]): Map<string, Hono<Environment>> {
    const groups = new Map<string, Hono<Environment>>();
    const byPath = Map.groupBy(endpoints, fullPath);
    refuseAmbiguous([...byPath.keys()]);
    const paths = [...byPath.keys()].toSorted(literalsFirst);
    for (const path of paths) {
      const [prefix, rest] = splitPrefix(path);
      let group = groups.get(prefix);
      if (group === undefined) {
        group = new Hono<Environment>({ strict: true });
        groups.set(prefix, group);
      }
      const here = byPath.get(path) ?? [];
      for (const endpoint of here) {
        const steps = readers(this.#app, endpoint, (c) => new Facts(this.#app, c));
        const answer = (c: Ctx) => this.#answer(endpoint, c);
        // Without anything to read one handler is enough: Hono calls it without a chain.
        if (steps.length === 0) {
          group.on(endpoint.method, rest, (c) => {
            this.#identify(endpoint, c);
            return answer(c);
          });
        } else {
          const identify: MiddlewareHandler<Environment> = (c, next) => {
            this.#identify(endpoint, c);
            return next();
          };
          group.on(endpoint.method, rest, identify, ...steps, answer);
        }
      }
      const [first] = here;
      const others = methods.filter((method) => !here.some((one) => one.method === method));
      if (first) group.on(others, rest, (c) => this.#wrongMethod(c, first, here));
    }
    return groups;
  }

  /** Resolves the token, counts the request, and refuses callers that lack a required token. */
  #identify(endpoint: Endpoint, c: Ctx, { isJudged = true, limit = endpoint.limit } = {}): void {
    const app = this.#app;
    const authorization = c.req.raw.headers.get('authorization');
    const actor = resolveUse(app, authorization);
    const viewer = actor ?? resolveGuest(app, authorization);
    c.set('viewer', viewer);
    c.set('endpoint', endpoint);
    if (actor?.is_admin) {
      const sender = () => addressOf(app, c.env.arrived, c.env.peer);
      app.address.learn(c.req.raw.headers.get('host'), sender);
    }
    if (limit !== 'refusals') this.#take(endpoint, c);
    refuseBroken(c.req.path);
    if (isJudged) refuseAtDoor(endpoint, viewer);
  }

  /** Takes one token from the bucket of the account or IP address; throws 429 if it is empty. */
  #take(endpoint: Endpoint, c: Ctx): void {
    if (this.#limiter === null || endpoint.at !== 'api') return;
    const app = this.#app;
    const address = () => addressOf(app, c.env.arrived, c.env.peer);
    const account = accountOf(c.get('viewer'));
    if (endpoint.limit === 'beyond_spaces' && account && isFree(app, account)) return;
    const taken = this.#limiter.take(account, address, app.clock.steady());
    c.set('taken', taken);
    if (!taken.allowed) {
      throw new ApiError('rate_limited', 'Too many requests; wait a moment.', {
        retryAfter_s: taken.retryAfter_s,
      });
    }
  }

  /** Makes the input of all phases of an endpoint. */
  #input(endpoint: Endpoint, c: Ctx): Input {
    return {
      app: this.#app,
      params: c.req.param() as Record<string, string>,
      query: endpoint.query ? c.req.valid('query' as never) : undefined,
      body: endpoint.body && !endpoint.upload ? c.req.valid('json' as never) : undefined,
      files: nothing,
      made_before: null,
      request: new Facts(this.#app, c),
      prepared: undefined,
    };
  }

  /** Runs the endpoint; a plain read for which there is time needs no promise. */
  #answer(endpoint: Endpoint, c: Ctx): Response | Promise<Response> {
    const { method, prepare, complete, after, form } = endpoint;
    if (method !== 'GET' || prepare || complete || after || form === 'file') {
      return this.#phases(endpoint, c);
    }
    const input = this.#input(endpoint, c);
    return readInTime(this.#app, endpoint, input.request, (viewer) => {
      const asked = { app: this.#app, viewer, params: input.params };
      return this.#respond(endpoint, c, endpoint.run({ ...grantOf(endpoint, asked), ...input }));
    });
  }

  async #phases(endpoint: Endpoint, c: Ctx): Promise<Response> {
    let answer: unknown;
    try {
      answer = await runPhases(endpoint, c.get('viewer'), this.#input(endpoint, c));
    } catch (error) {
      if (endpoint.limit === 'refusals') this.#take(endpoint, c);
      throw error;
    }
    return this.#respond(endpoint, c, answer);
  }

  #respond(endpoint: Endpoint, c: Ctx, answer: unknown): Response {
    if (answer instanceof Response) return this.#dressed(c, answer);
    const text = envelope(endpoint, answer, this.#app.strict);
    const sender = () => new Facts(this.#app, c);
    return this.#json(c, 200, this.#app.state(outgoing).body(sender, text));
  }

  #wrongMethod(c: Ctx, first: Endpoint, here: readonly Endpoint[]): Response {
    this.#identify(first, c, { isJudged: false, limit: 'requests' });
    const allowed = here.map(({ method }) => method as string);
    if (allowed.includes('GET')) allowed.push('HEAD');
    const error = new ApiError('method_not_allowed', `This path knows ${allowed.join(', ')} only.`);
    return this.#json(c, 405, JSON.stringify(error.toBody()), { Allow: allowed.join(', ') });
  }

  refuse(c: Ctx, cause: unknown): Response {
    const request_id = this.#requestId(c);
    const facts = { request_id, method: c.req.method, path: template(c) };
    const error = toApiError(cause, this.#app.log, facts);
    return this.#json(c, error.status, JSON.stringify(error.toBody()), error.toHeaders());
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
    const headers = corsHeaders(this.#app.config, c.req.raw);
    headers['X-Request-Id'] = this.#requestId(c);
    const taken = c.get('taken') as Taken | null | undefined;
    if (this.#limiter && taken) {
      Object.assign(headers, limitHeaders(this.#limiter, taken, this.#app.clock.now()));
    }
    return headers;
  }

  #json(c: Ctx, status: number, body: Body, more?: Record<string, string>): Response {
    const headers = this.#headers(c);
    headers['Content-Type'] = 'application/json';
    if (more) Object.assign(headers, more);
    if (this.#isTracing) this.#trace(c, status);
    return new Response(body, { status, headers });
  }

  #dressed(c: Ctx, response: Response): Response {
    for (const [name, value] of Object.entries(this.#headers(c))) response.headers.set(name, value);
    if (this.#isTracing) this.#trace(c, response.status);
    return response;
  }

  #trace(c: Ctx, status: number): void {
    const path = template(c);
    const user_id = accountOf(c.get('viewer') ?? null)?.id;
    const request_id = this.#requestId(c);
    this.#app.log.debug({ request_id, method: c.req.method, path, status, user_id }, 'request');
  }
}

/** Returns the path pattern, so that the log has no ids or invite codes; null if unknown. */
function template(c: Ctx): string | null {
  const endpoint = c.get('endpoint');
  return endpoint === undefined ? null : fullPath(endpoint);
}
