// The files of the web client: the binary brings them along, a checkout makes them at the first request.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { HTMLBundle } from 'bun';
import { early } from './early.ts';

export const encodings = ['br', 'gzip'] as const;
export type Encoding = (typeof encodings)[number];

/** A file of the client. */
export interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  /** Returns it compressed, which is done once, beside the thread that serves. */
  encoded(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Client {
  readonly page: Asset;
  /** By name; each name changes with what is in the file. */
  readonly files: ReadonlyMap<string, Asset>;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Files = ReadonlyMap<string, Bytes>;

export async function loadClient(): Promise<Client> {
  const { page: bundle } = await import('./bundled.ts');
  const given = bundle.files === undefined ? await make(bundle.index) : await unpack(bundle.files);
  const names = [...given.keys()].filter((name) => !name.endsWith('.html'));
  const first = new TextEncoder().encode(early);
  const firstName = `early-${Bun.hash(first).toString(36)}.js`;
  const files = new Map([[firstName, asset(firstName, first)]]);
  let html: Asset | null = null;
  for (const [name, bytes] of given) {
    if (name.endsWith('.html'))
      html = asset(name, beginningWith(firstName, relinked(bytes, names, 'app/')));
    else files.set(name, asset(name, name.endsWith('.js') ? relinked(bytes, names, './') : bytes));
  }
  if (html === null) throw new Error('the web client has no page');
  return { page: html, files };
}

/**
 * Makes the addresses in a file relative: the bundler roots them at `/`, and a proxy may show the server
 * below a path.
 */
function relinked(bytes: Bytes, names: readonly string[], folder: string): Bytes {
  let text = new TextDecoder().decode(bytes);
  for (const name of names) text = text.replaceAll(`"/${name}"`, `"${folder}${name}"`);
  return new TextEncoder().encode(text);
}

/** The page with a script that the browser waits for before it paints. */
function beginningWith(name: string, page: Bytes): Bytes {
  const text = new TextDecoder().decode(page);
  const script = `<head><script src="app/${name}"></script>`;
  return new TextEncoder().encode(text.replace('<head>', script));
}

const baseName = (path: string) => path.split(/[/\\]/).at(-1) ?? '';

async function unpack(files: NonNullable<HTMLBundle['files']>): Promise<Files> {
  const read = files.map(
    async ({ path }) => [baseName(path), await Bun.file(path).bytes()] as const,
  );
  return new Map(await Promise.all(read));
}

async function make(entrypoint: string): Promise<Files> {
  const { outputs } = await Bun.build({
    entrypoints: [entrypoint],
    target: 'browser',
    // Without it, what loads later lands in the first load.
    splitting: true,
    minify: true,
    publicPath: '/',
    // Without it, elements are made by the larger and slower functions for development.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const made = outputs.map(
    async (one) => [baseName(one.path), new Uint8Array(await one.arrayBuffer())] as const,
  );
  return new Map(await Promise.all(made));
}

const compress: Readonly<Record<Encoding, (plain: Bytes) => Promise<Buffer>>> = {
  br: (plain) => brotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
  gzip: (plain) => zip(plain, { level: 9 }),
};
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

function asset(name: string, plain: Bytes): Asset {
  const kept = new Map<Encoding, Promise<Bytes>>();
  return {
    type: Bun.file(name).type,
    // Weak, since it is the same for each encoding.
    etag: `W/"${Bun.hash(plain).toString(36)}"`,
    plain,
    encoded(encoding) {
      let bytes = kept.get(encoding);
      if (bytes === undefined) {
        bytes = compress[encoding](plain).then((made) => new Uint8Array(made));
        kept.set(encoding, bytes);
      }
      return bytes;
    },
  };
}
