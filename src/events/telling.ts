// Gives each event its number and frame, writes it to the log, and sends it to those who hear it.
import type { z } from 'zod';
import type { Db, Tx } from '../db/open.ts';
import { hiddenFrom, scopesOf, type AudienceKind, type Audiences } from './audience.ts';
import { eventFrame, fitsFrame, jsonOf, type EventValue, type Move } from './event.ts';
import type { Hub, Listener } from './hub.ts';
import { wants } from './intents.ts';
import { appendEvent } from './log.ts';
import { keepSeq } from './numbers.ts';
import { framesOf, rememberShort } from './short.ts';

/** An event that was told in a turn, before consequences run and sessions get it. */
export interface Told {
  readonly event: EventValue;
  readonly to: unknown;
  readonly data: unknown;
  readonly scopes: readonly string[];
  /** Null if the event has no number. */
  readonly seq: number | null;
  readonly intent: number | null;
  readonly frame: string;
  /** What guests get instead; null if it is the same. */
  readonly guest_frame: string | null;
  /** The data as it stands in the frame. */
  readonly json: string;
  readonly move: Move | null;
  /** The number of the change of access, if this is the turn's last event with a move; else 0. */
  readonly moved_seq: number;
  /** The number of nested consequences that led to it; 0 for the action's own events. */
  readonly depth: number;
}

interface Parts {
  db: Db;
  hub: Hub;
  steady(): number;
  /** The number with which this start begins; the next one is the first that is given. */
  seq: number;
  /** Whether data is checked against its schema; on in tests, off in a server. */
  strict: boolean;
}

/** How far a turn is. */
export interface TurnState {
  /** How deep in consequences it is. */
  depth: number;
  isOver: boolean;
  /** The account whose share of the log its events take. */
  account_id: string | null;
  /** Why an account acts, in its own words; null if nobody has said. */
  reason: { readonly account_id: string; readonly text: string } | null;
}

type Kept = Pick<Told, 'scopes' | 'frame'> & { seq: number; account_id: string | null };

