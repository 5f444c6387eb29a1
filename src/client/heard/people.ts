// What the events of members, accounts, friends, presence and voice change.
import { memberKey, type Shelves } from '../shelves.ts';
import type { Member, User } from '../wire.ts';
import type { Handlers } from './handlers.ts';

function meet(shelves: Shelves, { user, ...member }: Member): void {
  if (!shelves.spaces.has(member.space_id)) return;
  shelves.members.set(memberKey(member), member);
  if (user !== undefined) shelves.users.set(user.id, user);
}

/** An account has changed: wherever it is shown, it is shown anew. */
function renew(shelves: Shelves, user: User): void {
  if (shelves.users.has(user.id)) shelves.users.set(user.id, user);
  const relation = shelves.relations.get(user.id);
  if (relation !== undefined) {
    // Relationships show a part of the profile.
    const { username, avatar } = user;
    const display_name = user.display_name ?? username;
    const shown = { ...relation.user, username, avatar, display_name };
    shelves.relations.set(user.id, { ...relation, user: shown });
  }
  for (const [id, one] of shelves.conversations) {
    const recipients = one.recipients?.map((old) => (old.id === user.id ? user : old)) ?? [];
    shelves.conversations.set(id, { ...one, recipients });
  }
  shelves.touch('users', 'relations', 'conversations');
}

export const peopleHandlers: Handlers = {
  'member.join'(shelves, member) {
    meet(shelves, member);
    shelves.touch('members', 'users');
  },
  'member.chunk'(shelves, { members }) {
    for (const member of members) meet(shelves, member);
    shelves.touch('members', 'users');
  },
  'member.update'(shelves, member) {
    const key = memberKey(member);
    if (!shelves.members.has(key)) return;
    shelves.members.set(key, member);
    shelves.touch('members');
  },
  'member.leave'(shelves, member) {
    shelves.members.delete(memberKey(member));
    shelves.forgetStrangers();
    shelves.touch('members');
  },
  'user.update'(shelves, user) {
    if (user.id !== shelves.user?.id || !('is_admin' in user)) return renew(shelves, user);
    shelves.user = user;
    shelves.touch('user');
  },
  'relationship.add'(shelves, relation) {
    shelves.relations.set(relation.id, relation);
    shelves.touch('relations');
  },
  'relationship.update'(shelves, relation) {
    shelves.relations.set(relation.id, relation);
    shelves.touch('relations');
  },
  'relationship.remove'(shelves, { user_id }) {
    shelves.relations.delete(user_id);
    shelves.touch('relations');
  },
  'presence.update'(shelves, presence) {
    const { user_id, status } = presence;
    shelves.unsure.delete(user_id);
    // Nobody is told of who is of no interest.
    if (status === 'offline') shelves.presences.delete(user_id);
    else shelves.presences.set(user_id, presence);
    shelves.touch('presences');
  },
  'voice.state_update'(shelves, state) {
    if (state.channel_id === null) shelves.voice.delete(state.user_id);
    else shelves.voice.set(state.user_id, state);
    shelves.touch('voice');
  },
};
