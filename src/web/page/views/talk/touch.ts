// A long touch on a message opens its menu.
import { useRef } from 'preact/hooks';

const long_ms = 450;
/** A finger that moves further scrolls. */
const still_px = 10;

interface Begun {
  readonly x: number;
  readonly y: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Links and players have long touches of their own. */
const isOwnThing = (target: EventTarget | null) =>
  target instanceof Element && target.closest('a, button, video, audio, textarea') !== null;

export function useLongTouch(run: () => void) {
  const begun = useRef<Begun | null>(null);
  const end = () => {
    clearTimeout(begun.current?.timer);
    begun.current = null;
  };
  return {
    onPointerDown(event: PointerEvent) {
      end();
      if (event.pointerType === 'mouse' || isOwnThing(event.target)) return;
      const timer = setTimeout(run, long_ms);
      begun.current = { x: event.clientX, y: event.clientY, timer };
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { x = 0, y = 0 } = begun.current ?? {};
      if (begun.current && Math.hypot(clientX - x, clientY - y) > still_px) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu(event: MouseEvent) {
      // The browser's own menu for text would lie over ours.
      if (begun.current !== null) event.preventDefault();
    },
  };
}
