// The event of presence.
import { event } from '../../../events/event.ts';
import { Presence } from './schema.ts';

export const presenceUpdated = event('presence.update', {
  summary:
    'Somebody of a space, friendship or conversation of one’s own comes, goes or does something else',
  intent: 'presences',
  audience: 'acquaintances',
  ephemeral: true,
  data: Presence,
});
