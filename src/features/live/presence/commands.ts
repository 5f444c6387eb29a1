// The command with which a client sets its presence.
import { account } from '../../../access/rules.ts';
import { command } from '../../../gateway/command.ts';
import { op } from '../../../gateway/protocol.ts';
import { presences } from './presences.ts';
import { PresenceChoice } from './schema.ts';

export const updatePresence = command({
  op: op.presence_update,
  name: 'PRESENCE_UPDATE',
  summary: 'Choose a status and activities',
  before_identify: 'presence',
  data: PresenceChoice,
  access: account,
  run: ({ app, session, actor, data }) => presences(app).choose(session.id, actor.id, data),
});
