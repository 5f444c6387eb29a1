// Takes the name and all else that is personal from an account that is deleted.
import type { Acquaintances } from '../../../access/acquaintances.ts';
import type { Turn } from '../../../app.ts';
import { swapImages } from '../../base/files/images.ts';
import { userUpdated } from './events.ts';
import { changesUser } from './memory.ts';
import { findUser, updateUser, type UserRow } from './queries.ts';
import { deletedAccount } from './schema.ts';
import { publicUser } from './view.ts';

/** What is left of a deleted account beside its id; no client can choose such a user name. */
const wiped = (id: string) => ({
  username: `${deletedAccount} ${id}`,
  display_name: deletedAccount,
  avatar: null,
  banner: null,
  accent_color: null,
  bio: null,
});

/**
 * Wipes an account and frees its name; tells everyone who knew it how it looks now. The row stays, for
 * what still names it.
 */
export function wipeUser(turn: Turn, row: UserRow, { space_ids, user_ids }: Acquaintances): void {
  const { id } = row;
  swapImages(turn.tx, row, { avatar: null, banner: null });
  updateUser(turn.tx, id, {
    ...wiped(id),
    is_admin: false,
    disabled: true,
    mfa_enabled: false,
    password_hash: null,
    force_password_reset: false,
    status: 'online',
    activities: [],
    dm_policy: 'everyone',
    deleted_at: turn.now,
  });
  changesUser(turn.app, id);
  const after = findUser(turn.tx, id) ?? row;
  const others = user_ids.filter((one) => one !== id);
  turn.tell(userUpdated, { space_ids, user_ids: others }, publicUser(after));
}

/** Puts what is left of a deleted account in the place of what an older text shows of it. */
export function withoutName<U extends { id: string }>(shown: U): U {
  const left = Object.entries(wiped(shown.id)).filter(([key]) => key in shown);
  return { ...shown, ...Object.fromEntries(left) };
}
