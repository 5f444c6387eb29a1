// A stand-in for LiveKit: answers the calls that we make, remembers them, and is away or slow when a test wants it.
import { LiveKit } from '../../src/lib/livekit.ts';
import { patience_ms } from './patience.ts';

/** Settings of a server whose LiveKit is never called: tokens are given out all the same. */
export const voiceWithoutCalls = {
  ACCORD_TEST_MODE: '1',
  LIVEKIT_INTERNAL_URL: 'http://127.0.0.1:1',
  LIVEKIT_EXTERNAL_URL: 'https://voice.example.org',
  LIVEKIT_API_KEY: 'key',
  LIVEKIT_API_SECRET: 'a secret that is longer than 32 characters',
};

/** The claims of a token, unchecked. */
export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

interface Call {
  method: string;
  request: any;
}

export class FakeLiveKit implements AsyncDisposable {
  /** Rooms with their participants by identity. */
  readonly rooms = new Map<string, Map<string, any>>();
  readonly calls: Call[] = [];
  state: 'here' | 'away' | 'silent' = 'here';
  readonly #held = new Map<string, { asked(): void; answered: Promise<void> }>();
  #wake: (() => void)[] = [];
  readonly #server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: (request) => this.#answer(request),
  });

  get settings() {
    const { LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = voiceWithoutCalls;
    const url = `http://127.0.0.1:${this.#server.port}`;
    return { LIVEKIT_INTERNAL_URL: url, LIVEKIT_API_KEY, LIVEKIT_API_SECRET };
  }

  /** The same key as the settings have, to sign reports with. */
  get #livekit(): LiveKit {
    const { LIVEKIT_INTERNAL_URL: url, LIVEKIT_API_KEY: key, ...rest } = this.settings;
    const secret = rest.LIVEKIT_API_SECRET;
    return new LiveKit({ internal_url: url, external_url: url, key, secret });
  }

  /** Somebody is in the room of a channel, with a permission as LiveKit shows it. */
  puts(identity: string, channel: { id: string }, permission: object = {}, sid = `PA_${identity}`) {
    const room = `channel_${channel.id}`;
    const people = this.rooms.get(room) ?? new Map<string, any>();
    people.set(identity, {
      identity,
      sid,
      permission: { canSubscribe: true, canPublish: true, canPublishData: true, ...permission },
    });
    this.rooms.set(room, people);
  }

  /** Whoever is in a room by the id of its channel. */
  in(channel: { id: string }): string[] {
    return [...(this.rooms.get(`channel_${channel.id}`)?.keys() ?? [])];
  }

  /** Holds the answers to calls of a kind: `asked` when the first of them has come, until `answer`. */
  holds(method: string): { asked: Promise<void>; answer(): void } {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    this.#held.set(method, { asked: asked.resolve, answered: answered.promise });
    return { asked: asked.promise, answer: answered.resolve };
  }

  /** The next call of that kind that was not waited for yet. */
  async called(method: string): Promise<any> {
    const until = Date.now() + patience_ms;
    for (;;) {
      const at = this.calls.findIndex((call) => call.method === method);
      const [found] = at < 0 ? [] : this.calls.splice(at, 1);
      if (found) return found.request;
      if (Date.now() > until) throw new Error(`LiveKit was not asked for ${method}`);
      await Promise.race([new Promise<void>((resolve) => this.#wake.push(resolve)), Bun.sleep(50)]);
    }
  }

  /** Sends a report to the server as LiveKit does; answers the status. */
  async reports(origin: string, report: object, authorization?: string): Promise<number> {
    const body = JSON.stringify(report);
    const response = await fetch(`${origin}/api/v1/voice/webhook`, {
      method: 'POST',
      body,
      headers: {
        authorization: authorization ?? (await this.#livekit.sign(body)),
        'content-type': 'application/webhook+json',
      },
    });
    return response.status;
  }

  async #answer(request: Request): Promise<Response> {
    const method = new URL(request.url).pathname.split('/').at(-1) ?? '';
    if (this.state === 'away') return new Response('gone', { status: 503 });
    const body: any = await request.json();
    if (this.state === 'silent') await new Promise(() => {});
    const held = this.#held.get(method);
    held?.asked();
    await held?.answered;
    const room = this.rooms.get(body.room);
    let answer: object | null = {};
    if (method === 'CreateRoom') {
      if (!this.rooms.has(body.name)) this.rooms.set(body.name, new Map());
      answer = { name: body.name };
    } else if (method === 'ListRooms') {
      answer = { rooms: [...this.rooms.keys()].map((name) => ({ name })) };
    } else if (method === 'ListParticipants') {
      answer = { participants: [...(room?.values() ?? [])] };
    } else if (method === 'RemoveParticipant') {
      if (!room?.delete(body.identity)) answer = null;
    } else if (method === 'UpdateParticipant') {
      const found = room?.get(body.identity);
      if (found) found.permission = body.permission;
      answer = found ?? null;
    }
    this.calls.push({ method, request: body });
    for (const wake of this.#wake.splice(0)) wake();
    return answer === null
      ? Response.json({ code: 'not_found', msg: 'none' }, { status: 404 })
      : Response.json(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
