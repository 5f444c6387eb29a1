// The REST endpoints of one channel, of a space or a conversation.
import { byHome, conversation } from '../../../access/conversation-rules.ts';
import { channel, spaceChannel } from '../../../access/rules.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import { deleteChannel } from '../channels/actions.ts';
import { reviseChannel } from '../channels/making.ts';
import { Channel, ChannelPatch } from '../channels/schema.ts';
import { channelNow } from '../channels/view.ts';
import { closeConversation, renameGroup } from './actions.ts';
import { conversationView } from './view.ts';

export const getChannel = endpoint({
  method: 'GET',
  path: '/channels/:channel_id',
  summary: 'Read a channel, or a conversation of one’s own',
  access: channel('view_channel'),
  returns: Channel,
  run({ app, actor, home, channel: { id } }) {
    const isIn = home.kind === 'space';
    const found = isIn ? channelNow(app.db, id) : conversationView(app.db, id, actor.id);
    if (found === null) throw noSuch('channel');
    return found;
  },
});

const staysOwned = 'cannot be handed over: a group passes to another when its owner leaves';

export const updateChannelRoute = endpoint({
  method: 'PATCH',
  path: '/channels/:channel_id',
  summary: 'Change a channel, or the name of a group',
  hint: 'Of a group only `name` is looked at; it has no `permission_overwrites`, and no other `owner_id`.',
  access: byHome(spaceChannel('manage_channels'), conversation('owner')),
  body: ChannelPatch,
  returns: Channel,
  run({ turn, body: { owner_id, ...patch }, in_space, in_conversation }) {
    if (in_space !== null) return reviseChannel(turn, in_space, patch);
    if (in_conversation === null) throw noSuch('channel');
    // Whoever hands over a group should not believe that it was done.
    if (owner_id !== undefined && owner_id !== in_conversation.channel.owner_id) {
      throw new ApiError('invalid_request', `owner_id: ${staysOwned}.`, {
        details: { owner_id: staysOwned },
      });
    }
    return renameGroup(turn, in_conversation, patch);
  },
});

export const deleteChannelRoute = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id',
  summary: 'Delete a channel and its messages; close a conversation of two, or leave a group',
  hint: 'The window of a conversation of two opens again with its next message. A group of nobody is deleted.',
  access: byHome(spaceChannel('manage_channels'), conversation('participant')),
  returns: Nothing,
  run({ turn, in_space, in_conversation }) {
    if (in_space !== null) deleteChannel(turn, in_space);
    if (in_conversation !== null) closeConversation(turn, in_conversation);
  },
});
