// Somebody with an account: calls the REST surface and listens to the gateway.
import { expect } from 'bun:test';
import { Ears, type Frame } from './ears.ts';
import type { TestServer } from './server.ts';

export const allIntents = [
  'spaces',
  'moderation',
  'emojis',
  'soundboard',
  'voice_states',
  'messages',
  'message_reactions',
  'message_typing',
  'direct_messages',
  'dm_reactions',
  'dm_typing',
  'scheduled_events',
  'plugins',
  'relationships',
  'members',
  'presences',
  'message_content',
];

/** What an answer holds; tests read out of it what they need. */
export interface Reply {
  status: number;
  headers: Headers;
  body: any;
  /** `body.data`. */
  data: any;
  /** `body.error.code`. */
  code: string | undefined;
}

export class Person {
  readonly server: TestServer;
  readonly id: string;
  readonly name: string;
  token: string;
  scheme: 'Bearer' | 'Bot' = 'Bearer';

  constructor(server: TestServer, account: { id: string; name: string; token: string }) {
    this.server = server;
    this.id = account.id;
    this.name = account.name;
    this.token = account.token;
  }

  get authorization(): string {
    return `${this.scheme} ${this.token}`;
  }

  call(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.server.call(method, path, body, { authorization: this.authorization });
  }

  /** Calls and expects 200; answers the data. */
  async does(method: string, path: string, body?: unknown): Promise<any> {
    const reply = await this.call(method, path, body);
    expect({ call: `${method} ${path}`, status: reply.status, body: reply.body }).toMatchObject({
      status: 200,
    });
    return reply.data;
  }

  /** Calls and expects to be refused with that status. */
  async isRefused(status: number, method: string, path: string, body?: unknown): Promise<Reply> {
    const reply = await this.call(method, path, body);
    const { code, message } = reply.body?.error ?? {};
    const call = `${method} ${path}`;
    // Compared as a copy: Bun's toMatchObject writes its matchers into what it is given.
    expect({ call, status: reply.status, body: reply.body }).toEqual({
      call,
      status,
      body: { error: { ...reply.body?.error, code, message } },
    });
    expect([typeof code, typeof message]).toEqual(['string', 'string']);
    return reply;
  }

  /** A socket with READY received; what follows READY at once is read already. */
  async listens(intents: string[] = allIntents, more: object = {}): Promise<Ears> {
    const ears = await Ears.open(this.server.gateway);
    ears.send(2, { token: this.authorization, intents, ...more });
    ears.ready = (await ears.hears('ready')).data;
    await ears.unread();
    return ears;
  }

  /** A new socket that asks for what was missed; answers it with all frames up to `resumed`. */
  async resumes(session_id: string, seq: number): Promise<{ ears: Ears; missed: Frame[] }> {
    const ears = await Ears.open(this.server.gateway);
    ears.send(3, { token: this.authorization, session_id, seq });
    await ears.hears('resumed');
    const missed = ears.frames.filter(({ op, type }) => op === 0 && type !== 'resumed');
    return { ears, missed };
  }

  /** Makes a space; answers it with its `general` channel. */
  async founds(name = 'Home', more: object = {}): Promise<{ space: any; general: any }> {
    const space = await this.does('POST', '/spaces', { name, public: true, ...more });
    const channels = await this.does('GET', `/spaces/${space.id}/channels`);
    return { space, general: channels[0] };
  }

  joins(space: { id: string }): Promise<any> {
    return this.does('POST', `/spaces/${space.id}/join`);
  }

  says(channel: { id: string }, content: string, more: object = {}): Promise<any> {
    return this.does('POST', `/channels/${channel.id}/messages`, { content, ...more });
  }
}
