// The way into a space: by an invite, from the public list, or as its founder; and back from other views.
import { effect } from '@preact/signals';
import { byAge } from '../../../client/shelves.ts';
import type { Channel } from '../../../client/wire.ts';
import { channel_id, go, linkTo } from './address.ts';
import { seen } from './live.ts';

/** So long one waits for the channels of a space that one has just joined. */
const patience_ms = 8_000;

const isReadable = ({ type }: Channel) => type !== 'category' && type !== 'voice';

function firstChannel(space_id: string): Channel | undefined {
  const channels = [...(seen('channels', 'spaces')?.channels.values() ?? [])];
  return channels
    .filter((one) => one.space_id === space_id && isReadable(one))
    .toSorted((a, b) => a.position - b.position || byAge(a.id, b.id))[0];
}

/** Opens a space once its channels are known: events tell of them after the answer. */
export function enterSpace(space_id: string): void {
  const late = setTimeout(() => {
    stop();
    go('#/');
  }, patience_ms);
  const stop = effect(() => {
    const first = firstChannel(space_id);
    if (first === undefined) return;
    // Not from within the effect, which has not ended.
    queueMicrotask(() => stop());
    clearTimeout(late);
    go(linkTo.channel(first.id));
  });
}

let last = '#/';

effect(() => {
  if (channel_id.value !== null) last = linkTo.channel(channel_id.value);
});

/** Goes back to the channel that was open last. */
export function goBack(): void {
  go(last);
}
