// The events of accounts.
import { event } from '../../../events/event.ts';
import { PublicUser, User } from './schema.ts';

export const userUpdated = event('user.update', {
  summary: 'An account of a space, friendship or conversation of one’s own has changed',
  intent: null,
  audience: 'acquaintances',
  data: PublicUser,
});

/** Told after `userUpdated`, because clients replace their own record with the last one. */
export const ownUserUpdated = event('user.update', {
  summary: "One's own account has changed",
  intent: null,
  audience: 'users',
  data: User,
});
