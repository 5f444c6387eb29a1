// The pictures of a message, as large as the window.
import { useEffect, useState } from 'preact/hooks';
import { say } from '../../words/say.ts';
import { Dialog } from './dialog.tsx';

export interface ViewerProps {
  list: readonly { id: string; address: string; name: string }[];
  /** The one to begin with. */
  first: string;
}

export function Viewer({ list, first }: ViewerProps) {
  const [at, setAt] = useState(
    Math.max(
      0,
      list.findIndex(({ id }) => id === first),
    ),
  );
  const shown = list[at];
  const turn = (step: number) => setAt((now) => (now + step + list.length) % list.length);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step !== undefined) turn(step);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [list.length]);
  if (shown === undefined) return null;
  return (
    <Dialog label={shown.name} kind="viewer" hasHead>
      <img src={shown.address} alt={shown.name} />
      <footer>
        {list.length > 1 && (
          <>
            <button type="button" class="second" onClick={() => turn(-1)}>
              {say('previous')}
            </button>
            <span>
              {at + 1} / {list.length}
            </span>
            <button type="button" class="second" onClick={() => turn(1)}>
              {say('next')}
            </button>
          </>
        )}
        <a href={shown.address} target="_blank" rel="noopener">
          {say('open_original')}
        </a>
      </footer>
    </Dialog>
  );
}
