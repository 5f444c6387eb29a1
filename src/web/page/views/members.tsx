// The members of a space, or the people of a conversation: who is here, and who is not.
import type { Channel, Presence } from '../../../client/wire.ts';
import { seen } from '../store/live.ts';
import { nameOf } from '../store/names.ts';
import { say } from '../words/say.ts';
import { Face } from './face.tsx';

/** So many of a group are shown: the list of a large space would take longer than the page. */
const maxShown = 200;

type Status = Presence['status'];

interface Someone {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
}

export const statusWord = (status: Status) => say(`status_${status}`);

/** The accounts that belong to a channel. */
function peopleOf({ space_id, recipients = [] }: Channel): string[] {
  const state = seen('members', 'users', 'user');
  if (state === null) return [];
  if (space_id === null) return [state.user?.id ?? '', ...recipients.map(({ id }) => id)];
  return [...state.members.values()].flatMap((one) =>
    one.space_id === space_id ? [one.user_id] : [],
  );
}

export function Members({ channel }: { channel: Channel }) {
  const { space_id } = channel;
  const presences = seen('presences')?.presences;
  const people = peopleOf(channel)
    .map((id): Someone => {
      return { id, name: nameOf(id, space_id), status: presences?.get(id)?.status ?? 'offline' };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const here = people.filter(({ status }) => status !== 'offline');
  const away = people.filter(({ status }) => status === 'offline');
  return (
    <aside class="members" aria-label={say('members')}>
      <Group title={say('online', { count: here.length })} people={here} space_id={space_id} />
      <Group title={say('offline', { count: away.length })} people={away} space_id={space_id} />
    </aside>
  );
}

interface Shown {
  title: string;
  people: readonly Someone[];
  space_id: string | null;
}

function Group({ title, people, space_id }: Shown) {
  if (people.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {people.slice(0, maxShown).map(({ id, name, status }) => (
          <li key={id} class={status}>
            <Face id={id} space_id={space_id} />
            <span class="name">{name}</span>
            <span class={`status ${status}`} role="img" aria-label={statusWord(status)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
