// The wire shapes of what one has read; of unread channels only the keys are known that clients read.
import { z } from 'zod';
import { GivenId, Id } from '../../shapes.ts';

export const Acknowledgement = z.object({ message_id: GivenId }).meta({ id: 'Acknowledgement' });

export const Unread = z.object({ channel_id: Id, mention_count: z.number().int() });
