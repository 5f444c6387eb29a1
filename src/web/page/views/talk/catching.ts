// What belongs to the field where one writes, although it happens elsewhere: files that are dropped, and letters.
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The channel or thread around a field; what happens outside of all of them belongs to the channel. */
function isFor(target: EventTarget | null, field: Element | null): boolean {
  const pane = field?.closest('.channel') ?? null;
  const other = target instanceof Element ? target.closest('.channel') : null;
  return other === null ? pane?.tagName === 'MAIN' : other === pane;
}

/** Files that are dropped on the channel; tells whether some are over it. */
export function useDrop(
  field: RefObject<HTMLElement | null>,
  isWanted: boolean,
  take: (files: readonly File[]) => void,
): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Else the browser leaves the page, and shows the file.
      event.preventDefault();
      const isHere = isWanted && isFor(event.target, field.current);
      setOver(isHere && event.type === 'dragover');
      if (isHere && event.type === 'drop') take([...event.dataTransfer.files]);
    };
    const types = ['dragover', 'dragleave', 'drop'] as const;
    for (const type of types) addEventListener(type, drag);
    return () => {
      for (const type of types) removeEventListener(type, drag);
    };
  });
  return isOver;
}

/** Whoever begins to type means the message, while nothing else has the focus. */
export function useTypeAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const at = document.activeElement;
      const isLetter = event.key.length === 1 && event.key !== ' ';
      if (!isLetter || event.ctrlKey || event.metaKey || event.altKey) return;
      const isFree = at === document.body || at?.classList.contains('scroller');
      if (isFree && isFor(at, field.current)) field.current?.focus();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}
