// Who a text mentions in a channel, as a message keeps it.
import type { ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { mentionableRoles } from '../../spaces/roles/queries.ts';
import type { AllowedMentions } from '../../shapes.ts';
import { isEncrypted } from './encrypted.ts';
import { findMentions } from './mentions.ts';
import { peopleAmong, peopleNamed, type MessageRow } from './queries.ts';

type Mentioned = Pick<MessageRow, 'mention_everyone' | 'mentions' | 'mention_roles'>;

const orNull = (ids: readonly string[]) => (ids.length === 0 ? null : [...ids]);

const none: Mentioned = { mention_everyone: false, mentions: null, mention_roles: null };

/** Returns those of the ids that the author lets be mentioned; without a wish, all of them. */
function allowedAmong(
  ids: readonly string[],
  kind: 'users' | 'roles',
  wish: AllowedMentions | undefined,
): readonly string[] {
  if (wish === undefined || wish.parse?.includes(kind)) return ids;
  const named = new Set(wish[kind]);
  return ids.filter((id) => named.has(id));
}

/** What the author may not mention, or does not allow, is plain text. */
export function mentionedIn(
  { tx }: Turn,
  { channel, can }: ChannelGrant,
  content: string,
  wish?: AllowedMentions,
): Mentioned {
  if (isEncrypted({ space_id: channel.space_id, content })) return none;
  const all = can('mention_everyone');
  const { everyone, user_ids, role_ids } = findMentions(content, {
    named: (names) => peopleNamed(tx, channel, names),
    people: (ids) => peopleAmong(tx, channel, ids),
    roles: (ids) =>
      channel.space_id === null
        ? new Set()
        : new Set(mentionableRoles(tx, channel.space_id, ids, { all })),
  });
  const mayAll = all && (wish === undefined || wish.parse?.includes('everyone') === true);
  return {
    mention_everyone: everyone && mayAll,
    mentions: orNull(allowedAmong(user_ids, 'users', wish)),
    mention_roles: orNull(allowedAmong(role_ids, 'roles', wish)),
  };
}
