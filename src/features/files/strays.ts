// Finds files that no row names: what a crash has left between the disk and the database.
import type { App, StateName } from '../../app.ts';
import type { Db } from '../../db/open.ts';

/** Younger files may belong to a request that is still running. */
const youngest_ms = 3_600_000;

const temporary = /^tmp\/[0-9a-f-]{36}$/;

interface Kind {
  /** What paths of this kind look like; the groups are the parameters of the query. */
  path: RegExp;
  row: string;
}

const kinds: readonly Kind[] = [
  {
    path: /^attachments\/(\d+)\/(\d+)\.([0-9a-f]{32})$/,
    row: 'SELECT 1 FROM attachments WHERE channel_id = ? AND id = ? AND secret = ?',
  },
  {
    path: /^(avatars\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
    row: "SELECT 1 FROM users WHERE avatar = '/cdn/' || ? AND id = ?",
  },
  {
    path: /^(avatars\/(\d+)_(\d+)\/[0-9a-f]{32}\.\w+)$/,
    row: "SELECT 1 FROM members WHERE avatar = '/cdn/' || ? AND space_id = ? AND user_id = ?",
  },
  {
    path: /^(icons\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
    row: "SELECT 1 FROM spaces WHERE icon = '/cdn/' || ? AND id = ?",
  },
  {
    path: /^(banners\/(\d+)\/[0-9a-f]{32}\.\w+)$/,
    row: `SELECT 1 FROM users WHERE banner = '/cdn/' || ?1 AND id = ?2
           UNION ALL SELECT 1 FROM spaces WHERE banner = '/cdn/' || ?1 AND id = ?2`,
  },
  {
    path: /^emojis\/(\d+)\/(\d+)\.(\w+)$/,
    row: "SELECT 1 FROM emojis WHERE space_id = ? AND id = ? AND ? IN (extension, 'png')",
  },
];

/** Whether a row names the file. What is not one of our own paths is somebody else's, and stays. */
function isKnown(db: Db, path: string): boolean {
  for (const kind of kinds) {
    const found = kind.path.exec(path);
    if (found) return db.sqlite.query(kind.row).get(...found.slice(1)) !== null;
  }
  return true;
}

/** Removes old files that nobody knows, temporary ones included. */
async function removeStrays(app: App, hasEnded: () => boolean): Promise<void> {
  // The files' times are those of the machine, whatever clock the server goes by.
  const before_ms = Date.now() - youngest_ms;
  let count = 0;
  const strays = app.files.strays(before_ms, (path) => hasEnded() || isKnown(app.db, path));
  for await (const path of strays) {
    if (hasEnded()) return;
    if (path.startsWith('tmp/') && !temporary.test(path)) continue;
    await app.files.remove(path);
    count += 1;
  }
  if (count > 0) app.log.info({ count }, 'removed files that no row names');
}

/** The search that runs at the start; tests wait for it. */
export const straySearch: StateName<{ done: Promise<void> }> = {
  create: () => ({ done: Promise.resolve() }),
};

/** Begins to search, beside everything else; answers how to stop. */
export function startStraySearch(app: App): () => void {
  let ended = false;
  app.state(straySearch).done = removeStrays(app, () => ended).catch((error: unknown) => {
    app.log.error({ err: error }, 'the search for files that no row names has failed');
  });
  return () => {
    ended = true;
  };
}
