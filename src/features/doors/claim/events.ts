// The signal of a new administrator, whose sessions may hear more than before.
import { z } from 'zod';
import { signal } from '../../../events/event.ts';

export const serverClaimed = signal('server.claimed', z.object({ user_id: z.string() }), {
  moves: ({ user_id }) => ({ user_id }),
});
