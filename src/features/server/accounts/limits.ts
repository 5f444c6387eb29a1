// How often an account exports what it holds.
import { allowance, spendNow } from '../../../access/allowances.ts';
import type { App } from '../../../app.ts';

/** So many exports an account makes in an hour: each reads all that it has written. */
export const maxExports = 5;

const made = allowance(
  maxExports,
  3_600_000,
  `An account exports its data at most ${maxExports} times in an hour.`,
);

/** Counts an export; throws 429 if there were too many of late. */
export function countExport(app: App, user_id: string): void {
  spendNow(app, made, user_id);
}
