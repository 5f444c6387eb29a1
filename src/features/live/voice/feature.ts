// The feature of voice.
import { voice_states } from '../../../db/schema/voice.ts';
import { feature } from '../../feature.ts';
import * as commands from './commands.ts';
import { startVoice } from './comparison.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';
import * as webhook from './webhook.ts';

export const voiceFeature = feature({
  name: 'voice',
  modules: [routes, webhook, events, commands, consequences, ready],
  tables: [voice_states],
  start: startVoice,
});
