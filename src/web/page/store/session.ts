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

/** Reads who is signed in. A browser that keeps nothing asks again after each reload. */
export async function recall(): Promise<void> {
  const kept: unknown = await inDatabase('readonly', (store) => store.get(key)).catch(() => null);
  become(typeof kept === 'string' ? kept : null);
}

/** Signs in with a token that the server gave. */
export async function enter(given: string): Promise<void> {
  await inDatabase('readwrite', (store) => store.put(given, key)).catch(() => undefined);
  isOver.value = false;
  become(given);
  tabs.postMessage('in');
}

/** Forgets the token, here and in all other tabs; `isWanted`: by who was signed in. */
export async function forget({ isWanted = false } = {}): Promise<void> {
  isOver.value = !isWanted && token.peek() != null;
  become(null);
  await inDatabase('readwrite', (store) => store.delete(key)).catch(() => undefined);
  tabs.postMessage('out');
}

/** Signs out: the server forgets the token as well. */
export async function leave(): Promise<void> {
  await rest.call('POST /auth/logout').catch(() => undefined);
  await forget({ isWanted: true });
}

tabs.onmessage = ({ data }) => {
  if (data === 'out') become(null);
  else if (token.value === null) void recall();
};
rest.onRefused = () => void forget();
