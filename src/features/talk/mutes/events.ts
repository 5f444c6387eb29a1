// The events of muted channels. Muted ones go on being delivered: clients leave out the badges.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';

const Muted = z.object({ channel_id: Id });

/** Muted or not, by the newest of both events. */
const replaces = ({ channel_id }: { channel_id: string }, to: { user_ids: readonly string[] }) =>
  `mute ${to.user_ids.join()} ${channel_id}`;

export const muteCreated = event('channel_mute.create', {
  summary: 'The account has muted a channel, or the category that it is in',
  intent: null,
  audience: 'users',
  data: Muted,
  replaces,
});

export const muteDeleted = event('channel_mute.delete', {
  summary: 'A channel is not muted any more',
  intent: null,
  audience: 'users',
  data: Muted,
  replaces,
});

/** The same for everybody who muted the category that a channel came to, or has left. */
export const mutesCame = event('channel_mute.create', {
  summary: 'A channel stands in a category that the account has muted',
  intent: null,
  audience: 'users',
  data: Muted,
});

export const mutesWent = event('channel_mute.delete', {
  summary: 'A channel has left a category that the account has muted',
  intent: null,
  audience: 'users',
  data: Muted,
});
