// The home view of the Godot client: the conversations that it shows, by READY, by events, and by REST after RESUME.
import type { Ears, Frame } from '../ears.ts';
import type { Godot } from './godot.ts';
import * as read from './godot-models.ts';

const ofPeople = ['dm', 'group_dm'];

export class GodotHome {
  readonly #client: Godot;
  #ears: Ears;
  readonly #shown = new Map<string, any>();
  #seen = 0;

  private constructor(client: Godot, ears: Ears) {
    this.#client = client;
    this.#ears = ears;
    for (const channel of read.listOf(read.channel)(ears.ready['dm_channels'])) {
      this.#shown.set(channel.id, channel);
    }
    this.#seen = ears.frames.length;
  }

  static async of(client: Godot): Promise<GodotHome> {
    return new GodotHome(client, await client.listens());
  }

  get ears(): Ears {
    return this.#ears;
  }

  /** Takes in what was heard since; answers the types of it, in order. */
  async heard(): Promise<string[]> {
    await this.#ears.settled();
    const events = this.#ears.frames.slice(this.#seen).filter(({ op }) => op === 0);
    this.#seen = this.#ears.frames.length;
    for (const event of events) this.#take(event);
    return events.map(({ type = '' }) => type);
  }

  /** It looks for a channel among conversations or in the space, by the `type` of the event alone. */
  #take({ type, data }: Frame): void {
    if (type === 'message.create') {
      const { id, channel_id } = read.message(data);
      const channel = this.#shown.get(channel_id);
      if (channel !== undefined) channel.last_message_id = id;
      return;
    }
    if (!type?.startsWith('channel.') || !ofPeople.includes(data['type'])) return;
    if (type === 'channel.delete') this.#shown.delete(data['id']);
    else this.#shown.set(data['id'], read.channel(data));
  }

  /** Comes back after a lost line: by RESUME, and then by asking for everything once more. */
  async resumes(meanwhile: () => Promise<unknown>): Promise<void> {
    const { ready, seq } = this.#ears;
    this.#ears.drop();
    await this.#ears.closes();
    await meanwhile();
    const { server, token } = this.#client;
    const Socket = this.#ears.constructor as typeof Ears;
    this.#ears = await Socket.open(server.gateway);
    const stand = { session_id: ready['session_id'], seq };
    this.#ears.send(3, { token: `Bearer ${token}`, ...stand });
    await this.#ears.hears('resumed');
    this.#ears.ready = ready;
    this.#seen = 0;
    await this.heard();
    this.#shown.clear();
    for (const channel of await this.fetched()) this.#shown.set(channel.id, channel);
  }

  async fetched(): Promise<any[]> {
    return read.listOf(read.channel)(await this.#client.does('GET', '/users/@me/channels'));
  }

  /** What the list shows: whether it is a group (more than one other), and the names. */
  get rows(): { id: string; isGroup: boolean; title: string; last: string | null }[] {
    return Array.from(this.#shown.values(), rowOf).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The same, of what the server answers now. */
  async rowsNow() {
    return (await this.fetched()).map(rowOf).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function rowOf({ id, name, recipients, last_message_id }: any) {
  const people = read.listOf(read.user)(recipients);
  const isGroup = people.length > 1;
  const names = people.map(({ display_name, username }) => display_name ?? username).join(', ');
  return { id, isGroup, title: isGroup && name ? name : names, last: last_message_id };
}
