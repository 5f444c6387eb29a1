// Bounds what is made for a client and not read by it: a long answer stays in memory until it is.
import type { StateName } from '../app.ts';
import { ApiError } from '../errors.ts';
import type { PiecedText } from '../lib/late-text.ts';
import { Pace } from '../lib/pace.ts';
import { long_length } from './envelope.ts';
import { clientOf, lineOf, type Sender } from './incoming.ts';

/** One more long answer may come on top of these. In characters or bytes, whatever is known. */
const maxUnread = 32 * 1024 * 1024;
const piece_length = 64 * 1024;

/** What a response is made of. */
export type Body = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

export class Outgoing {
  readonly #pace: Pace;
  /** How large the long answers are together that each client has not read to their end. */
  readonly #unread = new Map<string, number>();

  constructor(pace = new Pace()) {
    this.#pace = pace;
  }

  /** Whether nobody has long answers under way. */
  get isEmpty(): boolean {
    return this.#unread.size === 0;
  }

  /** Throws 429 if the client does not read what it has asked for. */
  refuseUnread(client: string): void {
    if ((this.#unread.get(client) ?? 0) < maxUnread) return;
    const message = 'Read the answers that are under way before you ask for more.';
    throw new ApiError('rate_limited', message, { retryAfter_s: 1 });
  }

  /**
   * Returns the body of a response: a long text is counted, and is written out as it is read. Shorter
   * ones do not count: a bucket of requests bounds them. Bytes are to be sent at once: the next answer
   * overwrites them.
   */
  body(sender: Sender, text: string | PiecedText): Body {
    if (text.length < long_length) return typeof text === 'string' ? text : text.inOne();
    const parts = typeof text === 'string' ? bytesOf(text) : partsOf(text);
    const [client, line] = [clientOf(sender), lineOf(sender)];
    let isOver = false;
    const size = typeof text === 'string' ? Buffer.byteLength(text) : text.length;
    const end = () => {
      if (!isOver) this.#count(client, -size);
      isOver = true;
    };
    this.#count(client, size);
    const send = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (isOver) return;
      const part = parts.next();
      if (part.done === true) {
        end();
        controller.close();
      } else {
        controller.enqueue(part.value);
      }
    };
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) =>
          this.#pace
            .run(line, () => send(controller))
            .catch((error: unknown) => {
              end();
              throw error;
            }),
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  #count(client: string, length: number): void {
    const unread = (this.#unread.get(client) ?? 0) + length;
    if (unread > 0) this.#unread.set(client, unread);
    else this.#unread.delete(client);
  }
}

function* bytesOf(text: string): Generator<Uint8Array, void, void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.byteLength; at += piece_length) {
    yield bytes.subarray(at, at + piece_length);
  }
}

function* partsOf(text: PiecedText): Generator<Uint8Array, void, void> {
  for (const part of text.inParts(piece_length)) yield Buffer.from(part);
}

export const outgoing: StateName<Outgoing> = { create: ({ pace }) => new Outgoing(pace) };
