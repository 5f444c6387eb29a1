// A login of the account from where it had not logged in before, as READY tells of it.
import { signal } from '@preact/signals';
import type { ReadyData } from '../../../client/wire.ts';
import { onHeard } from './live.ts';

/** Null if there is none, or if it was looked at. */
export const newLogin = signal<NonNullable<ReadyData['new_login']> | null>(null);

onHeard((event) => {
  if (event.type === 'ready') newLogin.value = event.data.new_login ?? null;
});
