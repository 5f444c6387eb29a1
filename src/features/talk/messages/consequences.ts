// Welcomes new members, and erases the messages of members who ask for it when they leave.
import { spaceAccess } from '../../../access/load.ts';
import { memberJoined, tracesRenounced } from '../../spaces/members/events.ts';
import { consequence } from '../../../consequence.ts';
import { blankRow, post } from './actions.ts';
import { eraseAuthor, eraseReactor } from './authors.ts';
import { introduce } from './queries.ts';

export const welcome = consequence(memberJoined, (turn, { space_id, user_id, user }) => {
  const space = spaceAccess(turn.app, space_id);
  const channel = space?.channels.get(space.system_channel_id ?? '');
  // No welcome where nobody could post; a member who joins again later may still get one.
  if (channel === undefined || channel.type === 'category' || channel.archived) return;
  if (!introduce(turn.tx, space_id, user_id)) return;
  const content = `${user.display_name ?? user.username} joined the server.`;
  post(turn, channel, blankRow(turn, channel, user_id, { type: 'member_join', content }));
});

export const eraseTraces = consequence(tracesRenounced, (turn, traces) => {
  // Messages written after coming back stay.
  const { user_id: author_id, space_id } = traces;
  eraseAuthor(turn, { author_id, space_id, from_n: '0', until_n: turn.id() });
  eraseReactor(turn.tx, traces);
});
