// The wire shape of a muted channel: only the key that clients are known to read.
import { z } from 'zod';
import { Id } from '../../shapes.ts';

export const Mute = z.object({ channel_id: Id });
