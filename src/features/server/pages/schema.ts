// The wire shapes of what the front page asks for.
import { z } from 'zod';

/** Nothing here updates the server by itself, so there is never more to say. */
export const UpdateStatus = z
  .object({
    phase: z.literal('unknown'),
    current_version: z.string(),
    new_version: z.null(),
    message: z.null(),
  })
  .meta({ id: 'UpdateStatus' });
