// A dialog over the page: Escape, a click beside it and its button close it, and the focus goes back.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { say } from '../../words/say.ts';
import { IconButton } from '../icon.tsx';
import { close } from './overlay.ts';

interface Shown {
  label: string;
  kind: 'menu' | 'picker' | 'pane' | 'viewer' | 'confirm';
  /** What it belongs to: on a wide screen it opens beside that. */
  at?: DOMRect | null;
  /** Whether its label is shown as a heading, with a button that closes. */
  hasHead?: boolean;
  children: ComponentChildren;
}

const gap_px = 8;

/** Puts a dialog beside what it belongs to, inside of the window. */
function putBeside(box: HTMLElement, at: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(at.right - width, innerWidth - width - gap_px);
  const below = at.bottom + gap_px;
  const top = below + height > innerHeight ? at.top - height - gap_px : below;
  const highest = Math.max(gap_px, innerHeight - height - gap_px);
  box.style.inset = 'auto';
  box.style.left = `${Math.max(gap_px, left)}px`;
  box.style.top = `${Math.min(Math.max(gap_px, top), highest)}px`;
  box.style.margin = '0';
}

/** Gives the focus back; a button of a message may be gone, then its message takes it. */
function focusAgain(opener: Element | null, row: string | undefined): void {
  if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) {
    return opener.focus({ preventScroll: true });
  }
  const place = row === undefined ? null : `[data-id="${CSS.escape(row)}"]`;
  const again = place === null ? null : document.querySelector<HTMLElement>(place);
  again?.focus({ preventScroll: true });
}

export function Dialog({ label, kind, at = null, hasHead = false, children }: Shown) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    const row = opener?.closest<HTMLElement>('[data-id]')?.dataset['id'];
    dialog?.showModal();
    const isWide = matchMedia('(min-width: 44rem)').matches;
    if (dialog !== null && at !== null && isWide) putBeside(dialog, at);
    return () => {
      dialog?.close();
      focusAgain(opener, row);
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={`over ${kind}`}
      aria-label={label}
      onClose={close}
      onClick={(event) => {
        if (event.target === box.current) close();
      }}
    >
      <div class="inside">
        {hasHead && (
          <header>
            <h2>{label}</h2>
            <IconButton of="close" label={say('close')} onClick={close} />
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
