// What the address of the page names: a channel, a message in it, a thread, or one of the other views.
import { computed, signal } from '@preact/signals';

export interface Place {
  /** `channel`, the name of a view (`views/parts.ts`), or "" for the start. */
  readonly view: string;
  /** A channel, an invite code, a page of the settings, a space. */
  readonly id: string | null;
  /** The first message of the thread that is open beside the channel. */
  readonly thread_id: string | null;
  /** The message to jump to. */
  readonly message_id: string | null;
}

const idIn = (text = ''): string | null => (/^\d+$/.test(text) ? text : null);

/** `#/<channel>`, `#/<channel>/<message>`, `#/<channel>/thread/<thread>[/<message>]`, `#/<view>[/<id>]`. */
function parse(hash: string): Place {
  const [first = '', second, third, fourth] = hash.replace(/^#\/?/, '').split('/');
  const nothing = { id: null, thread_id: null, message_id: null };
  if (/^[a-z]+$/.test(first)) return { ...nothing, view: first, id: second ?? null };
  if (!/^\d+$/.test(first)) return { ...nothing, view: '' };
  const isThread = second === 'thread';
  return {
    view: 'channel',
    id: first,
    thread_id: isThread ? idIn(third) : null,
    message_id: idIn(isThread ? fourth : second),
  };
}

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

export const place = computed(() => parse(hash.value));
export const channel_id = computed(() => (place.value.view === 'channel' ? place.value.id : null));

export const linkTo = {
  channel: (id: string) => `#/${id}`,
  message: (channel: string, id: string) => `#/${channel}/${id}`,
  thread: (channel: string, thread: string, message?: string) =>
    `#/${channel}/thread/${thread}${message === undefined ? '' : `/${message}`}`,
  view: (view: string, id?: string) => `#/${view}${id === undefined ? '' : `/${id}`}`,
};

export function go(to: string): void {
  location.hash = to;
}

/** Takes the message out of the address once it is shown, so that reloading does not jump again. */
export function settleAt(to: string): void {
  history.replaceState(null, '', to);
  hash.value = to;
}
