// The keyboard in a list of messages: arrows go from one to the next, letters do what the menu says.
import type { Channel } from '../../../../client/wire.ts';
import { state } from '../../store/live.ts';
import { deedsOn, openMenu, openPicker } from './acts.tsx';

const rowsIn = (box: Element) => [...box.querySelectorAll<HTMLElement>('li[data-id]')];

/** The row to go to: from a row its neighbour; from the list itself the last one in view. */
function nextRow(box: HTMLElement, from: Element, step: number): HTMLElement | undefined {
  const rows = rowsIn(box);
  const at = rows.findIndex((row) => row === from);
  if (at >= 0) return rows[at + step];
  const { bottom } = box.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom);
}

/** Handles a key in a list of messages; `box` is the list that scrolls. */
export function rowKeyed(event: KeyboardEvent, box: HTMLElement, channel: Channel): void {
  const from = event.target;
  if (!(from instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const isRow = from.matches('li[data-id]');
  if (!isRow && from !== box) return;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step !== undefined && (isRow || step < 0)) {
    event.preventDefault();
    const next = nextRow(box, from, step);
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: 'nearest' });
    return;
  }
  if (isRow) actOn(event, from, channel);
}

function actOn(event: KeyboardEvent, row: HTMLElement, channel: Channel): void {
  const id = row.dataset['id'] ?? '';
  const message = state.peek()?.messages.get(channel.id)?.get(id);
  if (message === undefined) return;
  const at = row.getBoundingClientRect();
  if (event.key === 'Escape') {
    // Back to where one writes.
    row.closest('.feed')?.parentElement?.querySelector<HTMLElement>('.composer textarea')?.focus();
  } else if (event.key === 'Enter') openMenu(message, channel, at);
  else if (event.key === '+') openPicker(message, at);
  else {
    const deed = deedsOn(message, channel).find(({ key }) => key === event.key);
    if (deed === undefined) return;
    deed.run();
  }
  event.preventDefault();
  event.stopPropagation();
}
