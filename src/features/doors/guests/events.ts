// The events of guests, under two names, since clients know either one or the other.
import { event } from '../../../events/event.ts';
import { GuestCount } from './schema.ts';

const declaration = {
  summary: 'How many guests listen has changed',
  intent: null,
  audience: 'space',
  ephemeral: true,
  data: GuestCount,
} as const;

export const guestsCounted = event('anonymous_count.update', declaration);
export const guestsCountedOld = event('anonymous_count_updated', declaration);
