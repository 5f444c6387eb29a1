// The events of accounts.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { PublicUser, User } from './schema.ts';

export const userUpdated = event('user.update', {
  summary: 'An account of a space, friendship or conversation of one’s own has changed',
  intent: null,
  audience: 'acquaintances',
  data: PublicUser,
  // The log has a row for each of up to 2,500 scopes: a few names in a minute would fill it.
  replaces: ({ id }) => `user ${id}`,
});

/** Told after `userUpdated`, because clients replace their own record with the last one. */
export const ownUserUpdated = event('user.update', {
  summary: "One's own account has changed",
  intent: null,
  audience: 'users',
  data: User,
});

/** An account administers the whole server from now on, or does not any more. */
export const adminChanged = signal('user.admin', z.object({ user_id: Id }), {
  moves: ({ user_id }) => ({ user_id }),
});

/** The spaces and people that know an account. */
const Known = z.object({ space_ids: z.array(Id), user_ids: z.array(Id) });

/** Told while an account that is about to be deleted is still known to others. */
export const accountLeaving = signal('account.leaving', z.object({ user_id: Id, known: Known }), {
  at_once: true,
});
