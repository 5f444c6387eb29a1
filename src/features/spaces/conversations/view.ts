// Turns conversations into their wire shapes, which differ by reader.
import type { Db } from '../../../db/open.ts';
import { findUsers } from '../../people/users/queries.ts';
import { publicUser } from '../../people/users/view.ts';
import { findChannels } from '../channels/queries.ts';
import type { Channel } from '../channels/schema.ts';
import { channelView } from '../channels/view.ts';
import { maxPeople } from './schema.ts';
import { peopleOfEach } from './queries.ts';

/** So many conversations are read together: no more people than `findUsers` takes. */
const slice = Math.floor(1_000 / maxPeople);

/**
 * Returns conversations as one of their people sees them, in the order of `ids`: the others by when
 * they came. Leaves out those that are gone, and those in which the reader does not take part.
 */
export function* conversationViews(
  db: Db,
  ids: readonly string[],
  reader_id: string,
): Generator<Channel, void> {
  for (let start = 0; start < ids.length; start += slice) {
    const some = ids.slice(start, start + slice);
    const rows = new Map(findChannels(db, some).map((row) => [row.id, row]));
    const people = peopleOfEach(db, some);
    const all = new Set([...people.values()].flat());
    const users = new Map(findUsers(db, [...all]).map((user) => [user.id, publicUser(user)]));
    for (const id of some) {
      const row = rows.get(id);
      const here = people.get(id) ?? [];
      if (row === undefined || !here.includes(reader_id)) continue;
      const others = here.filter((person) => person !== reader_id);
      yield {
        ...channelView(row, []),
        recipients: others.flatMap((person) => users.get(person) ?? []),
      };
    }
  }
}

/** Returns one of them; null if there is none, and for anyone who does not take part. */
export function conversationView(db: Db, id: string, reader_id: string): Channel | null {
  const [view = null] = conversationViews(db, [id], reader_id);
  return view;
}
