// Runs a request that is more than a plain read: prepare, one turn, complete, after.
import type { App } from '../app.ts';
import { accountOf } from '../access/place.ts';
import { chargedTo, resolveAgain } from '../access/tokens.ts';
import { grantOf } from '../access/asking.ts';
import { ApiError } from '../errors.ts';
import type { ReceivedFile } from '../lib/multipart.ts';
import type { ServedFile } from '../lib/serve-file.ts';
import { patience, repeatable } from '../turn-queue.ts';
import type { Endpoint } from './endpoint.ts';
import type { Facts } from './facts.ts';
import { receiveUpload, sendFile } from './files.ts';
import { readInTime } from './pacing.ts';
import { reasonGiven, takesReason } from './reason.ts';

/** The input of all phases of an endpoint. */
export interface Input {
  app: App;
  params: Record<string, string>;
  query: unknown;
  body: unknown;
  files: readonly ReceivedFile[];
  made_before: string | null;
  request: Facts;
  prepared: unknown;
}

/** Runs the phases; returns the answer, or the response of a file. */
export async function runPhases(endpoint: Endpoint, input: Input): Promise<unknown> {
  const { app, params, request } = input;
  const { upload, prepare } = endpoint;
  const { viewer } = request;
  const reason = reasonOf(endpoint, request);
  // Refuses callers without access before any work; the check in the turn is the one that counts.
  if (prepare || upload) grantOf(endpoint, { app, viewer, params });
  const received = upload
    ? await receiveUpload(app, { ...endpoint, upload }, request, params)
    : null;
  let answer: unknown;
  try {
    const { body, files, made_before } = received ?? input;
    const given = { ...input, body, files, made_before };
    const prepared = prepare && (await endpoint.prepare?.({ ...given, viewer }));
    answer = await runOnce(endpoint, { ...given, prepared }, reason);
  } finally {
    if (received) await tidied(app, received.discard());
  }
  if (answer instanceof ApiError) throw answer;
  if (endpoint.complete) answer = await endpoint.complete(app, answer);
  if (endpoint.after) {
    endpoint.after(app, answer).catch((error: unknown) => {
      app.log.error({ err: error, path: endpoint.path }, 'work after an answer failed');
    });
  }
  return endpoint.form === 'file' ? sendFile(request.raw, answer as ServedFile) : answer;
}

/** Runs the access rule and `run` in one step: directly for GET, otherwise as a turn. */
function runOnce(endpoint: Endpoint, input: Input, reason: string | null): unknown {
  const { app, params, request } = input;
  if (endpoint.method === 'GET') {
    return readInTime(app, endpoint, request, (viewer) =>
      endpoint.run({ ...grantOf(endpoint, { app, viewer, params }), ...input }),
    );
  }
  const answer = runInTurn(endpoint, input, reason);
  return endpoint.abandon ? orAbandon(endpoint, input, answer) : answer;
}

/**
 * Runs as a turn, in which the token is resolved again and the access rule is asked: that is the check
 * that counts. The turn is kept even if it answers with an `ApiError`, which the caller has to throw.
 */
export function runInTurn(
  endpoint: Endpoint,
  input: Input,
  reason = reasonOf(endpoint, input.request),
): Promise<unknown> {
  const { app, params, request } = input;
  const { viewer } = request;
  return app.write<unknown>(
    (turn) => {
      const account = accountOf(viewer);
      const now = account === null ? viewer : resolveAgain(app, account);
      if (account !== null) turn.onBehalfOf(chargedTo(account));
      if (account !== null && reason !== null) turn.because(account.id, reason);
      const granted = grantOf(endpoint, { app, viewer: now, params });
      return endpoint.run({ ...granted, ...input, turn });
    },
    endpoint.repeatable ? repeatable : patience,
  );
}

/** The reason that the caller gives for the audit log; null without one. */
const reasonOf = (endpoint: Endpoint, request: Facts): string | null =>
  takesReason(endpoint) ? reasonGiven(request) : null;

/** Removes what `prepare` has put on disk if the turn fails. */
async function orAbandon<T>(endpoint: Endpoint, input: Input, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { app, prepared } = input;
    if (endpoint.abandon) await tidied(app, endpoint.abandon(app, prepared));
    throw error;
  }
}

/** Waits for a removal; a failure is only logged, since the next start finds stray files. */
async function tidied(app: App, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    app.log.error({ err: error }, 'a file that nobody needs could not be removed');
  }
}
