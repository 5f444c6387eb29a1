// Serves a file from disk for GET and HEAD: validators, ranges, and headers that keep it harmless.
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { mayBeInline, opaqueType } from './content-type.ts';
import { namesTag } from './etags.ts';

export type CacheClass =
  /** The address changes with the content: anyone may cache it for ever. */
  | 'immutable'
  /** What stands there may change from day to day: anyone may cache it for a day. */
  | 'daily'
  /** Only the client that asked may cache it. */
  | 'private'
  /** The address stays when the content changes: clients must ask each time. */
  | 'revalidated';

export type ServedFile = {
  path: string;
  /** The type found in the bytes, never one that a client declared; null if unknown. */
  detectedType: string | null;
  /** `inline` works only for types that cannot run scripts; others are downloaded. */
  disposition: 'inline' | 'attachment';
  filename: string;
  cache: CacheClass;
};

export const cacheControl: Readonly<Record<CacheClass, string>> = {
  immutable: 'public, max-age=31536000, immutable',
  daily: 'public, max-age=86400',
  private: 'private, max-age=86400',
  revalidated: 'public, no-cache',
};

/** Returns 200, 206, 304, 404, 405, 412 or 416; error responses have no body. */
export async function serveFile(request: Request, file: ServedFile): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD' } });
  }
  // Checked here, because Bun notices a missing file only while it responds, with a 500.
  const stats = await stat(file.path).catch(ignoreMissing);
  if (stats === undefined || !stats.isFile()) return new Response(null, { status: 404 });
  const validators = validatorsOf(stats);
  const headers = new Headers({
    ETag: validators.tag,
    'Last-Modified': new Date(validators.modified_ms).toUTCString(),
    'Cache-Control': cacheControl[file.cache],
  });
  const condition = judge(request.headers, validators);
  if (condition !== undefined) return new Response(null, { status: condition, headers });
  describe(headers, file);
  // Set here, since Hono drops the body of a HEAD, and the length would become 0.
  headers.set('Content-Length', String(stats.size));
  // Bun handles ranges itself and sets this header then; sent twice it would be wrong.
  if (!request.headers.has('Range')) headers.set('Accept-Ranges', 'bytes');
  return new Response(request.method === 'HEAD' ? null : Bun.file(file.path), { headers });
}

/** Returns the value of a Content-Disposition header for any file name. */
export function contentDisposition(kind: 'inline' | 'attachment', filename: string): string {
  const plain = filename.replace(/[^\x20-\x7E]|["\\%]/gu, '_');
  const encoded = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Headers that keep a file harmless, whatever its content. */
export const harmless = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

function describe(headers: Headers, { detectedType, disposition, filename }: ServedFile): void {
  const isShown = detectedType !== null && mayBeInline(detectedType);
  const kind = isShown ? disposition : 'attachment';
  headers.set('Content-Type', isShown ? detectedType : opaqueType);
  headers.set('Content-Disposition', contentDisposition(kind, filename));
  for (const [name, value] of Object.entries(harmless)) headers.set(name, value);
}

/** The ETag, and the time cut to whole seconds as in the header. */
type Validators = { tag: string; modified_ms: number };

function validatorsOf({ size, mtimeMs }: Stats): Validators {
  // Files are complete when renamed into place: same size and time mean same bytes, a strong tag.
  const tag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
  return { tag, modified_ms: Math.floor(mtimeMs / 1000) * 1000 };
}

/** Returns the status that the conditions require, in the order of RFC 9110, section 13.2.2. */
function judge(asked: Headers, { tag, modified_ms }: Validators): 304 | 412 | undefined {
  const match = asked.get('If-Match');
  const unmodifiedSince = Date.parse(asked.get('If-Unmodified-Since') ?? '');
  if (match === null ? modified_ms > unmodifiedSince : !namesTag(match, tag)) return 412;
  const noneMatch = asked.get('If-None-Match');
  const modifiedSince = Date.parse(asked.get('If-Modified-Since') ?? '');
  // Comparing with an invalid date is false, so the condition is ignored, as the RFC demands.
  if (noneMatch === null ? modified_ms <= modifiedSince : namesTag(noneMatch, tag, 'weakly'))
    return 304;
  return undefined;
}

function ignoreMissing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG') throw error;
}
