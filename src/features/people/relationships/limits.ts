// Limits requests of friendship: how many stand on one side, and how many are made.
import { chargedTo, type Actor } from '../../../access/tokens.ts';
import type { StateName, Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { createAttempts } from '../../../lib/attempts.ts';
import { countRelations } from './queries.ts';
import { maxIncoming, maxPerHour, maxRelations, maxToOne } from './schema.ts';

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;
/** Godot's client would sleep out a longer wait that stands in a header. */
const maxHeader_s = 60;

const requests: StateName<ReturnType<typeof create>> = { create };

function create() {
  return {
    /** By the account that pays. */
    all: createAttempts(maxPerHour, hour_ms),
    /** By the account that pays, and the one that is asked. */
    toOne: createAttempts(maxToOne, day_ms),
  };
}

/** Counts a request; throws 429 if there were too many. Test mode has no limit. */
export function countRequest(turn: Turn, actor: Actor, target_id: string): void {
  if (turn.app.config.ACCORD_TEST_MODE) return;
  const { all, toOne } = turn.app.state(requests);
  const payer = chargedTo(actor);
  const pair = `${payer} ${target_id}`;
  const looks = [all.look(payer, turn.steady), toOne.look(pair, turn.steady)];
  const spent = looks.filter(({ left }) => left === 0).map(({ wait_s }) => wait_s);
  if (spent.length > 0) {
    const retryAfter_s = Math.max(...spent);
    throw new ApiError('rate_limited', 'Too many friend requests; wait before you send more.', {
      retryAfter_s,
      waitsQuietly: retryAfter_s > maxHeader_s,
    });
  }
  turn.onCommit(() => {
    all.take(payer, turn.steady);
    toOne.take(pair, turn.steady);
  });
}

/** Refuses what would come to an account's own side if that is full. */
export function refuseFull(db: Db, user_id: string): void {
  if (countRelations(db, user_id).all < maxRelations) return;
  throw new ApiError(
    'invalid_request',
    `You have ${maxRelations} friends, requests and blocks: remove some first.`,
  );
}

/** Refuses a request to somebody whose side takes no more of them. */
export function refuseOverrun(db: Db, target_id: string): void {
  const { all, incoming } = countRelations(db, target_id);
  if (all < maxRelations && incoming < maxIncoming) return;
  throw new ApiError('invalid_request', 'This account takes no more friend requests for now.');
}
