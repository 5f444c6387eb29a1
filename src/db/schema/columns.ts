// Kinds of columns. STRICT, WITHOUT ROWID and all that Drizzle cannot express is in the migrations.
import { customType, integer } from 'drizzle-orm/sqlite-core';

/** A snowflake as a 64-bit integer. Bound as text; never selected, since JS would round it. */
export const snowflakeNumber = customType<{ data: string; driverData: string }>({
  dataType: () => 'integer',
});

/** A value as JSON. Drizzle's own type turns a null bound to a placeholder into the text `null`. */
const jsonText = customType<{ data: unknown; driverData: string | null }>({
  dataType: () => 'text',
  toDriver: (value) => (value === null ? null : JSON.stringify(value)),
  fromDriver: (given) => JSON.parse(given ?? 'null'),
});

export const json = <T>(name: string) => jsonText(name).$type<T>();
export const flag = (name: string) => integer(name, { mode: 'boolean' });
/** Unix milliseconds. */
export const time = (name: string) => integer(name);
