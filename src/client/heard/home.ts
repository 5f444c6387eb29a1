// What the events of read states and mutes change: what is unread, and what makes no noise.
import { byAge, memberKey, type Shelves } from '../shelves.ts';
import type { DataOf } from '../wire.ts';
import type { Handlers } from './handlers.ts';

/** Mentions are counted up to here. */
const maxMentions = 100;
/** Of so many new messages in a channel it is known which they are. */
const maxNews = 500;

/** The reader's roles in a space, with the one that everybody has. */
function rolesIn({ members, roles, user }: Shelves, space_id: string): readonly string[] {
  const own = members.get(memberKey({ space_id, user_id: user?.id ?? '' }))?.roles ?? [];
  const inSpace = roles.values().filter((role) => role.space_id === space_id);
  const everyone = inSpace.find(({ position }) => position === 0);
  return everyone === undefined ? own : [everyone.id, ...own];
}

export function isNamed(shelves: Shelves, message: DataOf<'message.update'>): boolean {
  const { space_id } = shelves.channel(message.channel_id) ?? {};
  // In a conversation every message is meant for the reader.
  if (space_id == null || message.mention_everyone) return true;
  if (message.mentions.includes(shelves.user?.id ?? '')) return true;
  return rolesIn(shelves, space_id).some((role) => message.mention_roles.includes(role));
}

/** Notes that a message by somebody else is new. */
function addNews(shelves: Shelves, message: DataOf<'message.create'>): void {
  const { channel_id, id, author_id } = message;
  if (author_id === shelves.user?.id) return;
  // Of a channel that was unread before, nobody said which messages are.
  const isFirst = !shelves.unread.has(channel_id);
  const news = isFirst ? new Map<string, boolean>() : shelves.news.get(channel_id);
  if (news === undefined) return;
  news.set(id, isNamed(shelves, message));
  if (news.size > maxNews) shelves.news.delete(channel_id);
  else shelves.news.set(channel_id, news);
}

/** After some of what is new was read, deleted or edited: a channel without news is read. */
function count(shelves: Shelves, channel_id: string, news: ReadonlyMap<string, boolean>): void {
  const entry = shelves.unread.get(channel_id);
  if (entry === undefined) return;
  if (news.size === 0) {
    shelves.unread.delete(channel_id);
    shelves.news.delete(channel_id);
  } else {
    const named = news.values().filter((one) => one);
    const mention_count = Math.min([...named].length, maxMentions);
    const last_message_id = shelves.channel(channel_id)?.last_message_id ?? entry.last_message_id;
    shelves.unread.set(channel_id, { ...entry, last_message_id, mention_count });
  }
  shelves.touch('unread');
}

function forget(shelves: Shelves, channel_id: string, ids: readonly string[]): void {
  const news = shelves.news.get(channel_id);
  if (news === undefined) return;
  for (const id of ids) news.delete(id);
  count(shelves, channel_id, news);
}

export const homeHandlers: Handlers = {
  'message.create'(shelves, message) {
    const { channel_id, id, thread_id, author_id } = message;
    const channel = shelves.channel(channel_id);
    // Threads have states of their own.
    if (channel === undefined || thread_id !== null) return;
    addNews(shelves, message);
    const before = shelves.unread.get(channel_id);
    const isOwn = author_id === shelves.user?.id;
    // What one writes is not unread, and does not make read what stands before it.
    if (isOwn && before === undefined) return;
    const { space_id } = channel;
    const mentions = before?.mention_count ?? 0;
    const more = !isOwn && isNamed(shelves, message) ? 1 : 0;
    shelves.unread.set(channel_id, {
      ...before,
      channel_id,
      ...(space_id !== null && { space_id }),
      last_message_id: id,
      mention_count: Math.min(mentions + more, maxMentions),
    });
    shelves.touch('unread');
  },
  // An edit names nobody anew, but takes away whom it does not name any more.
  'message.update'(shelves, message) {
    const { channel_id, id } = message;
    // Of a deleted message that began a thread, the place stays.
    if (message.type === 'tombstone') forget(shelves, channel_id, [id]);
    const news = shelves.news.get(channel_id);
    if (!news?.get(id) || isNamed(shelves, message)) return;
    news.set(id, false);
    count(shelves, channel_id, news);
  },
  'message.delete': (shelves, { channel_id, id }) => forget(shelves, channel_id, [id]),
  'message.delete_bulk': (shelves, { channel_id, ids }) => forget(shelves, channel_id, ids),
  'read_state.update'(shelves, read) {
    const { channel_id, last_read_message_id, mention_count, unread, thread_id } = read;
    if (thread_id !== undefined) return;
    const { last_message_id: newest = null, space_id = null } = shelves.channel(channel_id) ?? {};
    const news = shelves.news.get(channel_id);
    const isPassed = (id: string) => byAge(id, last_read_message_id) <= 0;
    const count = news?.size ?? 0;
    for (const id of news?.keys() ?? []) if (isPassed(id)) news?.delete(id);
    // It reads nothing of what is known to be new: of a channel that came into view, more is new than that.
    if (news?.size === count) shelves.news.delete(channel_id);
    if (!unread) {
      shelves.unread.delete(channel_id);
      shelves.news.delete(channel_id);
    } else {
      shelves.unread.set(channel_id, {
        channel_id,
        ...(space_id !== null && { space_id }),
        // Where nothing was acknowledged yet, it is 0.
        ...(last_read_message_id !== '0' && { last_read_message_id }),
        ...(newest !== null && { last_message_id: newest }),
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
