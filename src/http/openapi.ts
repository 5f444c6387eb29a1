// Makes the OpenAPI document of the REST API from the endpoints.
import { z } from 'zod';
import { anyone } from '../access/rules.ts';
import { whoMay } from '../access/asking.ts';
import { SchemaBook, type JsonSchema } from '../lib/json-schema.ts';
import { nullsOf } from './body.ts';
import { Cursor, documentedPath, type Endpoint } from './endpoint.ts';
import { giveExamples } from './examples.ts';
import { errorResponses, headersOf, sharedResponses } from './error-responses.ts';
import { reasonParameter, takesReason } from './reason.ts';

/** The endpoints of one feature; its name becomes their tag. */
export interface Chapter {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

export interface About {
  version: string;
  /** The base URL of the paths; `/` is the server that sent the document. */
  server_url: string;
}

const description =
  `Where its schema says nothing else, an answer of \`/api/v1\` is an envelope: \`data\` holds what was asked for, lists that go on have a
\`cursor\` beside it, and what went wrong stands in \`error\`. The length of a text counts Unicode code points. A bound is the one that
is enforced; where a number is moved to its bound instead, the description says so. In a body, null in an optional field means the same
as leaving it out, unless the field says what null does. An account whose password an admin has reset gets 403 until it has set a new one,
but where the access of an endpoint says otherwise. Unknown fields of a body are ignored, and answers may gain fields. The gateway (the WebSocket at
\`/ws\`) is described by \`/api/v1/asyncapi.json\`.`.replaceAll('\n', ' ');

/** Returns the document as a JSON value. Takes about 0.2 s: a server uses `inSlices`. */
export function* openApiDocument(
  chapters: readonly Chapter[],
  about: About,
): Generator<void, JsonSchema, void> {
  const book = new SchemaBook('draft-2020-12', '#/components/schemas/');
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const { name, endpoints } of chapters) {
    for (const endpoint of endpoints) {
      const path = documentedPath(endpoint);
      paths[path] ??= {};
      paths[path][endpoint.method.toLowerCase()] = operation(endpoint, name, book);
      yield;
    }
  }
  const endpoints = chapters.flatMap((chapter) => chapter.endpoints);
  const responses = yield* sharedResponses(endpoints, book);
  const schemas = book.components();
  yield* giveExamples(endpoints, paths, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Accord Server',
      version: about.version,
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: about.server_url }],
    tags: chapters.filter(({ endpoints }) => endpoints.length > 0).map(({ name }) => ({ name })),
    paths: Object.fromEntries(
      Object.entries(paths).toSorted(([a], [b]) => (late(a) < late(b) ? -1 : 1)),
    ),
    components: {
      schemas,
      responses,
      parameters: { AuditLogReason: reasonParameter },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, { says, type }]) => [
          name,
          { description: says, schema: { type } },
        ]),
      ),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of a person or of a guest.',
        },
        bot: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The token of a bot, as `Bot <token>`.',
        },
      },
    },
  };
}

