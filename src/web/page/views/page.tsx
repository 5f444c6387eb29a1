// The frame of a view that is no channel: its title, the way back, and what it holds.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { goBack } from '../store/entering.ts';
import pages from '../styles/pages.css' with { type: 'text' };
import { say } from '../words/say.ts';
import { drawer } from './drawer.ts';
import { IconButton } from './icon.tsx';
import { NavButton } from './nav-button.tsx';
import { wear } from './wear.ts';

wear(pages);

interface Shown {
  title: string;
  children: ComponentChildren;
}

/** Escape leads out of a field, and then back, unless something that lies above has answered it. */
function useEscape(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const isOver = drawer.value !== null || document.querySelector('dialog[open]') !== null;
      if (event.key !== 'Escape' || event.defaultPrevented || isOver) return;
      const field = document.activeElement;
      // What was typed is not lost by one key.
      if (field instanceof HTMLElement && field.matches('input, textarea, select')) field.blur();
      else goBack();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

export function Page({ title, children }: Shown) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEscape();
  useEffect(() => {
    document.title = title;
  });
  useEffect(() => heading.current?.focus(), []);
  return (
    <main class="page">
      <header>
        <NavButton />
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <IconButton of="close" label={say('back')} onClick={goBack} />
      </header>
      {children}
    </main>
  );
}
