// The events of channels; only those who may view a channel hear them.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Channel, withoutPeople } from './schema.ts';

const movesSpace = ({ space_id }: { space_id: string | null }) =>
  space_id === null ? null : { space_id };

const namesPeople = ({ permission_overwrites }: Channel) =>
  permission_overwrites.some(({ type }) => type === 'member');

const for_guests = (channel: Channel) => (namesPeople(channel) ? withoutPeople(channel) : null);

export const channelCreated = event('channel.create', {
  summary: 'A channel was made, or came into view',
  intent: 'spaces',
  audience: 'channel',
  data: Channel,
  for_guests,
  moves: movesSpace,
});

export const channelUpdated = event('channel.update', {
  summary: 'A channel or its overwrites have changed',
  intent: 'spaces',
  audience: 'channel',
  data: Channel,
  for_guests,
  moves: movesSpace,
  shows: ({ id }) => id,
});

/** The same where nothing changed that access checks read: nobody's access is looked at again. */
export const channelRestyled = event('channel.update', {
  summary: 'A channel looks different: its name, topic, or what clients make of it',
  intent: 'spaces',
  audience: 'channel',
  data: Channel,
  for_guests,
});

export const ChannelGone = z.object({ id: Id, space_id: Id.nullable(), type: Channel.shape.type });

export const channelDeleted = event('channel.delete', {
  summary: 'A channel is gone, or went out of view',
  intent: 'spaces',
  audience: 'channel',
  data: ChannelGone,
  moves: movesSpace,
});

/** Told once or more for each class, with the channels of that class. */
export const channelsReordered = event('channel.reorder', {
  summary: 'Channels of a space stand elsewhere',
  intent: 'spaces',
  audience: 'channel',
  data: z.object({ space_id: Id, channels: z.array(Channel) }),
  for_guests: ({ space_id, channels }) =>
    channels.some(namesPeople) ? { space_id, channels: channels.map(withoutPeople) } : null,
});

/** Channels stand in another category than before, or in none any more. */
export const channelsRehomed = signal(
  'channels.rehomed',
  z.object({ ids: z.array(Id), from: Id.nullable(), to: Id.nullable() }),
);
