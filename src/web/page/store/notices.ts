// Tells people of what calls them: a sound, and a notification of the system where they want it.
import { signal } from '@preact/signals';
import { deservesNotice } from '../../../client/notices.ts';
import { byAge } from '../../../client/shelves.ts';
import type { Message } from '../../../client/wire.ts';
import { say } from '../words/say.ts';
import { channel_id, go, linkTo, place } from './address.ts';
import { chime } from './chime.ts';
import { keep, readKept } from './kept.ts';
import { onHeard, state } from './live.ts';
import { channelName, nameOf, plainly } from './names.ts';
import { isThreadRead } from './thread-news.ts';

/** Whether the system can show notifications of this page, and may. */
export type Permission =
  /** The browser has none, or the page did not come over a safe line. */
  'impossible' | 'granted' | 'denied' | 'default';

export const isSafeLine = (): boolean => isSecureContext;

const now = (): Permission =>
  isSecureContext && 'Notification' in globalThis ? Notification.permission : 'impossible';

export const permission = signal<Permission>(now());

/** What this browser's reader wants: notifications have to be asked for, sounds are there. */
export const wantsNotices = signal(readKept('notices') === 'on');
export const wantsSounds = signal(readKept('sounds') !== 'off');

/** Turns notifications on, which asks the reader for permission where nobody did, or off. */
export async function setNotices(isOn: boolean): Promise<void> {
  if (isOn && now() === 'default') await Notification.requestPermission();
  permission.value = now();
  wantsNotices.value = isOn && permission.value === 'granted';
  keep('notices', wantsNotices.value ? 'on' : null);
}

export function setSounds(isOn: boolean): void {
  wantsSounds.value = isOn;
  keep('sounds', isOn ? null : 'off');
  if (isOn) chime();
}

const isInFront = () => document.visibilityState === 'visible' && document.hasFocus();

function isLookedAt(message: Message): boolean {
  if (!isInFront() || channel_id.peek() !== message.channel_id) return false;
  return message.thread_id === null || place.peek().thread_id === message.thread_id;
}

/** Takes a message for this window: of several windows of a browser, one tells. */
function claims({ id }: Message): boolean {
  if (byAge(readKept('noticed') ?? '', id) >= 0) return false;
  keep('noticed', id);
  return true;
}

/** Whether it was read meanwhile, in another window or on another device. */
const isRead = ({ thread_id, channel_id: id }: Message) =>
  thread_id === null ? !state.peek()?.unread.has(id) : isThreadRead(thread_id);

function tell(message: Message): void {
  const isSeen = isLookedAt(message);
  if (isRead(message) || !claims(message) || isSeen) return;
  if (wantsSounds.peek()) chime();
  showMessage(message);
}

/** Shows a notification of the system, where that is wanted and nobody looks; null if it is not shown. */
export function show(
  title: string,
  options: NotificationOptions,
  open: () => void,
): Notification | null {
  if (!wantsNotices.peek() || isInFront() || now() !== 'granted') return null;
  try {
    const notice = new Notification(title, options);
    notice.onclick = () => {
      focus();
      open();
      notice.close();
    };
    return notice;
  } catch {
    // Telephones show notifications of installed pages only: there the sound has to do.
    permission.value = 'impossible';
    return null;
  }
}

function showMessage(message: Message): void {
  const { id, author_id, channel_id: at, thread_id, content } = message;
  const channel = state.peek()?.channel(at);
  if (channel === undefined) return;
  const name = nameOf(author_id, channel.space_id);
  const isPair = channel.type === 'dm';
  const title = isPair ? name : say('notice_in', { name, channel: channelName(channel) });
  const body = plainly(content, channel.space_id) || say('notice_files');
  show(title, { body, tag: `accord ${at}` }, () =>
    go(thread_id === null ? linkTo.message(at, id) : linkTo.thread(at, thread_id, id)),
  );
}

/** Another window of this browser may be the one that somebody looks at: it goes first. */
const politeness_ms = 250;

onHeard((event) => {
  if (event.type !== 'message.create') return;
  const message = event.data;
  const known = state.peek();
  if (known === null || !deservesNotice(known, message, Date.now())) return;
  setTimeout(() => tell(message), isInFront() ? 0 : politeness_ms);
});
