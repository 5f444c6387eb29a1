// The reactions to a message, each a button that joins in or takes it back.
import { emojiText, type KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { rightsOn, toggleReaction } from '../../store/deeds.ts';
import { spelled } from '../../store/emojis.ts';
import { say } from '../../words/say.ts';
import { IconButton } from '../icon.tsx';
import { openPicker, placeOf } from './acts.tsx';
import { EmojiSign } from './emoji.tsx';

export function Reactions({ message, channel }: { message: KnownMessage; channel: Channel }) {
  if (message.reactions === null || message.reactions.length === 0) return null;
  const mayAdd = rightsOn(message, channel).react;
  return (
    <div class="reactions" role="group" aria-label={say('reactions')}>
      {message.reactions.map((one) => {
        const emoji = emojiText(one);
        const isOwn = one.me ?? false;
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={isOwn}
            aria-label={say('reacted', { emoji: spelled(emoji).name, count: one.count })}
            disabled={!mayAdd && !isOwn}
            onClick={() => toggleReaction(message, emoji, isOwn)}
          >
            <EmojiSign emoji={emoji} /> {one.count}
          </button>
        );
      })}
      {mayAdd && (
        <IconButton
          of="emoji"
          label={say('react')}
          class="add"
          onClick={(event) => openPicker(message, placeOf(event))}
        />
      )}
    </div>
  );
}
