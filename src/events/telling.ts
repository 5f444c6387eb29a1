// What was told: its number, its frame, its place in the log, and its way to those who hear it.
import type { z } from 'zod';
import type { Db, Tx } from '../db/open.ts';
import { hiddenFrom, scopesOf, type AudienceKind, type Audiences } from './audience.ts';
import { fitsFrame, frameOf, type EventValue, type Move } from './event.ts';
import type { Hub, Listener } from './hub.ts';
import { appendEvent, keepSeq } from './log.ts';

/** An event as it was told, on its way to the consequences and to the sessions. */
export interface Told {
  readonly event: EventValue;
  readonly to: unknown;
  readonly data: unknown;
  readonly scopes: readonly string[];
  /** Null for what has no number. */
  readonly seq: number | null;
  readonly intent: number | null;
  readonly frame: string;
  readonly move: Move | null;
  /** The number that the change of access has, should this be the last that tells of one. */
  readonly moved_seq: number;
  /** How many consequences led to it. */
  readonly depth: number;
}

interface Parts {
  db: Db;
  hub: Hub;
  now(): number;
  /** The highest number that any session may have seen at start. */
  seq: number;
  /** Checks what is told against its schema; tests do, a server trusts its types. */
  strict: boolean;
}

export class Telling {
  readonly #parts: Parts;
  /** The newest number. Set back when what was told has been undone: nobody has seen it. */
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
    depth: number,
  ): Told {
    const event: EventValue = value;
    const move = event.moves?.(data) ?? null;
    const intent = event.intent_bit;
    const seq = event.internal || event.ephemeral ? null : this.next();
    const scopes = event.internal ? [] : scopesOf(value.audience, to);
    const frame = event.internal ? '' : this.frame(event, seq, data);
    if (seq !== null) this.#keep(event, to, data, { seq, scopes, frame });
    // Numbered apart, or the event itself would hide from RESUME what follows it.
    const moved_seq = move === null ? 0 : this.nextKept();
    return { event, to, data, scopes, seq, intent, frame, move, moved_seq, depth };
  }

  #keep(
    event: EventValue,
    to: unknown,
    data: unknown,
    { seq, scopes, frame }: Pick<Told, 'scopes' | 'frame'> & { seq: number },
  ): void {
    const entry = {
      seq,
      at: this.#parts.now(),
      intent: event.intent_bit,
      subject: event.subject?.(data) ?? null,
      hidden_from: hiddenFrom(event.audience, to),
      bytes: frame,
    };
    appendEvent(this.#parts.db as Tx, entry, scopes);
  }

  next(): number {
    this.seq += 1;
    return this.seq;
  }

  /** A number that no event gets, not after a restart either. */
  nextKept(): number {
    const seq = this.next();
    keepSeq(this.#parts.db as Tx, seq);
    return seq;
  }

  frame(event: EventValue, seq: number | null, data: unknown): string {
    const frame = frameOf(this.#parts, event, seq, data);
    if (!fitsFrame(frame)) throw new Error(`${event.type} is larger than a frame may be`);
    return frame;
  }

  /** Sends it to those who hear it now, without `but`. */
  deliver({ event, scopes, to, frame }: Deliverable, but?: ReadonlySet<Listener>): void {
    if (event.internal) return;
    if (event.audience === 'session') {
      const { session_id } = to as Audiences['session'];
      this.#parts.hub.listener(session_id)?.socket.send(frame);
    } else {
      const hidden_from = hiddenFrom(event.audience, to);
      this.#parts.hub.publish(scopes, event.intent_bit, frame, hidden_from, but);
    }
  }
}

type Deliverable = Pick<Told, 'event' | 'scopes' | 'to' | 'frame'>;
