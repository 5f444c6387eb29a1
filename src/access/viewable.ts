// Decides who may read records about channels: readers who may view them, or could before deletion.
import { sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { App } from '../app.ts';
import { viewedClasses, type MemberAccess, type Reader, type SpaceAccess } from './evaluate.ts';
import { classesOf } from './load.ts';

/** Returns the visibility classes that the reader may view, those of deleted channels included. */
export function keptClasses(
  { db }: App,
  space: SpaceAccess,
  member: MemberAccess | null,
  reader: Reader,
): number[] {
  const retired = classesOf(db, space.id, true);
  return [
    ...viewedClasses(space, member, reader),
    ...viewedClasses(space, member, reader, retired),
  ];
}

/** Returns SQL for: the row names no channel, or one of these classes, deleted or not. */
export function viewableIn(channel_id: SQLiteColumn, classes: readonly number[]): SQL {
  return sql`(${channel_id} is null or exists (
    select 1 from kept_channels kept where kept.id = ${channel_id}
       and kept.class_id in (select value from json_each(${JSON.stringify(classes)}))))`;
}
