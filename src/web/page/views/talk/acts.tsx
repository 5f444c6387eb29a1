// What stands in the menu of a message, and which key of the keyboard does it.
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { go, linkTo } from '../../store/address.ts';
import { answering, editing } from '../../store/answering.ts';
import {
  isEncrypted,
  copy,
  hidePreviews,
  linkOf,
  removeMessage,
  rightsOn,
  togglePin,
  toggleReaction,
} from '../../store/deeds.ts';
import { emojiText } from '../../../../client/reactions.ts';
import { say } from '../../words/say.ts';
import type { Deed } from './menu.tsx';
import { showConfirm, showMenu, showPicker, showReactors } from './shows.tsx';

/** Where what was clicked stands. */
export const placeOf = ({ currentTarget }: MouseEvent): DOMRect | null =>
  currentTarget instanceof Element ? currentTarget.getBoundingClientRect() : null;

/** Reacts with an emoji, or takes it back where it is one's own already. */
function reactWith(message: KnownMessage, emoji: string): void {
  const there = message.reactions?.find((one) => emojiText(one) === emoji);
  toggleReaction(message, emoji, there?.me ?? false);
}

export function openPicker(message: KnownMessage, at: DOMRect | null): void {
  const { space_id } = message;
  void showPicker({ space_id, at, take: (emoji) => reactWith(message, emoji) });
}

function askToRemove(message: KnownMessage): void {
  const run = () => void removeMessage(message);
  void showConfirm({ question: say('remove_question'), deed: say('remove_message'), run });
}

/** Everything that the reader may do to a message, in the order of the menu. */
export function deedsOn(message: KnownMessage, channel: Channel): Deed[] {
  const may = rightsOn(message, channel);
  const { id, channel_id, content, pinned } = message;
  const all: (Deed | false)[] = [
    may.answer && {
      name: 'answer',
      of: 'answer',
      label: say('answer'),
      key: 'r',
      run: () => (answering.value = message),
    },
    may.thread && {
      name: 'thread',
      of: 'thread',
      label: say(message.reply_count > 0 ? 'open_thread' : 'begin_thread'),
      key: 't',
      run: () => go(linkTo.thread(channel_id, id)),
    },
    may.edit && {
      name: 'edit',
      of: 'edit',
      label: say('edit'),
      key: 'e',
      run: () => (editing.value = id),
    },
    may.pin && {
      name: 'pin',
      of: 'pin',
      label: say(pinned ? 'unpin' : 'pin'),
      key: 'p',
      run: () => void togglePin(message),
    },
    (message.reactions?.length ?? 0) > 0 && {
      name: 'reactors',
      of: 'people',
      label: say('who_reacted'),
      run: () => void showReactors({ message }),
    },
    content !== '' &&
      !isEncrypted(message) && {
        name: 'copy',
        of: 'copy',
        label: say('copy_text'),
        key: 'c',
        run: () => void copy(content),
      },
    {
      name: 'link',
      of: 'attach',
      label: say('copy_link'),
      key: 'l',
      run: () => void copy(location.origin + location.pathname + linkOf(message)),
    },
    may.hidePreviews && {
      name: 'previews',
      of: 'close',
      label: say('hide_previews'),
      run: () => void hidePreviews(message),
    },
    may.remove && {
      name: 'remove',
      of: 'remove',
      label: say('remove_message'),
      key: 'Delete',
      isBad: true,
      run: () => askToRemove(message),
    },
  ];
  return all.filter((one) => one !== false);
}

export function openMenu(message: KnownMessage, channel: Channel, at: DOMRect | null): void {
  const may = rightsOn(message, channel);
  void showMenu({
    deeds: deedsOn(message, channel),
    react: may.react ? (emoji) => reactWith(message, emoji) : null,
    more: () => openPicker(message, at),
    at,
  });
}
