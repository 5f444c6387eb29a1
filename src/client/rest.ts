// Calls the REST API; what a call takes and answers is read off the endpoints themselves.
import type { Answer, Call, Input, Paged } from './wire.ts';

/** The server has refused a call. */
export class Refused extends Error {
  readonly status: number;
  /** The server's name for the problem, such as `not_found`. */
  readonly code: string;
  /** Seconds until it may be tried again; null if that is not why. */
  readonly retry_after: number | null;

  constructor(
    status: number,
    { code, message, retry_after }: { code: string; message: string; retry_after?: number },
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retry_after = retry_after ?? null;
  }
}

/** The server was not reached, or its answer did not come. */
export class Unreached extends Error {}

export interface Page<T> {
  readonly items: T;
  /** What `after` of the next page is; null if this is the last one. */
  readonly after: string | null;
}

interface Envelope {
  readonly data?: unknown;
  readonly cursor?: { readonly after: string; readonly has_more: boolean } | null;
  readonly error?: { code: string; message: string; retry_after?: number };
}

interface Given {
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
  [name: string]: unknown;
}

/** A call that came too early is tried so often altogether, and waits so long at most each time. */
const [maxTries, maxWait_s] = [4, 10];

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Makes an error of an answer that is not a success. */
export function refusalOf(status: number, answer: Envelope | null): Refused {
  return new Refused(status, answer?.error ?? { code: 'unknown', message: `HTTP ${status}` });
}

export class Rest {
  /** What requests authorize themselves with; null for nobody. */
  token: string | null = null;
  /** Where the server begins, without a slash at the end; "" for the origin of the page. */
  readonly base: string;
  /** What the list of logins calls this device; null for what the user agent says. */
  device: string | null = null;
  /** Called when the token is not valid any more. */
  onRefused: () => void = () => undefined;

  constructor(base: string) {
    this.base = base;
  }

  /** Returns the data of an answer. Throws `Refused`, or `Unreached`. */
  async call<K extends Call>(key: K, ...input: Input<K>): Promise<Answer<K>> {
    const answer = await this.#ask(key, input[0] ?? {});
    // A few answers come without an envelope.
    return ('data' in answer ? answer.data : answer) as Answer<K>;
  }

  /** Returns a page of a list, and where the next one begins. */
  async page<K extends Paged>(key: K, ...input: Input<K>): Promise<Page<Answer<K>>> {
    const { data, cursor } = await this.#ask(key, input[0] ?? {});
    return { items: data as Answer<K>, after: cursor?.has_more ? cursor.after : null };
  }

  /** The address of a call, with the names in its path and its query. */
  addressOf(key: Call, { query, body: _body, ...names }: Given): string {
    const [, template = ''] = key.split(' ');
    const path = template.replaceAll(/:(\w+)/g, (_, name: string) =>
      encodeURIComponent(String(names[name])),
    );
    const given = Object.entries(query ?? {}).filter(([, value]) => value != null);
    const search = new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, String(value)]),
    );
    return `${this.base}/api/v1${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
  }

  headers(): Record<string, string> {
    return {
      ...(this.token !== null && { Authorization: `Bearer ${this.token}` }),
      ...(this.device !== null && { 'X-Device-Name': encodeURIComponent(this.device) }),
    };
  }

  async #ask(key: Call, given: Given): Promise<Envelope> {
    const { body } = given;
    const [method = 'GET'] = key.split(' ');
    const { token } = this;
    const headers = {
      ...this.headers(),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    for (let left = maxTries; ; left -= 1) {
      const response = await fetch(this.addressOf(key, given), {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw new Unreached(String(error));
      });
      const answer = (await response.json().catch(() => null)) as Envelope | null;
      if (response.ok && answer !== null) return answer;
      if (response.ok) throw new Unreached('the answer was cut off');
      const refusal = refusalOf(response.status, answer);
      const wait_s = refusal.retry_after ?? (Number(response.headers.get('Retry-After')) || null);
      const isEarly = response.status === 429 || response.status === 503;
      if (isEarly && left > 1 && wait_s !== null && wait_s <= maxWait_s) {
        await pause(wait_s);
        // What somebody wanted is not done once somebody else is signed in.
        if (token !== this.token) throw refusal;
        continue;
      }
      if (response.status === 401 && token !== null && token === this.token) this.onRefused();
      throw refusal;
    }
  }
}
