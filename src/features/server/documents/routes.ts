// Serves the OpenAPI and AsyncAPI documents, and the page that shows the former.
import { z } from 'zod';
import { anyone } from '../../../access/rules.ts';
import type { App, StateName } from '../../../app.ts';
import { endpoint, existing } from '../../../http/endpoint.ts';
import { inSlices } from '../../../lib/concurrency.ts';
import { actsOf, auditsOf, featuresOf } from '../../feature.ts';
import { pageResponse, programResponse, scalarProgram, type Program } from './scalar.ts';

/** Any JSON object; the OpenAPI and AsyncAPI initiatives define its shape. */
const Document = z.record(z.string(), z.unknown()).meta({ description: 'The document itself.' });

// Built at the first request, which loads what builds them, too, so that the start does not wait for
// documents that few request; and in slices, so that nobody else waits either. All responses share these blobs, so that a client that
// reads nothing takes no memory.
const openapi: StateName<() => Promise<Blob>> = {
  create: (app) => once(async () => documentOf(app, await openapiOf(app))),
};
const asyncapi: StateName<() => Promise<Blob>> = {
  create: (app) => once(async () => documentOf(app, await asyncapiOf(app))),
};

export const getOpenApi = endpoint({
  method: 'GET',
  path: '/openapi.json',
  summary: 'Every endpoint of this server, as an OpenAPI document',
  access: anyone,
  returns: Document,
  form: 'raw',
  prepare: ({ app }) => app.state(openapi)(),
  run: ({ prepared }) => json(prepared),
});

export const getAsyncApi = endpoint({
  method: 'GET',
  path: '/asyncapi.json',
  summary: 'Every event and command of the gateway, as an AsyncAPI document',
  access: anyone,
  returns: Document,
  form: 'raw',
  prepare: ({ app }) => app.state(asyncapi)(),
  run: ({ prepared }) => json(prepared),
});

export const getDocumentPage = endpoint({
  method: 'GET',
  at: 'root',
  path: '/docs',
  summary: 'The OpenAPI document, to read and to try out',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/html',
  run: ({ app }) => pageResponse(app.config.PUBLIC_URL && new URL(app.config.PUBLIC_URL).origin),
});

const program: StateName<() => Promise<Program>> = { create: () => once(scalarProgram) };

export const getDocumentProgram = endpoint({
  method: 'GET',
  at: 'root',
  path: '/docs/scalar.js',
  summary: 'What shows the OpenAPI document in a browser',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/javascript',
  prepare: ({ app }) => app.state(program)(),
  run: ({ prepared, request }) => programResponse(prepared, request.header('accept-encoding')),
});

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** Lists the kinds of entries of both logs: the schemas cannot know those of later features. */
function withKinds(app: App) {
  const kinds = new Map([
    ['ActionType', auditsOf(app)],
    ['AdminAction', actsOf(app)],
  ]);
  return (key: string, value: unknown) => {
    const known = kinds.get(key);
    return known === undefined ? value : { type: 'string', enum: known };
  };
}

async function documentOf(app: App, work: Generator<void, object, void>): Promise<Blob> {
  return new Blob([JSON.stringify(await inSlices(work), withKinds(app))]);
}

function json(document: Blob): Response {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(document.size),
  };
  return new Response(document, { headers });
}

async function openapiOf(app: App) {
  const { openApiDocument } = await import('../../../http/openapi.ts');
  const chapters = featuresOf(app).map(({ name, endpoints }) => ({
    name,
    endpoints: existing(endpoints, app.config),
  }));
  const server_url = app.config.PUBLIC_URL ?? '/';
  return openApiDocument(chapters, { version: app.version.version, server_url });
}

async function asyncapiOf(app: App) {
  const { asyncApiDocument } = await import('../../../gateway/asyncapi.ts');
  const chapters = featuresOf(app).map(({ name, events, commands }) => {
    return { name, events, commands };
  });
  const { protocol, host, pathname } = new URL(
    app.config.PUBLIC_URL ?? `http://localhost:${app.config.PORT}`,
  );
  return asyncApiDocument(chapters, {
    version: app.version.version,
    protocol: protocol === 'https:' ? 'wss' : 'ws',
    host,
    pathname: `${pathname.replace(/\/$/, '')}/ws`,
  });
}
