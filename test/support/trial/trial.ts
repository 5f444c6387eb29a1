// A server under trial: its people and their sessions beside a model, and what each of them should have heard.
import { expect } from 'bun:test';
import { issueToken } from '../../../src/features/doors/auth/actions.ts';
import { FakeClock } from '../clock.ts';
import { Ears, type Frame } from '../ears.ts';
import {
  able,
  hearsChannel,
  newChannel,
  type ModelConversation,
  type ModelFeed,
  type ModelHome,
  areNear,
  type ModelSpace,
  type Relation,
  type Somebody,
} from './oracle.ts';
import { allIntents, type Person } from '../person.ts';
import type { Session } from '../../../src/gateway/session.ts';
import { isOwn, keysOf, lastNumber, refusePrivateFields, withoutOwn, type Told } from './heard.ts';
import type { Eavesdropper } from './eavesdropper.ts';
import { patience_ms } from '../patience.ts';
import { begin, followWindows } from './conversations.ts';
import { comparePicture } from './picture.ts';
import { opening, type Showing } from './showing.ts';
import { startTest, type TestServer } from '../server.ts';

/** What a step did, as the model sees it. */
export interface Outcome {
  told: Told[];
  /** A space in which access may have moved for others than those who gained or lost a channel. */
  unsettles?: { space: ModelSpace; parked: boolean };
}

export interface Individual extends Somebody, Showing {
  person: Person;
}

/** A session and what the model knows of it. */
export interface Voice {
  owner: Individual;
  token: string;
  id: string;
  ears: Ears;
  intents: ReadonlySet<string>;
  /** Null while the socket is open. */
  missed: Told[] | null;
  /** Its access moved while it was away, or may have: RESUME must, or may, refuse it. */
  mustRefuse: boolean;
  mayRefuse: boolean;
  /** The same for a live session until it hears a number again. */
  isUnsure: boolean;
  /** The last number that it heard. */
  seq: number;
  /** The conversations whose window it has open. */
  windows: Set<string>;
}

/** How many guests listen is told with the clock, not with what is done. */
const ofGuests = /^anonymous_count/;

type Views = Map<string, Map<string, Set<string>>>;

export class Trial implements AsyncDisposable {
  readonly server: TestServer & { admin: Person };
  readonly clock: FakeClock;
  readonly people: Individual[] = [];
  /** The two spaces in which things happen, then the one that every server has. */
  readonly spaces: ModelSpace[] = [];
  /** Those of anybody, and the ids of those that are gone. */
  conversations: ModelConversation[] = [];
  readonly dissolved: string[] = [];
  /** What stands between people, and how often one has asked another for friendship. */
  readonly relations = new Map<string, Relation>();
  readonly asked = new Map<string, number>();
  /** When somebody rang in a conversation last. */
  readonly rung = new Map<string, number>();
  voices: Voice[] = [];
  /** Every type of event that anybody heard, and how RESUME was answered: how often. */
  readonly heard: Map<string, number>;
  /** Looks closer after each step: at a space, as somebody, or as nobody in particular. */
  eavesdropper: Eavesdropper | null = null;
  onStep: ((home: ModelHome, who: Individual | null) => Promise<void>) | null = null;

  private constructor(server: Trial['server'], clock: FakeClock, heard: Map<string, number>) {
    this.server = server;
    this.clock = clock;
    this.heard = heard;
  }

  /** The admin, two owners and three more people, each with one session that asks for everything. */
  static async begin(heard: Map<string, number>): Promise<Trial> {
    const clock = new FakeClock();
    const server = await startTest({ clock });
    const trial = new Trial(server, clock, heard);
    await trial.#settlePeople();
    await begin(trial);
    for (const someone of trial.people) trial.voices.push(await trial.open(someone, allIntents));
    for (const { ears } of trial.voices) await ears.unread();
    return trial;
  }

