// Who a text mentions in a channel, as a message keeps it.
import type { ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { mentionableRoles } from '../../spaces/roles/queries.ts';
import { findMentions } from './mentions.ts';
import { peopleAmong, peopleNamed, type MessageRow } from './queries.ts';

type Mentioned = Pick<MessageRow, 'mention_everyone' | 'mentions' | 'mention_roles'>;

const orNull = (ids: readonly string[]) => (ids.length === 0 ? null : [...ids]);

/** What the author may not mention is plain text. */
export function mentionedIn(
  { tx }: Turn,
  { channel, can }: ChannelGrant,
  content: string,
): Mentioned {
  const all = can('mention_everyone');
  const { everyone, user_ids, role_ids } = findMentions(content, {
    named: (names) => peopleNamed(tx, channel, names),
    people: (ids) => peopleAmong(tx, channel, ids),
    roles: (ids) =>
      channel.space_id === null
        ? new Set()
        : new Set(mentionableRoles(tx, channel.space_id, ids, { all })),
  });
  return {
    mention_everyone: everyone && all,
    mentions: orNull(user_ids),
    mention_roles: orNull(role_ids),
  };
}
