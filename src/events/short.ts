// Events that the log keeps short: the row of their message says nearly all, and they are written anew from it.
import type { Db } from '../db/open.ts';
import { LeastRecentMap } from '../lib/least-recent.ts';

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

/** Of the frames that were sent last so much is kept: who comes back soon gets them as they were sent. */
const maxRecent = { frames: 10_000, characters: 4 * 1024 * 1024 };

const recent = new WeakMap<Db, LeastRecentMap<number, string>>();

function recentOf(db: Db): LeastRecentMap<number, string> {
  let frames = recent.get(db);
  if (frames === undefined) {
    const weights = { max: maxRecent.characters, of: ({ length }: string) => length };
    frames = new LeastRecentMap(maxRecent.frames, weights);
    recent.set(db, frames);
  }
  return frames;
}

/**
 * Keeps the frame of a short event in memory for a while. To be called after the commit: a number that
 * is rolled back is given again. Whatever changes what RESUME may send removes the row, or keeps it whole.
 */
export function rememberShort(db: Db, seq: number, frame: string): void {
  recentOf(db).set(seq, frame);
}

/** A row of the log. `sent_bytes` is null if `bytes` is the frame. */
export interface LoggedRow {
  readonly seq: number;
  readonly subject: string | null;
  readonly bytes: string;
  readonly sent_bytes: number | null;
}

/** Returns the frames of rows of the log, by number; without those whose message is gone. */
export function framesOf(db: Db, rows: readonly LoggedRow[]): Map<number, string> {
  const frames = new Map<number, string>();
  const short: ShortEvent[] = [];
  const marks: string[] = [];
  const sent = recentOf(db);
  for (const { seq, subject, bytes, sent_bytes } of rows) {
    const frame = sent_bytes === null ? bytes : sent.get(seq);
    if (frame !== undefined) frames.set(seq, frame);
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
