// What both clients have in common: how a request is put together, and multipart forms byte for byte.
import { connect } from 'node:net';
import { seen } from '../witness.ts';

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface UploadedFile {
  filename: string;
  content_type: string;
  bytes: Uint8Array | string;
}

/** The query as both clients write it: null is left out, a space is `+`. */
export function queryOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  if (given.length === 0) return '';
  const written = given.map(([key, value]): [string, string] => [key, String(value)]);
  return `?${new URLSearchParams(written).toString()}`;
}

/** Notes what was answered where, for the judgement of the whole run. */
function note(url: string, method: string, status: number): void {
  const { pathname } = new URL(url);
  seen.answers.add(`${method} ${pathname.replace(/\d{10,}/g, '1')} ${status}`);
}

/** Sends a request without a body and without a word about its length, as Godot's engine does. */
export async function sendWithoutLength(
  url: string,
  method: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const { host, hostname, port, pathname, search } = new URL(url);
  const lines = Object.entries({ Host: host, ...headers, Connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const parts: Buffer[] = [];
  const socket = connect(Number(port), hostname);
  socket.on('error', reject);
  socket.on('data', (data) => parts.push(Buffer.from(data)));
  socket.on('close', () => resolve(Buffer.concat(parts).toString()));
  socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${head}\r\n`);
  const [, status, text] = /^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n([^]*)$/.exec(await promise) ?? [];
  note(url, method, Number(status));
  return { status: Number(status), text: text ?? '' };
}

/** Sends a request with exactly these headers; answers its status, headers and text. */
export async function sendExactly(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string | Uint8Array<ArrayBuffer>,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  note(url, method, response.status);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

let forms = 0;

/** A form: a typed JSON part, then the files; `disposition` writes the name of a file. */
export function formOf(
  json: object,
  files: readonly UploadedFile[],
  disposition: (filename: string) => string,
): { type: string; body: Uint8Array<ArrayBuffer> } {
  forms += 1;
  const boundary = `----AccordForm${forms}`;
  const parts: (string | Uint8Array)[] = [
    `--${boundary}\r\nContent-Disposition: form-data; name="payload_json"\r\n`,
    `Content-Type: application/json\r\n\r\n${JSON.stringify(json)}\r\n`,
  ];
  for (const [index, { filename, content_type, bytes }] of files.entries()) {
    const head = `Content-Disposition: form-data; name="files[${index}]"; ${disposition(filename)}`;
    parts.push(`--${boundary}\r\n${head}\r\nContent-Type: ${content_type}\r\n\r\n`, bytes, '\r\n');
  }
  parts.push(`--${boundary}--\r\n`);
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return { type: `multipart/form-data; boundary=${boundary}`, body: new Uint8Array(bytes) };
}
