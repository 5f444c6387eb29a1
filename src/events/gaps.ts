// Gaps: where events were taken out of the log before their time. Who would have heard them begins anew.
import type { Db, Tx } from '../db/open.ts';

/** Notes that these events are taken out, for the listeners of their scopes. Call it before. */
export function noteGaps(tx: Tx, seqs: readonly number[]): void {
  tx.sqlite
    .query(
      `INSERT INTO event_gaps (scope, intent, seq)
       SELECT s.scope, coalesce(e.intent, -1) AS needed, max(s.seq)
         FROM json_each(?) gone CROSS JOIN events e ON e.seq = gone.value
         CROSS JOIN event_scopes s ON s.seq = e.seq
        WHERE true GROUP BY s.scope, needed
       ON CONFLICT (scope, intent) DO UPDATE SET seq = max(event_gaps.seq, excluded.seq)`,
    )
    .run(JSON.stringify(seqs));
}

/** Forgets gaps in a part of the log that is gone as a whole. */
export function forgetGaps(tx: Tx, until_seq: number): void {
  tx.sqlite.query('DELETE FROM event_gaps WHERE seq <= ?').run(until_seq);
}

/** Tells whether a session with these scopes and intents missed something that is not there any more. */
export function missedGap(
  db: Db,
  scopes: ReadonlySet<string>,
  { after, mask }: { after: number; mask: number },
): boolean {
  // Nearly always there is none at all.
  const any = db.sqlite.query('SELECT 1 FROM event_gaps WHERE seq > ? LIMIT 1');
  if (any.get(after) === null) return false;
  return (
    db.sqlite
      .query(
        `SELECT 1 FROM json_each(?1) mine CROSS JOIN event_gaps g ON g.scope = mine.value
          WHERE g.seq > ?2 AND (g.intent < 0 OR (?3 & (1 << g.intent)) <> 0) LIMIT 1`,
      )
      .get(JSON.stringify([...scopes]), after, mask) !== null
  );
}
