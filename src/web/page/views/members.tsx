// The members of a space, or the people of a conversation: who is here, and who is not.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { peopleOf, rosterOf, type Someone } from '../../../client/roster.ts';
import type { Channel } from '../../../client/wire.ts';
import { seen } from '../store/live.ts';
import { isSelf } from '../store/people.ts';
import { askEveryone, askNamed, isComing, isPartial, sampleMembers } from '../store/roster.ts';
import { say } from '../words/say.ts';
import { Face } from './face.tsx';
import { Icon } from './icon.tsx';
import { opened } from './people/opened.ts';
import { PersonButton } from './people/person-button.tsx';
import { StatusMark } from './status.tsx';
import { useWindow, type Box } from './people/window.ts';

/** A list that is longer can be searched. */
const shortList = 15;

export function Members({ channel }: { channel: Channel }) {
  const { id, space_id } = channel;
  const box = useRef<HTMLElement>(null);
  const text = useSignal('');
  // Sorted once for all that only changes who is here.
  const people = useComputed(() => {
    const state = seen('members', 'users', 'user', 'channels', 'conversations');
    const now = state?.channel(id);
    return state === null || now === undefined ? [] : peopleOf(state, now);
  });
  const roster = useComputed(() =>
    rosterOf(people.value, seen('presences')?.presences ?? new Map(), text.value),
  );
  useEffect(() => {
    if (space_id !== null) void sampleMembers(space_id);
  });
  const { here, away } = roster.value;
  const isLong = people.value.length > shortList || (space_id !== null && isPartial(space_id));
  const search = (given: string) => {
    text.value = given;
    if (space_id !== null && isPartial(space_id)) askNamed(space_id, given.trim());
  };
  return (
    <aside class="members" aria-label={say('members')} ref={box}>
      {isLong && (
        <input
          type="search"
          class="finder"
          aria-label={say('find_member')}
          placeholder={say('find_member')}
          value={text.value}
          onInput={({ currentTarget }) => search(currentTarget.value)}
        />
      )}
      <GroupDeeds channel={channel} />
      <Group
        title={say('online', { count: here.length })}
        people={here}
        channel_id={id}
        box={box}
      />
      <Group
        title={say('offline', { count: away.length })}
        people={away}
        channel_id={id}
        box={box}
      />
      <p class="quiet" role="status">
        {text.value !== '' && here.length + away.length === 0 && say('nobody_found')}
      </p>
      {space_id !== null && <Others space_id={space_id} />}
    </aside>
  );
}

/** Of a large space only who is online is known at first; the others come when somebody wants them. */
function Others({ space_id }: { space_id: string }) {
  if (isComing(space_id)) return <p class="quiet">{say('loading')}</p>;
  if (!isPartial(space_id)) return null;
  return (
    <button type="button" class="deed" onClick={() => askEveryone(space_id)}>
      <Icon of="down" /> <span>{say('show_everyone')}</span>
    </button>
  );
}

function GroupDeeds({ channel: { id, type, owner_id } }: { channel: Channel }) {
  if (type !== 'group_dm' || !isSelf(owner_id ?? '')) return null;
  return (
    <button
      type="button"
      class="deed"
      aria-haspopup="dialog"
      onClick={() => (opened.value = { of: 'talk', group_id: id })}
    >
      <Icon of="plus" /> <span>{say('add_people')}</span>
    </button>
  );
}

interface Shown {
  title: string;
  people: readonly Someone[];
  channel_id: string;
  box: Box;
}

function Group({ title, people, channel_id, box }: Shown) {
  const list = useRef<HTMLUListElement>(null);
  const { first, last, row_px } = useWindow(box, list, people.length);
  if (people.length === 0) return null;
  const after = Math.max(0, people.length - last);
  return (
    <section>
      <h2>{title}</h2>
      <ul
        ref={list}
        style={{ paddingTop: `${first * row_px}px`, paddingBottom: `${after * row_px}px` }}
      >
        {people.slice(first, last).map((one, index) => (
          <Member
            key={one.id}
            one={one}
            channel_id={channel_id}
            at={first + index + 1}
            of={people.length}
          />
        ))}
      </ul>
    </section>
  );
}

interface Row {
  one: Someone;
  channel_id: string;
  at: number;
  of: number;
}

function Member({ one: { id, name }, channel_id, at, of }: Row) {
  return (
    <li aria-posinset={at} aria-setsize={of}>
      <PersonButton id={id} channel_id={channel_id}>
        <Face id={id} />
        <span class="name">{name}</span>
        <StatusMark id={id} />
      </PersonButton>
    </li>
  );
}
