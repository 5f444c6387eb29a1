// Makes the display names findable that an older version has written.
import type { App } from '../../app.ts';
import { foldSomeNames } from './queries.ts';

const slice = 500;

/** Folds all that wait, a slice in each turn; nothing waits but at the first start of a newer version. */
export async function foldOldNames(app: App): Promise<void> {
  while ((await app.write(({ tx }) => foldSomeNames(tx, slice))) > 0);
}
