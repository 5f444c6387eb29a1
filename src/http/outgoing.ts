// Bounds what is made for a client and not read by it: a long answer stays in memory until it is.
import type { StateName } from '../app.ts';
import { ApiError } from '../errors.ts';

/** Shorter answers do not count: a bucket of requests bounds them. */
const long_bytes = 256 * 1024;
/** One more long answer may come on top of these. */
const maxUnread_bytes = 32 * 1024 * 1024;
const piece_bytes = 256 * 1024;

export class Outgoing {
  /** How large the long answers are together that each client has not read to their end. */
  readonly #unread = new Map<string, number>();

  /** Whether nobody has long answers under way. */
  get isEmpty(): boolean {
    return this.#unread.size === 0;
  }

  /** Throws 429 if the client does not read what it has asked for. */
  refuseUnread(client: string): void {
    if ((this.#unread.get(client) ?? 0) < maxUnread_bytes) return;
    const message = 'Read the answers that are under way before you ask for more.';
    throw new ApiError('rate_limited', message, { retryAfter_s: 1 });
  }

  /** Returns the body of a response: a long text is counted, and goes out as it is read. */
  body(client: () => string, text: string): string | ReadableStream<Uint8Array> {
    if (text.length < long_bytes) return text;
    const bytes = Buffer.from(text);
    const of = client();
    let sent = 0;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#count(of, -bytes.byteLength);
      isOver = true;
    };
    this.#count(of, bytes.byteLength);
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (sent < bytes.byteLength) {
            const piece = bytes.subarray(sent, sent + piece_bytes);
            sent += piece.byteLength;
            controller.enqueue(piece);
          } else {
            end();
            controller.close();
          }
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  #count(client: string, bytes: number): void {
    const unread = (this.#unread.get(client) ?? 0) + bytes;
    if (unread > 0) this.#unread.set(client, unread);
    else this.#unread.delete(client);
  }
}

export const outgoing: StateName<Outgoing> = { create: () => new Outgoing() };