export class Telling {
  readonly #parts: Parts;
  /** The newest number. Set back when a turn is rolled back: nobody has seen its numbers. */
  seq: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.seq = parts.seq;
  }

  /** Numbers an event and writes it into the log of the running transaction. */
  tell<A extends AudienceKind, S extends z.ZodType>(
    value: EventValue<A, S>,
    to: Audiences[A],
    data: z.input<S>,
    { depth, account_id }: Pick<TurnState, 'depth' | 'account_id'>,
  ): Told {
    const event: EventValue = value;
    const move = event.moves?.(data) ?? null;
    const intent = event.intent_bit;
    const seq = event.internal || event.ephemeral ? null : this.next();
    const scopes = event.internal ? [] : scopesOf(value.audience, to);
    const json = event.internal ? '' : jsonOf(this.#parts, event, data);
    const frame = event.internal ? '' : framed(event, seq, json);
    const less = event.for_guests?.(data) ?? null;
    const guest_frame = less && framed(event, seq, jsonOf(this.#parts, event, less));
    if (seq !== null) this.#keep(event, to, data, { seq, scopes, frame, account_id });
    // Not the event's: a session that got only the event could then RESUME without what follows.
    const moved_seq = move === null ? 0 : this.nextKept();
    const frames = { frame, guest_frame, json };
    return { event, to, data, scopes, seq, intent, ...frames, move, moved_seq, depth };
  }

  #keep(
    event: EventValue,
    to: unknown,
    data: unknown,
    { seq, scopes, frame, account_id }: Kept,
  ): void {
    const subject = event.subject?.(data) ?? null;
    const short = this.#shortOf(event, data, { seq, subject, frame });
    const entry = {
      seq,
      at: this.#parts.steady(),
      intent: event.intent_bit,
      subject,
      hidden_from: hiddenFrom(event.audience, to),
      bytes: short ?? frame,
      sent_bytes: short === null ? null : Buffer.byteLength(frame),
      account_id,
      newest_of: newestOf(event, to, data),
    };
    appendEvent(this.#parts.db as Tx, entry, scopes);
  }

  /** Returns what the log keeps of an event that it keeps short; null if it keeps the frame. */
  #shortOf(
    { short, type }: EventValue,
    data: unknown,
    { seq, subject, frame }: { seq: number; subject: string | null; frame: string },
  ): string | null {
    const rest = short?.rest(data) ?? null;
    if (short === undefined || rest === null) return null;
    const bytes = short.mark + rest;
    if (this.#parts.strict) {
      const row = { seq, subject, bytes, sent_bytes: frame.length };
      if (framesOf(this.#parts.db, [row]).get(seq) !== frame)
        throw new Error(`${type} does not come out of the log as it was sent`);
    }
    return bytes;
  }

  next(): number {
    this.seq += 1;
    return this.seq;
  }

  /** Returns a number that no event gets, not even after a restart. */
  nextKept(): number {
    const seq = this.next();
    keepSeq(this.#parts.db as Tx, seq);
    return seq;
  }

  /** Returns the frame of an event that has no number. */
  frame(event: EventValue, data: unknown): string {
    return framed(event, null, jsonOf(this.#parts, event, data));
  }

  /** Sends an event to the sessions that hear it now, except those in `but`. */
  deliver(told: Deliverable, but?: ReadonlySet<Listener>): void {
    const { event, scopes, to, frame, seq = null } = told;
    if (event.internal) return;
    if (seq !== null && event.short !== undefined) rememberShort(this.#parts.db, seq, frame);
    if (event.audience === 'session') {
      const { session_id } = to as Audiences['session'];
      this.#parts.hub.listener(session_id)?.socket.send(frame);
    } else {
      const hidden_from = hiddenFrom(event.audience, to);
      const others = this.#tellGuests(told, but);
      const left = event.audience === 'permission' ? this.#without(scopes, to, others) : others;
      this.#parts.hub.publish(scopes, event.intent_bit, frame, hidden_from, left);
    }
  }

  /** Sends guests what they get instead; returns the sessions in `but`, and these. */
  #tellGuests(
    { event, scopes, guest_frame = null }: Deliverable,
    but?: ReadonlySet<Listener>,
  ): ReadonlySet<Listener> | undefined {
    if (guest_frame === null) return but;
    const { hub } = this.#parts;
    const guests = new Set<Listener>();
    for (const scope of scopes) {
      for (const one of hub.of(scope)) {
        const hears = wants(one.mask, event.intent_bit) && !but?.has(one);
        if (one.guest_of !== null && hears) guests.add(one);
      }
    }
    if (guests.size === 0) return but;
    hub.publishTo(guests, guest_frame);
    return but === undefined ? guests : guests.union(but);
  }

  /** Returns the sessions in `but`, and those whose permissions rest. */
  #without(
    scopes: readonly string[],
    to: unknown,
    but: ReadonlySet<Listener> = new Set(),
  ): ReadonlySet<Listener> | undefined {
    const { space_id } = to as Audiences['permission'];
    const all = this.#parts.hub.silenced(scopes, space_id).union(but);
    return all.size === 0 ? undefined : all;
  }
}

/** Returns a frame; throws if it is too large. */
function framed(event: EventValue, seq: number | null, json: string): string {
  const frame = eventFrame(event.type, seq, json);
  if (!fitsFrame(frame)) throw new Error(`${event.type} is larger than a frame may be`);
  return frame;
}

/** What an event shows as it is now: an earlier one that showed the same is not kept. */
function newestOf(event: EventValue, to: unknown, data: unknown): string | null {
  if (event.replaces) return event.replaces(data, to as Audiences[AudienceKind]);
  const subject = event.subject?.(data);
  return event.shows_whole && subject !== undefined ? `${event.type} ${subject}` : null;
}

type Deliverable = Pick<Told, 'event' | 'scopes' | 'to' | 'frame'> &
  Partial<Pick<Told, 'guest_frame' | 'seq'>>;
