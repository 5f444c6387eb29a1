// Files over HTTP: receives uploads, and sends stored files.
import { accountOf } from '../access/place.ts';
import type { App } from '../app.ts';
import { ApiError, type Problem } from '../errors.ts';
import { MultipartFailure, type MultipartFailureReason } from '../lib/multipart-failure.ts';
import {
  receiveMultipart,
  type MultipartForm,
  type PartHead,
  type ReceivedFile,
} from '../lib/multipart.ts';
import { serveFile, type ServedFile } from '../lib/serve-file.ts';
import { cutToCodePoints } from '../lib/text.ts';
import { paced_length, parseJson, withoutNulls } from './body.ts';
import { bodyError } from './complaint.ts';
import type { Endpoint, RequestFacts, Upload } from './endpoint.ts';
import { beginBody, lineOf, type Incoming } from './incoming.ts';

export interface Received {
  body: unknown;
  files: readonly ReceivedFile[];
  /** The id of what the same request has made before; null if nothing. */
  made_before: string | null;
  /** Removes the files that were not taken; the caller must always call it. */
  discard(): Promise<void>;
}

const jsonPart_bytes = 256 * 1024;
/** Room for the headers of all parts and for the boundaries between them. */
const overhead_bytes = 256 * 1024;
/** The JSON part, and other fields that clients may send and nothing reads. */
const maxFields = 32;

const problemOf: Record<MultipartFailureReason, Problem> = {
  not_multipart: 'invalid_request',
  no_boundary: 'invalid_request',
  malformed: 'invalid_request',
  too_many_files: 'invalid_request',
  too_many_fields: 'invalid_request',
  unknown_part: 'invalid_request',
  file_too_large: 'payload_too_large',
  field_too_large: 'payload_too_large',
  total_too_large: 'payload_too_large',
  aborted: 'invalid_request',
};

/** Reads the whole form; leaves no file behind if it throws. */
export async function receiveUpload(
  app: App,
  endpoint: Endpoint & { upload: Upload },
  request: RequestFacts,
  params: Readonly<Record<string, string>>,
): Promise<Received> {
  const { body, upload, admits } = endpoint;
  const account_id = accountOf(request.viewer)?.id;
  if (account_id === undefined || upload.mayBeMade?.({ app, account_id, params }) !== true) {
    admits?.(app, request.viewer, filesIn(announcedBy(request)));
  }
  const incoming = beginBody(app, request, 'form');
  try {
    const madeBefore = (json: unknown) =>
      account_id === undefined
        ? null
        : (upload.madeBefore?.({ app, account_id, params, body: json }) ?? null);
    const declared = { body, upload: { ...upload, madeBefore }, admits };
    const received = await receiveWatched(app, declared, request, incoming);
    const discard = () => received.discard().finally(() => incoming.end());
    return { ...received, discard };
  } catch (error) {
    incoming.end();
    throw error;
  }
}

type Watched = Omit<Upload, 'madeBefore'> & { madeBefore(json: unknown): string | null };

/** The length of a body, as its head says it; 0 if it does not. */
const announcedBy = (request: RequestFacts) => Number(request.header('content-length')) || 0;

/** How many bytes of a form are those of its files, at least: its other parts take less than this. */
const filesIn = (form_bytes: number) => Math.max(0, form_bytes - 64 * 1024);

/** While a form comes without a length, it is judged anew after so many bytes. */
const judged_bytes = 1024 * 1024;

