// Reads a multipart form as it arrives: fields to memory, files to disk, all within limits.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Dicer } from '@fastify/busboy';
import { bounded, malformed, MultipartFailure, tooLarge, tooMany } from './multipart-failure.ts';
import { readDisposition } from './safe-name.ts';

/** The head of a part, as the client wrote it; it must never become part of a path. */
export type PartHead = {
  name: string;
  filename: string | undefined;
  declaredType: string | undefined;
};

export type MultipartOptions = {
  /** An existing folder for the files. */
  folder: string;
  maxFiles: number;
  maxFileBytes: number;
  /** Maximum number of fields and ignored parts together. */
  maxFields: number;
  maxFieldBytes: number;
  /** Maximum size of the whole body. */
  maxTotalBytes: number;
  /** Is told how many bytes have come. */
  arrived?: (bytes: number) => void;
  /** Rejects when the form is given up; that error is thrown. */
  stopped?: Promise<never>;
  /**
   * Decides how to read a part; by default, a part with a file name is a file. It may throw a
   * `MultipartFailure`, which ends the form.
   */
  kindOf?: (head: PartHead) => 'field' | 'file' | 'ignored';
  /** Is told each field when it is read, before parts behind it are asked about. */
  fieldRead?: (name: string, text: string) => void;
};

/** A file that was written to `path` and synced. */
export type ReceivedFile = PartHead & { path: string; size: number };

export type MultipartForm = {
  /** If a name comes twice, the last value counts. */
  fields: Map<string, string>;
  /** In the order of the form. */
  files: ReceivedFile[];
  /** Removes the files that were not moved elsewhere; must be called in any case. */
  discard(): Promise<void>;
};

/** More than any client sends; a longer head is refused, not cut. */
const maxHeadBytes = 8 * 1024;
const maxHeadLines = 32;

/**
 * Reads the body to its end; throws a `MultipartFailure` or a disk error. After a throw no file is
 * left, and Bun discards the rest of the body, so a response can be sent at once.
 */
export async function receiveMultipart(
  request: Request,
  options: MultipartOptions,
): Promise<MultipartForm> {
  const boundary = boundaryOf(request.headers.get('Content-Type') ?? '');
  const maximum = options.maxTotalBytes;
  if (Number(request.headers.get('Content-Length')) > maximum) throw tooLarge('total', maximum);
  if (request.body === null) throw malformed('has no body');
  // Loaded with the first form: no start waits for it.
  const busboy = await import('@fastify/busboy');
  // Its type differs between Node and the library of browsers, under which the web client is checked.
  const body = Readable.fromWeb(request.body as never);
  // Busboy's form parser cuts and drops silently; its inner parser gives us each part.
  const settings = { boundary, maxHeaderSize: 2 * maxHeadBytes, maxHeaderPairs: maxHeadLines + 1 };
  const parser = new busboy.Dicer(settings);
  const receiver = createReceiver(options);
  const failed = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  let isEnded = false;
  let release = () => {};
  parser.on('part', (part: Dicer.PartStream) => receiver.take(part, failed.reject));
  parser.on('finish', () => {
    isEnded = true;
    ended.resolve();
    release();
  });
  parser.on('error', () => failed.reject(malformed('ends too early')));
  const everything = (async () => {
    for await (const chunk of bounded(whileConnected(body), 'total', maximum)) {
      options.arrived?.(chunk.length);
      // If the parser paused in the chunk that ends the form, it never calls back for that chunk.
      if (isEnded) continue;
      await new Promise<void>((resolve) => {
        release = resolve;
        parser.write(chunk, () => resolve());
      });
    }
    parser.end();
    await ended.promise;
    return receiver.finish();
  })();
  try {
    // After a failure the rest may wait for ever or fail too: only the first failure counts.
    return await Promise.race([everything, failed.promise, ...given(options.stopped)]);
  } catch (error) {
    body.destroy();
    await receiver.discard();
    throw error;
  }
}

/** A list of the promise; a race with an undefined value would be over at once. */
function given(stopped: Promise<never> | undefined): Promise<never>[] {
  return stopped === undefined ? [] : [stopped];
}

async function* whileConnected(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch {
    throw new MultipartFailure('aborted', 'The connection ended before the form did.');
  }
}

