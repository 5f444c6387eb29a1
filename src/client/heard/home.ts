// What the events of read states and mutes change: what is unread, and what makes no noise.
import { byAge } from '../shelves.ts';
import type { Handlers } from './handlers.ts';

export const homeHandlers: Handlers = {
  'message.create'(shelves, message) {
    const { channel_id, id, thread_id, author_id } = message;
    const channel = shelves.channel(channel_id);
    // Threads have states of their own, and one has read what one writes.
    if (channel === undefined || thread_id !== null || author_id === shelves.user?.id) return;
    const before = shelves.unread.get(channel_id);
    const { space_id } = channel;
    const isNamed =
      space_id === null ||
      message.mention_everyone ||
      message.mentions.includes(shelves.user?.id ?? '') ||
      rolesIn(shelves, space_id).some((role) => message.mention_roles.includes(role));
    shelves.unread.set(channel_id, {
      ...before,
      channel_id,
      ...(space_id !== null && { space_id }),
      last_message_id: id,
      mention_count: (before?.mention_count ?? 0) + (isNamed ? 1 : 0),
    });
    shelves.touch('unread');
  },
  'read_state.update'(shelves, { channel_id, last_read_message_id, mention_count, thread_id }) {
    if (thread_id !== undefined) return;
    const newest = shelves.channel(channel_id)?.last_message_id ?? null;
    const before = shelves.unread.get(channel_id);
    const isRead = newest === null || byAge(newest, last_read_message_id) <= 0;
    if (isRead) shelves.unread.delete(channel_id);
    else {
      shelves.unread.set(channel_id, {
        ...before,
        channel_id,
        last_read_message_id,
        mention_count,
      });
    }
    shelves.touch('unread');
  },
  'channel_mute.create'(shelves, { channel_id }) {
    shelves.mutes.add(channel_id);
    shelves.touch('mutes');
  },
  'channel_mute.delete'(shelves, { channel_id }) {
    shelves.mutes.delete(channel_id);
    shelves.touch('mutes');
  },
};

/** The reader's roles in a space. */
function rolesIn(
  {
    members,
    user,
  }: Pick<Parameters<NonNullable<Handlers['message.create']>>[0], 'members' | 'user'>,
  space_id: string,
): readonly string[] {
  return members.get(`${space_id} ${user?.id}`)?.roles ?? [];
}
