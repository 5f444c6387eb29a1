// Turns what went wrong, whatever it was, into an answer that a client can use.
import type { z } from 'zod';
import type { Log } from '../app.ts';
import { ApiError } from '../errors.ts';
import { Overloaded } from '../lib/concurrency.ts';

/** What the validator found: 422 when the shape is wrong, 400 when only a value is. */
export function bodyError(error: z.core.$ZodError, body: unknown): ApiError {
  const details = reasons(error, 'body');
  const wrongShape = error.issues.some((issue) => isShape(issue, body));
  return new ApiError(wrongShape ? 'wrong_shape' : 'invalid_request', sentence(details), {
    details,
  });
}

/** A query string or a path that the endpoint cannot read: 400. */
export function queryError(error: z.core.$ZodError): ApiError {
  const details = reasons(error, 'query');
  return new ApiError('invalid_request', sentence(details), { details });
}

/** By field; `whole` names what has fields. */
function reasons(error: z.core.$ZodError, whole: string): Record<string, string> {
  const details: Record<string, string> = {};
  for (const { path, message } of error.issues.slice(0, 20)) {
    details[path.map(String).join('.') || whole] ??= message;
  }
  return details;
}

function sentence(details: Record<string, string>): string {
  const [first] = Object.entries(details);
  return first ? `${first[0]}: ${first[1]}.` : 'The request is not what this endpoint expects.';
}

const valueIssues = new Set([
  'too_big',
  'too_small',
  'invalid_format',
  'not_multiple_of',
  'custom',
]);

function isShape(issue: z.core.$ZodIssue, body: unknown): boolean {
  if (valueIssues.has(issue.code)) return false;
  if (issue.code !== 'invalid_value') return true;
  // Not one of the allowed values: a matter of shape only when it is not even of their type.
  const given = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    body,
  );
  return typeof given !== typeof issue.values[0];
}

/** Constraints that a handler did not foresee; they say that the request was wrong, not the server. */
const constraints: Record<string, ['already_exists' | 'invalid_request', string]> = {
  SQLITE_CONSTRAINT_UNIQUE: ['already_exists', 'This exists already.'],
  SQLITE_CONSTRAINT_PRIMARYKEY: ['already_exists', 'This exists already.'],
  SQLITE_CONSTRAINT_FOREIGNKEY: ['invalid_request', 'This names something that does not exist.'],
  SQLITE_CONSTRAINT_NOTNULL: ['invalid_request', 'A value is missing.'],
  SQLITE_CONSTRAINT_CHECK: ['invalid_request', 'A value is not allowed.'],
};

/** The error to answer with. What nobody expected is logged whole and answered plainly. */
export function toApiError(error: unknown, log: Log, request: object): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Overloaded) {
    return new ApiError('overloaded', 'The server has too much to do; try again in a moment.', {
      retryAfter_s: 1,
    });
  }
  const known = constraints[sqliteCode(error) ?? ''];
  if (known !== undefined) {
    log.warn({ err: error, ...request }, 'a constraint of the database refused a request');
    return new ApiError(...known);
  }
  log.error({ err: error, ...request }, 'a request failed');
  return new ApiError('internal_error', 'Something went wrong on the server.');
}

function sqliteCode(error: unknown): string | null {
  const source = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}
