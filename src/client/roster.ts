// The people of a space or conversation in the order of their names, and who of them is here.
import { memberKey, type Shelves } from './shelves.ts';
import type { Channel, Presence, User } from './wire.ts';

/** Somebody in a list of people. */
export interface Someone {
  readonly id: string;
  readonly name: string;
  /** Their names as one searches them. */
  readonly words: string;
}

export interface Roster {
  readonly here: readonly Someone[];
  readonly away: readonly Someone[];
}

/** One for all comparisons: making one for each is a hundred times slower. */
const collator = new Intl.Collator();

/** A text without case and accents, so that "ami" finds "Amélie" where they agree. */
export function plainText(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function someone(user: User, nickname: string | null = null): Someone {
  const { id, username, display_name } = user;
  const name = nickname ?? display_name ?? username;
  return { id, name, words: plainText(`${name}\n${display_name ?? ''}\n${username}`) };
}

/** Everybody of a channel's space, or of a conversation, as far as the client knows them. */
export function peopleOf(shelves: Shelves, { space_id, recipients = [] }: Channel): Someone[] {
  const { user, users, members } = shelves;
  const found: Someone[] = [];
  if (space_id === null) {
    for (const one of user === null ? recipients : [user, ...recipients]) found.push(someone(one));
  } else {
    for (const { user_id, nickname, space_id: home } of members.values()) {
      const one = users.get(user_id) ?? (user?.id === user_id ? user : undefined);
      if (home === space_id && one !== undefined) found.push(someone(one, nickname));
    }
  }
  return found.toSorted((a, b) => collator.compare(a.name, b.name));
}

/** Parts people by presence; `text` leaves out whose names do not hold it. */
export function rosterOf(
  people: readonly Someone[],
  presences: ReadonlyMap<string, Presence>,
  text = '',
): Roster {
  const wanted = plainText(text.trim());
  const shown = wanted === '' ? people : people.filter(({ words }) => words.includes(wanted));
  const { here = [], away = [] } = Object.groupBy(shown, ({ id }) =>
    presences.has(id) ? 'here' : 'away',
  );
  return { here, away };
}

/** Tells whether one of these accounts is a member of whom the client does not know. */
export function lacks(shelves: Shelves, space_id: string, user_ids: readonly string[]): boolean {
  return user_ids.some((user_id) => !shelves.members.has(memberKey({ space_id, user_id })));
}
