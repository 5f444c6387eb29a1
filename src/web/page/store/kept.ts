// Small things that this browser keeps for the page; where it keeps nothing, they last as long as the page.
import { base } from './session.ts';

const memory = new Map<string, string>();

function attempt<T>(run: () => T, otherwise: () => T): T {
  try {
    return run();
  } catch {
    return otherwise();
  }
}

export function readKept(name: string): string | null {
  const key = `accord${base}:${name}`;
  return attempt(
    () => localStorage.getItem(key),
    () => memory.get(key) ?? null,
  );
}

export function keep(name: string, value: string | null): void {
  const key = `accord${base}:${name}`;
  attempt(
    () => (value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value)),
    () => (value === null ? void memory.delete(key) : void memory.set(key, value)),
  );
}

/** Forgets all that was kept for who signs out, but for the settings of the browser itself. */
export function forgetDrafts(): void {
  const prefix = `accord${base}:draft:`;
  attempt(
    () => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix)) localStorage.removeItem(key);
      }
    },
    () => memory.clear(),
  );
}

const queueKey = `accord${base}:outbox`;

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
