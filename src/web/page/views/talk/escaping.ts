// Escape where nothing else takes it: marks the channel as read, with Shift its whole space.
import { channel_id } from '../../store/address.ts';
import { tell } from '../../store/deeds.ts';
import { state } from '../../store/live.ts';
import { drawLine, markRead } from '../../store/reading.ts';
import { say } from '../../words/say.ts';
import { idsIn } from '../places.ts';

/** What one is writing is not passed over, nor a field that Escape empties. */
function isWriting({ target }: Event): boolean {
  if (target instanceof HTMLInputElement) return true;
  return target instanceof HTMLTextAreaElement && target.value !== '';
}

/** `at` is the channel that was open when the key was pressed: this may have loaded meanwhile. */
export function escaped(event: KeyboardEvent, at: string): void {
  const channel = state.peek()?.channel(at);
  if (channel === undefined || channel_id.peek() !== at) return;
  if (event.defaultPrevented || isWriting(event)) return;
  const { id, space_id } = channel;
  const isWhole = event.shiftKey && space_id !== null;
  // The threads of the channel stay: they stand below it.
  const done = isWhole ? markRead(idsIn(space_id)) : markRead([id], 'feed');
  done.then(
    () => drawLine(id),
    () => tell(say('not_reached')),
  );
  document.querySelector<HTMLElement>('main .to-present')?.click();
}
