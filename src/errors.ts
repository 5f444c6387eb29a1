// Every error that a client can get: its name, its status and its code on the wire.
import { z } from 'zod';

/** All errors; the key is the name in our code, `code` is sent to clients. */
export const problems = {
  /** A value is wrong. */
  invalid_request: { status: 400, code: 'invalid_request' },
  unauthorized: { status: 401, code: 'unauthorized' },
  forbidden: { status: 403, code: 'forbidden' },
  /** The account has used up what it may store or send. */
  quota_exceeded: { status: 403, code: 'quota_exceeded' },
  not_found: { status: 404, code: 'not_found' },
  method_not_allowed: { status: 405, code: 'invalid_request' },
  too_slow: { status: 408, code: 'invalid_request' },
  already_exists: { status: 409, code: 'already_exists' },
  payload_too_large: { status: 413, code: 'payload_too_large' },
  unsupported_media_type: { status: 415, code: 'invalid_request' },
  upgrade_required: { status: 426, code: 'invalid_request' },
  /** A value is of another type, or missing. */
  wrong_shape: { status: 422, code: 'invalid_request' },
  rate_limited: { status: 429, code: 'rate_limited' },
  internal_error: { status: 500, code: 'internal_error' },
  overloaded: { status: 503, code: 'overloaded' },
  /** The database cannot be written or read now; it may be in a moment. */
  unavailable: { status: 503, code: 'unavailable' },
  voice_unavailable: { status: 503, code: 'voice_unavailable' },
  seed_failed: { status: 500, code: 'seed_failed' },
} as const;

export type Problem = keyof typeof problems;

export const problemNames = Object.keys(problems).filter((key): key is Problem => key in problems);

/** The body of every error response. */
export const ErrorBody = z
  .object({
    error: z.object({
      code: z.enum([...new Set(problemNames.map((name) => problems[name].code))]),
      message: z.string().describe('one sentence to a person'),
      details: z
        .record(z.string(), z.string())
        .optional()
        .describe('reasons by field, when the shape or a value was wrong; of a quota its numbers'),
      retry_after: z
        .int()
        .optional()
        .describe('seconds after which trying again makes sense; with every 429'),
    }),
  })
  .meta({ id: 'ErrorBody' });
export type ErrorBody = z.output<typeof ErrorBody>;

/** Some clients sleep for as long as `Retry-After` says, and look frozen meanwhile. */
const maxSlept_s = 60;

/** An error that is sent to the client; the message is one sentence for people. */
export class ApiError extends Error {
  readonly problem: Problem;
  /** Reasons by field, if the shape or a value was wrong. */
  readonly details: Record<string, string> | undefined;
  /** Whole seconds to wait before a retry makes sense. */
  readonly retryAfter_s: number | undefined;
  /** Whether a wait above a minute stands in the body alone. */
  readonly hidesLongWait: boolean;
  /** Whether the connection ends with the answer, whatever else of the request would come. */
  readonly closes: boolean;

  constructor(
    problem: Problem,
    message: string,
    more: {
      details?: Record<string, string>;
      retryAfter_s?: number;
      hidesLongWait?: boolean;
      closes?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.problem = problem;
    this.details = more.details;
    this.retryAfter_s = more.retryAfter_s ?? (problem === 'rate_limited' ? 1 : undefined);
    this.hidesLongWait = more.hidesLongWait ?? false;
    this.closes = more.closes ?? false;
  }

  get status(): number {
    return problems[this.problem].status;
  }

  /** Returns the body of the error response. */
  toBody(): ErrorBody {
    const { code } = problems[this.problem];
    const { message, details, retryAfter_s: retry_after } = this;
    return {
      error: {
        code,
        message,
        ...(details === undefined ? {} : { details }),
        ...(retry_after === undefined ? {} : { retry_after }),
      },
    };
  }

  /** Returns the headers that say more of the error. */
  toHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    const { retryAfter_s } = this;
    const isHidden = this.hidesLongWait && (retryAfter_s ?? 0) > maxSlept_s;
    if (retryAfter_s !== undefined && !isHidden) headers['Retry-After'] = String(retryAfter_s);
    if (this.closes) headers['Connection'] = 'close';
    return headers;
  }
}

/** Returns the 404 error for an id that does not exist. */
export function noSuch(
  what: 'channel' | 'emoji' | 'message' | 'role' | 'space' | 'user',
): ApiError {
  return new ApiError('not_found', `There is no such ${what} (unknown_${what}).`);
}

/** Returns the error between two people of whom one has blocked the other: nobody is told who. */
export const cannotTalk = () => new ApiError('forbidden', 'You cannot talk to this account.');
