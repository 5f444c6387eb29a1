// Detects the type of a file by its bytes, and tells which types a page may show.

/** The type for files that clients should only download. */
export const opaqueType = 'application/octet-stream';

/** Types that browsers and our clients know by another name than the detection uses. */
const commonNames: Readonly<Record<string, string>> = {
  'image/apng': 'image/png',
  'audio/x-m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
};

// An allow list: a type that can run scripts (HTML, SVG, XML, PDF) must never be in it.
const inlineTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'video/matroska',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
]);

/** Lengths of a bitmap's second header; `BM` alone could also begin a text about BMWs. */
const bitmapHeaderBytes: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** Returns the type found in the bytes; undefined for text and unknown types. Reads few bytes. */
export async function detectContentType(file: Blob): Promise<string | undefined> {
  // Loaded with the first file, since it would double the time to start the server.
  const { fileTypeFromBlob } = await import('file-type');
  // Not by path: that loads a module at run time, which a compiled binary does not contain.
  const found = await fileTypeFromBlob(file);
  if (found === undefined) return undefined;
  const type = essenceOf(found.mime);
  if (type === 'image/bmp' && !(await isBitmap(file))) return undefined;
  return commonNames[type] ?? type;
}

/** Tells whether a page may show the type, which must be detected, not named by a client. */
export function mayBeInline(detectedType: string): boolean {
  return inlineTypes.has(detectedType);
}

/** Returns a type that a client declared, without parameters; undefined if it is not valid. */
export function declaredContentType(declared: string | null | undefined): string | undefined {
  const type = essenceOf(declared ?? '');
  return /^[a-z0-9][\w!#$&^.+-]{0,63}\/[a-z0-9][\w!#$&^.+-]{0,127}$/.test(type) ? type : undefined;
}

function essenceOf(type: string): string {
  return type.replace(/;.*/s, '').trim().toLowerCase();
}

async function isBitmap(file: Blob): Promise<boolean> {
  const head = new DataView(await file.slice(0, 18).arrayBuffer());
  return head.byteLength === 18 && bitmapHeaderBytes.has(head.getUint32(14, true));
}
