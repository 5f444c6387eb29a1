// Somebody with the Flutter client: signs in, and asks for what the client asks for when it connects.
import type { TestServer } from '../server.ts';
import { FlutterRest } from './flutter-rest.ts';
import { FlutterSocket } from './flutter-socket.ts';
import * as read from './flutter-models.ts';

const atOnce = 8;

export class Flutter implements Disposable {
  readonly rest: FlutterRest;
  readonly server: TestServer;
  #socket: FlutterSocket | null = null;

  /** `pause`: how it waits for the request limit; not at all unless a test says so. */
  constructor(server: TestServer, pause: (seconds: number) => Promise<unknown> = async () => {}) {
    this.server = server;
    this.rest = new FlutterRest(server.origin, pause);
  }

  /** Reads the settings, registers, and reads the new account. */
  async signsUp(username: string, password = 'a good long password'): Promise<any> {
    await this.rest.gets(read.settings, '/settings');
    const body = { username, password, display_name: username };
    const { token, user } = await this.rest.does('POST', '/auth/register', { body });
    this.rest.token = token;
    return read.user(user);
  }

  /** Takes the token of an account that a test has made. */
  has(token: string): this {
    this.rest.token = token;
    return this;
  }

  get socket(): FlutterSocket {
    if (this.#socket === null) throw new Error('it is not connected');
    return this.#socket;
  }

  /** Connects, and reads what it reads after READY; answers the spaces with their roles. */
  async connects(): Promise<{ space: any; roles: any[] }[]> {
    const { rest, server } = this;
    const key = Buffer.alloc(32).toString('base64');
    // Servers that know no keys refuse it, which it ignores.
    await rest.call('PUT', '/users/@me/encryption', {
      body: { exchange_key: key, signing_key: key },
    });
    this.#socket = new FlutterSocket({
      url: server.gateway,
      token: rest.token ?? '',
      delays: { refused: 1, closed: 0 },
      second_ms: 40,
    });
    await this.#socket.hears('ready');
    return this.afterReady();
  }

  /** What it asks for after each READY: spaces + 12 requests. */
  async afterReady(): Promise<{ space: any; roles: any[] }[]> {
    const { rest } = this;
    const me = await rest.gets(read.user, '/users/@me');
    const spaces = await rest.gets(read.spaces, '/users/@me/spaces');
    for (const path of ['relationships', 'channels', 'mutes', 'read-states', 'connections']) {
      await rest.does('GET', `/users/@me/${path}`);
    }
    await rest.gets(read.settings, '/settings');
    await rest.gets(read.user, `/users/${me.id}`);
    const found: { space: any; roles: any[] }[] = [];
    const next = spaces.values();
    const asks = async () => {
      for (const space of next) {
        found.push({ space, roles: await rest.gets(read.roles, `/spaces/${space.id}/roles`) });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, asks));
    return found;
  }

  /** Opens a space: what its screens show; answers channels and members. */
  async opens(space: { id: string }): Promise<{ channels: any[]; members: any[] }> {
    const { rest } = this;
    const channels = await rest.gets(read.channels, `/spaces/${space.id}/channels`);
    const members: any[] = [];
    for (let after: string | null = null; ;) {
      const query = { limit: 100, with_user: true, after };
      const page = await rest.call('GET', `/spaces/${space.id}/members`, { query });
      members.push(...read.members(page.data));
      if (!page.cursor?.has_more) break;
      ({ after } = page.cursor);
    }
    await rest.does('GET', `/spaces/${space.id}/emojis`);
    for (const path of ['presences', 'arcade', 'arcade/sessions']) {
      // 404 is tolerated: there is nothing to show then.
      await rest.call('GET', `/spaces/${space.id}/${path}`);
    }
    return { channels, members };
  }

  [Symbol.dispose](): void {
    this.#socket?.leave();
  }
}
