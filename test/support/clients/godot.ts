// The Godot client (AccordKit GDScript 2.0.0): its headers, forms and judgement, and how it connects.
import { Ears } from '../ears.ts';
import { allIntents } from '../person.ts';
import type { TestServer } from '../server.ts';
import * as read from './godot-models.ts';
import {
  formOf,
  queryOf,
  sendExactly,
  sendWithoutLength,
  type Query,
  type UploadedFile,
} from './requests.ts';

export interface Answer {
  ok: boolean;
  status: number;
  data: any;
  /** Where a list goes on. */
  cursor?: { after: string; has_more: boolean } | null;
}

export class Godot {
  readonly server: TestServer;
  token = '';
  readonly scheme: 'Bearer' | 'Bot';

  constructor(server: TestServer, token = '', scheme: 'Bearer' | 'Bot' = 'Bearer') {
    this.server = server;
    this.token = token;
    this.scheme = scheme;
  }

  /** A content type on every request, whether or not it has a body. */
  async call(method: string, path: string, body?: unknown, query: Query = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.#send(method, `${path}${queryOf(query)}`, 'application/json', text);
  }

  /** File names stand in the form as they are. */
  upload(path: string, json: object, files: readonly UploadedFile[]): Promise<Answer> {
    const { type, body } = formOf(json, files, (filename) => `filename="${filename}"`);
    return this.#send('POST', path, type, body);
  }

  async does(method: string, path: string, body?: unknown, query: Query = {}): Promise<any> {
    const answer = await this.call(method, path, body, query);
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer.data;
  }

  async #send(
    method: string,
    path: string,
    type: string,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<Answer> {
    const headers: Record<string, string> = {
      'Content-Type': type,
      'User-Agent': 'AccordKit (GDScript, 2.0.0)',
      ...(this.token === '' ? {} : { Authorization: `${this.scheme} ${this.token}` }),
    };
    const url = `${this.server.origin}/api/v1${path}`;
    const { status, text } = await (body === undefined && method !== 'GET'
      ? sendWithoutLength(url, method, headers)
      : sendExactly(url, method, headers, body));
    return judged(status, text);
  }

  /** What follows the address that somebody typed: `host#slug`. Answers the space. */
  async entersServer(slug = 'general'): Promise<any> {
    // Any answer says that there is a server.
    await this.call('GET', '/auth/login');
    read.user(await this.does('GET', '/users/@me'));
    const spaces = read.listOf(read.space)(await this.does('GET', '/users/@me/spaces'));
    const found = spaces.find((one) => one.slug === slug);
    if (found === undefined) throw new Error(`there is no space ${slug}`);
    return read.space(await this.does('GET', `/spaces/${found.id}`));
  }

  /** The saved status goes out before IDENTIFY, where it is not `online`. */
  async listens(status = 'online'): Promise<Ears> {
    const ears = await Ears.open(this.server.gateway);
    if (status !== 'online') ears.send(8, { status });
    const properties = { os: 'Linux', client: 'AccordKit', version: '2.0.0' };
    ears.send(2, { token: `${this.scheme} ${this.token}`, intents: allIntents, properties });
    ears.ready = read.ready((await ears.hears('ready')).data);
    await ears.unread();
    return ears;
  }
}

/** A key `error` is a failure and a key `data` a success, whatever the status; the rest goes by the status. */
function judged(status: number, text: string): Answer {
  const isFine = status >= 200 && status < 300;
  if (text.trim() === '') return { ok: isFine, status, data: null };
  let json: any;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: isFine, status, data: null };
  }
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  if (isObject && 'error' in json) return { ok: false, status, data: json.error };
  if (isObject && 'data' in json) {
    return { ok: true, status, data: json.data, cursor: json.cursor ?? json.pagination ?? null };
  }
  return { ok: isFine, status, data: json };
}
