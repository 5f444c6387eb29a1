// Access rules about conversations, and about channels wherever they stand.
import { ApiError, cannotTalk } from '../errors.ts';
import type { ConversationAccess } from './evaluate.ts';
import type { Permission } from './permissions.ts';
import type { Can } from './place.ts';
import {
  holding,
  inChannel,
  rule,
  type AccountGrant,
  type ChannelGrant,
  type Rule,
} from './rules.ts';

/** The grant of a rule about a conversation. */
export interface ConversationGrant extends AccountGrant {
  readonly channel: ConversationAccess;
  readonly can: Can;
}

/** Returns the error for what only groups have. */
export const onlyGroups = () =>
  new ApiError('invalid_request', 'This is a conversation of two (channel_not_group).');

const inWords = {
  participant: 'participant',
  caller: 'participant, unless one of two has blocked the other',
  owner: 'owner',
} as const;

/**
 * Makes the rule for the people of a conversation, for those of them who may call (a `caller`: nobody
 * while a block stands between two), or for the `owner` of a group alone. Nobody else may, not even
 * instance admins. 400 for channels of spaces, as far as one may view them.
 */
export function conversation(who: keyof typeof inWords) {
  return rule(['channel_id'], `conversation: ${inWords[who]}`, true, (asked): ConversationGrant => {
    const { actor, channel: found, home, can } = holding(asked, 'view_channel');
    if (home.kind !== 'conversation' || found.space_id !== null) {
      throw new ApiError('invalid_request', 'This is no conversation (channel_not_dm).');
    }
    if (who === 'owner') {
      if (found.type === 'dm') throw onlyGroups();
      if (found.owner_id !== actor.id) {
        throw new ApiError('forbidden', 'Only the owner of the group may do this.');
      }
    }
    if (who === 'caller' && !can('connect')) throw cannotTalk();
    return { actor, channel: found, can };
  });
}

/** The grant of a rule that differs by the home of the channel; one of both is null. */
export interface EitherGrant<S, C> extends AccountGrant {
  readonly in_space: S | null;
  readonly in_conversation: C | null;
}

/** Makes the rule that asks one rule about channels of spaces, another about conversations. */
export function byHome<S extends AccountGrant, C extends AccountGrant>(
  ofSpaces: Rule<'channel_id', S>,
  ofConversations: Rule<'channel_id', C>,
) {
  return rule(
    ['channel_id'],
    `${ofSpaces.says}; ${ofConversations.says}`,
    true,
    (asked): EitherGrant<S, C> => {
      const { home } = inChannel(asked);
      if (home.kind === 'space') {
        const in_space = ofSpaces.grant(asked);
        return { actor: in_space.actor, in_space, in_conversation: null };
      }
      const in_conversation = ofConversations.grant(asked);
      return { actor: in_conversation.actor, in_space: null, in_conversation };
    },
  );
}

/** Makes the rule for the permission in channels of spaces, and for everybody in a conversation. */
export function channelOrConversation(permission: Permission) {
  return rule(
    ['channel_id'],
    `channel: ${permission}; conversation: participant who may write`,
    true,
    (asked): ChannelGrant => {
      const { home } = inChannel(asked);
      return holding(asked, home.kind === 'space' ? permission : 'send_messages');
    },
  );
}