function createReceiver(options: MultipartOptions) {
  const fields = new Fields(options);
  const files: ReceivedFile[] = [];
  const running: Promise<void>[] = [];
  const unfinished = new Set<Dicer.PartStream>();
  const maxParts = options.maxFiles + options.maxFields;
  let partCount = 0;
  let fieldCount = 0;
  let isOver = false;

  async function receive(part: Dicer.PartStream, header: object): Promise<void> {
    const head = headOf(header);
    // All of an earlier part has arrived by then, so this waits for nothing but reading it.
    if (fields.areUnderWay) await fields.settled();
    const kind = options.kindOf?.(head) ?? (head.filename === undefined ? 'field' : 'file');
    if (kind === 'file') {
      if (files.length === options.maxFiles) throw tooMany('files', options.maxFiles);
      const file = { ...head, path: join(options.folder, randomUUID()), size: 0 };
      files.push(file);
      return keepFile(part, file, options.maxFileBytes);
    }
    fieldCount += 1;
    if (fieldCount > options.maxFields) throw tooMany('fields', options.maxFields);
    if (kind === 'ignored') part.resume();
    else await fields.keep(head.name, part);
  }

  /** Throws into the parser if there are too many parts, so that it reads no further. */
  function take(part: Dicer.PartStream, fail: (error: unknown) => void): void {
    partCount += 1;
    if (partCount > maxParts) throw tooMany('fields', maxParts);
    unfinished.add(part);
    // The parser reports the same error; without a listener here the process would crash.
    part.on('error', () => {});
    part.once('header', (header) => {
      if (isOver) return;
      const work = receive(part, header).then(() => void unfinished.delete(part));
      work.catch(fail);
      running.push(work);
    });
  }

  async function discard(): Promise<void> {
    isOver = true;
    for (const part of unfinished) part.destroy(new Error('the form was given up'));
    await Promise.allSettled(running);
    await Promise.all(files.map((file) => rm(file.path, { force: true })));
  }

  async function finish(): Promise<MultipartForm> {
    await Promise.all(running);
    // A part whose head never ended emits no error.
    if (unfinished.size > 0) throw malformed('has a part without an end to its head');
    return { fields: fields.read, files, discard };
  }

  return { take, finish, discard };
}

class Fields {
  readonly read = new Map<string, string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #options: MultipartOptions;

  constructor(options: MultipartOptions) {
    this.#options = options;
  }

  get areUnderWay(): boolean {
    return this.#underWay.size > 0;
  }

  /** Reads a field to its end. */
  keep(name: string, part: Dicer.PartStream): Promise<void> {
    const work = this.#keep(name, part).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  }

  async #keep(name: string, part: Dicer.PartStream): Promise<void> {
    const text = await readField(part, this.#options.maxFieldBytes);
    this.read.set(name, text);
    this.#options.fieldRead?.(name, text);
  }

  /** Waits until no field is being read; whether that went well is told by `keep`. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }
}

async function keepFile(
  part: Dicer.PartStream,
  file: ReceivedFile,
  maximum: number,
): Promise<void> {
  const handle = await open(file.path, 'wx', 0o600);
  try {
    for await (const chunk of bounded(part, 'file', maximum)) {
      file.size += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readField(part: Dicer.PartStream, maximum: number): Promise<string> {
  const bytes = Buffer.concat(await Array.fromAsync(bounded(part, 'field', maximum)));
  if (!isUtf8(bytes)) throw malformed('has a field that is not UTF-8');
  return bytes.toString();
}

function boundaryOf(type: string): string {
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(type)) {
    throw new MultipartFailure('not_multipart', 'The body must be multipart/form-data.');
  }
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(type);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) {
    throw new MultipartFailure('no_boundary', 'The Content-Type must name the boundary.');
  }
  return boundary;
}

/** Reads a part's head, in which the parser has one character per byte and lower-case names. */
function headOf(header: object): PartHead {
  // The parser stops at the first line too many, and keeps at most twice the bytes.
  if (Object.values(header).flat().length > maxHeadLines) throw malformed('has too long a head');
  if (JSON.stringify(header).length > maxHeadBytes) throw malformed('has too long a head');
  const lines = new Map<string, string>();
  for (const [name, values] of Object.entries(header)) {
    lines.set(name, Buffer.from(String(values[0]), 'latin1').toString().trim());
  }
  const encoding = lines.get('content-transfer-encoding') ?? 'binary';
  if (!/^(7bit|8bit|binary)$/i.test(encoding)) throw malformed(`has a part in ${encoding}`);
  const names = readDisposition(lines.get('content-disposition') ?? '');
  if (names === undefined) throw malformed('has a part without a readable name');
  return { ...names, declaredType: lines.get('content-type') };
}
