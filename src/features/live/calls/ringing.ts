// The calls that ring now, in memory, for READY: a session that begins anew has missed their events.
import { peopleOf } from '../../../access/conversations.ts';
import type { App, StateName, Turn } from '../../../app.ts';
import { consequence } from '../../../consequence.ts';
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { voiceStateUpdated } from '../voice/events.ts';
import { voiceStateOf } from '../voice/queries.ts';
import { callCancelled, callDeclined, callEnded, callRang } from './events.ts';
import type { CallRing, CallRinging } from './schema.ts';
import { freshFor_ms } from './replay.ts';

interface Ring {
  readonly said: CallRing;
  /** Those whom it still rings for: they have neither come nor declined. */
  readonly waiting: readonly string[];
  /** When it began, by `clock.steady()`. */
  readonly began_at: number;
}

/** By channel, the oldest first. Clients end a ring after a minute, and say nothing. */
const ringing: StateName<Map<string, Ring>> = { create: () => new Map() };

/** Forgets what has rung for too long; rings are limited, so that not many are there at once. */
function ringsOf(app: App): Map<string, Ring> {
  const rings = app.state(ringing);
  const since = app.clock.steady() - freshFor_ms;
  for (const [channel_id, { began_at }] of rings) {
    if (began_at >= since) break;
    rings.delete(channel_id);
  }
  return rings;
}

/**
 * Has a ring become another one, or end by null, once the turn is kept. Mostly nothing rings there: a
 * change of memory would end the batch.
 */
function change(turn: Turn, channel_id: string, next: (ring: Ring) => Ring | null): void {
  const rings = turn.app.state(ringing);
  if (!rings.has(channel_id)) return;
  turn.onCommit(() => {
    const ring = rings.get(channel_id);
    const now = ring === undefined ? null : next(ring);
    if (now === null) rings.delete(channel_id);
    else rings.set(channel_id, now);
  });
}

/** Somebody has come or declined; with the last of them it rings no more. */
const without =
  (user_id: string) =>
  (ring: Ring): Ring | null => {
    const waiting = ring.waiting.filter((id) => id !== user_id);
    return waiting.length === 0 ? null : { ...ring, waiting };
  };

export const noteRing = consequence(callRang, (turn, said) => {
  const { channel_id, caller_id, participants } = said;
  const isThere = (id: string) => voiceStateOf(turn.tx, id)?.channel_id === channel_id;
  const waiting = participants.filter((id) => id !== caller_id && !isThere(id));
  const began_at = turn.steady;
  turn.onCommit(() => {
    const rings = ringsOf(turn.app);
    rings.delete(channel_id);
    if (waiting.length > 0) rings.set(channel_id, { said, waiting, began_at });
  });
});

export const noteDecline = consequence(callDeclined, (turn, { channel_id, user_id }) => {
  change(turn, channel_id, without(user_id));
});

export const noteComing = consequence(voiceStateUpdated, (turn, { channel_id, user_id }) => {
  if (channel_id !== null) change(turn, channel_id, without(user_id));
});

export const noteCancel = consequence(callCancelled, (turn, { channel_id, user_id }) => {
  change(turn, channel_id, (ring) => (ring.said.caller_id === user_id ? null : ring));
});

export const noteEnd = consequence(callEnded, (turn, { channel_id }) => {
  change(turn, channel_id, () => null);
});

/** What one of the people of a conversation is shown of its ring; null if there is none. */
function ringFor(app: App, user_id: string, channel_id: string): CallRinging | null {
  const ring = ringsOf(app).get(channel_id);
  if (ring === undefined) return null;
  const people = peopleOf(app.db, channel_id);
  const waiting = ring.waiting.filter((id) => people.includes(id));
  if (!people.includes(user_id) || waiting.length === 0) return null;
  const age_ms = Math.max(0, Math.floor(app.clock.steady() - ring.began_at));
  return { ...ring.said, participants: people, waiting, age_ms };
}

export const readyRings: ReadyList = {
  list: 'rings',
  max_bytes: 8 * 1024,
  *entries(app, listener) {
    const { user_id, guest_of } = listener;
    if (guest_of !== null) return;
    for (const [channel_id, { said }] of [...ringsOf(app)]) {
      if (!said.participants.includes(user_id)) continue;
      const entry = ringFor(app, user_id, channel_id);
      if (entry === null) continue;
      yield {
        entry,
        *again() {
          const now = ringFor(app, user_id, channel_id);
          if (now === null) return;
          const { waiting, age_ms: _, ...ring } = now;
          const participants = [ring.caller_id, ...waiting];
          yield* told(app, listener, callRang, { ...ring, participants });
        },
      };
    }
  },
};
