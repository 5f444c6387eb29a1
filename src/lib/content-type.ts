// What a file is, judged by its bytes, and what of it may be shown inside a page.

/** The type of bytes that nobody should try to understand. */
export const opaqueType = 'application/octet-stream';

/** Names that the detection uses for what browsers and our clients know under another one. */
const commonNames: Readonly<Record<string, string>> = {
  'image/apng': 'image/png',
  'audio/x-m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
};

// Closed by default: a type that can run script (HTML, SVG, XML, PDF) must never get in here.
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

/** Lengths of the second header of a bitmap; `BM` alone also begins a text about BMWs. */
const bitmapHeaderBytes: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** Reads only the places that tell; undefined for text and for what is not known. */
export async function detectContentType(file: Blob): Promise<string | undefined> {
  // Loaded at the first file: it would double the time that the server takes to start.
  const { fileTypeFromBlob } = await import('file-type');
  // Not by path: that way loads a module at run time, which a compiled binary does not have.
  const found = await fileTypeFromBlob(file);
  if (found === undefined) return undefined;
  const type = essenceOf(found.mime);
  if (type === 'image/bmp' && !(await isBitmap(file))) return undefined;
  return commonNames[type] ?? type;
}

/** Whether a page may show it; only for a type that came from the bytes, never from a client. */
export function mayBeInline(detectedType: string): boolean {
  return inlineTypes.has(detectedType);
}

/** The type that a client declared, without parameters; undefined when it is none. */
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
