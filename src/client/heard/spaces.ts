// What the events of spaces, channels and roles change.
import type { Shelf, Shelves } from '../shelves.ts';
import type { Channel } from '../wire.ts';
import type { Handlers } from './handlers.ts';

function renew(shelves: Shelves, channel: Channel): void {
  const { shelf, part } = shelves.homeOf(channel.id);
  if (!shelf.has(channel.id)) return;
  shelves.vague.delete(channel.id);
  shelf.set(channel.id, channel);
  shelves.touch(part);
}

/** Takes everything of a space from a shelf. */
function clear(shelf: Shelf<{ readonly space_id: string | null }>, space_id: string): void {
  for (const [key, one] of shelf) if (one.space_id === space_id) shelf.delete(key);
}

export const spaceHandlers: Handlers = {
  'space.create'(shelves, space) {
    shelves.spaces.set(space.id, space);
    shelves.touch('spaces');
  },
  'space.update'(shelves, space) {
    if (!shelves.spaces.has(space.id)) return;
    shelves.spaces.set(space.id, space);
    shelves.touch('spaces');
  },
  'space.delete'(shelves, { id }) {
    shelves.spaces.delete(id);
    clear(shelves.channels, id);
    clear(shelves.roles, id);
    clear(shelves.members, id);
    clear(shelves.voice, id);
    shelves.emojis.delete(id);
    const { messages, unread, mutes } = shelves;
    for (const channel_id of new Set([...messages.keys(), ...unread.keys(), ...mutes])) {
      shelves.close(channel_id);
    }
    shelves.forgetStrangers();
    shelves.touch('spaces', 'channels', 'roles', 'members', 'voice');
  },
  'channel.create'(shelves, channel) {
    shelves.vague.delete(channel.id);
    const isConversation = channel.recipients !== undefined;
    if (isConversation) shelves.conversations.set(channel.id, channel);
    else shelves.channels.set(channel.id, channel);
    shelves.touch(isConversation ? 'conversations' : 'channels');
  },
  'channel.update': renew,
  'channel.reorder'(shelves, { channels }) {
    for (const channel of channels) renew(shelves, channel);
  },
  'channel.delete'(shelves, { id, type }) {
    const { shelf, part } = shelves.homeOf(id);
    // A conversation of two only closes its window: it stays muted.
    const staysMuted = type === 'dm' && shelves.mutes.has(id);
    shelf.delete(id);
    shelves.close(id);
    if (staysMuted) shelves.mutes.add(id);
    shelves.touch(part);
  },
  'role.create'(shelves, { role }) {
    shelves.roles.set(role.id, role);
    shelves.touch('roles');
  },
  'role.update'(shelves, { role }) {
    shelves.roles.set(role.id, role);
    shelves.touch('roles');
  },
  'role.delete'(shelves, { role_id }) {
    shelves.roles.delete(role_id);
    for (const [key, member] of shelves.members) {
      if (!member.roles.includes(role_id)) continue;
      shelves.members.set(key, { ...member, roles: member.roles.filter((id) => id !== role_id) });
    }
    shelves.touch('roles', 'members');
  },
};
