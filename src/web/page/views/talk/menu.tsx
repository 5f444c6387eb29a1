// All that one may do to a message: a menu beside it, on a telephone a sheet at the lower edge.
import { recentEmojis } from '../../store/emojis.ts';
import { say } from '../../words/say.ts';
import { Icon, IconButton, type Drawing } from '../icon.tsx';
import { Dialog } from './dialog.tsx';
import { EmojiSign } from './emoji.tsx';
import { close } from './overlay.ts';

/** Something that can be done to a message. */
export interface Deed {
  readonly name: string;
  readonly of: Drawing;
  readonly label: string;
  /** The key that does it while the message has the focus. */
  readonly key?: string;
  readonly isBad?: boolean;
  readonly run: () => void;
}

export interface MenuProps {
  deeds: readonly Deed[];
  /** Reacts with an emoji; null where one may not. */
  react: ((emoji: string) => void) | null;
  /** Shows all emojis. */
  more: () => void;
  at: DOMRect | null;
}

/** So many emojis stand in the menu. */
const maxQuick = 6;

/** Runs once the focus is back where it was. */
function after(run: () => void): void {
  close();
  setTimeout(run);
}

/** Arrows move between the buttons. */
function keyed(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((one) => one === document.activeElement);
  buttons.at((at + step) % buttons.length)?.focus();
}

export function Menu({ deeds, react, more, at }: MenuProps) {
  return (
    <Dialog label={say('message_menu')} kind="menu" at={at}>
      {react !== null && (
        <div class="quick">
          {recentEmojis()
            .slice(0, maxQuick)
            .map((emoji) => (
              <button
                key={emoji}
                type="button"
                aria-label={say('react_with', { emoji })}
                onClick={() => after(() => react(emoji))}
              >
                <EmojiSign emoji={emoji} />
              </button>
            ))}
          <IconButton of="emoji" label={say('react')} onClick={() => after(more)} />
        </div>
      )}
      <ul onKeyDown={keyed}>
        {deeds.map(({ name, of, label, key, isBad, run }) => (
          <li key={name}>
            <button
              type="button"
              class={isBad ? 'bad' : ''}
              aria-keyshortcuts={key}
              onClick={() => after(run)}
            >
              <Icon of={of} />
              <span>{label}</span>
              {key !== undefined && <kbd aria-hidden="true">{key}</kbd>}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
