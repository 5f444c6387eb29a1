// Kinds of columns. STRICT, WITHOUT ROWID and what Drizzle cannot say of a table stand in the migrations.
import { customType, integer } from 'drizzle-orm/sqlite-core';

/** A snowflake kept as SQLite's 64 bit integer. Bound as text; never selected, since a number would round it. */
export const snowflakeNumber = customType<{ data: string; driverData: string }>({
  dataType: () => 'integer',
});

/** A value as JSON. Drizzle's own kind makes the text `null` of a null that is bound to a placeholder. */
const jsonText = customType<{ data: unknown; driverData: string | null }>({
  dataType: () => 'text',
  toDriver: (value) => (value === null ? null : JSON.stringify(value)),
  fromDriver: (given) => JSON.parse(given ?? 'null'),
});

export const json = <T>(name: string) => jsonText(name).$type<T>();
export const flag = (name: string) => integer(name, { mode: 'boolean' });
/** Unix milliseconds. */
export const time = (name: string) => integer(name);
