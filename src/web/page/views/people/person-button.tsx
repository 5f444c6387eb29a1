// A name that opens the card of whom it names.
import type { ComponentChildren } from 'preact';
import { opened } from './opened.ts';

interface Shown {
  id: string;
  /** The channel in which they are named. */
  channel_id: string | null;
  class?: string;
  children: ComponentChildren;
}

export function PersonButton({ id, channel_id, class: kind = '', children }: Shown) {
  return (
    <button
      type="button"
      class={`person ${kind}`}
      aria-haspopup="dialog"
      onClick={() => (opened.value = { of: 'person', id, channel_id })}
    >
      {children}
    </button>
  );
}
