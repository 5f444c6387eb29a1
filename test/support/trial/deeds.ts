// What people do in a trial to spaces, roles, channels and each other; each deed says who is to hear of it.
import { expect } from 'bun:test';
import type { Told } from './heard.ts';
import {
  able,
  newMessage,
  outranks,
  type ModelChannel,
  type ModelFeed,
  type ModelHome,
  type ModelSpace,
} from './oracle.ts';
import { holders, recorded } from './recorded.ts';
import { shown } from './showing.ts';
import type { Individual, Outcome, Trial } from './trial.ts';

/** The raw material of a step: numbers and names that are fitted to the world when it is taken. */
export interface Step {
  kind: string;
  /** Whether the owner of the space acts, who may do anything. */
  byOwner: boolean;
  who: number;
  space: number;
  /** Which conversation, and whether what is said is said there. */
  conversation: number;
  isPrivate: boolean;
  at: number;
  target: number;
  allow: string[];
  deny: string[];
  flag: boolean;
}

/** A step in its place: who does it, where, and to whom. */
export interface Scene {
  trial: Trial;
  step: Step;
  who: Individual;
  space: ModelSpace;
  channel: ModelChannel;
  /** Where messages are: the channel and its space, or a conversation, which is both. */
  home: ModelHome;
  feed: ModelFeed;
  target: Individual;
}

export type Deed = (scene: Scene) => Promise<Outcome>;

export const nothing: Outcome = { told: [] };

export function pick<T>(list: readonly T[], at: number): T {
  const one = list[at % list.length];
  if (one === undefined) throw new Error('there is nothing to pick from');
  return one;
}

export function pickOr<T>(list: readonly T[], at: number): T | null {
  return list[at % list.length] ?? null;
}

/** Calls and compares the status with what the model allows; undefined when it was refused. */
export async function attempt(
  who: Individual,
  call: readonly [method: string, path: string, body?: unknown],
  allowed: boolean,
  refusal = 403,
): Promise<any> {
  const [method, path, body] = call;
  const reply = await who.person.call(method, path, body);
  const status = allowed ? 200 : refusal;
  const name = who.person.name;
  expect({ name, call, status: reply.status, body: reply.body }).toMatchObject({ status });
  return allowed ? { data: reply.data } : undefined;
}

/** What every member hears. */
export const spaceTold = (key: string, space: ModelSpace, intent: string): Told => ({
  key,
  intent,
  to: new Set(space.members.keys()),
});

/** Channels whose overwrites are changed; told to those who see them before and after. */
function overwritesChanged(
  { trial, space }: Scene,
  touched: readonly ModelChannel[],
  goes: () => void,
  change: (overwrites: ModelChannel['overwrites']) => void,
): Told[] {
  const before = touched.map((channel) => trial.viewers(space, channel));
  goes();
  for (const { overwrites } of touched) change(overwrites);
  return touched.map((channel, index) => ({
    key: `channel.update ${channel.id}`,
    intent: 'spaces',
    to: trial.viewers(space, channel).intersection(before[index] ?? new Set()),
  }));
}

/** Channels that lose the overwrite of a role that is gone. */
export function withoutOverwrites(scene: Scene, id: string, goes: () => void): Told[] {
  const channels = [...scene.space.channels.values()];
  const touched = channels.filter(({ overwrites }) => overwrites.has(id));
  return overwritesChanged(scene, touched, goes, (overwrites) => overwrites.delete(id));
}

/** Channels in which a member who leaves was allowed something; what was denied stays. */
function withDenials(scene: Scene, id: string, goes: () => void): Told[] {
  const touched = [...scene.space.channels.values()].filter(({ overwrites }) => {
    const own = overwrites.get(id);
    return own !== undefined && (own.allow.length > 0 || own.deny.length === 0);
  });
  return overwritesChanged(scene, touched, goes, (overwrites) => {
    const { allow = [], deny = [] } = overwrites.get(id) ?? {};
    const denied = deny.filter((name) => !allow.includes(name));
    if (denied.length === 0) overwrites.delete(id);
    else overwrites.set(id, { type: 'member', allow: [], deny: denied });
  });
}

/** What somebody's membership ends with. */
function departure(scene: Scene, id: string): Outcome {
  const { space } = scene;
  if (!space.members.has(id)) return nothing;
  const key = `member.leave ${space.id} ${id}`;
  const left = spaceTold(key, space, 'members');
  const updates = withDenials(scene, id, () => {
    space.members.delete(id);
    space.nicknames.delete(id);
  });
  const lost = { key: `space.delete ${space.id}`, intent: 'spaces', to: new Set([id]) };
  const told = [left, lost, ...updates];
  return updates.length === 0 ? { told } : { told, unsettles: { space, parked: true } };
}

