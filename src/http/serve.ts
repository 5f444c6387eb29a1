// Answers a request for one endpoint: token, rate limit, query and body, the phases, the envelope.
import type { Handler } from 'hono';
import { resolveGuest } from '../access/guests.ts';
import { accountOf } from '../access/place.ts';
import { resolveUse } from '../access/token-uses.ts';
import { grantOf, refuseAtDoor } from '../access/asking.ts';
import { ApiError } from '../errors.ts';
import { answers } from './answers.ts';
import { isFree } from './each-space.ts';
import { KeptAnswer, type Endpoint } from './endpoint.ts';
import { envelope } from './envelope.ts';
import type { Ctx, Environment, Facts } from './facts.ts';
import { limiter } from './limit.ts';
import { outgoing } from './outgoing.ts';
import { readInTime } from './pacing.ts';
import { refuseBroken } from './paths.ts';
import { runInTurn, runPhases, type Input } from './phases.ts';
import { inputReaderOf, type Given, type InputReader } from './reading.ts';

/** Answers as an endpoint does, with what was read of the request. */
type Respond = (endpoint: Endpoint, input: Input) => Response | Promise<Response>;

/** Returns the one handler of an endpoint. */
export function handlerOf(endpoint: Endpoint): Handler<Environment> {
  const respond = respondOf(endpoint);
  const read = inputReaderOf(endpoint);
  return (c) => {
    recognise(endpoint, c.env);
    if (endpoint.limit !== 'refusals') count(c.env, endpoint);
    refuseBroken(c.req.path);
    refuseAtDoor(endpoint, c.env.viewer);
    if (read === null) return respond(endpoint, inputOf(c));
    return readFirst(c, endpoint, read, respond);
  };
}

/** Returns the handler of all methods that a path does not have; its first endpoint says how they count. */
export function wrongMethod(first: Endpoint, here: readonly Endpoint[]): Handler<Environment> {
  const allowed = here.map(({ method }) => method as string);
  if (allowed.includes('GET')) allowed.push('HEAD');
  const names = allowed.join(', ');
  return ({ env, req }) => {
    recognise(first, env);
    count(env, first);
    refuseBroken(req.path);
    const error = new ApiError('method_not_allowed', `This path knows ${names} only.`);
    return env.app.state(answers).refusal(env, error, { Allow: names });
  };
}

/** Resolves the token of the request. */
function recognise(endpoint: Endpoint, facts: Facts): void {
  const { app } = facts;
  const authorization = facts.header('authorization');
  const actor = resolveUse(app, authorization);
  facts.viewer = actor ?? resolveGuest(app, authorization);
  facts.endpoint = endpoint;
  if (actor?.is_admin) app.address.learn(facts.header('host'), () => facts.address());
}

/** Takes one token from the bucket of the account or IP address; throws 429 if it is empty. */
function count(facts: Facts, { at, limit }: Endpoint): void {
  const { app, viewer } = facts;
  const buckets = app.state(limiter);
  if (buckets === null || at !== 'api') return;
  const account = accountOf(viewer);
  if (limit === 'beyond_spaces' && account && isFree(app, account)) return;
  facts.taken = buckets.take(account, () => facts.address(), app.clock.steady());
  if (facts.taken.allowed) return;
  const { retryAfter_s } = facts.taken;
  throw new ApiError('rate_limited', 'Too many requests; wait a moment.', { retryAfter_s });
}

/** Reads the query and the body, then answers. */
async function readFirst(
  c: Ctx,
  endpoint: Endpoint,
  read: InputReader,
  respond: Respond,
): Promise<Response> {
  const given = await read(c);
  try {
    return await respond(endpoint, inputOf(c, given));
  } finally {
    given.incoming?.end();
  }
}

/** What is read of a request for an endpoint that declares nothing. */
const nothing: Pick<Given, 'query' | 'body'> = { query: undefined, body: undefined };
const noFiles: Input['files'] = [];

/** Makes the input of all phases of an endpoint. */
function inputOf({ env, req }: Ctx, { query, body } = nothing): Input {
  const params = req.param() as Record<string, string>;
  const { app } = env;
  const files = noFiles;
  return { app, params, query, body, files, made_before: null, request: env, prepared: undefined };
}

/** Returns how an endpoint answers: most read, or write in one turn, and do nothing else. */
function respondOf({ method, limit, form, ...phases }: Endpoint): Respond {
  const { upload, prepare, abandon, complete, after } = phases;
  const hasMore = upload || prepare || abandon || complete || after;
  if (hasMore || form === 'file' || limit === 'refusals') return goThroughPhases;
  return method === 'GET' ? readPlainly : writePlainly;
}

/** Reads in one step, without a promise if there is time. */
function readPlainly(endpoint: Endpoint, input: Input): Response | Promise<Response> {
  const { app, params, request } = input;
  return readInTime(app, endpoint, request, (viewer) => {
    const granted = grantOf(endpoint, { app, viewer, params });
    return responseOf(endpoint, request, endpoint.run({ ...granted, ...input }));
  });
}

/** Writes in one turn. */
async function writePlainly(endpoint: Endpoint, input: Input): Promise<Response> {
  const answer = await runInTurn(endpoint, input);
  if (answer instanceof ApiError) throw answer;
  return responseOf(endpoint, input.request, answer);
}

async function goThroughPhases(endpoint: Endpoint, input: Input): Promise<Response> {
  let answer: unknown;
  try {
    answer = await runPhases(endpoint, input);
  } catch (error) {
    if (endpoint.limit === 'refusals') count(input.request, endpoint);
    throw error;
  }
  return responseOf(endpoint, input.request, answer);
}

function responseOf(endpoint: Endpoint, facts: Facts, answer: unknown): Response {
  const { app } = facts;
  const known = app.state(answers);
  if (answer instanceof Response) return known.dressed(facts, answer);
  if (answer instanceof KeptAnswer) return known.json(facts, 200, answer.body);
  const text = envelope(endpoint, answer, app.strict);
  return known.json(facts, 200, app.state(outgoing).body(facts, text));
}
