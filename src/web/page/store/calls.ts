// Calls in conversations: ringing people, and being rung.
import { silence } from '../../../client/heard/calls.ts';
import { Refused } from '../../../client/rest.ts';
import type { Ringing } from '../../../client/shelves.ts';
import { say } from '../words/say.ts';
import { go, linkTo } from './address.ts';
import { onHeard, seen, state } from './live.ts';
import { nameOf } from './names.ts';
import { rest } from './session.ts';
import { join, leave } from './voice.ts';
import { stay, tell } from './voice-shown.ts';

/** So long one rings others; whoever is rung stops a little later, if no word comes. */
const [rings_ms, isRung_ms] = [45_000, 60_000];

const ownId = () => state.peek()?.user?.id ?? '';

const othersIn = (channel_id: string) =>
  [...(state.peek()?.voice.values() ?? [])].filter(
    (one) => one.channel_id === channel_id && one.user_id !== ownId(),
  );

/** Whether one rings others in a conversation, and nobody has come yet. */
export function isCalling(channel_id: string): boolean {
  const now = seen('rings', 'voice', 'user');
  const isOwn = now?.rings.get(channel_id)?.caller_id === now?.user?.id;
  return isOwn && now !== null && othersIn(channel_id).length === 0;
}

/** Calls the people of a conversation; joins them where they talk already. */
export async function call(channel_id: string): Promise<void> {
  const isGoingOn = othersIn(channel_id).length > 0;
  if (!(await join(channel_id)) || isGoingOn) return;
  try {
    await rest.call('POST /channels/:channel_id/call/ring', { channel_id, body: {} });
  } catch (error) {
    tell(error instanceof Refused ? error.message : say('not_reached'));
  }
}

export async function accept(channel_id: string): Promise<void> {
  go(linkTo.channel(channel_id));
  await join(channel_id);
}

export async function decline(channel_id: string): Promise<void> {
  hush(channel_id);
  await rest.call('POST /channels/:channel_id/call/decline', { channel_id }).catch(() => undefined);
}

/** Stops ringing here. */
function hush(channel_id: string): void {
  if (state.value !== null) silence(state.value, channel_id);
}

/** Leaves voice; whoever was rung hears that it is over. */
export async function hangUp(): Promise<void> {
  const channel_id = stay.peek()?.channel_id ?? '';
  const isOwn = state.peek()?.rings.get(channel_id)?.caller_id === ownId();
  await Promise.all([isOwn && cancel(channel_id), leave()]);
}

async function cancel(channel_id: string): Promise<void> {
  hush(channel_id);
  await rest.call('POST /channels/:channel_id/call/cancel', { channel_id }).catch(() => undefined);
}

/** It has rung for long enough. */
function timeOut(ring: Ringing): void {
  const { channel_id, caller_id } = ring;
  if (state.peek()?.rings.get(channel_id)?.caller_id !== caller_id) return;
  if (caller_id !== ownId() || stay.peek()?.channel_id !== channel_id) return hush(channel_id);
  const isAlone = othersIn(channel_id).length === 0;
  if (!isAlone) return void cancel(channel_id);
  tell(say('call_unanswered'));
  void hangUp();
}

/** In a conversation of two nobody is left to wait for; in a group the others may come. */
function declined(channel_id: string, user_id: string): void {
  const isHere = stay.peek()?.channel_id === channel_id;
  if (!isHere || user_id === ownId() || othersIn(channel_id).length > 0) return;
  tell(say('call_declined', { name: nameOf(user_id) }));
  if (state.peek()?.channel(channel_id)?.type === 'dm') void leave();
}

let timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Ends a ring by itself when it has rung for long enough. */
function limit(ring: Ringing): void {
  clearTimeout(timers.get(ring.channel_id));
  const longest_ms = ring.caller_id === ownId() ? rings_ms : isRung_ms;
  const left_ms = Math.max(0, ring.since_ms + longest_ms - Date.now());
  timers.set(
    ring.channel_id,
    setTimeout(() => timeOut(ring), left_ms),
  );
}

/** Those that READY tells of. */
function limitAll(): void {
  for (const timer of timers.values()) clearTimeout(timer);
  timers = new Map();
  for (const ring of state.peek()?.rings.values() ?? []) limit(ring);
}

// READY may have come before this was loaded.
limitAll();
onHeard((event) => {
  if (event.type === 'ready') limitAll();
  if (event.type === 'call.decline') declined(event.data.channel_id, event.data.user_id);
  if (event.type !== 'call.ring') return;
  const ring = state.peek()?.rings.get(event.data.channel_id);
  if (ring !== undefined) limit(ring);
});
