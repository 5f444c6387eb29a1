// The event of presence.
import { event } from '../../../events/event.ts';
import { Presence } from './schema.ts';

export const presenceUpdated = event('presence.update', {
  summary: 'Somebody that one shares a space with comes, goes or does something else',
  intent: 'presences',
  audience: 'acquaintances',
  ephemeral: true,
  data: Presence,
});
