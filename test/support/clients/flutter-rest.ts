// The REST half of the Flutter client (AccordKit Dart 2.0.0): its headers, forms, waits and judgement.
import { formOf, queryOf, sendExactly, type Query, type UploadedFile } from './requests.ts';

/** How a call ended, as the client sees it. */
export interface Result {
  ok: boolean;
  status: number;
  /** Of a success: `data`, or the whole body where there is none. */
  data: any;
  cursor: { after: string; has_more: boolean } | null;
  error: { code: string; message: string } | null;
}

interface Asked {
  query?: Query;
  body?: unknown;
  /** A message or an upload is not sent again after 429. */
  once?: boolean;
}

const attempts = 3;

/** The name in ASCII, and the true one beside it. */
function namesOf(filename: string): string {
  const ascii = filename.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, '\\$&');
  return `filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(filename)}`;
}

export class FlutterRest {
  readonly origin: string;
  token: string | null = null;
  /** After any 401 the account is removed from the device. */
  isSignedOut = false;
  /** Seconds that it waited for the limit, each time. */
  readonly waits: number[] = [];
  readonly #pause: (seconds: number) => Promise<unknown>;

  constructor(origin: string, pause: (seconds: number) => Promise<unknown>) {
    this.origin = origin;
    this.#pause = pause;
  }

  async call(method: string, path: string, asked: Asked = {}): Promise<Result> {
    const { query = {}, body, once = false } = asked;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.#attempt(method, `${path}${queryOf(query)}`, 'application/json', text, once);
  }

  upload(path: string, json: object, files: readonly UploadedFile[]): Promise<Result> {
    const { type, body } = formOf(json, files, namesOf);
    return this.#attempt('POST', path, type, body, true);
  }

  /** Calls and reads the answer with a parser; throws if either fails. */
  async gets<T>(parse: (data: any) => T, path: string, query: Query = {}): Promise<T> {
    return parse(await this.does('GET', path, { query }));
  }

  /** Calls and returns the data of a success. */
  async does(method: string, path: string, asked: Asked = {}): Promise<any> {
    const result = await this.call(method, path, asked);
    if (!result.ok) throw new Error(`${method} ${path}: ${JSON.stringify(result)}`);
    return result.data;
  }

  async #attempt(
    method: string,
    path: string,
    type: string,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    once: boolean,
  ): Promise<Result> {
    const headers: Record<string, string> = {
      'Content-Type': type,
      'User-Agent': 'AccordKit (Dart, 2.0.0)',
      ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
    };
    for (let left = attempts; ; left -= 1) {
      const answer = await sendExactly(`${this.origin}/api/v1${path}`, method, headers, body);
      const json = parsed(answer.text);
      if (answer.status === 401 && this.token !== null) this.isSignedOut = true;
      if (answer.status !== 429 || once || left === 1) return judged(answer, json);
      const said = json?.error?.retry_after ?? json?.retry_after;
      const wait = Number(said ?? answer.headers.get('retry-after') ?? 1);
      this.waits.push(wait);
      await this.#pause(wait);
    }
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Judges an answer: the key `error` is a failure and `data` a success, whatever the status. */
function judged({ status, text }: { status: number; text: string }, json: any): Result {
  const isFine = status >= 200 && status < 300;
  const none = { status, data: null, cursor: null, error: null };
  if (text.trim() === '') return { ...none, ok: isFine };
  if (json === undefined) {
    return { ...none, ok: false, error: { code: `HTTP_${status}`, message: text } };
  }
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  if (isObject && 'error' in json) {
    const { code = '', message = '' } = json.error ?? {};
    return { ...none, ok: false, error: { code, message: String(message) } };
  }
  if (isObject && 'data' in json) {
    return { ...none, ok: true, data: json.data, cursor: json.cursor ?? null };
  }
  return { ...none, ok: isFine, data: json };
}
