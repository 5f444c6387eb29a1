// READY as an event, which only its own session hears.
import { event } from '../../../events/event.ts';
import { ReadyData } from './schema.ts';

export const ready = event('ready', {
  summary: 'Everything that the session sees, as of this number; what did not fit follows',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: ReadyData,
});
