// What an attack is, and the server with people on it that it is tried on.
import { z } from 'zod';
import { startOurs } from '../target';
import type { Running } from '../processes';

/** How many answers of each kind came: statuses, close codes, or what else an attack counts. */
export type Came = Record<string, number>;

export interface Attack {
  name: string;
  /** What of a server the attacker may use. */
  by: 'a stranger' | 'a member' | 'an owner';
  /** Says whether the limits of requests stay as shipped: for what they alone hold back. */
  keepsLimits?: boolean;
  /** Says whether it can be tried once only, since it changes who and what is there. */
  isOnce?: boolean;
  /** Makes what the attack needs, and answers the attack itself. */
  prepare(scene: Scene): Promise<() => Promise<Came>> | (() => Promise<Came>);
}

export interface Person {
  id: string;
  token: string;
}

/** A server with an owner, a member, their space, and its channel. */
export interface Scene {
  running: Running;
  owner: Person;
  member: Person;
  space: string;
  channel: string;
  /** Calls the API; answers the status and what stood under `data`. */
  call(method: string, path: string, token: string, body?: Body): Promise<Answer>;
  /** The same for what has to succeed. */
  does(method: string, path: string, token: string, body?: Body): Promise<Entity>;
  person(name: string): Promise<Person>;
  /** Stops the server, lets `change` write into its database file, and starts it again. */
  restart(change: (file: string) => void): Promise<void>;
}

export type Body = object | string | Uint8Array;

export interface Answer {
  status: number;
  data: unknown;
}

const Entity = z.object({ id: z.string() });
type Entity = z.infer<typeof Entity>;
const Registered = z.object({ token: z.string(), user: Entity });
const Channels = z.array(z.object({ id: z.string(), name: z.string().nullish() }));
const Enveloped = z.object({ data: z.unknown() });

export async function startScene(
  command: string[],
  limits: Record<string, string>,
): Promise<Scene> {
  const running = await startOurs(command, undefined, 4096, limits);

  async function call(method: string, path: string, token: string, body?: Body): Promise<Answer> {
    const isPlain = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`http://127.0.0.1:${running.port}/api/v1${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const whole = Enveloped.safeParse(answer.ok && text !== '' ? JSON.parse(text) : {});
    return { status: answer.status, data: whole.data?.data };
  }

  async function succeeds(method: string, path: string, token: string, body?: Body) {
    const { status, data } = await call(method, path, token, body);
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}`);
    return data;
  }

  async function person(name: string): Promise<Person> {
    const body = { username: name, password: 'correct horse battery staple' };
    const { token, user } = Registered.parse(await succeeds('POST', '/auth/register', '', body));
    return { id: user.id, token };
  }

  const owner = await person('owner');
  const member = await person('member');
  const wish = { name: 'Bench', public: true };
  const space = Entity.parse(await succeeds('POST', '/spaces', owner.token, wish)).id;
  await succeeds('POST', `/spaces/${space}/join`, member.token, {});
  const path = `/spaces/${space}/channels`;
  const channel = Channels.parse(await succeeds('GET', path, owner.token)).find(
    ({ name }) => name === 'general',
  );
  if (channel === undefined) throw new Error('a new space has no channel `general`');
  return {
    running,
    owner,
    member,
    space,
    channel: channel.id,
    call,
    does: async (...request) => Entity.parse(await succeeds(...request)),
    person,
    async restart(change) {
      await running.stop();
      change(`${running.dir}/accord.db`);
      Object.assign(running, await startOurs(command, running.dir, 4096, limits));
    },
  };
}

/** Runs `count` of something, `atOnce` at a time, and counts what they answer. */
export async function times(
  count: number,
  atOnce: number,
  run: (n: number) => Promise<string | number>,
): Promise<Came> {
  const came: Came = {};
  let next = 0;
  const one = async () => {
    for (let n = next++; n < count; n = next++) {
      const key = String(await run(n).catch(() => 'lost'));
      came[key] = (came[key] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, one));
  return came;
}
