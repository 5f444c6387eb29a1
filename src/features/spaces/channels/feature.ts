// The feature of channels.
import { channels, overwrites, visibility_classes } from '../../../db/schema/spaces.ts';
import { rowsWith } from '../../base/clearing/rows.ts';
import { feature } from '../../feature.ts';
import { clearChannel, clearChannels } from './clearing.ts';
import * as consequences from './consequences.ts';
import * as events from './events.ts';
import * as pictures from './pictures.ts';
import * as ready from './ready.ts';
import * as routes from './routes.ts';

export const channelsFeature = feature({
  name: 'channels',
  modules: [routes, events, consequences, pictures, ready],
  tables: [channels, overwrites, visibility_classes],
  keeps: { space: [clearChannels, rowsWith(visibility_classes.space_id)] },
  clears: { channel: clearChannel },
  ids: [channels],
  audits: ['channel_create', 'channel_update', 'channel_delete'],
});
