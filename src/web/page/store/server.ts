// What the server says of itself to everybody: its name, who may register, terms, limits.
import { signal } from '@preact/signals';
import type { Answer } from '../../../client/wire.ts';
import { rest } from './session.ts';

/** Null until it was read. */
export const server = signal<Answer<'GET /settings'> | null>(null);

/** Reads it anew; what was read before stays where that fails. */
export async function askServer(): Promise<void> {
  server.value = await rest.call('GET /settings').catch(() => server.peek());
}

/** How the server is called: by its host until its name is known. */
export const serverName = (): string => server.value?.server_name ?? location.host;
