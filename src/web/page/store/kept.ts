// Small things that this browser keeps for the page; where it keeps nothing, they last as long as the page.
import { base } from './session.ts';

const memory = new Map<string, string>();
const prefix = `accord${base}:`;

function attempt<T>(run: () => T, otherwise: () => T): T {
  try {
    return run();
  } catch {
    return otherwise();
  }
}

export function readKept(name: string): string | null {
  const key = prefix + name;
  return attempt(
    () => localStorage.getItem(key),
    () => memory.get(key) ?? null,
  );
}

export function keep(name: string, value: string | null): void {
  const key = prefix + name;
  attempt(
    () => (value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value)),
    () => (value === null ? void memory.delete(key) : void memory.set(key, value)),
  );
}

/** What belongs to who is signed in, beside the drafts. */
const ownNames: readonly string[] = ['emojis', 'owner', 'volumes'];

/** Forgets all that was kept for who was signed in, but for the settings of the browser itself. */
export function forgetOwn(): void {
  const keys = attempt(
    () => Object.keys(localStorage),
    () => [...memory.keys()],
  );
  const names = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  for (const name of names) {
    if (name.startsWith('draft:') || ownNames.includes(name)) keep(name, null);
  }
}

const queueKey = `${prefix}outbox`;

/** What is on its way is kept by this tab alone: two tabs would send it twice. */
export const readQueue = (): string | null =>
  attempt(
    () => sessionStorage.getItem(queueKey),
    () => null,
  );

export function writeQueue(text: string | null): void {
  attempt(
    () =>
      text === null ? sessionStorage.removeItem(queueKey) : sessionStorage.setItem(queueKey, text),
    () => undefined,
  );
}
