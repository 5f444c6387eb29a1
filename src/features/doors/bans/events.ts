// The events of bans, for moderators; everyone else hears that a member has left.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Ban } from './schema.ts';

export const banCreated = event('ban.create', {
  summary: 'Somebody was banned, or a ban has a new reason',
  intent: 'moderation',
  audience: 'permission',
  data: Ban,
});

export const banDeleted = event('ban.delete', {
  summary: 'A ban was lifted',
  intent: 'moderation',
  audience: 'permission',
  data: z.object({ space_id: Id, user_id: Id }),
});
