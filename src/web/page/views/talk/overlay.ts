// What lies over the page at the moment: a menu, a picker or another dialog. There is one at a time.
import { effect, signal } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { tell } from '../../store/deeds.ts';
import { token } from '../../store/session.ts';
import { say } from '../../words/say.ts';

export const overlay = signal<ComponentChild>(null);

export const close = (): void => void (overlay.value = null);

// What one has opened is not shown to whoever signs in next in this window.
effect(() => {
  if (token.value === null) close();
});

/** Shows what has to be loaded first. */
export async function show(load: () => Promise<ComponentChild>): Promise<void> {
  const shown = await load().catch(() => null);
  if (shown === null) tell(say('loading_failed'));
  else overlay.value = shown;
}
