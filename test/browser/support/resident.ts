// Somebody with an account on the server, who acts over REST.
import { Rest } from '../../../src/client/rest.ts';
import type { Answer } from '../../../src/client/wire.ts';

export const password = 'correct horse battery';

export class Resident {
  readonly id: string;
  readonly username: string;
  readonly password = password;
  /** Calls as this account: `rest.call('GET /users/@me')`. */
  readonly rest: Rest;

  private constructor(rest: Rest, id: string, username: string) {
    this.rest = rest;
    this.id = id;
    this.username = username;
  }

  static async register(origin: string, username: string): Promise<Resident> {
    const rest = new Rest(origin);
    const { token, user } = await rest.call('POST /auth/register', {
      body: { username, password },
    });
    rest.token = token;
    return new Resident(rest, user.id, username);
  }

  says(
    channel: { id: string },
    content: string,
  ): Promise<Answer<'POST /channels/:channel_id/messages'>> {
    return this.rest.call('POST /channels/:channel_id/messages', {
      channel_id: channel.id,
      body: { content },
    });
  }
}
