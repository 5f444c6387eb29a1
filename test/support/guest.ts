// Somebody without an account: calls with the token of a guest, and listens with it.
import { expect } from 'bun:test';
import { Ears } from './ears.ts';
import { allIntents, type Reply } from './person.ts';
import type { TestServer } from './server.ts';

export class Guest {
  readonly server: TestServer;
  readonly token: string;
  readonly space_id: string;
  readonly expires_at: string;

  private constructor(server: TestServer, given: any) {
    this.server = server;
    this.token = given.token;
    this.space_id = given.space_id;
    this.expires_at = given.expires_at;
  }

  static async enter(server: TestServer, space?: { id: string }): Promise<Guest> {
    const body = space === undefined ? undefined : { space_id: space.id };
    const { status, body: given } = await server.call('POST', '/auth/guest', body);
    expect({ status, given }).toMatchObject({ status: 200 });
    return new Guest(server, given);
  }

  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  call(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.server.call(method, path, body, { authorization: this.authorization });
  }

  async reads(path: string): Promise<any> {
    const { status, body } = await this.call('GET', path);
    expect({ path, status, body }).toMatchObject({ status: 200 });
    return body.data;
  }

  async listens(intents: string[] = allIntents): Promise<Ears> {
    const ears = await Ears.open(this.server.gateway);
    ears.send(2, { token: this.authorization, intents });
    ears.ready = (await ears.hears('ready')).data;
    await ears.unread();
    return ears;
  }
}
