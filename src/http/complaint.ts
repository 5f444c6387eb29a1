// Turns any error into an API error that a client can use.
import type { z } from 'zod';
import type { Log } from '../app.ts';
import { troubleOf } from '../db/trouble.ts';
import { ApiError } from '../errors.ts';
import { Overloaded } from '../lib/concurrency.ts';
import { unavailable } from '../outage.ts';

/** Returns the error for an invalid body: 422 if the shape is wrong, 400 if only a value is. */
export function bodyError(error: z.core.$ZodError, body: unknown): ApiError {
  const details = reasons(error, 'body');
  const wrongShape = error.issues.some((issue) => isShape(issue, body));
  return new ApiError(wrongShape ? 'wrong_shape' : 'invalid_request', sentence(details), {
    details,
  });
}

/** Returns the error for an invalid query string: 400. */
export function queryError(error: z.core.$ZodError): ApiError {
  const details = reasons(error, 'query');
  return new ApiError('invalid_request', sentence(details), { details });
}

/** Returns the first message for each field; `whole` is the key of messages that name no field. */
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
  // A value outside of an enum counts as a wrong shape only if its type is wrong, too.
  const given = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    body,
  );
  return typeof given !== typeof issue.values[0];
}

/** Violations that no handler foresaw: the request was wrong, not the server. */
const constraints: Record<string, ['already_exists' | 'invalid_request', string]> = {
  SQLITE_CONSTRAINT_UNIQUE: ['already_exists', 'This exists already.'],
  SQLITE_CONSTRAINT_PRIMARYKEY: ['already_exists', 'This exists already.'],
  SQLITE_CONSTRAINT_FOREIGNKEY: ['invalid_request', 'This names something that does not exist.'],
  SQLITE_CONSTRAINT_NOTNULL: ['invalid_request', 'A value is missing.'],
  SQLITE_CONSTRAINT_CHECK: ['invalid_request', 'A value is not allowed.'],
};

/** Returns the error to send. Logs an unexpected error in full; the client gets a plain 500. */
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
  const trouble = troubleOf(error);
  if (trouble !== null) {
    log.error({ err: error, ...request }, 'a request could not use the disk');
    return unavailable(trouble, error);
  }
  log.error({ err: error, ...request }, 'a request failed');
  return new ApiError('internal_error', 'Something went wrong on the server.');
}

function sqliteCode(error: unknown): string | null {
  const source = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}
