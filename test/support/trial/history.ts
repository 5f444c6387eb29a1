// Random histories of a trial: which steps there are, how one is taken, and how a failing history is told.
import { expect } from 'bun:test';
import fc from 'fast-check';
import { search } from '../search.ts';
import { privately, probePrivately } from './conversations.ts';
import { comings, pick, pickOr, type Scene, type Step } from './deeds.ts';
import { nearness, neared, relations } from './relations.ts';
import { orders } from './orders.ts';
import { newMessage, type ModelConversation, type ModelSpace } from './oracle.ts';
import { talk } from './talk.ts';
import { visits } from './visits.ts';
import type { Told } from './heard.ts';
import type { Trial } from './trial.ts';

const all = { ...comings, ...orders, ...talk, ...visits, ...privately, ...relations };

/** What people do wherever they talk. */
const anywhere = ['send', 'edit', 'remove', 'react', 'pin', 'type', 'read', 'mute', 'unmute'];

/** How often each deed is done, compared with the others. */
const weights: Record<string, number> = {
  join: 5,
  leave: 3,
  kick: 3,
  ban: 2,
  unban: 1,
  silence: 3,
  createRole: 2,
  editRole: 5,
  deleteRole: 2,
  assignRole: 5,
  moveRoles: 1,
  setOverwrite: 8,
  clearOverwrite: 3,
  openToGuests: 2,
  renameChannel: 1,
  createChannel: 3,
  deleteChannel: 2,
  moveChannels: 1,
  openSpace: 2,
  send: 5,
  edit: 2,
  remove: 4,
  react: 2,
  pin: 1,
  type: 2,
  read: 3,
  mute: 2,
  unmute: 1,
  renameSelf: 1,
  renameMember: 1,
  showUp: 2,
  open: 3,
  close: 1,
  drop: 6,
  logOut: 1,
  resume: 10,
  openTwo: 4,
  gather: 2,
  addSomebody: 4,
  takeOut: 5,
  closeWindow: 4,
  renameGroup: 1,
  call: 2,
  block: 3,
  part: 5,
  befriend: 5,
};

const permissions = fc.subarray([
  'view_channel',
  'read_history',
  'send_messages',
  'send_in_threads',
  'create_threads',
  'add_reactions',
  'manage_messages',
  'manage_channels',
  'manage_roles',
  'manage_space',
  'kick_members',
  'ban_members',
  'moderate_members',
  'change_nickname',
  'administrator',
  'view_audit_log',
]);

/** Most of what is changed is who views what. */
const rules = fc.oneof(
  fc.constant<string[]>([]),
  fc.constant<string[]>(['view_channel']),
  permissions,
);

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    ...Object.keys(all).map((kind) => ({
      arbitrary: fc.constant(kind),
      weight: weights[kind] ?? 1,
    })),
  ),
  byOwner: fc.oneof(
    { arbitrary: fc.constant(true), weight: 2 },
    { arbitrary: fc.constant(false), weight: 1 },
  ),
  who: fc.nat(5),
  space: fc.nat(1),
  conversation: fc.nat(20),
  isPrivate: fc.boolean(),
  at: fc.nat(20),
  target: fc.nat(20),
  allow: rules,
  deny: rules,
  flag: fc.boolean(),
});

