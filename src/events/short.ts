// Events that the log keeps short: the row of their message says nearly all, and they are written anew from it.
import type { Db } from '../db/open.ts';

/** A logged event without what the row of its message says. */
export interface ShortEvent {
  readonly seq: number;
  /** The id of its message. */
  readonly subject: string;
  /** What the row does not say. */
  readonly rest: string;
}

/** Writes short events of one kind. */
export interface ShortKind {
  /** The mark of these events, as they declare it. */
  readonly mark: string;
  /**
   * Returns the frames of events by their numbers: as they were sent, or newer where the message has
   * changed since. Events of messages that are not shown are left out.
   */
  whole(db: Db, events: readonly ShortEvent[]): ReadonlyMap<number, string>;
}

const kinds = new Map<string, ShortKind>();

/** Says how a kind of short events is written anew; the log finds it by its mark. */
export function writesShort(kind: ShortKind): void {
  if (kinds.has(kind.mark)) throw new Error(`two kinds of short events have the mark ${kind.mark}`);
  kinds.set(kind.mark, kind);
}

function whole(db: Db, mark: string, events: readonly ShortEvent[]) {
  const kind = kinds.get(mark);
  if (kind === undefined) throw new Error(`nothing writes the short events with the mark ${mark}`);
  return kind.whole(db, events);
}

/** A row of the log. `sent_bytes` is null if `bytes` is the frame. */
export interface LoggedRow {
  readonly seq: number;
  readonly subject: string | null;
  readonly bytes: string;
  readonly sent_bytes: number | null;
}

/** Returns the frames of rows of the log, by number; without those whose message is not shown. */
export function framesOf(db: Db, rows: readonly LoggedRow[]): Map<number, string> {
  const frames = new Map<number, string>();
  const short: ShortEvent[] = [];
  const marks: string[] = [];
  for (const { seq, subject, bytes, sent_bytes } of rows) {
    if (sent_bytes === null) frames.set(seq, bytes);
    else if (subject !== null) {
      short.push({ seq, subject, rest: bytes.slice(1) });
      marks.push(bytes.charAt(0));
    }
  }
  for (const mark of new Set(marks)) {
    const alike = short.filter((_one, index) => marks[index] === mark);
    for (const [seq, frame] of whole(db, mark, alike)) frames.set(seq, frame);
  }
  return frames;
}
