// All tables of the schema, as its files declare them.
import { is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { join } from 'node:path';
import { root } from './sources.ts';

const files = [...new Bun.Glob('src/db/schema/*.ts').scanSync(root)];
const modules: object[] = await Promise.all(files.map((file) => import(join(root, file))));

/** Each table under the name by which it is exported. */
export const tablesByName: Record<string, SQLiteTable> = Object.fromEntries(
  modules.flatMap((module) => Object.entries(module)).filter(([, value]) => is(value, SQLiteTable)),
);

export const tables = Object.values(tablesByName);
