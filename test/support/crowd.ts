// Many messages at once, written as rows: for tests of what is large.
import { setLastMessage } from '../../src/features/spaces/channels/queries.ts';
import type { Turn } from '../../src/app.ts';
import { spaceAccess } from '../../src/access/load.ts';
import { blankRow } from '../../src/features/talk/messages/actions.ts';
import { insertMessage, type MessageRow } from '../../src/features/talk/messages/queries.ts';
import type { TestServer } from './server.ts';

/** Writes so many messages into a channel, without a word; answers their ids, oldest first. */
export function fill(
  server: TestServer,
  channel: { id: string; space_id: string },
  author: { id: string },
  count: number,
  more: Partial<MessageRow> = {},
): Promise<string[]> {
  return server.turn((turn: Turn) => {
    const access = spaceAccess(turn.app, channel.space_id)?.channels.get(channel.id);
    if (access === undefined) throw new Error('there is no such channel');
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const row = blankRow(turn, access, author.id, { content: `number ${n}`, ...more });
      insertMessage(turn.tx, row);
      if (row.thread_id === null) setLastMessage(turn.tx, channel.id, row.id);
      ids.push(row.id);
    }
    return ids;
  });
}

/** How many rows a table holds. */
export function countRows(server: TestServer, table: string, where = '1'): number {
  const row = server.app.db.sqlite
    .query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`)
    .get();
  return row?.n ?? 0;
}
