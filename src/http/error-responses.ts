// Describes the error responses of an endpoint for the OpenAPI document, each with an example.
import { accountOrGuest, anyone } from '../access/rules.ts';
import { ErrorBody, problemNames, problems, type Problem } from '../errors.ts';
import type { JsonSchema, SchemaBook } from '../lib/json-schema.ts';
import type { Endpoint } from './endpoint.ts';
import { takesReason } from './reason.ts';

/** Returns the problems that an endpoint's declaration implies, and those in its `errors`. */
function problemsOf({
  access,
  unsettled,
  at,
  path,
  query,
  body,
  errors,
  prepare,
  admits,
  method,
}: Endpoint): Set<Problem> {
  const found = new Set<Problem>(errors);
  if (takesReason({ at, method })) found.add('invalid_request');
  if (access !== anyone) found.add('unauthorized');
  if (access !== anyone && !(access === accountOrGuest && unsettled)) found.add('forbidden');
  if (path.includes(':')) found.add('not_found');
  // A parameter in the path can be badly percent-encoded.
  if (path.includes(':') || query !== undefined || body !== undefined) {
    found.add('invalid_request');
  }
  if (body !== undefined) {
    for (const one of [
      'too_slow',
      'payload_too_large',
      'unsupported_media_type',
      'wrong_shape',
    ] as const) {
      found.add(one);
    }
  }
  if (admits !== undefined) found.add('quota_exceeded');
  if (prepare !== undefined) found.add('overloaded');
  if (at === 'api') found.add('rate_limited');
  found.add('internal_error');
  found.add('unavailable');
  return found;
}

/** Returns the error responses by status; problems with one status differ by their code. */
export function errorResponses(endpoint: Endpoint, book: SchemaBook): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(problemsOf(endpoint), (problem) => String(problems[problem].status));
  const found: Record<string, JsonSchema> = {};
  for (const [status, same] of byStatus) {
    const [only] = same;
    found[status] =
      same.length === 1 ? { $ref: `#/components/responses/${only}` } : response(same, book);
  }
  return found;
}

/** Returns the responses of single problems that the endpoints refer to, by the problem's name. */
export function* sharedResponses(
  endpoints: readonly Endpoint[],
  book: SchemaBook,
): Generator<void, Record<string, JsonSchema>, void> {
  const used = new Set<unknown>();
  for (const endpoint of endpoints) {
    for (const { $ref } of Object.values(errorResponses(endpoint, book))) used.add($ref);
    yield;
  }
  const shared = problemNames.filter((one) => used.has(`#/components/responses/${one}`));
  return Object.fromEntries(shared.map((one) => [one, response([one], book)]));
}

function response(same: readonly Problem[], book: SchemaBook): JsonSchema {
  const codes = new Set(same.map((problem) => `\`${problems[problem].code}\``));
  const isTemporary = same.some((problem) => [429, 503].includes(problems[problem].status));
  const examples = same.map((one) => [one, { value: example(one) }]);
  return {
    description: `Error ${[...codes].join(' or ')}.`,
    headers: headersOf(isTemporary ? ['X-Request-Id', 'Retry-After'] : ['X-Request-Id']),
    content: {
      'application/json': {
        schema: book.describe(ErrorBody, 'output'),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

function example(problem: Problem): ErrorBody {
  const { code } = problems[problem];
  return { error: { code, ...said[problem] } };
}

const said: Record<Problem, Omit<ErrorBody['error'], 'code'>> = {
  invalid_request: {
    message: 'name: must not be blank.',
    details: { name: 'must not be blank' },
  },
  unauthorized: { message: 'This needs a valid token in the Authorization header.' },
  forbidden: { message: 'missing permission: send_messages' },
  quota_exceeded: {
    message: 'This account may upload 1073741824 bytes in 24 hours.',
    details: { quota: 'max_upload_per_day', limit: '1073741824', used: '1073000000' },
  },
  not_found: { message: 'There is no such channel (unknown_channel).' },
  method_not_allowed: { message: 'This path knows GET, HEAD only.' },
  already_exists: { message: 'This exists already.' },
  too_slow: { message: 'The body came too slowly: less than 16384 bytes in 30 s.' },
  payload_too_large: { message: 'The body is larger than 65536 bytes.' },
  unsupported_media_type: { message: 'Send the body as application/json.' },
  upgrade_required: { message: 'This path takes WebSocket connections only.' },
  wrong_shape: {
    message: 'name: Invalid input: expected string, received number.',
    details: { name: 'Invalid input: expected string, received number' },
  },
  rate_limited: { message: 'Too many requests; wait a moment.', retry_after: 1 },
  internal_error: { message: 'Something went wrong on the server.' },
  overloaded: {
    message: 'The server has too much to do; try again in a moment.',
    retry_after: 1,
  },
  unavailable: {
    message: 'The server cannot store this now; try again in a moment.',
    retry_after: 2,
  },
  voice_unavailable: { message: 'Voice is away right now; try again in a moment.' },
  seed_failed: { message: 'The seed could not be laid: the disk is full' },
};

/** Returns references to headers that `components` describes. */
export function headersOf(names: readonly string[]): Record<string, JsonSchema> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
