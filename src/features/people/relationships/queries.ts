// SQL of friends, requests and blocks.
import { and, eq, sql } from 'drizzle-orm';
import { prepared, type Db, type Tx } from '../../../db/open.ts';
import { relationships } from '../../../db/schema/people.ts';
import { kind, maxRelations } from './schema.ts';

export type RelationRow = typeof relationships.$inferSelect;
/** What a row says beside whose it is. */
export type OwnRelation = Pick<RelationRow, 'target_id' | 'type' | 'since'>;

const row = prepared((orm) =>
  orm
    .select()
    .from(relationships)
    .where(
      and(
        eq(relationships.user_id, sql.placeholder('user_id')),
        eq(relationships.target_id, sql.placeholder('target_id')),
      ),
    )
    .prepare(),
);

/** Returns what stands on the side of `user_id`; undefined if nothing does. */
export function findRelation(db: Db, user_id: string, target_id: string): RelationRow | undefined {
  return row(db).get({ user_id, target_id });
}

export function areFriends(db: Db, one_id: string, other_id: string): boolean {
  return findRelation(db, one_id, other_id)?.type === kind.friend;
}

/** Returns all that stands on an account's side, newest first. */
export function relationsOf(db: Db, user_id: string): OwnRelation[] {
  return db.sqlite
    .rows(
      { target_id: 'text', type: 'number', since: 'number' },
      `SELECT target_id, type, since FROM relationships WHERE user_id = ?
        ORDER BY since DESC, target_id DESC LIMIT ${maxRelations}`,
    )
    .all(user_id);
}

/** Counts what stands on an account's side, and the requests of others among it. */
export function countRelations(db: Db, user_id: string): { all: number; incoming: number } {
  const counted = db.sqlite
    .rows(
      { every: 'number', incoming: 'number' },
      `SELECT count(*) AS every, count(iif(type = ${kind.incoming}, 1, NULL)) AS incoming
         FROM relationships WHERE user_id = ?`,
    )
    .get(user_id);
  return { all: counted?.every ?? 0, incoming: counted?.incoming ?? 0 };
}

/** Returns the ids of accounts that are friends of both, newest of the reader first. */
export function mutualFriends(db: Db, reader_id: string, user_id: string): string[] {
  return db.sqlite
    .rows(
      { id: 'text' },
      `SELECT mine.target_id AS id FROM relationships mine
        CROSS JOIN relationships theirs
           ON theirs.user_id = ?2 AND theirs.target_id = mine.target_id AND theirs.type = 1
        WHERE mine.user_id = ?1 AND mine.type = 1
        ORDER BY mine.since DESC, mine.target_id DESC LIMIT ${maxRelations}`,
    )
    .all(reader_id, user_id)
    .map(({ id }) => id);
}

/** Writes one side, in place of what stood there. */
export function putRelation(tx: Tx, one: RelationRow): void {
  const { type, since } = one;
  tx.orm
    .insert(relationships)
    .values(one)
    .onConflictDoUpdate({
      target: [relationships.user_id, relationships.target_id],
      set: { type, since },
    })
    .run();
}

/** Deletes one side. */
export function deleteRelation(tx: Tx, user_id: string, target_id: string): void {
  tx.orm
    .delete(relationships)
    .where(and(eq(relationships.user_id, user_id), eq(relationships.target_id, target_id)))
    .run();
}

const slice = 500;

const someOn = (side: 'user_id' | 'target_id') => `DELETE FROM relationships
  WHERE (user_id, target_id) IN (
    SELECT user_id, target_id FROM relationships WHERE ${side} = ?1 LIMIT ${slice})
  RETURNING user_id`;

/** Deletes some of what stands on either side of an account; `others`: on whose side something did. */
export function deleteSomeRelations(
  tx: Tx,
  user_id: string,
): { others: string[]; isOver: boolean } {
  const gone = (side: Parameters<typeof someOn>[0]) =>
    tx.sqlite.rows({ user_id: 'text' }, someOn(side)).all(user_id);
  const theirs = gone('target_id');
  const own = gone('user_id');
  return {
    others: theirs.map((row) => row.user_id),
    isOver: theirs.length + own.length === 0,
  };
}