async function receiveWatched(
  app: App,
  { body, upload, admits }: Pick<Endpoint, 'body' | 'admits'> & { upload: Watched },
  request: RequestFacts,
  incoming: Incoming,
): Promise<Received> {
  const { max_files, file_bytes } = upload.limits(app);
  let made_before: string | null = null;
  let arrived = 0;
  let judged = 0;
  /** What was made before costs nothing again. */
  const judge = (form_bytes: number) => {
    if (made_before === null) admits?.(app, request.viewer, filesIn(form_bytes));
  };
  const form = await receiveForm(request.raw, {
    folder: app.files.temporaryFolder,
    maxFiles: max_files,
    maxFileBytes: file_bytes,
    maxFields: maxFields,
    maxFieldBytes: jsonPart_bytes,
    maxTotalBytes: max_files * file_bytes + jsonPart_bytes + overhead_bytes,
    arrived(bytes) {
      incoming.arrived(bytes);
      arrived += bytes;
      if (arrived - judged < judged_bytes) return;
      judged = arrived;
      judge(arrived);
    },
    stopped: incoming.stopped(),
    kindOf(head) {
      const kind = kindOfPart(head, upload);
      if (kind === 'file') judge(announcedBy(request));
      return kind === 'file' && made_before !== null ? 'ignored' : kind;
    },
    fieldRead(name, text) {
      // A long one is asked when everything has come.
      if (name !== upload.json_part || text.length > paced_length) return;
      const json = readable(text, body);
      if (json !== null) made_before = upload.madeBefore(json.value);
    },
  });
  incoming.isRead();
  try {
    const length = form.fields.get(upload.json_part)?.length ?? 0;
    if (length > paced_length) await app.pace.turn(lineOf(request));
    const json = readJson(form, upload.json_part, body);
    const files = form.files.filter((file) => isChosen(file, upload));
    return { ...form, files, body: json, made_before: made_before ?? upload.madeBefore(json) };
  } catch (error) {
    await form.discard();
    throw error;
  }
}

/**
 * Tells how to read a part. A file under a name that nobody expects is refused: passed over, it
 * would be lost without a word.
 */
function kindOfPart(
  { name, filename }: PartHead,
  { json_part, file_parts }: Upload,
): 'field' | 'file' | 'ignored' {
  if (name === json_part) return 'field';
  if (isForFiles(name, file_parts)) return 'file';
  if (filename === undefined) return 'ignored';
  // Whether there is a file shows when it has come.
  if (filename === '') return 'file';
  throw unknownPart(name, file_parts);
}

/**
 * Tells whether there is a file in a part: browsers send an empty one without a name for a field of
 * a form in which nothing was chosen. Throws for a file under a name that nobody expects.
 */
function isChosen({ name, filename, size }: ReceivedFile, { file_parts }: Upload): boolean {
  if (filename === '' && size === 0) return false;
  if (isForFiles(name, file_parts)) return true;
  throw problemWith(unknownPart(name, file_parts));
}

function unknownPart(name: string, file_parts: readonly string[]): MultipartFailure {
  const shown = JSON.stringify(cutToCodePoints(name.toWellFormed(), 64));
  return new MultipartFailure(
    'unknown_part',
    `The part ${shown} holds a file; a part with a file is named ${file_parts.join(', ')}.`,
  );
}

const isForFiles = (name: string, file_parts: readonly string[]) =>
  file_parts.some((wanted) => isNamed(name, wanted));

/** `files[i]` names whatever begins with `files[`, as clients count in different ways. */
function isNamed(name: string, wanted: string): boolean {
  return wanted.endsWith('[i]') ? name.startsWith(wanted.slice(0, -2)) : name === wanted;
}

async function receiveForm(...asked: Parameters<typeof receiveMultipart>): Promise<MultipartForm> {
  try {
    return await receiveMultipart(...asked);
  } catch (error) {
    throw error instanceof MultipartFailure ? problemWith(error) : error;
  }
}

const problemWith = ({ reason, message }: MultipartFailure) =>
  new ApiError(problemOf[reason], message);

/** Returns the value of a part that is valid; null for another, which is refused later. */
function readable(text: string, schema: Endpoint['body']): { value: unknown } | null {
  try {
    return { value: readPart(text, 'part', schema) };
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

function readJson({ fields }: MultipartForm, part: string, schema: Endpoint['body']): unknown {
  const text = fields.get(part);
  if (text === undefined) {
    throw new ApiError('invalid_request', `The form has no part named ${part}.`);
  }
  return readPart(text, part, schema);
}

function readPart(text: string, part: string, schema: Endpoint['body']): unknown {
  if (schema === undefined) return undefined;
  const value = withoutNulls(schema)(parseJson(text, `The part ${part}`));
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw bodyError(parsed.error, value);
  return parsed.data;
}

/** Returns the file, or the requested range of it, with its headers; throws 404 without a file. */
export async function sendFile(request: Request, file: ServedFile): Promise<Response> {
  const response = await serveFile(request, file);
  if (response.status === 404) throw new ApiError('not_found', 'There is no such file.');
  return response;
}
