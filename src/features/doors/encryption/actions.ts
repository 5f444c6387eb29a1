// Registers and clears the public keys of accounts, and tells whose keys a conversation needs.
import type { ConversationAccess } from '../../../access/evaluate.ts';
import type { Turn } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError } from '../../../errors.ts';
import { compareSnowflakes } from '../../../lib/snowflake.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { knownUser } from '../../people/users/actions.ts';
import { deleteKeys, findKeys, insertKeys, keyHolders, type KeyHolder } from './queries.ts';
import type { Identity } from './schema.ts';

/**
 * Registers the keys of an account, once: others pin them, so that nobody can put other keys in their
 * place with a stolen token.
 */
export function registerKeys(turn: Turn, user_id: string, given: Identity): Identity {
  const known = findKeys(turn.tx, user_id);
  if (known === undefined) {
    insertKeys(turn.tx, { ...given, user_id, created_at: turn.now });
  } else if (known.exchange_key !== given.exchange_key || known.signing_key !== given.signing_key) {
    throw new ApiError('already_exists', 'This account has registered other keys already.');
  }
  return given;
}

/** Clears the keys of an account, which may register others then; does nothing if it has none. */
export function clearKeys(turn: Turn, user_id: string): void {
  deleteKeys(turn.tx, user_id);
}

/** Does the same for an instance admin, and records it; throws 404 if there is no such account. */
export function clearKeysBy(turn: Turn, actor: { id: string }, user_id: string): void {
  knownUser(turn, user_id);
  if (findKeys(turn.tx, user_id) === undefined) return;
  clearKeys(turn, user_id);
  recordAct(turn, actor, { action: 'keys_clear', target: { type: 'user', id: user_id } });
}

/** The maximum number of former people that are shown. */
const maxFormer = 200;

/**
 * Returns whose keys a conversation needs: those of its people to encrypt, those of the people who
 * left to read what they wrote.
 */
export function directoryOf(db: Db, { id, people }: ConversationAccess, self_user_id: string) {
  const all = keyHolders(db, id);
  const byId = new Map(all.map((one) => [one.user_id, one]));
  const view = (user_id: string, { identity }: Pick<KeyHolder, 'identity'>, current: boolean) => ({
    user_id,
    wire_user_id: user_id,
    current,
    identity,
  });
  const former = all
    .filter(({ user_id }) => !people.includes(user_id))
    .toSorted((one, other) => (other.left_at ?? 0) - (one.left_at ?? 0))
    .slice(0, maxFormer);
  return {
    channel_id: id,
    self_user_id,
    participants: [
      ...people
        .toSorted(compareSnowflakes)
        .map((user_id) => view(user_id, byId.get(user_id) ?? { identity: null }, true)),
      ...former.map((one) => view(one.user_id, one, false)),
    ],
  };
}
