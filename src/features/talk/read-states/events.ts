// The event of read states.
import { event } from '../../../events/event.ts';
import { ReadState } from './schema.ts';

export const readStateUpdated = event('read_state.update', {
  summary: 'The account has read on, on one of its devices',
  intent: null,
  audience: 'users',
  data: ReadState,
  replaces: ({ channel_id, thread_id = '' }, { user_ids }) =>
    `read ${user_ids.join()} ${channel_id} ${thread_id}`,
});
