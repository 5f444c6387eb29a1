// Components that are loaded when they are first shown.
import type { ComponentType } from 'preact';
import { signal } from '@preact/signals';

/** Shows nothing until the component has come; one that did not come is asked for with the next change. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const come = signal<ComponentType<P> | null>(null);
  let isAsked = false;
  return function Later(given: P) {
    const View = come.value;
    if (View !== null) return <View {...given} />;
    if (!isAsked) {
      isAsked = true;
      load()
        .then((View) => (come.value = View))
        .catch(() => (isAsked = false));
    }
    return null;
  };
}
