// What the server takes of files, read when the first one is chosen.
import { signal } from '@preact/signals';
import type { Answer } from '../../../client/wire.ts';
import { rest } from './session.ts';

type Settings = Answer<'GET /settings'>;

export const limits = signal<Settings | null>(null);

export function askLimits(): void {
  if (limits.peek() !== null) return;
  rest.call('GET /settings').then(
    (found) => (limits.value = found),
    () => undefined,
  );
}

/** Why the server would not take these files; null if it would, as far as is known. */
export function refusedFile(files: readonly File[]): File | 'too_many' | null {
  const known = limits.value;
  if (known === null) return null;
  if (files.length > known.max_attachments_per_message) return 'too_many';
  return files.find(({ size }) => size > known.max_attachment_size) ?? null;
}
