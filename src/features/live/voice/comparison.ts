// Compares our voice states with LiveKit's participants and removes what only one side has.
import type { App, StateName } from '../../../app.ts';
import type { LiveKit, Participant } from '../../../lib/livekit.ts';
import { endVoice, recheck } from './actions.ts';
import { channelOfRoom, roomGrants, roomName, sameGrants } from './admission.ts';
import {
  allVoiceStates,
  slice,
  statesWithoutSession,
  updateVoiceState,
  voiceStateOf,
  type VoiceRow,
} from './queries.ts';
import { rooms } from './rooms.ts';

const compare_ms = 20_000;
/** A state ends if its participant was missing in this many comparisons in a row… */
const missesToEnd = 2;
/** …and if it is older than this: somebody who has just joined may not have arrived yet. */
const grace_ms = 30_000;
/** The maximum number of simultaneous requests to LiveKit. */
const concurrency = 4;

/** How often in a row a state's participant was missing, by `stateKey`. */
interface Memory {
  missed: Map<string, number>;
  isBusy: boolean;
  /** The comparison that began last; never rejects. */
  last: Promise<void>;
  /** Whether the server is stopping: late responses of LiveKit are ignored. */
  hasEnded: boolean;
}
const memory: StateName<Memory> = {
  create: () => ({ missed: new Map(), isBusy: false, last: Promise.resolve(), hasEnded: false }),
};

/** Identifies a stay in one channel; rejoining or moving makes another key. */
function stateKey({ user_id, channel_id, since }: VoiceRow): string {
  return `${user_id} ${channel_id} ${since}`;
}

/** Begins to compare regularly; returns a function that stops it. */
export function startVoice(app: App): () => void {
  const cancel = app.clock.every(compare_ms, () => beginComparison(app));
  // Clears what the last run left over. LiveKit is asked before any state is judged.
  beginComparison(app);
  return () => {
    app.state(memory).hasEnded = true;
    cancel();
  };
}

async function attempt(app: App, work: (app: App) => Promise<void>): Promise<void> {
  try {
    await work(app);
  } catch (error) {
    if (!app.state(memory).hasEnded) rooms(app).failed(error);
  }
}

/** Begins a comparison unless one is still running because LiveKit is slow. */
function beginComparison(app: App): void {
  const state = app.state(memory);
  if (!state.isBusy) state.last = attempt(app, compareOnce);
}

/** Resolves when the comparison that began last is over. */
export function lastComparison(app: App): Promise<void> {
  return app.state(memory).last;
}

/** Ends states whose session is gone, in case a consequence was lost with its batch. */
async function releaseStates(app: App): Promise<void> {
  if (statesWithoutSession(app.db).length === 0) return;
  await app.write((turn) => {
    for (const row of statesWithoutSession(turn.tx)) endVoice(turn, row);
  });
}

/** Checks our states against sessions and permissions, then against LiveKit in both directions. */
async function compareOnce(app: App): Promise<void> {
  const state = app.state(memory);
  state.isBusy = true;
  try {
    await releaseStates(app);
    await recheckAll(app);
    const { live } = rooms(app);
    if (live === null) return;
    const began = app.clock.steady();
    const known = await participantsByChannel(app, live);
    if (state.hasEnded) return;
    for (const [channel_id, found] of known.rooms) await judgeRoom(app, channel_id, found);
    await judgeStates(app, state, known, began);
  } finally {
    state.isBusy = false;
  }
}

/** Finds changes that no event tells, such as an expired token. */
async function recheckAll(app: App): Promise<void> {
  for (let after: string | null = ''; after !== null;) {
    const from: string = after;
    if (allVoiceStates(app.db, from).length === 0) return;
    after = await app.write((turn) => {
      const rows = allVoiceStates(turn.tx, from);
      for (const row of rows) recheck(turn, row);
      return rows.length < slice ? null : (rows.at(-1)?.user_id ?? null);
    });
  }
}

interface Known {
  /** By channel; a room that is not listed is empty. */
  rooms: Map<string, readonly Participant[]>;
  /** Channels whose room could not be read: nothing is known of them. */
  unknown: Set<string>;
}

/** Throws if LiveKit cannot be reached: that proves nothing about anyone. */
async function participantsByChannel(app: App, live: LiveKit): Promise<Known> {
  const names = await live.rooms();
  rooms(app).reached();
  const channel_ids = names.flatMap((name) => channelOfRoom(name) ?? []);
  const known: Known = { rooms: new Map(), unknown: new Set() };
  const next = channel_ids.values();
  const ask = async () => {
    for (const channel_id of next) {
      try {
        known.rooms.set(channel_id, await live.participants(roomName(channel_id)));
      } catch (error) {
        known.unknown.add(channel_id);
        rooms(app).failed(error);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return known;
}

/** Removes participants without a state, corrects the grants of others, and notes their sids. */
async function judgeRoom(
  app: App,
  channel_id: string,
  found: readonly Participant[],
): Promise<void> {
  const unnoted: Participant[] = [];
  for (const participant of found) {
    const { identity, sid, grants } = participant;
    const row = voiceStateOf(app.db, identity);
    if (row?.channel_id !== channel_id) {
      rooms(app).remove(channel_id, identity);
      continue;
    }
    const wanted = roomGrants(row.grants);
    if (!sameGrants(grants, wanted)) rooms(app).grant(channel_id, identity, wanted);
    if (row.participant_sid !== sid) unnoted.push(participant);
  }
  for (let at = 0; at < unnoted.length; at += slice) {
    await app.write((turn) => {
      for (const { identity, sid } of unnoted.slice(at, at + slice)) {
        if (voiceStateOf(turn.tx, identity)?.channel_id !== channel_id) continue;
        updateVoiceState(turn.tx, identity, { participant_sid: sid });
      }
    });
  }
}

/** A state from the future is one of an earlier run, whose clock was ahead. */
function isOld({ clock }: App, since: number): boolean {
  const age_ms = clock.steady() - since;
  return age_ms > grace_ms || age_ms < 0;
}

/** Ends the states whose participants stay away. */
async function judgeStates(app: App, state: Memory, known: Known, began: number): Promise<void> {
  const missed = new Map<string, number>();
  for (let rows = allVoiceStates(app.db, ''); rows.length > 0;) {
    const ended = rows.filter((row) => {
      const { channel_id, user_id, since } = row;
      const key = stateKey(row);
      const before = state.missed.get(key) ?? 0;
      const isUnknown = known.unknown.has(channel_id) || (since >= began && !isOld(app, since));
      const isHere = known.rooms.get(channel_id)?.some(({ identity }) => identity === user_id);
      if (isHere) return false;
      const count = isUnknown ? before : before + 1;
      if (count > 0) missed.set(key, count);
      return !isUnknown && count >= missesToEnd && isOld(app, since);
    });
    if (ended.length > 0) await endAll(app, ended);
    const last = rows.at(-1);
    rows = last === undefined ? [] : allVoiceStates(app.db, last.user_id);
  }
  state.missed = missed;
}

async function endAll(app: App, rows: readonly VoiceRow[]): Promise<void> {
  await app.write((turn) => {
    for (const row of rows) {
      const now = voiceStateOf(turn.tx, row.user_id);
      // Moving or rejoining meanwhile made another state.
      if (now !== undefined && stateKey(now) === stateKey(row)) endVoice(turn, now);
    }
  });
}
