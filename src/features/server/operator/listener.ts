// Listens at the operator's socket: who can open that file is the operator.
import { z } from 'zod';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { reasonOf } from '../../../lib/reason.ts';
import { addressOf, closedToOthers, removeSocket, socketFile } from './socket.ts';
import { perform } from './verbs.ts';

const Asked = z.object({ verb: z.string().max(64), word: z.string().max(256) });

/** What a verb has to say, or why it was refused. */
export type Told = { lines: string[] } | { refused: string };

const body_bytes = 4_096;

/** Opens the door while the server runs; returns a function that closes it. */
export async function listenForOperator(app: App): Promise<() => void> {
  const { database_path } = app.config;
  if (database_path === ':memory:') return () => {};
  const file = socketFile(database_path);
  await removeSocket(file);
  const address = addressOf(file);
  try {
    const server = closedToOthers(() =>
      Bun.serve({
        unix: address.path,
        maxRequestBodySize: body_bytes,
        fetch: async (request) => Response.json(await answer(app, request)),
      }),
    );
    return () => {
      void server.stop(true);
      void removeSocket(file);
    };
  } catch (error) {
    // Some file systems have no sockets; everything but these commands goes on.
    const why = reasonOf(error);
    app.log.warn({ file, why }, 'accord admin and accord status cannot reach this server');
    return () => {};
  } finally {
    address.close();
  }
}

async function answer(app: App, request: Request): Promise<Told> {
  try {
    const { success, data } = Asked.safeParse(await request.json().catch(() => null));
    if (!success) return { refused: 'This is no question of "accord": is it of another version?' };
    const { verb, word } = data;
    return { lines: await perform(app, verb, word) };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.message };
    app.log.error({ err: error }, 'a command of the operator failed');
    return { refused: 'The server failed; its log says why.' };
  }
}
