// How large a server is, and a world of that size.
import type { Account } from '../data/rows';
import { addChannels, addRoles, addSpaces } from '../grow';
import { Listeners } from '../loaders';
import { INTENTS } from '../measures/identify';
import { openFileLimit } from '../machine';
import { settle } from '../settle';
import { regrow, startWorld, type World } from '../target';

/** Each is grown alone, while the others stay small. */
export const FACTORS = ['members', 'channels', 'spaces', 'roles', 'messages', 'sessions'] as const;
export type Factor = (typeof FACTORS)[number];
export type Size = Readonly<Record<Factor, number>>;

export const SMALL: Size = {
  members: 10,
  channels: 10,
  spaces: 1,
  roles: 5,
  messages: 10_000,
  sessions: 100,
};

const LARGE: Readonly<Record<Factor, readonly number[]>> = {
  members: [1_000, 10_000],
  channels: [500],
  spaces: [60],
  roles: [100],
  messages: [1_000_000],
  sessions: [10_000],
};

/** One factor that is grown; null for the small server. */
export interface Step {
  factor: Factor | null;
  size: Size;
}

/** The small server, then each factor grown to a share of its largest size. */
export function stepsOf(factors: readonly Factor[], share: number): Step[] {
  const grown = factors.flatMap((factor) =>
    LARGE[factor]
      .map((largest) => Math.round(largest * share))
      .filter((count) => count > SMALL[factor])
      .map((count): Step => ({ factor, size: { ...SMALL, [factor]: count } })),
  );
  return [{ factor: null, size: SMALL }, ...grown];
}

export function nameOf({ factor, size }: Step): string {
  return factor === null ? 'small' : `${factor} ${size[factor].toLocaleString('en-US')}`;
}

/** Accounts that have not joined, each of which can once. */
const OUTSIDERS = 1500;
/** Numbers their names, above those of all members. */
const FIRST_OUTSIDER = 1_000_000;
const PROCESSES = 2;
const FILES_BESIDE = 400;

export interface Grown {
  world: World;
  outsiders: readonly Account[];
  /** A role that all members have. */
  role: string;
  listeners: Listeners;
}

/** Starts a server of this size, with its sessions. */
export async function growTo(server: readonly string[], size: Size): Promise<Grown> {
  const files = size.sessions + FILES_BESIDE;
  if (files > openFileLimit()) throw new Error(`this machine does not allow ${files} open files`);
  const begun = await startWorld(server, SMALL.members);
  const { space, channel } = begun;
  await addChannels(begun, size.channels - 1);
  await addRoles(begun, size.roles - 1);
  await addSpaces(begun, size.spaces - 1);
  const { world, made } = await regrow(
    server,
    begun,
    (rows) => {
      rows.addMembers(space, channel, rows.addAccounts(size.members - SMALL.members, 0));
      const where = { space, channels: rows.channels(space), authors: rows.accounts() };
      rows.addMessages(where, size.messages);
      const role = rows.giveRole(space);
      return { role, outsiders: rows.addAccounts(OUTSIDERS, FIRST_OUTSIDER) };
    },
    files,
  );
  await settle(world.pid);
  const listeners = new Listeners(PROCESSES);
  await listeners.open(world.port, world.tokens, INTENTS, size.sessions);
  return { world, ...made, listeners };
}
