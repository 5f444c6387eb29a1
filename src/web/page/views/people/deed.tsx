// A button that does something on the server: it waits for the answer, and tells what went wrong.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';
import { Icon, type Drawing } from '../icon.tsx';

export interface Deeds {
  readonly isBusy: boolean;
  /** Why the last one failed; "" if it did not. */
  readonly problem: string;
  /** Does something; returns whether it worked. */
  run(deed: () => Promise<unknown>): Promise<boolean>;
}

export function useDeeds(): Deeds {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (deed: () => Promise<unknown>) => {
    setBusy(true);
    setProblem('');
    try {
      await deed();
      return true;
    } catch (error) {
      setProblem(reasonOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, run };
}

/** Where a deed that failed says why; it stands there before, so that it is read aloud. */
export function Problem({ deeds: { problem } }: { deeds: Deeds }) {
  return (
    <p class="problem" role="alert">
      {problem}
    </p>
  );
}

interface Shown {
  deeds: Deeds;
  run: () => Promise<unknown>;
  children: ComponentChildren;
  /** What follows if it worked. */
  then?: () => void;
  of?: Drawing;
  class?: string;
  /** Whose button it is, for who hears the page and sees no row. */
  label?: string;
  /** Whether it asks a second time, since nothing brings back what it takes. */
  isFinal?: boolean;
}

export function Deed({ deeds, run, children, then, of, label, isFinal, class: kind = '' }: Shown) {
  const [isAsking, ask] = useState(false);
  const press = async () => {
    if (deeds.isBusy) return;
    if (isFinal && !isAsking) return ask(true);
    if (await deeds.run(run)) then?.();
  };
  return (
    <button
      type="button"
      class={`deed ${kind} ${isAsking ? 'sure' : ''}`}
      // Not disabled, which would take the focus away.
      aria-disabled={deeds.isBusy}
      aria-label={isAsking ? undefined : label}
      onClick={() => void press()}
      onBlur={() => ask(false)}
    >
      {of !== undefined && <Icon of={of} />}
      <span>{isAsking ? say('really') : children}</span>
    </button>
  );
}