  async #settlePeople(): Promise<void> {
    const { admin } = this.server;
    this.people.push(individual(admin, true));
    for (const name of ['anna', 'bob', 'cleo', 'dora', 'emil']) {
      const person = await this.server.person(name);
      // The space that everyone joins would make all of them acquaintances.
      const [home] = await person.does('GET', '/users/@me/spaces');
      await person.does('DELETE', `/spaces/${home.id}/members/@me`);
      this.people.push(individual(person, false));
    }
    const [, anna, bob, cleo, dora] = this.people;
    if (!anna || !bob || !cleo || !dora) throw new Error('people are missing');
    for (const [owner, isPublic] of [
      [anna, true],
      [bob, false],
    ] as const) {
      const { space, general } = await owner.person.founds(`of ${owner.person.name}`);
      for (const guest of [cleo, dora]) await guest.person.joins(space);
      if (isPublic) {
        const patch = { system_channel_id: general.id };
        await owner.person.does('PATCH', `/spaces/${space.id}`, patch);
      } else {
        await owner.person.does('PATCH', `/spaces/${space.id}`, { public: false });
      }
      await furnish(owner.person, space.id, [cleo.id, dora.id]);
      this.spaces.push(await this.#learn(owner.person, space.id));
    }
    const [home] = await admin.does('GET', '/users/@me/spaces');
    this.spaces.push(await this.#learn(admin, home.id));
  }

  async #learn(by: Person, id: string): Promise<ModelSpace> {
    const space = await by.does('GET', `/spaces/${id}`);
    const roles: any[] = await by.does('GET', `/spaces/${id}/roles`);
    const members: any[] = await by.does('GET', `/spaces/${id}/members?limit=1000`);
    const channels: any[] = await by.does('GET', `/spaces/${id}/channels`);
    const entries: any[] = await by.does('GET', `/spaces/${id}/audit-log?limit=1`);
    return {
      kind: 'space',
      id,
      owner_id: space.owner_id,
      isPublic: space.public,
      welcomes_in: space.system_channel_id,
      welcomed: new Set(),
      roles: new Map(roles.map((r) => [r.id, { ...r, permissions: new Set(r.permissions) }])),
      members: new Map(members.map((m) => [m.user_id, new Set<string>(m.roles)])),
      nicknames: new Map(),
      banned: new Set(),
      silenced: new Set(),
      entries: [],
      before_id: entries[0]?.id ?? '0',
      channels: new Map(channels.map((c) => [c.id, newChannel(c)])),
    };
  }

  /** A new session with a token of its own; what READY says is compared with the model. */
  async open(owner: Individual, intents: readonly string[]): Promise<Voice> {
    const token = await this.server.turn((turn) => issueToken(turn, owner.id));
    const ears = await Ears.open(this.server.gateway);
    ears.send(2, { token: `Bearer ${token}`, intents });
    const { data } = await ears.hears('ready');
    ears.ready = data;
    owner.choices.set(data['session_id'], { status: opening(owner), at: 0 });
    comparePicture(this, owner, data);
    refusePrivateFields(data, owner.id);
    const marks = { missed: null, mustRefuse: false, mayRefuse: false, isUnsure: false, seq: 0 };
    const id = data['session_id'] as string;
    const windows = new Set<string>(data['dm_channels'].map((one: any) => one.id));
    return { owner, token, id, ears, intents: new Set(intents), windows, ...marks };
  }

  /** Waits until nothing is left to clear that hangs on what was deleted. */
  async cleared(): Promise<void> {
    const left = this.server.app.db.sqlite.query('SELECT id FROM clearings LIMIT 1');
    const until = Date.now() + patience_ms;
    while (left.get() !== null) {
      if (Date.now() > until) throw new Error('what was deleted is not cleared');
      await this.clock.pass(1_000);
      await Bun.sleep(1);
    }
  }

