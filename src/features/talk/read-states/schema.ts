// The wire shapes of read states; `Unread` has only the keys that clients are known to read.
import { z } from 'zod';
import { GivenId, Id } from '../../shapes.ts';

export const Acknowledgement = z.object({ message_id: GivenId }).meta({ id: 'Acknowledgement' });

export const Unread = z.object({ channel_id: Id, mention_count: z.number().int() });
