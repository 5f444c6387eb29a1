// Reads the metadata of a web page (Open Graph, Twitter cards, title), and finds links in text.

import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { isPublicAddress } from './public-fetch.ts';
import { cutToCodePoints, fitsWithin, looksEmpty } from './text.ts';

/** Texts are one line without control characters; addresses are absolute, http or https. */
export type PageMetadata = {
  title: string | null;
  description: string | null;
  site_name: string | null;
  image: string | null;
  /** `og:type` in lower case, such as `video.other`. */
  type: string | null;
  /** `theme-color` as 0xRRGGBB. */
  color: number | null;
};

export type PageSource = {
  /** The address of the page, to which relative addresses refer. */
  url: string;
  /** The Content-Type header, for its charset. */
  contentType?: string;
};

const limits = { title: 256, description: 1024, site_name: 128, type: 64, url: 2048 };
// Limit of one value as raw HTML, where an entity takes up to ten characters for one.
const maxRawLength = 16_384;
const pieceLength = 16_384;

/** First value of each name, as raw HTML; names of elements are in `<>`. */
type Said = Map<string, string>;

/**
 * Returns what tells, piece by piece, whether enough of a page has come: its head has ended and had
 * a title. Tags may come late, behind a megabyte of scripts, and in some pages in the body.
 */
export function untilHeadEnds(): (piece: Uint8Array) => boolean {
  let tail = '';
  let hasTitle = false;
  let hasEnded = false;
  return (piece) => {
    const text = tail + Buffer.from(piece).toString('latin1');
    hasTitle ||= /<title[\s>]|og:title/i.test(text);
    hasEnded ||= /<\/head[\s>]/i.test(text);
    tail = text.slice(-10);
    return hasTitle && hasEnded;
  };
}

/** Reads a page's metadata. Never throws: a broken page or other data gives what could be read. */
export async function readPageMetadata(
  bytes: Uint8Array,
  source: PageSource,
): Promise<PageMetadata> {
  const said: Said = new Map();
  try {
    await collect(bytes, source.contentType ?? '', said);
  } catch {
    // The parser gave up, for example at its memory limit. Values read before that still count.
  }
  const first = (...names: string[]) => names.map((name) => said.get(name)).find(isNotBlank);
  const text = (limit: number, ...names: string[]) => readText(first(...names), limit);

  const base = readAddress(first('<base>'), source.url) ?? source.url;
  const image = readAddress(
    first('og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src'),
    base,
  );
  return {
    title: text(limits.title, 'og:title', 'twitter:title', '<title>'),
    description: text(limits.description, 'og:description', 'twitter:description', 'description'),
    site_name: text(limits.site_name, 'og:site_name'),
    image: image !== null && mayBeShown(image) ? image : null,
    type: text(limits.type, 'og:type')?.toLowerCase() ?? null,
    color: readColor(text(limits.type, 'theme-color')),
  };
}

/** Feeds the parser piece by piece until the body begins, so that no page blocks the thread. */
async function collect(bytes: Uint8Array, contentType: string, said: Said): Promise<void> {
  const { decoder, start } = decodingOf(bytes, contentType);
  const encoder = new TextEncoder();
  let position = start;
  let isDone = false;
  const nextPiece = (): Uint8Array => {
    const piece = bytes.subarray(position, (position += pieceLength));
    return decoder === null ? piece : encoder.encode(decoder.decode(piece, { stream: true }));
  };
  const pieces = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let piece: Uint8Array = new Uint8Array(0);
      while (piece.length === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isDone || position >= bytes.length) return controller.close();
        piece = nextPiece();
      }
      controller.enqueue(piece);
    },
  });
  const rewriter = listenTo(said).on('body', {
    element() {
      // A few sites have their tags in the body: reads on if there was no title yet.
      isDone = said.has('<title>') || said.has('og:title');
    },
  });
  const reader = rewriter.transform(new Response(pieces)).body?.getReader();
  while (reader !== undefined && !(await reader.read()).done);
}

function listenTo(said: Said): HTMLRewriter {
  const say = (name: string, value: string | null) => {
    if (value !== null && !said.has(name)) said.set(name, value.slice(0, maxRawLength));
  };
  // After an `<svg>`, a title may be that of a drawing. (The selector `svg title` takes quadratic
  // time in the depth: a minute for a page of nothing but `<svg>`.)
  let hasDrawing = false;
  let title: string | null = null;
  return new HTMLRewriter()
    .on('svg', { element: () => void (hasDrawing = true) })
    .on('title', {
      element: () => void (title = hasDrawing || said.has('<title>') ? null : ''),
      text(chunk) {
        if (title === null) return;
        if (title.length < maxRawLength) title += chunk.text;
        if (chunk.lastInTextNode) say('<title>', title);
      },
    })
    .on('meta', {
      element(meta) {
        const name = meta.getAttribute('property') ?? meta.getAttribute('name');
        if (name !== null) say(name.trim().toLowerCase(), meta.getAttribute('content'));
      },
    })
    .on('base', { element: (it) => say('<base>', it.getAttribute('href')) });
}

