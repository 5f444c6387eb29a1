// Friends, requests and blocks, and finding people: what stands at `#/home`.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { relationsOf } from '../../../client/relations.ts';
import type { Relationship } from '../../../client/wire.ts';
import { seen } from '../store/live.ts';
import { findPeople, type Found } from '../store/people.ts';
import { statusOf } from '../store/presence.ts';
import { say } from '../words/say.ts';
import { Mark } from './face.tsx';
import { textsOf } from './form.ts';
import { NavButton } from './nav-button.tsx';
import { Problem, useDeeds, type Deeds } from './people/deed.tsx';
import { PersonButton } from './people/person-button.tsx';
import { PersonDeeds } from './people/person-deeds.tsx';
import { StatusMark } from './status.tsx';

export function Home() {
  return (
    <main class="channel home">
      <header>
        <NavButton />
        <h1>{say('friends')}</h1>
      </header>
      <div class="friends" tabIndex={-1}>
        <FindPeople />
        <Relations />
      </div>
    </main>
  );
}

function FindPeople() {
  const deeds = useDeeds();
  const [found, setFound] = useState<readonly Found[] | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = textsOf(event.currentTarget as HTMLFormElement)('query');
    void deeds.run(async () => setFound(await findPeople(text)));
  };
  return (
    <section>
      <form class="find" onSubmit={submit} role="search">
        <label>
          {say('find_people')}
          <input
            type="search"
            name="query"
            required
            maxLength={64}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </label>
        <button class="primary" disabled={deeds.isBusy}>
          {say('search_people')}
        </button>
      </form>
      <p class="quiet">{say('find_hint')}</p>
      <p class="quiet" role="status">
        {found?.length === 0 && say('nobody_found')}
      </p>
      <ul class="people">
        {(found ?? []).map((one) => (
          <PersonRow
            key={one.id}
            id={one.id}
            name={one.display_name ?? one.username}
            username={one.username}
            picture={one.avatar}
            isBot={one.bot}
            deeds={deeds}
          />
        ))}
      </ul>
      <Problem deeds={deeds} />
    </section>
  );
}

function Relations() {
  const deeds = useDeeds();
  const state = seen('relations', 'users');
  if (state === null) return null;
  const friends = relationsOf(state, 'friend');
  const here = friends.filter(({ id }) => statusOf(id) !== 'offline');
  const away = friends.filter(({ id }) => statusOf(id) === 'offline');
  const of = { deeds };
  return (
    <>
      <Problem deeds={deeds} />
      <Group {...of} title="requests_in" list={relationsOf(state, 'incoming')} />
      <Group {...of} title="requests_out" list={relationsOf(state, 'outgoing')} />
      <Group {...of} title="friends_here" list={here} />
      <Group {...of} title="friends_away" list={away} />
      <Group {...of} title="blocked_people" list={relationsOf(state, 'blocked')} />
      {friends.length === 0 && <p class="quiet">{say('no_friends')}</p>}
    </>
  );
}

interface Shown {
  title: Parameters<typeof say>[0];
  list: readonly Relationship[];
  deeds: Deeds;
}

function Group({ title, list, deeds }: Shown) {
  if (list.length === 0) return null;
  return (
    <section>
      <h2>{say(title, { count: list.length })}</h2>
      <ul class="people">
        {list.map(({ id, user: { display_name, username, avatar } }) => (
          <PersonRow
            key={id}
            id={id}
            name={display_name}
            username={username}
            picture={avatar}
            deeds={deeds}
          >
            {title.startsWith('friends') && <StatusMark id={id} />}
          </PersonRow>
        ))}
      </ul>
    </section>
  );
}

interface Row {
  id: string;
  name: string;
  username: string;
  picture: string | null;
  isBot?: boolean;
  deeds: Deeds;
  children?: ComponentChildren;
}

function PersonRow({ id, name, username, picture, isBot = false, deeds, children }: Row) {
  return (
    <li>
      <PersonButton id={id} channel_id={null}>
        <Mark id={id} name={name} picture={picture} />
        <span class="name">
          {name} <span class="quiet">@{username}</span>
        </span>
        {children}
      </PersonButton>
      <PersonDeeds id={id} name={name} isBot={isBot} deeds={deeds} isBrief />
    </li>
  );
}
