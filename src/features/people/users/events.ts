// The events of accounts.
import { event } from '../../../events/event.ts';
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