/**
 * Returns how to decode a page: by byte order mark, header or `<meta charset>`; else as UTF-8, then
 * windows-1252. Without a decoder, it is UTF-8 already. `start` is behind the mark.
 */
function decodingOf(
  bytes: Uint8Array,
  contentType: string,
): { decoder: TextDecoder | null; start: number } {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  const mark = /^(?:(\xEF\xBB\xBF)|(\xFE\xFF)|(\xFF\xFE))/.exec(head);
  const marked = mark && ['utf-8', 'utf-16be', 'utf-16le'].find((_, index) => mark[index + 1]);
  const start = mark?.[0].length ?? 0;
  const inHeader = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1];
  const inPage = /<meta\s[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)/i.exec(head)?.[1];
  for (const label of [marked, inHeader, inPage?.replace(/^utf-?16.*/i, 'utf-8')]) {
    const decoder = label && decoderFor(label);
    if (decoder) return { decoder, start };
  }
  const isPlain = isUtf8(bytes.subarray(0, endOfWhole(bytes)));
  return { decoder: isPlain ? null : new TextDecoder('windows-1252'), start };
}

/** Returns the end of the last whole character of UTF-8, since the page may have been cut inside one. */
function endOfWhole(bytes: Uint8Array): number {
  for (let end = bytes.length - 1; end >= Math.max(0, bytes.length - 3); end -= 1) {
    const byte = bytes[end] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return end;
  }
  return bytes.length;
}

function decoderFor(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label);
  } catch {
    // An unknown charset is ignored; the next source is tried.
    return null;
  }
}

const isNotBlank = (raw: string | undefined) => raw !== undefined && raw.trim() !== '';

function readText(raw: string | undefined, limit: number): string | null {
  const text = decodeEntities(raw ?? '')
    .toWellFormed()
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .replace(/[\u200B\u202A-\u202E\u2066-\u2069\uFEFF]/g, '')
    .trim();
  if (looksEmpty(text)) return null;
  return fitsWithin(text, limit) ? text : `${cutToCodePoints(text, limit - 1).trimEnd()}…`;
}

function readAddress(raw: string | undefined, base: string): string | null {
  if (raw === undefined) return null;
  const url = URL.parse(decodeEntities(raw).trim(), base);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  return url.href.length <= limits.url ? url.href : null;
}

// The reader's client fetches the image; a page must not make it fetch from the reader's network.
function mayBeShown(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? '';
  const isLiteral = /^[\d.]+$|^\[/.test(host);
  return isLiteral ? isPublicAddress(host.replace(/^\[|\]$/g, '')) : host.includes('.');
}

function readColor(css: string | null): number | null {
  const color = css === null ? null : Bun.color(css, 'number');
  return typeof color === 'number' ? color : null;
}

// U+00A0 to U+00FF in order, and others that are common in prose. The rest of HTML's 2,231 names
// is left as it is.
const latinEntities = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy
  reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34
  iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute
  Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml
  Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
  igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute
  ucirc uuml yacute thorn yuml`;
const namedEntities = new Map([
  ...latinEntities
    .split(/\s+/)
    .map((name, index): [string, string] => [name, String.fromCharCode(0xa0 + index)]),
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", ndash: '–', mdash: '—' }),
  ...Object.entries({ lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„' }),
  ...Object.entries({ hellip: '…', bull: '•', trade: '™', euro: '€', lsaquo: '‹', rsaquo: '›' }),
  ...Object.entries({ OElig: 'Œ', oelig: 'œ', Scaron: 'Š', scaron: 'š', minus: '−', hearts: '♥' }),
]);

function decodeEntities(raw: string): string {
  return raw.replace(/&(?:#(\d{1,8});?|#x([\da-f]{1,8});?|([a-z]\w{1,9});)/gi, (...found) => {
    const [whole, decimal, hexadecimal, name]: string[] = found;
    if (name !== undefined) return namedEntities.get(name) ?? whole ?? '';
    return codePoint(decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal));
  });
}

function codePoint(code: number): string {
  // Like browsers, since `&#146;` for an apostrophe is common on the web.
  if (code >= 0x80 && code < 0xa0)
    return new TextDecoder('windows-1252').decode(Uint8Array.of(code));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
}
