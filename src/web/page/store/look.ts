// The theme and the accent that this device shows; `early.ts` puts them on before the page is painted.
import { signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';

/** `system` leaves it to the device. */
export const themes = ['system', 'light', 'dark'] as const;
/** The first is the one of the page itself; the others stand in `styles/accents.css`. */
export const accents = [
  'indigo',
  'blue',
  'teal',
  'green',
  'amber',
  'rose',
  'violet',
  'grey',
] as const;

export type Theme = (typeof themes)[number];
export type Accent = (typeof accents)[number];

const known = <T extends string>(list: readonly [T, ...T[]], text: string | null): T =>
  list.find((one) => one === text) ?? list[0];

const read = () => ({
  theme: known(themes, readKept('theme')),
  accent: known(accents, readKept('accent')),
});

export const look = signal(read());

// Another window of this browser has chosen: `early.ts` shows it, and this tells it to the settings.
addEventListener('storage', () => (look.value = read()));

function wear(name: 'theme' | 'accent', text: string, isUsual: boolean): void {
  keep(name, isUsual ? null : text);
  const { dataset } = document.documentElement;
  if (isUsual) delete dataset[name];
  else dataset[name] = text;
}

export function setTheme(theme: Theme): void {
  look.value = { ...look.peek(), theme };
  wear('theme', theme, theme === themes[0]);
}

export function setAccent(accent: Accent): void {
  look.value = { ...look.peek(), accent };
  wear('accent', accent, accent === accents[0]);
}
