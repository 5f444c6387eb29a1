// Says a text in the reader's language.
import { signal } from '@preact/signals';
import { english, type Words } from './english.ts';

const words = signal<Words>(english);

/** The language that texts are in, for the page and for dates. */
export const language = signal('en');

/** Returns the text of a key, with its values put in. */
export function say(
  key: keyof Words,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return words.value[key].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** Other languages, each loaded when it is wanted. */
const others: Readonly<Record<string, () => Promise<Words>>> = {
  de: async () => (await import('./german.ts')).german,
};

export const languages: readonly string[] = ['en', ...Object.keys(others)];

/** Speaks a language, or the first of those that the browser asks for; English if it is none of ours. */
export async function speak(wanted: readonly string[]): Promise<void> {
  const codes = wanted.map((one) => one.slice(0, 2).toLowerCase());
  const chosen = codes.find((code) => languages.includes(code)) ?? 'en';
  words.value = (await others[chosen]?.()) ?? english;
  language.value = chosen;
  document.documentElement.lang = chosen;
}
