// The events of registrations that wait for an admin; admins alone hear them.
import { event } from '../../../events/event.ts';
import { DecidedRegistration, WaitingRegistration } from './schema.ts';

export const registrationCreated = event('registration.create', {
  summary: 'Somebody wants an account, and an admin has to look at it',
  intent: null,
  audience: 'users',
  data: WaitingRegistration,
});

export const registrationUpdated = event('registration.update', {
  summary: 'An admin has approved or rejected a registration',
  intent: null,
  audience: 'users',
  data: DecidedRegistration,
});
