// The wire shapes of muted channels.
import { z } from 'zod';
import { Id, Time } from '../../shapes.ts';

export const Mute = z
  .object({
    user_id: Id,
    channel_id: Id.describe('a channel, category or conversation'),
    created_at: Time,
  })
  .meta({ id: 'Mute' });
export type Mute = z.output<typeof Mute>;
