// What a client says of its presence.
import { command } from '../../gateway/command.ts';
import { op } from '../../gateway/protocol.ts';
import { presences } from './presences.ts';
import { PresenceChoice } from './schema.ts';

export const updatePresence = command({
  op: op.presence_update,
  name: 'PRESENCE_UPDATE',
  summary: 'Choose a status and activities; may come before IDENTIFY, too',
  data: PresenceChoice,
  run: ({ app, session, data }) => presences(app).choose(session.id, session.user_id, data),
});