  /** Waits until the server knows that the socket is gone, and has drawn its conclusions. */
  async isGone(id: string): Promise<void> {
    const until = Date.now() + patience_ms;
    while (this.server.app.hub.listener(id) !== undefined) {
      if (Date.now() > until) throw new Error('the server still holds a closed session');
      await Bun.sleep(1);
    }
    await this.server.turn(() => null);
  }

  /** The session will not come back. */
  forget(voice: Voice): void {
    this.voices = this.voices.filter((one) => one !== voice);
    voice.owner.choices.delete(voice.id);
  }

  count(what: string): void {
    this.heard.set(what, (this.heard.get(what) ?? 0) + 1);
  }

  /** Everybody who shares a space with somebody or is near, and that one. */
  acquaintances({ id }: Somebody): Set<string> {
    const shared = this.spaces.filter(({ members }) => members.has(id));
    const near = this.people.filter((one) =>
      areNear(this.relations, this.conversations, id, one.id),
    );
    const ids = near.map((one) => one.id);
    return new Set([id, ...ids, ...shared.flatMap(({ members }) => [...members.keys()])]);
  }

  viewers(home: ModelHome, feed: ModelFeed): Set<string> {
    if (home.kind === 'conversation') return new Set(home.people.keys());
    if ('kind' in feed) throw new Error('a conversation stands in no space');
    return new Set(this.people.filter((one) => hearsChannel(home, feed, one)).map(({ id }) => id));
  }

  views(): Views {
    const views: Views = new Map();
    for (const space of this.spaces) {
      const ofSpace = new Map<string, Set<string>>();
      for (const one of this.people) {
        if (!space.members.has(one.id)) continue;
        const seen = [...space.channels.values()].filter((c) => hearsChannel(space, c, one));
        ofSpace.set(one.id, new Set(seen.map(({ id }) => id)));
      }
      views.set(space.id, ofSpace);
    }
    return views;
  }

  /** Gains and losses of channels since `before`; whose sessions are away cannot be resumed after them. */
  moved(before: Views, existed: ReadonlySet<string>): Told[] {
    const told: Told[] = [];
    const moved = new Set<string>();
    const after = this.views();
    for (const space of this.spaces) {
      const was = before.get(space.id);
      const is = after.get(space.id);
      for (const { id } of this.people) {
        const seen = was?.get(id);
        const sees = is?.get(id);
        if ((seen === undefined) !== (sees === undefined)) moved.add(id);
        if (!seen || !sees) continue;
        for (const channel_id of new Set([...seen, ...sees])) {
          const lasts = existed.has(channel_id) && space.channels.has(channel_id);
          if (!lasts || seen.has(channel_id) === sees.has(channel_id)) continue;
          moved.add(id);
          const type = sees.has(channel_id) ? 'channel.create' : 'channel.delete';
          told.push({ key: `${type} ${channel_id}`, intent: 'spaces', to: new Set([id]) });
        }
      }
    }
    for (const voice of this.voices) {
      if (voice.missed !== null && moved.has(voice.owner.id)) voice.mustRefuse = true;
    }
    return told;
  }

  /** Everybody heard exactly what was told to them, and nothing else. */
  async compare({ told, unsettles }: Outcome, during: string): Promise<void> {
    for (const voice of this.voices) {
      const due = told.filter((one) => isFor(voice, one));
      if (voice.missed !== null) {
        voice.missed.push(...due.filter(({ isFleeting }) => !isFleeting));
        const late = told.filter((one) => isFor(voice, { ...one, to: one.late ?? new Set() }));
        voice.missed.push(...late.map((one) => ({ ...one, isLate: true })));
        continue;
      }
      await this.#sent(voice);
      const all = (await voice.ears.unread()).filter(({ type = '' }) => !ofGuests.test(type));
      voice.seq = lastNumber(all, voice.seq);
      const frames = withoutOwn(all);
      this.#refuseOthers(voice, all);
      for (const { data } of frames) refusePrivateFields(data, voice.owner.id);
      followWindows(voice, frames);
      const keys = frames.flatMap(keysOf);
      const ears = `${voice.owner.person.name} with ${[...voice.intents].join()}`;
      expect({ during, ears, heard: keys.toSorted() }).toEqual({
        during,
        ears,
        heard: due.map(({ key }) => key).toSorted(),
      });
      if (all.some(({ seq }) => seq !== undefined)) voice.isUnsure = false;
      for (const { type = '', data } of frames) {
        this.count(data['space_id'] === null ? `${type} in private` : type);
      }
    }
    if (unsettles) this.#unsettle(unsettles);
    await this.eavesdropper?.compare(told, during);
  }

