// Who is signed in here: the token in this browser's database, and what all tabs of it agree on.
import { signal } from '@preact/signals';
import { Rest } from '../../../client/rest.ts';
import { deviceName } from './device.ts';

/** Where the server begins: the page lies at `<base>/app`. */
export const base = location.pathname.replace(/\/app\/?$/, '');

export const rest = new Rest(base);
rest.device = deviceName(navigator.userAgent);

/** Calls with a token that nobody has signed in with yet: of somebody who still stands at the doors. */
export function restWith(given: string): Rest {
  const other = new Rest(base);
  other.token = given;
  return other;
}

/** Whether the login has ended, and not by who was signed in here. */
export const isOver = signal(false);

/** Whether somebody is signing out right now, here or in another tab. */
let isLeaving = false;

/** Undefined until it is known; null if nobody is signed in. */
export const token = signal<string | null | undefined>(undefined);

const [shelf, key] = ['kept', `token${base}`];
const tabs = new BroadcastChannel(`accord${base}`);

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('accord', 1);
    asked.onupgradeneeded = () => void asked.result.createObjectStore(shelf);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(new Error('this browser keeps nothing'));
  });
  return opened;
}

async function inDatabase<T>(
  mode: IDBTransactionMode,
  run: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const asked = run(database.transaction(shelf, mode).objectStore(shelf));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(new Error('this browser keeps nothing'));
  });
}

function become(now: string | null): void {
  rest.token = now;
  token.value = now;
}

const asToken = (kept: unknown): string | null => (typeof kept === 'string' ? kept : null);

/** Returns the token that this browser keeps; null as well where it keeps nothing. */
const keptToken = (): Promise<string | null> =>
  inDatabase('readonly', (store) => store.get(key)).then(asToken, () => null);

/** Reads who is signed in. A browser that keeps nothing asks again after each reload. */
export async function recall(): Promise<void> {
  become(await keptToken());
}

/** Becomes who is signed in in this browser. Nobody stands between two people, so that nothing of one is left. */
function follow(kept: string | null): void {
  if (kept === token.peek()) return;
  become(null);
  if (kept !== null) become(kept);
}

/** Signs in with a token that the server gave. */
export async function enter(given: string): Promise<void> {
  await inDatabase('readwrite', (store) => store.put(given, key)).catch(() => undefined);
  isOver.value = false;
  become(given);
  tabs.postMessage('in');
}

/** Deletes the token if it is still the one that is kept; returns the one that is kept instead. */
async function unkeep(gone: string): Promise<string | null> {
  const kept: unknown = await inDatabase('readwrite', (store) => {
    const asked = store.get(key);
    asked.addEventListener('success', () => {
      if (asked.result === gone) store.delete(key);
    });
    return asked;
  }).catch(() => null);
  return kept === gone ? null : asToken(kept);
}

/**
 * Forgets the token, here and in all other tabs; `isWanted`: by who was signed in. Somebody may have
 * signed in anew in another tab while this one slept: they stay.
 */
export async function forget({ isWanted = false } = {}): Promise<void> {
  const gone = token.peek();
  isOver.value = !isWanted && !isLeaving && gone != null;
  become(null);
  const next = gone == null ? null : await unkeep(gone);
  tabs.postMessage(isWanted ? 'left' : 'out');
  if (next === null || token.peek() !== null) return;
  isOver.value = false;
  become(next);
}

/** Signs out: the server forgets the token as well, and the gateway may say so before it answers. */
export async function leave(): Promise<void> {
  isLeaving = true;
  // The gateway may close the other tabs before they hear `left`.
  tabs.postMessage('leaving');
  await rest.call('POST /auth/logout').catch(() => undefined);
  await forget({ isWanted: true });
  isLeaving = false;
}

/** `leaving`, then `left`: somebody goes on purpose; `in`, `out`. */
tabs.onmessage = async ({ data }) => {
  if (data === 'leaving') {
    isLeaving = true;
    return;
  }
  const kept = await keptToken();
  // In a browser that keeps nothing, each tab has a login of its own.
  const wasIn = token.peek() != null;
  if (data !== 'in' || kept !== null) follow(kept);
  if (data === 'left' || kept !== null) isOver.value = false;
  else if (data === 'out' && wasIn) isOver.value = !isLeaving;
  isLeaving = false;
};
rest.onRefused = () => void forget();
