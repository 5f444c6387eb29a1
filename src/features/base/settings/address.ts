// Keeps the address of the server that an instance admin came by: files must be found after a restart.
import type { App } from '../../../app.ts';
import { keptAddress, keepAddress } from './queries.ts';

export function rememberAddress(app: App): void {
  app.address.remember(keptAddress(app.db), (origin) => {
    app
      .write(({ tx }) => keepAddress(tx, origin))
      .catch((error: unknown) => {
        app.log.warn(
          { err: error },
          'the address of the server could not be kept for the next run',
        );
      });
  });
}
