// Picks an emoji: the last ones, those of the space, and the usual ones by group or by a word.
import { useState } from 'preact/hooks';
import { emojisOf, noteEmoji, recentEmojis } from '../../store/emojis.ts';
import { say } from '../../words/say.ts';
import { Dialog } from './dialog.tsx';
import { EmojiSign } from './emoji.tsx';
import { entriesOf, groups } from './emoji-names.ts';
import { close } from './overlay.ts';

export interface PickerProps {
  /** Whose own emojis are offered as well. */
  space_id: string | null;
  at: DOMRect | null;
  /** Takes a character, or `name:id`. */
  take: (emoji: string) => void;
}

interface Choice {
  readonly emoji: string;
  /** What it is called to who cannot see it, and found by. */
  readonly words: string;
}

const isEmoji = (text: string) => /^\p{RGI_Emoji}$/v.test(text);

/** Arrows go from one emoji to the next. */
function keyed(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
  const { target, currentTarget } = event;
  if (step === undefined || !(currentTarget instanceof HTMLElement)) return;
  const buttons = [...currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((one) => one === target);
  // In the field, arrows to the sides move the caret.
  if (at < 0 && event.key !== 'ArrowDown') return;
  event.preventDefault();
  buttons[Math.min(Math.max(at + (at < 0 ? 1 : step), 0), buttons.length - 1)]?.focus();
}

export function Picker({ space_id, at, take }: PickerProps) {
  const [wanted, want] = useState('');
  const own = emojisOf(space_id).map((one): Choice => {
    return { emoji: `${one.name}:${one.id}`, words: one.name };
  });
  const pick = (emoji: string) => {
    noteEmoji(emoji);
    close();
    setTimeout(() => take(emoji));
  };
  const word = wanted.trim().toLowerCase();
  const found = [...own, ...groups.flatMap(entriesOf)].filter(({ words }) =>
    words.toLowerCase().includes(word),
  );
  const typed = isEmoji(wanted.trim()) ? [{ emoji: wanted.trim(), words: '' }] : [];
  return (
    <Dialog label={say('pick_emoji')} kind="picker" at={at}>
      <div class="picking" onKeyDown={keyed}>
        <input
          type="search"
          value={wanted}
          aria-label={say('emoji_search')}
          placeholder={say('emoji_search')}
          autofocus
          onInput={({ currentTarget: { value } }) => want(value)}
          onKeyDown={(event) => {
            const [first] = [...typed, ...found];
            if (event.key !== 'Enter' || word === '' || first === undefined) return;
            // Else the same key presses the button that gets the focus back.
            event.preventDefault();
            pick(first.emoji);
          }}
        />
        {word === '' ? (
          <>
            <Group title={say('emoji_recent')} list={recent()} pick={pick} />
            <Group title={say('emoji_own')} list={own} pick={pick} />
            {groups.map((group) => (
              <Group
                key={group.title}
                title={say(group.title)}
                list={entriesOf(group)}
                pick={pick}
              />
            ))}
          </>
        ) : (
          <Group title={say('emoji_found')} list={[...typed, ...found]} pick={pick} />
        )}
        {word !== '' && found.length + typed.length === 0 && (
          <p role="status">{say('found_nothing')}</p>
        )}
      </div>
    </Dialog>
  );
}

const recent = () => recentEmojis().map((emoji): Choice => ({ emoji, words: '' }));

interface GroupProps {
  title: string;
  list: readonly Choice[];
  pick: (emoji: string) => void;
}

function Group({ title, list, pick }: GroupProps) {
  if (list.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <div class="emojis">
        {list.map(({ emoji, words }) => (
          <button
            key={emoji}
            type="button"
            title={words || undefined}
            onClick={() => pick(emoji)}
            aria-label={/:\d+$/.test(emoji) ? words : undefined}
          >
            <EmojiSign emoji={emoji} />
          </button>
        ))}
      </div>
    </section>
  );
}
