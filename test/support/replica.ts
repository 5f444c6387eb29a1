// Pictures of the client's own state that can be compared: what the tests prove of it holds for the web client.
import type { Shelves } from '../../src/client/shelves.ts';

type Thing = Record<string, any>;

/**
 * A conversation as far as its people are told of it: of another name of one who has closed the window,
 * or between whom and oneself a block stands, nobody tells.
 */
export function asTold(conversation: Thing): Thing {
  const recipients = conversation['recipients'].map(({ id }: Thing) => ({ id }));
  return { ...conversation, recipients };
}

/** A friend, request or block; what friends do stands with their presence. */
function relationAsTold({ user, ...one }: Thing): Thing {
  const { status: _status, activities: _activities, ...profile } = user;
  // Of others than friends, who are not near, no new name is told.
  return { ...one, user: one['type'] === 1 ? profile : { id: user.id } };
}

/** What of a state can be compared with another one of the same person. */
export function picture(
  state: Shelves,
  { vague, unsure }: Pick<Shelves, 'vague' | 'unsure'> = state,
): Thing {
  const sorted = (shelf: ReadonlyMap<string, Thing>, look: (one: Thing) => Thing = (one) => one) =>
    Object.fromEntries(
      [...shelf].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, look(one)]),
    );
  const newest = (one: Thing) =>
    vague.has(one['id']) ? { ...one, last_message_id: 'unknown' } : one;
  return {
    user: state.user,
    spaces: sorted(state.spaces),
    channels: sorted(state.channels, newest),
    conversations: sorted(state.conversations, (one) => asTold(newest(one))),
    roles: sorted(state.roles),
    members: sorted(state.members, (one) => ({ ...one, roles: one['roles'].toSorted() })),
    users: sorted(state.users),
    relations: sorted(state.relations, relationAsTold),
    presences: sorted(new Map([...state.presences].filter(([id]) => !unsure.has(id)))),
    voice: sorted(state.voice),
    unread: sorted(state.unread, ({ mention_count }) => ({ mention_count })),
    mutes: [...state.mutes].toSorted(),
  };
}
