// Where drizzle-kit finds the tables and puts the migrations it generates (`bun run migrate:generate`).
import { defineConfig } from 'drizzle-kit';

// eslint-disable-next-line import/no-default-export -- drizzle-kit reads the default export
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/db/schema/*.ts',
  out: './drizzle',
});
