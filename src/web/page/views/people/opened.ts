// Which dialog about people and places is open; it loads when the first of them is.
import { effect, signal } from '@preact/signals';
import { token } from '../../store/session.ts';

/** Where on the page the button stands by which a menu was opened. */
export type At = Pick<DOMRect, 'left' | 'top' | 'bottom'>;

export type Opened =
  /** The card of somebody, as a space or group sees them. */
  | { readonly of: 'person'; readonly id: string; readonly channel_id: string | null }
  /** What one can do with a channel, a category or a conversation. */
  | { readonly of: 'channel'; readonly id: string; readonly at: At }
  | { readonly of: 'space'; readonly id: string; readonly at: At }
  /** Oneself: the status, notifications, logging out. */
  | { readonly of: 'me'; readonly at: At }
  /** Choosing whom to talk to, or whom to add to a group. */
  | { readonly of: 'talk'; readonly group_id: string | null };

export const opened = signal<Opened | null>(null);

export function shut(): void {
  opened.value = null;
}

// Whoever signs in next in this window has opened nothing yet.
effect(() => {
  if (token.value === null) shut();
});

/** The place of the element that an event happened to. */
export function placeOf(event: { readonly currentTarget: EventTarget | null }): At {
  const { currentTarget } = event;
  const none = { left: 0, top: 0, bottom: 0 };
  return currentTarget instanceof Element ? currentTarget.getBoundingClientRect() : none;
}
