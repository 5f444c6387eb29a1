// Calls in READY: who is in voice in the conversations of an account.
import { peopleOf } from '../../../access/conversations.ts';
import { told, type ReadyList } from '../../../gateway/ready-list.ts';
import { voiceStateUpdated } from './events.ts';
import { voiceStateOf, voiceStatesOfPerson } from './queries.ts';
import { voiceStateView } from './view.ts';

export const readyCalls: ReadyList = {
  list: 'voice_states',
  *entries(app, listener) {
    const { user_id, guest_of } = listener;
    if (guest_of !== null) return;
    for (const row of voiceStatesOfPerson(app.db, user_id)) {
      yield {
        entry: voiceStateView(row),
        *again() {
          const now = voiceStateOf(app.db, row.user_id);
          if (now?.channel_id !== row.channel_id) return;
          if (!peopleOf(app.db, now.channel_id).includes(user_id)) return;
          yield* told(app, listener, voiceStateUpdated, voiceStateView(now));
        },
      };
    }
  },
};
