// The wire shapes of guests.
import { z } from 'zod';
import { GivenId, Id, Time } from '../../shapes.ts';

export const NewGuest = z
  .object({ space_id: GivenId.nullable().describe('where to; the oldest that takes guests else') })
  .partial()
  .meta({ id: 'NewGuest' });

export const GuestToken = z
  .object({ token: z.string(), expires_at: Time, space_id: Id })
  .meta({ id: 'GuestToken' });

export const GuestCount = z
  .object({ count: z.int().describe('guests who listen at the moment'), space_id: Id })
  .meta({ id: 'GuestCount' });
