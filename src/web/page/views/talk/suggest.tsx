// The list of what may be meant, above the field: arrows choose, Enter or Tab takes, Escape leaves.
import { useState } from 'preact/hooks';
import type { Channel } from '../../../../client/wire.ts';
import { say } from '../../words/say.ts';
import { askedAt } from './asked.ts';
import { suggestionsFor, type Suggestion } from './suggesting.ts';

export interface Suggesting {
  readonly list: readonly Suggestion[];
  readonly at: number;
  take(one: Suggestion): void;
  /** Handles a key; true if it was meant for the list. */
  keyed(event: KeyboardEvent): boolean;
}

export function useSuggestions(
  channel: Channel,
  { text, caret }: { text: string; caret: number },
  put: (text: string, caret: number) => void,
): Suggesting {
  const [at, setAt] = useState(0);
  /** The text in which Escape was pressed. */
  const [left, setLeft] = useState<string | null>(null);
  const asked = left === text ? null : askedAt(text, caret);
  const list = asked === null ? [] : suggestionsFor(channel, asked);
  const take = (one: Suggestion) => {
    if (asked === null) return;
    const before = text.slice(0, asked.from) + one.text;
    setAt(0);
    put(before + text.slice(caret), before.length);
  };
  const keyed = (event: KeyboardEvent) => {
    if (list.length === 0 || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = list[Math.min(at, list.length - 1)];
    if (step !== undefined) setAt((at + step + list.length) % list.length);
    else if (event.key === 'Escape') setLeft(text);
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) take(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { list, at: Math.min(at, list.length - 1), take, keyed };
}

export function Suggestions({ id, of: { list, at, take } }: { id: string; of: Suggesting }) {
  if (list.length === 0) return null;
  return (
    <ul class="suggestions" role="listbox" id={id} aria-label={say('suggestions')}>
      {list.map((one, index) => (
        <li
          key={one.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          // The field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            take(one);
          }}
        >
          {one.picture !== null && <img class="emoji" src={one.picture} alt="" />}
          {one.label}
        </li>
      ))}
    </ul>
  );
}