const join: Deed = async ({ trial, space, step, ...scene }) => {
  const strangers = trial.people.filter(({ id }) => !space.members.has(id));
  const who = step.flag && strangers.length > 0 ? pick(strangers, step.at) : scene.who;
  const isMember = space.members.has(who.id);
  const allowed = isMember || (space.isPublic && !space.banned.has(who.id));
  const answer = await attempt(who, ['POST', `/spaces/${space.id}/join`], allowed);
  if (isMember || answer === undefined) return nothing;
  space.members.set(who.id, new Set());
  const own = (key: string, intent: string): Told => ({ key, intent, to: new Set([who.id]) });
  const told = [
    own(`space.create ${space.id}`, 'spaces'),
    spaceTold(`member.join ${space.id} ${who.id}`, space, 'members'),
    ...[...space.roles.keys()].map((id) => own(`role.create ${id}`, 'spaces')),
    ...[...space.members.keys()].map((id) => own(`member.chunk ${space.id} ${id}`, 'members')),
  ];
  for (const channel of space.channels.values()) {
    const seen = trial.viewers(space, channel).has(who.id);
    if (seen) told.push(own(`channel.create ${channel.id}`, 'spaces'));
  }
  for (const one of trial.people) {
    const status = shown(one);
    if (!space.members.has(one.id) || status === 'offline' || one.id === who.id) continue;
    told.push(own(`presence.update ${one.id} ${status}`, 'presences'));
  }
  const status = shown(who);
  if (status !== 'offline') {
    const one = spaceTold(`presence.update ${who.id} ${status}`, space, 'presences');
    told.push({ ...one, isFleeting: true });
  }
  told.push(recorded({ trial, space, who }, 'member_join', ''));
  return { told: [...told, ...(await welcome({ trial, who, space }))] };
};

/** The greeting of a new member, once, where the space has a channel for it. */
async function welcome({ trial, who, space }: Pick<Scene, 'trial' | 'who' | 'space'>) {
  const channel = space.channels.get(space.welcomes_in ?? '');
  if (channel === undefined || space.welcomed.has(who.id)) return [];
  space.welcomed.add(who.id);
  const { admin } = trial.server;
  const [message] = await admin.does('GET', `/channels/${channel.id}/messages?limit=1`);
  expect(message).toMatchObject({ type: 'member_join', author_id: who.id });
  channel.messages.push(newMessage(message));
  const to = trial.viewers(space, channel);
  const of = { message_id: message.id, channel_id: channel.id };
  return [{ key: `message.create ${message.id}`, intent: 'messages', to, ...of }];
}

const leave: Deed = async (scene) => {
  const { who, space } = scene;
  const isOwner = who.id === space.owner_id;
  const allowed = !isOwner && space.members.has(who.id);
  const call = ['DELETE', `/spaces/${space.id}/members/@me`] as const;
  const answer = await attempt(who, call, allowed, isOwner ? 400 : 403);
  return answer === undefined ? nothing : departure(scene, who.id);
};

const kick: Deed = async (scene) => {
  const { who, space, target } = scene;
  const allowed = able(space, who).has('kick_members') && outranks(space, who, target.id);
  const call = ['DELETE', `/spaces/${space.id}/members/${target.id}`] as const;
  const isMember = space.members.has(target.id);
  const answer = await attempt(who, call, allowed);
  if (answer === undefined) return nothing;
  const gone = departure(scene, target.id);
  if (!isMember) return gone;
  return { ...gone, told: [...gone.told, recorded(scene, 'member_kick', target.id)] };
};

/** A ban is told to who may ban, after the membership has ended. */
const banTold = ({ trial, space }: Scene, type: string, id: string): Told => {
  const heardBy = holders(trial, space, 'ban_members');
  return { key: `${type} ${space.id} ${id}`, intent: 'moderation', ...heardBy };
};

const ban: Deed = async (scene) => {
  const { who, space, target } = scene;
  if (space.banned.has(target.id)) return nothing;
  const allowed =
    able(space, who).has('ban_members') && outranks(space, who, target.id) && who !== target;
  const path = `/spaces/${space.id}/bans/${target.id}`;
  const answer = await attempt(who, ['PUT', path, {}], allowed);
  if (answer === undefined) return nothing;
  space.banned.add(target.id);
  const gone = departure(scene, target.id);
  const told = [
    banTold(scene, 'ban.create', target.id),
    recorded(scene, 'member_ban_add', target.id),
  ];
  return { ...gone, told: [...gone.told, ...told] };
};

const unban: Deed = async (scene) => {
  const { who, space, step } = scene;
  const banned = [...space.banned];
  if (banned.length === 0) return nothing;
  const id = pick(banned, step.at);
  const allowed = able(space, who).has('ban_members') && outranks(space, who, id);
  const answer = await attempt(who, ['DELETE', `/spaces/${space.id}/bans/${id}`], allowed);
  if (answer === undefined) return nothing;
  space.banned.delete(id);
  return { told: [banTold(scene, 'ban.delete', id), recorded(scene, 'member_ban_remove', id)] };
};

/** Puts somebody under timeout, or ends it; it goes on for who leaves. */
const silence: Deed = async (scene) => {
  const { who, space, step, target } = scene;
  if (!space.members.has(target.id)) return nothing;
  const isSelf = target.id === who.id && who.id === space.owner_id;
  const isImmune = target.isAdmin || target.id === space.owner_id;
  const allowed =
    able(space, who).has('moderate_members') &&
    (isSelf || outranks(space, who, target.id)) &&
    !(step.flag && isImmune);
  const timed_out_until = step.flag ? '2090-01-01T00:00:00Z' : null;
  const path = `/spaces/${space.id}/members/${target.id}`;
  const isMember = space.members.has(who.id) || who.isAdmin;
  const answer = await attempt(who, ['PATCH', path, { timed_out_until }], allowed && isMember);
  if (answer === undefined || space.silenced.has(target.id) === step.flag) return nothing;
  if (step.flag) space.silenced.add(target.id);
  else space.silenced.delete(target.id);
  const told = [
    spaceTold(`member.update ${space.id} ${target.id}`, space, 'members'),
    recorded(scene, 'member_update', target.id),
  ];
  return { told };
};

/** Deeds that change who is in a space, and who may only look. */
export const comings: Record<string, Deed> = { join, leave, kick, ban, unban, silence };
