// A part of the page that loads when it is wanted for the first time.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { say } from '../words/say.ts';

type Loaded<P> = ComponentType<P> | 'failed' | null;

/**
 * Returns a view that loads another one and shows it. Until then it says so, or, `quietly`, shows
 * nothing: for small things beside others.
 */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  how: 'aloud' | 'quietly' = 'aloud',
): ComponentType<P> {
  // In a box, since a signal calls no function that it holds, but readers of this might.
  const loaded = signal<{ readonly view: Loaded<P> }>({ view: null });
  const fetchIt = () => {
    loaded.value = { view: null };
    load().then(
      (view) => (loaded.value = { view }),
      () => (loaded.value = { view: 'failed' }),
    );
  };
  return function Later(props: P) {
    useEffect(() => {
      if (typeof loaded.peek().view !== 'function') fetchIt();
    }, []);
    const View = loaded.value.view;
    if (View !== null && View !== 'failed') return <View {...props} />;
    if (how === 'quietly') return null;
    return (
      <p class="blank" role="status">
        {say(View === null ? 'loading' : 'loading_failed')}
        {View !== null && (
          <button type="button" class="link" onClick={fetchIt}>
            {say('retry')}
          </button>
        )}
      </p>
    );
  };
}
