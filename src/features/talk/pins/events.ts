// The events of pins.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id, Time } from '../../shapes.ts';

/** Comes with a `message.update`, which says which message was pinned or unpinned. */
export const pinsUpdated = event('channel.pins_update', {
  summary: 'The pinned messages of a channel have changed',
  intent: 'spaces',
  audience: 'channel',
  data: z.object({
    channel_id: Id,
    space_id: Id.nullable(),
    last_pin_at: Time.nullable().describe('of the newest pin there is'),
  }),
});
