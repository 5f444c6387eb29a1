// Turns rows of accounts into their wire shapes.
import type { Guest } from '../../../access/guests.ts';
import { time } from '../../shapes.ts';
import type { UserRow } from './queries.ts';
import type { GuestUser, PublicUser, User } from './schema.ts';

/** Returns the account as others see it. */
export function publicUser(row: UserRow): PublicUser {
  return {
    id: row.id,
    username: row.username,
    display_name: row.display_name,
    avatar: row.avatar,
    banner: row.banner,
    accent_color: row.accent_color,
    bio: row.bio,
    bot: row.bot,
    system: row.system,
    public_flags: 0,
    created_at: time(row.created_at),
  };
}

/** Returns a guest as it sees itself. */
export function guestUser({ id, created_at }: Guest): GuestUser {
  return {
    id,
    username: 'Guest',
    display_name: 'Guest',
    avatar: null,
    bot: false,
    system: false,
    is_guest: true,
    created_at: time(created_at),
  };
}

/** Returns the account as its owner sees it. */
export function ownUser(row: UserRow): User {
  return {
    ...publicUser(row),
    is_admin: row.is_admin,
    mfa_enabled: row.mfa_enabled,
    disabled: row.disabled,
    flags: 0,
    dm_policy: row.dm_policy,
  };
}
