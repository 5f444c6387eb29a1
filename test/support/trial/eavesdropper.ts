// A guest who listens to one space of a trial: hears what is said where guests are let in, and nothing else.
import { expect } from 'bun:test';
import type { Ears } from '../ears.ts';
import { Guest } from '../guest.ts';
import { refusePrivateFields, type Told } from './heard.ts';
import { heldByGuests, type ModelSpace } from './oracle.ts';
import type { Trial } from './trial.ts';

/** What a guest may hear of at all. */
const open = /^(space|channel|role|member|message|reaction|typing|user|anonymous_count)[._]/;

export class Eavesdropper {
  readonly #trial: Trial;
  readonly #space: ModelSpace;
  #ears: Ears | null = null;
  /** The server takes ten guests an hour from one address, and one is needed at the end. */
  #left = 8;
  /** Channels that were open at the last look: their loss is told. */
  #seen = new Set<string>();

  constructor(trial: Trial, space: ModelSpace) {
    this.#trial = trial;
    this.#space = space;
  }

  /** After each step: everything that was said in channels open to guests, and no word of the others. */
  async compare(told: readonly Told[], during: string): Promise<void> {
    const shown = this.#shown();
    const ears = this.#ears;
    if (ears !== null && !this.#space.isPublic) {
      expect(await ears.closes()).toBe(4004);
      this.#ears = null;
    } else if (ears !== null) {
      await this.#listen(ears, shown, told, during);
    } else if (this.#space.isPublic && this.#left > 0) {
      this.#left -= 1;
      const guest = await Guest.enter(this.#trial.server, this.#space);
      this.#ears = await guest.listens();
      const ids = this.#ears.ready['channels'].map(({ id }: any) => id);
      expect({ during, ids: ids.toSorted() }).toEqual({ during, ids: [...shown].toSorted() });
    }
    this.#seen = shown;
  }

  #shown(): Set<string> {
    const channels = [...this.#space.channels.values()];
    const shown = channels.filter((one) => heldByGuests(this.#space, one).has('view_channel'));
    return new Set(shown.map(({ id }) => id));
  }

  async #listen(
    ears: Ears,
    shown: ReadonlySet<string>,
    told: readonly Told[],
    during: string,
  ): Promise<void> {
    const frames = await ears.unread();
    for (const { type = '', data } of frames) {
      expect({ during, type }).toMatchObject({ type: expect.stringMatching(open) });
      refusePrivateFields(data, null);
      const channel_id = type.startsWith('channel.') ? data['id'] : data['channel_id'];
      if (channel_id === undefined) continue;
      const isKnown = shown.has(channel_id) || this.#seen.has(channel_id);
      expect({ during, type, isKnown }).toEqual({ during, type, isKnown: true });
    }
    const said = frames.filter(({ type }) => type === 'message.create');
    const due = told.filter(
      ({ key, channel_id = '' }) => key.startsWith('message.create ') && shown.has(channel_id),
    );
    expect({ during, said: said.map(({ data }) => `message.create ${data['id']}`).toSorted() })
      // What was said before the step changed who hears is said again by nobody.
      .toEqual({ during, said: due.map(({ key }) => key).toSorted() });
    if (said.length > 0) this.#trial.count('a guest heard');
  }

  leave(): void {
    this.#ears?.drop();
  }
}
