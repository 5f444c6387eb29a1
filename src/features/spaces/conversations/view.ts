// Turns conversations into their wire shapes, which differ by reader.
import { peopleOf } from '../../../access/conversations.ts';
import type { Db } from '../../../db/open.ts';
import { findUsers } from '../../people/users/queries.ts';
import { publicUser } from '../../people/users/view.ts';
import { findChannel } from '../channels/queries.ts';
import type { Channel } from '../channels/schema.ts';
import { channelView } from '../channels/view.ts';

/**
 * Returns a conversation as one of its people sees it, the others by when they came; null if there
 * is none, and for anyone else.
 */
export function conversationView(db: Db, id: string, reader_id: string): Channel | null {
  const row = findChannel(db, id);
  const people = peopleOf(db, id);
  if (row === undefined || !people.includes(reader_id)) return null;
  const others = people.filter((person) => person !== reader_id);
  const known = new Map(findUsers(db, others).map((user) => [user.id, publicUser(user)]));
  const recipients = others.flatMap((person) => known.get(person) ?? []);
  return { ...channelView(row, []), recipients };
}
