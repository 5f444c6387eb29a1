// A dialog over the page: a card in the middle, or a menu beside the button that opened it.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { say } from '../../words/say.ts';
import { IconButton } from '../icon.tsx';
import { shut, type At } from './opened.ts';

/** The space between a menu, its button and the edge of the window. */
const gap_px = 8;

/** Puts a menu below its button, or above it where there is more room. */
function moveBeside(dialog: HTMLDialogElement, { left, top, bottom }: At): void {
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const [right, low] = [innerWidth - width - gap_px, innerHeight - height - gap_px];
  const isBelow = bottom + gap_px <= low || top < innerHeight / 2;
  const y = isBelow ? bottom + gap_px : top - height - gap_px;
  dialog.classList.add('beside');
  dialog.style.left = `${Math.max(gap_px, Math.min(left, right))}px`;
  dialog.style.top = `${Math.max(gap_px, Math.min(y, low))}px`;
}

/** On a narrow window every dialog comes from the lower edge. */
const isNarrow = () => matchMedia('(max-width: 44rem)').matches;

interface Shown {
  label: string;
  /** The button that a menu stands beside; null for the middle of the page. */
  at?: At | null;
  children: ComponentChildren;
}

export function Dialog({ label, at = null, children }: Shown) {
  const box = useRef<HTMLDialogElement>(null);
  const isThere = useRef(true);
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    if (dialog !== null && at !== null && !isNarrow()) moveBeside(dialog, at);
    return () => {
      isThere.current = false;
      // Closing gives the focus back to what had it before.
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="sheet"
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        shut();
      }}
      onClose={() => {
        if (isThere.current) shut();
      }}
      onClick={({ target }) => {
        // The rest of the window belongs to the dialog itself; what is in it lies above.
        if (target === box.current) shut();
      }}
    >
      <div class="inside">{children}</div>
    </dialog>
  );
}

/** The head of a dialog: what it is about, and how to close it. */
export function Head({ children }: { children: ComponentChildren }) {
  return (
    <header class="head">
      <h2>{children}</h2>
      <IconButton of="close" label={say('close')} onClick={shut} />
    </header>
  );
}
