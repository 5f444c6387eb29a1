// What only the session itself hears of the gateway.
import { event } from '../../events/event.ts';
import { ReadyData, ResumedData } from './schema.ts';

export const ready = event('ready', {
  summary: 'Everything that the session sees, as of this number; what did not fit follows',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: ReadyData,
});

export const resumed = event('resumed', {
  summary: 'Everything that was missed has been replayed',
  intent: null,
  audience: 'session',
  ephemeral: true,
  data: ResumedData,
});
