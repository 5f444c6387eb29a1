// The wire shape of the update status.
import { z } from 'zod';

/** The server never updates itself, so there is no new version to report. */
export const UpdateStatus = z
  .object({
    phase: z.literal('unknown'),
    current_version: z.string(),
    new_version: z.null(),
    message: z.null(),
  })
  .meta({ id: 'UpdateStatus' });
