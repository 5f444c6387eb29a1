// Chooses people: whom to talk to, alone or as a group, or whom to add to a group.
import { useEffect, useState } from 'preact/hooks';
import { relationsOf } from '../../../../client/relations.ts';
import { plainText } from '../../../../client/roster.ts';
import { seen } from '../../store/live.ts';
import { addToGroup, findPeople, isSelf, talkTo } from '../../store/people.ts';
import { say } from '../../words/say.ts';
import { Mark } from '../face.tsx';
import { Problem, useDeeds } from './deed.tsx';
import { Dialog, Head } from './dialog.tsx';
import { shut } from './opened.ts';

/** The most people of a conversation, the reader among them. */
const maxPeople = 10;
/** So long after the last letter people are searched. */
const pause_ms = 250;

interface Choice {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly avatar: string | null;
}

const choiceOf = (one: {
  id: string;
  username: string;
  display_name: string | null;
  avatar: string | null;
}): Choice => {
  const { id, username, display_name, avatar } = one;
  return { id, username, avatar, name: display_name ?? username };
};

/** Whom the server finds by a text, a moment after it was typed. */
function useFound(text: string): readonly Choice[] {
  const [found, setFound] = useState<readonly Choice[]>([]);
  useEffect(() => {
    if (text.trim() === '') return setFound([]);
    let isOver = false;
    const timer = setTimeout(() => {
      findPeople(text).then(
        (list) => (isOver ? undefined : setFound(list.filter(({ bot }) => !bot).map(choiceOf))),
        () => undefined,
      );
    }, pause_ms);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text]);
  return found;
}

/** Those who are chosen, then friends whose name fits, then others whom the server finds. */
function shownOf(
  chosen: readonly Choice[],
  found: readonly Choice[],
  { text, taken }: { text: string; taken: ReadonlySet<string> },
): Choice[] {
  const state = seen('relations');
  const friends = state === null ? [] : relationsOf(state, 'friend');
  const wanted = plainText(text.trim());
  const fitting = friends
    .map(({ user }) => choiceOf(user))
    .filter(({ name, username }) => plainText(`${name}\n${username}`).includes(wanted));
  const all = new Map([...chosen, ...fitting, ...found].map((one) => [one.id, one]));
  return [...all.values()].filter(({ id }) => !taken.has(id) && !isSelf(id));
}

export function TalkDialog({ group_id }: { group_id: string | null }) {
  const deeds = useDeeds();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<readonly Choice[]>([]);
  const group = seen('conversations')?.conversations.get(group_id ?? '');
  const taken = new Set((group?.recipients ?? []).map(({ id }) => id));
  const shown = shownOf(chosen, useFound(text), { text, taken });
  const left = maxPeople - 1 - taken.size - chosen.length;
  const toggle = (one: Choice) => {
    const others = chosen.filter(({ id }) => id !== one.id);
    setChosen(others.length < chosen.length ? others : [...chosen, one]);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const ids = chosen.map(({ id }) => id);
    const deed = () => (group_id === null ? talkTo(ids) : addToGroup(group_id, ids));
    if (await deeds.run(deed)) shut();
  };
  const title = say(group_id === null ? 'new_conversation' : 'add_people');
  return (
    <Dialog label={title}>
      <form class="card talk" onSubmit={(event) => void submit(event)}>
        <Head>{title}</Head>
        <label>
          {say('find_people')}
          <input
            type="search"
            value={text}
            autofocus
            autocomplete="off"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <p class="quiet" role="status">
          {shown.length === 0
            ? say(text === '' ? 'no_friends' : 'nobody_found')
            : say('room_for', { count: left })}
        </p>
        <ul class="choices">
          {shown.map((one) => (
            <ChoiceRow
              key={one.id}
              one={one}
              isChosen={chosen.some(({ id }) => id === one.id)}
              isFull={left <= 0}
              toggle={toggle}
            />
          ))}
        </ul>
        <Problem deeds={deeds} />
        <button class="primary" disabled={deeds.isBusy || chosen.length === 0}>
          {say(group_id !== null ? 'add' : chosen.length > 1 ? 'begin_group' : 'begin_talk')}
        </button>
      </form>
    </Dialog>
  );
}

interface Row {
  one: Choice;
  isChosen: boolean;
  isFull: boolean;
  toggle: (one: Choice) => void;
}

function ChoiceRow({ one, isChosen, isFull, toggle }: Row) {
  const { id, name, username, avatar } = one;
  return (
    <li>
      <label class="choice">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={isFull && !isChosen}
          onChange={() => toggle(one)}
        />
        <Mark id={id} name={name} picture={avatar} />
        <span class="name">{name}</span>
        <span class="quiet">@{username}</span>
      </label>
    </li>
  );
}
