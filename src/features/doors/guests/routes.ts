// The REST surface of guests.
import { z } from 'zod';
import { spaceReader } from '../../../access/reading.ts';
import { anyone } from '../../../access/rules.ts';
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { addressKey } from '../../../lib/address.ts';
import { createAttempts, type Attempts } from '../../../lib/attempts.ts';
import { time } from '../../shapes.ts';
import { admit, countGuests } from './actions.ts';
import { GuestCount, GuestToken, NewGuest } from './schema.ts';

const hour_ms = 3_600_000;

/** Limits guests from one address to ten an hour. */
const arrivals: StateName<Attempts> = { create: () => createAttempts(10, hour_ms) };

function countArrival(app: App, address: string): void {
  const retryAfter_s = app.state(arrivals).take(addressKey(address), app.clock.steady());
  if (retryAfter_s === null) return;
  const message = 'Too many guests come from here; wait before you try again.';
  throw new ApiError('rate_limited', message, { retryAfter_s });
}

export const enterAsGuest = endpoint({
  method: 'POST',
  path: '/auth/guest',
  summary: 'Get a token for an hour that reads one space without an account',
  hint: 'Send it as `Bearer <token>`, over REST and in IDENTIFY.',
  access: anyone,
  body: NewGuest,
  returns: GuestToken,
  form: 'plain',
  errors: ['not_found', 'rate_limited'],
  prepare: async ({ app, request }) => countArrival(app, request.address()),
  run({ turn, body }) {
    const { expires_at, ...guest } = admit(turn, body.space_id ?? null);
    return { ...guest, expires_at: time(expires_at) };
  },
});

export const countGuestsRoute = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/anonymous-count',
  summary: 'Count the guests of a space who listen at the moment',
  access: spaceReader,
  returns: z.object({ count: GuestCount.shape.count }),
  form: 'plain',
  run: ({ app, space: { id } }) => ({ count: countGuests(app, id) }),
});
