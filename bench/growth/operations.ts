// What people do on a server, one request after the other, and what each costs.
import { COMMON_WORD, NO_WORD, PREFIX } from '../data/words';
import { identifyFrame, openGateway, quiet } from '../load/gateway-client';
import { buildRequest } from '../load/responses';
import { runHttp } from '../loaders';
import { identifyOften } from '../measures/identify';
import { resumes } from '../measures/resume';
import { settle } from '../settle';
import { CONTENT, messageRequests, postAll } from '../target';
import type { HttpJob } from '../jobs';
import type { Grown } from './sizes';

/** What one request costs, in microseconds. */
export interface Cost {
  cpu_us: number;
  wall_us: number;
}

export interface Timing {
  warmup_ms: number;
  window_ms: number;
}

type Requests = Pick<HttpJob, 'requests' | 'takes'>;
/** Prepares an operation; what is returned measures it once. */
type Operation = (grown: Grown, timing: Timing) => Promise<() => Promise<Cost>>;

/** Requests that are sent one after the other over one connection. */
function http(requestsOf: (grown: Grown) => Requests): Operation {
  return async (grown, { warmup_ms, window_ms }) => {
    const { port, pid } = grown.world;
    const load = requestsOf(grown);
    let isWarm = false;
    return async () => {
      const timing = { warmup_ms: isWarm ? warmup_ms / 4 : warmup_ms, window_ms };
      isWarm = true;
      const found = await runHttp({ port, pid, connections: 1, ...load, ...timing });
      return { cpu_us: found.server_cpu_us, wall_us: found.p50_ms * 1000 };
    };
  };
}

/** The same read again and again. */
function read(pathOf: (grown: Grown) => string): Operation {
  return http((grown) => ({
    requests: [buildRequest('GET', pathOf(grown), grown.world.tokens[1] ?? '')],
  }));
}

const inSpace = ({ world }: Grown, rest: string) => `/api/v1/spaces/${world.space}/${rest}`;
const search = (word: string) => read((grown) => inSpace(grown, `messages/search?query=${word}`));

/** How the names of the ten people begin who are on each server, however large. */
const NAME = 'bench_';

/** Different bodies, each of which changes something. */
const EDITS = 1000;

function edit(pathOf: (grown: Grown) => string, body: (n: number) => object): Operation {
  return http((grown) => ({
    takes: 'next',
    requests: Array.from({ length: EDITS }, (_, n) =>
      buildRequest('PATCH', pathOf(grown), grown.world.tokens[0] ?? '', body(n)),
    ),
  }));
}

const IDENTIFIES = 40;

const identify: Operation = async ({ world }) => {
  return async () => {
    const { cpu_ms, p50_ms } = await identifyOften(world, world.tokens, IDENTIFIES);
    return { cpu_us: cpu_ms * 1000, wall_us: p50_ms * 1000 };
  };
};

const MISSED = 100;

const resume: Operation = async ({ world }) => {
  const [, token = ''] = world.tokens;
  const frame = identifyFrame(token, ['messages']);
  let last = 0;
  const noteSeq = (payload: Buffer) => {
    const [, seq = last] = /"seq":(\d+)/.exec(payload.toString('latin1', 0, 200)) ?? [];
    last = Number(seq);
  };
  const heard = { ...quiet(), payload: noteSeq };
  const { greeting, drop } = await openGateway(world.port, frame, 'ready', heard);
  // What does not fit into READY follows it: without that a session cannot be resumed.
  await settle(world.pid);
  drop();
  await postAll(world.port, messageRequests(world).slice(0, 1), MISSED);
  const seq = Math.max(last, greeting.seq ?? 0);
  const subject = resumes(world, token, { ...greeting, seq }, MISSED);
  return async () => {
    const { cpu_ms = Number.NaN, took_ms = Number.NaN } = await subject.round();
    return { cpu_us: cpu_ms * 1000, wall_us: took_ms * 1000 };
  };
};

/** Everybody joins once: a round takes the next ones. */
const JOINS = 400;

const join: Operation = async (grown, { window_ms }) => {
  const { port, pid } = grown.world;
  let next = 0;
  return async () => {
    const some = grown.outsiders.slice(next, (next += JOINS));
    if (some.length === 0) throw new Error('all outsiders have joined');
    const found = await runHttp({
      port,
      pid,
      connections: 1,
      takes: 'once',
      requests: some.map(({ token }) => buildRequest('POST', inSpace(grown, 'join'), token, {})),
      warmup_ms: 0,
      window_ms,
    });
    return { cpu_us: found.server_cpu_us, wall_us: found.p50_ms * 1000 };
  };
};

const post = (content: string): Operation =>
  http(({ world }) => ({
    requests: [buildRequest('POST', world.messages, world.tokens[1] ?? '', { content })],
  }));

/** In the order in which they are measured: what changes the size comes last. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'page of 50': read(({ world }) => `${world.messages}?limit=50`),
  'search, a common word': search(COMMON_WORD),
  'search, no hit': search(NO_WORD),
  'search, a prefix': search(PREFIX),
  'member search': read((grown) => inSpace(grown, `members/search?query=${NAME}`)),
  'people search': read(() => `/api/v1/users/search?query=${NAME}`),
  IDENTIFY: identify,
  send: post(CONTENT),
  'send with mentions': post(`@${NAME}2, @${NAME}3 and @${NAME}4: ${CONTENT}`),
  'RESUME of 100': resume,
  'channel edit': edit(
    ({ world }) => `/api/v1/channels/${world.channel}`,
    (n) => ({ topic: `What one talks about on day ${n}.` }),
  ),
  'role edit': edit(
    (grown) => inSpace(grown, `roles/${grown.role}`),
    (n) => ({ permissions: n % 2 === 0 ? ['manage_emojis', 'create_invites'] : ['manage_emojis'] }),
  ),
  join,
};