/** What admins alone may call comes last. */
const late = (path: string) => path.replace(/^\/api\/v1\/admin\//, '/api/v1/~admin/');

function operation(endpoint: Endpoint, tag: string, book: SchemaBook): JsonSchema {
  const { method, path, name, summary, hint } = endpoint;
  const who = whoMay(endpoint);
  const parameters = [
    ...pathParameters(path),
    ...queryParameters(endpoint, book),
    ...(takesReason(endpoint) ? [{ $ref: '#/components/parameters/AuditLogReason' }] : []),
  ];
  return {
    operationId: name ?? `${method.toLowerCase()}${path.replace(/[^a-z]+/g, '_')}`,
    tags: [tag],
    summary,
    description: [`Access: ${who}.`, hint].filter((one) => one !== undefined).join(' '),
    'x-access': who,
    security: security(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(endpoint, book),
    responses: { ...success(endpoint, book), ...errorResponses(endpoint, book) },
  };
}

function requestBody({ body, body_limit, upload }: Endpoint, book: SchemaBook): JsonSchema {
  if (!body) return {};
  const schema = book.describe(body, 'input', { nulls: nullsOf(body) });
  if (upload) {
    const { json_part, file_parts } = upload;
    const file = {
      type: 'string',
      format: 'binary',
      contentMediaType: 'application/octet-stream',
    };
    const files = { type: 'array', items: file };
    const [usual = 'files', ...others] = file_parts;
    const form = object({ [json_part]: schema, [usual.replace('[i]', '[]')]: files }, [json_part]);
    const encoding = { [json_part]: { contentType: 'application/json' } };
    return {
      requestBody: {
        required: true,
        description: [
          `Each file is a part of its own, named \`${usual}\` with its index;`,
          `${others.map((one) => `\`${one}\``).join(', ')} are understood as well.`,
          'A file in a part of another name is refused; other parts without a file name are ignored.',
        ].join(' '),
        content: { 'multipart/form-data': { schema: form, encoding } },
      },
    };
  }
  return {
    requestBody: {
      required: !body.safeParse({}).success,
      description:
        typeof body_limit === 'number'
          ? `At most ${body_limit} bytes.`
          : 'At most what its images may take as base64, by `GET /settings`, and 16 KiB.',
      content: { 'application/json': { schema } },
    },
  };
}

const tokens: JsonSchema[] = [{ bearer: [] }, { bot: [] }];

/** Returns the security requirements; an empty one (`{}`) makes the token optional. */
function security({ access }: Endpoint): JsonSchema[] {
  if (access === anyone) return [];
  return access.token ? tokens : [...tokens, {}];
}

function pathParameters(path: string): JsonSchema[] {
  return [...path.matchAll(/:([a-z_]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query, path }: Endpoint, book: SchemaBook): JsonSchema[] {
  if (query === undefined) return [];
  const { properties, required } = QueryShape.parse(book.inline(query, 'input'), {
    error: () => `the query of ${path} is no object`,
  });
  return Object.entries(properties).map(([name, { description: says, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(says === undefined ? {} : { description: says }),
    schema,
  }));
}

const QueryShape = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  required: z.array(z.string()).default([]),
});

/** Returns the success responses, wrapped as the endpoint's form says. */
function success(endpoint: Endpoint, book: SchemaBook): Record<string, JsonSchema> {
  const { content_type = 'application/json', form, returns } = endpoint;
  const answer = book.describe(returns, 'output');
  const cursor = book.describe(Cursor, 'output');
  const enveloped = {
    data: () => object({ data: answer }, ['data']),
    page: () => object({ data: answer, cursor }, ['data']),
    plain: () => answer,
    written: () => object({ data: answer }, ['data']),
    raw: () => answer,
    file: () => answer,
  };
  const whole = {
    description: 'Done.',
    headers: sent(endpoint),
    content: { [content_type]: { schema: enveloped[form]() } },
  };
  if (form === 'file') return { '200': whole, ...partly };
  return { '200': whole, ...(endpoint.conditional && unchanged) };
}

const unchanged: Record<string, JsonSchema> = {
  '304': { description: 'The file is still what the client has.' },
};

/** The other responses to requests with a range or a condition. */
const partly: Record<string, JsonSchema> = {
  ...unchanged,
  '206': { description: 'The part of the file that was asked for.' },
  '412': { description: 'The file is not what the client takes it for.' },
  '416': { description: 'The file has no such part.' },
};

function object(properties: Record<string, JsonSchema>, required: string[]): JsonSchema {
  return { type: 'object', properties, required };
}

const headers = {
  'X-Request-Id': { type: 'string', says: 'Names the request in the log of the server.' },
  'X-RateLimit-Limit': { type: 'integer', says: 'Requests that a rested client may make at once.' },
  'X-RateLimit-Remaining': { type: 'integer', says: 'Requests that may be made now.' },
  'X-RateLimit-Reset': {
    type: 'integer',
    says: 'Unix seconds when all of them may be made again.',
  },
  'Retry-After': {
    type: 'integer',
    says: 'Seconds after which trying again makes sense. It grows with the number of requests of one account that were refused since one was served, up to 5, so that they do not all come back at once. Slow mode with more than 60 left says it in `error.retry_after` alone.',
  },
};
const limitHeaders = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

function sent({ at }: Endpoint): Record<string, JsonSchema> {
  return headersOf(['X-Request-Id', ...(at === 'api' ? limitHeaders : [])]);
}
