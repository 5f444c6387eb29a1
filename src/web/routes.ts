// Serves the web client: its page, and the files that the page loads.
import { z } from 'zod';
import { anyone } from '../access/rules.ts';
import type { StateName } from '../app.ts';
import { ApiError } from '../errors.ts';
import { endpoint, type RequestFacts } from '../http/endpoint.ts';
import { namesTag } from '../lib/etags.ts';
import { encodings, loadClient, type Asset, type Client, type Encoding } from './bundle.ts';
import { pageHeaders } from './policy.ts';

/** Returns the client, which is made when the first browser comes; what failed is tried again. */
const client: StateName<() => Promise<Client>> = {
  create() {
    let made: Promise<Client> | null = null;
    return () => {
      made ??= loadClient().catch((error: unknown) => {
        made = null;
        throw error;
      });
      return made;
    };
  },
};

/** A file as one browser gets it. */
interface Sent {
  readonly asset: Asset;
  /** Null if it goes out as it is. */
  readonly encoding: Encoding | null;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The encodings that a browser names, without those that it gives no weight. */
function acceptedBy(header: string): string[] {
  const named = header.toLowerCase().split(',');
  const wanted = named.filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one));
  return wanted.map((one) => one.replace(/;.*/, '').trim());
}

async function sentTo(request: RequestFacts, asset: Asset): Promise<Sent> {
  const accepted = acceptedBy(request.header('accept-encoding') ?? '');
  const isText = /javascript|css|html|svg|json/.test(asset.type);
  const encoding = (isText && encodings.find((one) => accepted.includes(one))) || null;
  const bytes = encoding === null ? asset.plain : await asset.encoded(encoding);
  return { asset, encoding, bytes };
}

function responseOf(
  { asset, encoding, bytes }: Sent,
  request: RequestFacts,
  more: Record<string, string>,
): Response {
  const headers = {
    ...more,
    ETag: asset.etag,
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
  };
  if (namesTag(request.header('if-none-match') ?? '', asset.etag, 'weakly')) {
    return new Response(null, { status: 304, headers });
  }
  const encoded = encoding === null ? {} : { 'Content-Encoding': encoding };
  return new Response(bytes, { headers: { ...headers, ...encoded, 'Content-Type': asset.type } });
}

export const getClient = endpoint({
  method: 'GET',
  at: 'root',
  path: '/app',
  summary: 'The web client: a page for people with a browser',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/html',
  conditional: true,
  prepare: async ({ app, request }) => sentTo(request, (await app.state(client)()).page),
  run: ({ app, request, prepared }) => responseOf(prepared, request, pageHeaders(app.config)),
});

export const getClientFile = endpoint({
  method: 'GET',
  at: 'root',
  path: '/app/:file',
  summary: 'A file of the web client',
  hint: 'Its name changes with what is in it, so that browsers keep it for good.',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/javascript',
  conditional: true,
  errors: ['not_found'],
  async prepare({ app, params, request }) {
    const asset = (await app.state(client)()).files.get(params.file);
    return asset === undefined ? null : sentTo(request, asset);
  },
  run({ request, prepared }) {
    if (prepared === null) throw new ApiError('not_found', 'The web client has no such file.');
    return responseOf(prepared, request, {
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  },
});
