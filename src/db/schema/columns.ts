// Kinds of columns. STRICT, WITHOUT ROWID and what Drizzle cannot say of a table stand in the migrations.
import { customType, integer, text } from 'drizzle-orm/sqlite-core';

/** A snowflake kept as SQLite's 64 bit integer. Bound as text; never selected, since a number would round it. */
export const snowflakeNumber = customType<{ data: string; driverData: string }>({
  dataType: () => 'integer',
});

export const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>();
export const flag = (name: string) => integer(name, { mode: 'boolean' });
/** Unix milliseconds. */
export const time = (name: string) => integer(name);