  /** What is made a little at a time has been sent. */
  async #sent({ id }: Voice): Promise<void> {
    const until = Date.now() + patience_ms;
    while ((this.server.app.hub.listener(id) as Session | undefined)?.waiting) {
      if (Date.now() > until) throw new Error('frames are not sent');
      await Bun.sleep(1);
    }
  }

  /** Nobody is told how far they have read, or what is muted, where they may not look now. */
  #refuseOthers({ owner }: Voice, frames: readonly Frame[]): void {
    for (const { type = '', data } of frames.filter((one) => isOwn(one))) {
      const id = data['channel_id'] as string;
      const space = this.spaces.find(({ channels }) => channels.has(id));
      const channel = space?.channels.get(id);
      if (space === undefined || channel === undefined) continue;
      const isViewed =
        able(space, owner, channel).has('view_channel') || type === 'channel_mute.delete';
      expect({ type, id, isViewed }).toEqual({ type, id, isViewed: true });
      this.count(type);
    }
  }

  #unsettle({ space, parked }: { space: ModelSpace; parked: boolean }): void {
    for (const voice of this.voices) {
      if (voice.missed === null) voice.isUnsure = true;
      else if (parked && space.members.has(voice.owner.id)) voice.mayRefuse = true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { ears } of this.voices) ears.drop();
    this.eavesdropper?.leave();
    await this.server.stop();
  }
}

/** Two roles that contradict each other, and channels that are not for everybody. */
async function furnish(owner: Person, space_id: string, [first, second]: [string, string]) {
  const path = `/spaces/${space_id}`;
  const [everyone] = await owner.does('GET', `${path}/roles`);
  const made: string[] = [];
  for (const name of ['lower', 'upper']) {
    const role = await owner.does('POST', `${path}/roles`, { name });
    made.push(role.id);
    await owner.does('PUT', `${path}/members/${second}/roles/${role.id}`);
  }
  const [lower = '', upper = ''] = made;
  await owner.does('PUT', `${path}/members/${first}/roles/${upper}`);
  const view = ['view_channel'];
  const rules = [
    { name: 'of roles', id: everyone.id, type: 'role', allow: [], deny: view },
    { name: 'of roles', id: upper, type: 'role', allow: view, deny: [] },
    { name: 'of roles', id: lower, type: 'role', allow: [], deny: view },
    { name: 'of one', id: first, type: 'member', allow: [], deny: view },
  ];
  const channels = new Map<string, any>();
  for (const { name, id, ...rule } of rules) {
    const channel = channels.get(name) ?? (await owner.does('POST', `${path}/channels`, { name }));
    channels.set(name, channel);
    await owner.does('PUT', `/channels/${channel.id}/permissions/${id}`, rule);
  }
}

function individual(person: Person, isAdmin: boolean): Individual {
  return { person, id: person.id, isAdmin, choices: new Map(), stored: 'online' };
}

export function isFor({ id, owner, intents }: Voice, { to, intent, unheard_by }: Told): boolean {
  if (id === unheard_by || !to.has(owner.id)) return false;
  return (intent ?? '').split(' ').every((one) => one === '' || intents.has(one));
}
