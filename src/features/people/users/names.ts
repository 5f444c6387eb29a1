// User names: who may take one, how often an account may change its own, and for whom former ones are kept.
import type { App, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { sweep } from '../../../lib/repeat.ts';
import { featuresOf } from '../../feature.ts';
import {
  changesSince,
  deleteFormerNames,
  endHolds,
  forgetFormerNames,
  insertFormerName,
  isHeld,
} from './former-names.ts';
import { findUserByName, type UserRow } from './queries.ts';
import { isReserved, reservedName } from './schema.ts';

const month_ms = 30 * 86_400_000;
/** Changes in 30 days. */
const maxChanges = 3;
/** The time of a change that does not count. */
const uncounted = 0;

/**
 * Who changes a name: whoever has it, an instance admin, whose changes do not count and who may give names
 * that are held; or it is freed because the account is deleted.
 */
export type Namer = 'owner' | 'admin' | 'deletion';

/** Tells whether an account or a registration that waits has the name. */
const isInUse = (app: App, name: string): boolean =>
  findUserByName(app.db, name) !== undefined ||
  featuresOf(app).some(({ takesName }) => takesName?.(app.db, name));

/** Tells whether a new account cannot have the name, for whatever reason; asked again in the turn. */
export function isTakenName(app: App, name: string): boolean {
  return isInUse(app, name) || isHeld(app.db, name, null, app.trusted.now());
}

/**
 * Throws 409 if an account or a registration that waits has the name, or if it is held for another account
 * than `for`, which is null for one that is not made yet. An admin may give a name that is held.
 */
export function refuseTakenName(
  turn: Turn,
  name: string,
  { for: user_id, by = 'owner' }: { readonly for: string | null; readonly by?: Namer },
): void {
  const { app, tx } = turn;
  const isTaken = isInUse(app, name);
  const isHeldFromThem = by !== 'admin' && isHeld(tx, name, user_id, app.trusted.now());
  if (!isTaken && !isHeldFromThem) return;
  const whoHasIt = isTaken
    ? 'Somebody has that name already.'
    : 'Somebody had that name of late; it is kept for a while.';
  // Strangers are not told which it is.
  const says = user_id === null ? 'That account exists already.' : whoHasIt;
  throw new ApiError('already_exists', says);
}

/** Asks whether an account may have another name, and keeps the old one for it. The row is written after. */
export function changeName(turn: Turn, before: UserRow, name: string, by: Namer): void {
  const { id, username } = before;
  if (isReserved(name)) {
    throw new ApiError('invalid_request', `username: ${reservedName}.`, {
      details: { username: reservedName },
    });
  }
  refuseTakenName(turn, name, { for: id, by });
  const now = turn.app.trusted.now();
  if (by === 'deletion') return freeNames(turn, id);
  if (by === 'admin') endHolds(turn.tx, name, id, now);
  // Suites of clients rename as they like, and take names again.
  if (turn.app.config.ACCORD_TEST_MODE) return;
  if (by === 'owner') refuseTooManyChanges(turn, id, now);
  const since = by === 'owner' ? now : uncounted;
  insertFormerName(turn.tx, { name: username, user_id: id, since, until: now + month_ms });
}

function refuseTooManyChanges({ tx }: Turn, user_id: string, now: number): void {
  const changes = changesSince(tx, user_id, now - month_ms, maxChanges);
  const [oldest] = changes.slice(maxChanges - 1);
  if (oldest === undefined) return;
  const says = `You may change your user name ${maxChanges} times in 30 days.`;
  const retryAfter_s = Math.max(1, Math.ceil((oldest + month_ms - now) / 1000));
  throw new ApiError('rate_limited', says, { retryAfter_s, hidesLongWait: true });
}

/**
 * Holds a name until then (Unix milliseconds), for an account or, if `user_id` is null, for nobody: only an
 * admin may give it away.
 */
export function holdName(turn: Turn, name: string, until: number, user_id: string | null): void {
  insertFormerName(turn.tx, { name, user_id, since: uncounted, until });
}

/** Frees the names that an account had, because it is deleted. Those of deleted rows are freed with them. */
export function freeNames(turn: Turn, user_id: string): void {
  deleteFormerNames(turn.tx, user_id);
}

const every_ms = 3_600_000;
const slice = 500;

/** Begins to forget names that are held no more; returns a function that stops it. */
export function startForgettingNames(app: App): () => void {
  return sweep({
    clock: app.clock,
    interval_ms: every_ms,
    slice: () =>
      app.write(({ tx }) => {
        const now = app.trusted.now();
        return forgetFormerNames(tx, now, now - month_ms, slice);
      }),
    failed: (error) =>
      app.log.error({ err: error }, 'forgetting former names failed; it is tried again'),
  });
}
