// Makes and changes channels together with their overwrites: nobody hears of a private one for a moment.
import { has, channelPermissions } from '../../../access/evaluate.ts';
import type { SpaceChannelGrant, SpaceGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { changeChannel, createChannel, refuseForeignParent } from './actions.ts';
import { judgeList, refuseTooMany } from './overwrites.ts';
import { overwritesOf } from './queries.ts';
import type { Channel, ChannelPatch, GivenOverwrite, NewChannel } from './schema.ts';
import { overwriteView } from './view.ts';

/** Makes a channel with the given overwrites, or with those that its category has at this moment. */
export function makeChannel(turn: Turn, by: SpaceGrant, wish: NewChannel): Channel {
  const { space } = by;
  refuseForeignParent(space, wish.parent_id, (id) => sees(by, id));
  const given = wish.permission_overwrites;
  if (given !== undefined) {
    return createChannel(turn, by, wish, judgeList(turn, by, [], given).put);
  }
  const inherited: GivenOverwrite[] = wish.parent_id
    ? overwritesOf(turn.tx, wish.parent_id).map(overwriteView)
    : [];
  refuseTooMany(space, inherited.length);
  return createChannel(turn, by, wish, inherited);
}

/** Changes a channel; a list of overwrites takes the place of those that it has. */
export function reviseChannel(turn: Turn, by: SpaceChannelGrant, patch: ChannelPatch): Channel {
  const { space, channel } = by;
  if (patch.parent_id !== channel.parent_id) {
    refuseForeignParent(space, patch.parent_id, (id) => sees(by, id));
  }
  const given = patch.permission_overwrites;
  const changes =
    given === undefined ? { put: [], removed: [] } : judgeList(turn, by, channel.overwrites, given);
  return changeChannel(turn, by, patch, changes);
}

/** Tells whether the actor may view a channel; whoever may not, cannot tell that it exists. */
function sees({ space, member, actor }: SpaceGrant, id: string): boolean {
  const channel = space.channels.get(id);
  if (channel === undefined) return false;
  return has(channelPermissions(space, channel, member, actor), 'view_channel');
}