/** A step as fast-check knows them: it leaves them out one by one to find the shortest history. */
class Taken implements fc.AsyncCommand<object, Trial> {
  readonly #step: Step;
  constructor(taken: Step) {
    this.#step = taken;
  }
  check(): boolean {
    return true;
  }
  run(_model: object, trial: Trial): Promise<void> {
    return take(trial, this.#step);
  }
  toString(): string {
    return JSON.stringify(this.#step);
  }
}

/** Up to `most` steps, all lengths alike. */
const histories = (most: number) =>
  fc.noBias(fc.commands([step.map((one) => new Taken(one))], { maxCommands: most, size: 'max' }));

/** How long a test of so many histories may take, a search for the shortest failing one included. */
export function patience_ms(numRuns: number): number {
  return 60_000 + search(numRuns).numRuns * 1_500;
}

interface Plan {
  /** How many histories, unless the environment says otherwise. */
  numRuns: number;
  most: number;
  begin(): Promise<Trial>;
  /** Looks at the end of each history. */
  end(trial: Trial): Promise<void>;
}

/** Lives through random histories, each on a server of its own. */
export async function liveThrough({ numRuns, most, begin, end }: Plan): Promise<void> {
  const property = fc.asyncProperty(histories(most), async (history) => {
    await using trial = await begin();
    await fc.asyncModelRun(() => ({ model: {}, real: trial }), history);
    await end(trial);
    expect(trial.server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
  await fc.assert(property, {
    ...search(numRuns),
    interruptAfterTimeLimit: patience_ms(numRuns) - 10_000,
  });
}

/** Takes one step, has somebody speak where it was taken, and compares what everybody heard. */
async function take(trial: Trial, one: Step): Promise<void> {
  const before = trial.views();
  const near = nearness(trial);
  const existed = new Set(trial.spaces.flatMap(({ channels }) => [...channels.keys()]));
  const deed = all[one.kind];
  if (deed === undefined) throw new Error(`nobody knows how to ${one.kind}`);
  const scene = sceneOf(trial, one);
  const { who, home } = scene;
  const outcome = await deed(scene);
  const moved = [...trial.moved(before, existed), ...neared(trial, near)];
  const nearNow = nearness(trial);
  const probed = await (home.kind === 'space' ? probe(trial, home) : whisper(trial, home, one));
  const told = [...outcome.told, ...moved, ...probed, ...neared(trial, nearNow)];
  await trial.compare({ ...outcome, told }, `${who.person.name}: ${one.kind}`);
  await trial.onStep?.(home, pick([...trial.people, null], one.at));
}

/** After every second step in a conversation, so that what was closed stays closed for a while. */
async function whisper(trial: Trial, home: ModelConversation, { at }: Step): Promise<Told[]> {
  return at % 2 === 0 ? [] : probePrivately(trial, home);
}

/** Where a step is taken, by whom, and to whom. */
function sceneOf(trial: Trial, one: Step): Scene {
  const space = pick(trial.spaces, one.space);
  const channel = pick([...space.channels.values()], one.at);
  const isPrivate = one.kind in privately || (one.isPrivate && anywhere.includes(one.kind));
  const conversation = isPrivate ? pickOr(trial.conversations, one.conversation) : null;
  const home = conversation ?? space;
  const feed = conversation ?? channel;
  const people = trial.people.filter(({ id }) => (conversation?.people ?? space.members).has(id));
  const owner = trial.people.find(({ id }) => id === home.owner_id);
  const mayAll =
    conversation === null || ['addSomebody', 'takeOut', 'renameGroup'].includes(one.kind);
  const host = mayAll ? owner : pick(people, one.who);
  const who = one.byOwner && host ? host : pick(trial.people, one.who);
  const target = pick(one.flag && people.length > 0 ? people : trial.people, one.target);
  return { trial, step: one, who, space, channel, home, feed, target };
}

/** The owner says something in the channels of a space, each heard by its viewers. */
async function probe(trial: Trial, space: ModelSpace): Promise<Told[]> {
  const owner = trial.people.find(({ id }) => id === space.owner_id);
  const channels = [...space.channels.values()].slice(-4);
  if (owner === undefined) throw new Error('a space without an owner');
  const said = await Promise.all(channels.map((channel) => owner.person.says(channel, 'probe')));
  return channels.map((channel, index) => {
    const { id } = said[index];
    channel.messages.push(newMessage(said[index]));
    const to = trial.viewers(space, channel);
    const of = { message_id: id, channel_id: channel.id };
    return { key: `message.create ${id}`, intent: 'messages', to, ...of };
  });
}
