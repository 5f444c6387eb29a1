// Makes the OpenAPI document of the REST API from the endpoints.
import { z } from 'zod';
import { accountOrGuest, anyone } from '../access/rules.ts';
import { ErrorBody, problemNames, problems, type Problem } from '../errors.ts';
import { SchemaBook, type JsonSchema } from '../lib/json-schema.ts';
import { Cursor, fullPath, type Endpoint } from './endpoint.ts';

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
\`cursor\` beside it, and what went wrong stands in \`error\`. The gateway (the WebSocket at \`/ws\`) is described by
\`/api/v1/asyncapi.json\`.`.replaceAll('\n', ' ');

/** Returns the document as a JSON value. */
export function openApiDocument(chapters: readonly Chapter[], about: About): JsonSchema {
  const book = new SchemaBook('draft-2020-12', '#/components/schemas/');
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const { name, endpoints } of chapters) {
    for (const endpoint of endpoints) {
      const path = fullPath(endpoint).replace(/:([a-z_]+)/g, '{$1}');
      paths[path] ??= {};
      paths[path][endpoint.method.toLowerCase()] = operation(endpoint, name, book);
    }
  }
  const responses = problemNames.map((one) => [one, errorResponse([one], book)]);
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
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: book.components(),
      responses: Object.fromEntries(responses),
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

function operation(endpoint: Endpoint, tag: string, book: SchemaBook): JsonSchema {
  const { access, method, path, name, summary, hint } = endpoint;
  const parameters = [...pathParameters(path), ...queryParameters(endpoint, book)];
  return {
    operationId: name ?? `${method.toLowerCase()}${path.replace(/[^a-z]+/g, '_')}`,
    tags: [tag],
    summary,
    description: [`Access: ${access.says}.`, hint].filter((one) => one !== undefined).join(' '),
    'x-access': access.says,
    security: security(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(endpoint, book),
    responses: { ...success(endpoint, book), ...refusals(endpoint, book) },
  };
}

function requestBody({ body, body_limit, upload }: Endpoint, book: SchemaBook): JsonSchema {
  if (!body) return {};
  const schema = book.describe(body, 'input');
  if (upload) {
    const { json_part, file_parts } = upload;
    const file = {
      type: 'string',
      format: 'binary',
      contentMediaType: 'application/octet-stream',
    };
    const properties = { [json_part]: schema, [`${file_parts}0]`]: file };
    const more = { [`^${file_parts.replace(/[[\](){}.*+?^$|\\]/g, '\\$&')}`]: file };
    const form = { ...object(properties, [json_part]), patternProperties: more };
    const encoding = { [json_part]: { contentType: 'application/json' } };
    return {
      requestBody: {
        required: true,
        description: `Files stand in parts whose names begin with \`${file_parts}\`; other parts are ignored.`,
        content: { 'multipart/form-data': { schema: form, encoding } },
      },
    };
  }
  return {
    requestBody: {
      required: !body.safeParse({}).success,
      ...(typeof body_limit === 'number' ? { description: `At most ${body_limit} bytes.` } : {}),
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
    raw: () => answer,
    file: () => answer,
  };
  const whole = {
    description: 'Done.',
    headers: sent(endpoint),
    content: { [content_type]: { schema: enveloped[form]() } },
  };
  return form === 'file' ? { '200': whole, ...partly } : { '200': whole };
}

/** The other responses to requests with a range or a condition. */
const partly: Record<string, JsonSchema> = {
  '206': { description: 'The part of the file that was asked for.' },
  '304': { description: 'The file is still what the client has.' },
  '412': { description: 'The file is not what the client takes it for.' },
  '416': { description: 'The file has no such part.' },
};

function object(properties: Record<string, JsonSchema>, required: string[]): JsonSchema {
  return { type: 'object', properties, required };
}

/** Returns the problems that an endpoint's declaration implies, and those in its `errors`. */
function problemsOf({ access, at, path, query, body, errors, prepare }: Endpoint): Set<Problem> {
  const found = new Set<Problem>(errors);
  if (access !== anyone) found.add('unauthorized');
  if (access !== anyone && access !== accountOrGuest) found.add('forbidden');
  if (path.includes(':')) found.add('not_found');
  // A parameter in the path can be badly percent-encoded.
  if (path.includes(':') || query !== undefined || body !== undefined) {
    found.add('invalid_request');
  }
  if (body !== undefined) {
    for (const one of ['payload_too_large', 'unsupported_media_type', 'wrong_shape'] as const) {
      found.add(one);
    }
  }
  if (prepare !== undefined) found.add('overloaded');
  if (at === 'api') found.add('rate_limited');
  found.add('internal_error');
  found.add('unavailable');
  return found;
}

/** Returns the error responses by status; problems with one status differ by their code. */
function refusals(endpoint: Endpoint, book: SchemaBook): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(problemsOf(endpoint), (problem) => String(problems[problem].status));
  const found: Record<string, JsonSchema> = {};
  for (const [status, same] of byStatus) {
    const [only] = same;
    found[status] =
      same.length === 1 ? { $ref: `#/components/responses/${only}` } : errorResponse(same, book);
  }
  return found;
}

function errorResponse(same: readonly Problem[], book: SchemaBook): JsonSchema {
  const codes = new Set(same.map((problem) => `\`${problems[problem].code}\``));
  const isTemporary = same.some((problem) => [429, 503].includes(problems[problem].status));
  return {
    description: `Error ${[...codes].join(' or ')}.`,
    ...(isTemporary ? { headers: references(['Retry-After']) } : {}),
    content: { 'application/json': { schema: book.describe(ErrorBody, 'output') } },
  };
}

const headers = {
  'X-Request-Id': { type: 'string', says: 'Names the request in the log of the server.' },
  'X-RateLimit-Limit': { type: 'integer', says: 'Requests that a rested client may make at once.' },
  'X-RateLimit-Remaining': { type: 'integer', says: 'Requests that may be made now.' },
  'X-RateLimit-Reset': {
    type: 'integer',
    says: 'Unix seconds when all of them may be made again.',
  },
  'Retry-After': { type: 'integer', says: 'Seconds after which trying again makes sense.' },
};
const limitHeaders = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

function sent({ at }: Endpoint): Record<string, JsonSchema> {
  return references(['X-Request-Id', ...(at === 'api' ? limitHeaders : [])]);
}

function references(names: readonly string[]): Record<string, JsonSchema> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
