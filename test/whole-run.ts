// Judges a run of all tests by what its processes have seen: the last step of `bun run test`.
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { features } from '../src/features.ts';
import { openApiDocument } from '../src/http/openapi.ts';
import { atOnce } from '../src/lib/concurrency.ts';
import { foreignWrites } from './support/own-tables.ts';
import { needlessExcuses, pastViews } from './support/past-views.ts';
import { PlanDatabases } from './support/plan-databases.ts';
import { planned, scansOf, unsteady } from './support/plans.ts';
import { root } from './support/sources.ts';
import { noteSuffix, runFolder, type seen } from './support/witness.ts';

const Note = z.strictObject({
  files: z.array(z.string()),
  events: z.array(z.string()),
  statements: z.array(z.tuple([z.string(), z.string()])),
  answers: z.array(z.string()),
});

/** These tests need what is not everywhere, and are skipped without it. */
const mayBeSkipped = /^test\/(binary|browser|crash|livekit|litestream|operator)\//;

const folder = runFolder ?? '';
if (folder === '') throw new Error('there is no run to judge; `bun run test` makes one');
const left = readdirSync(folder);
const notes = left
  .filter((name) => name.endsWith(noteSuffix))
  .map((name) => Note.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));

/** What all processes together have seen. */
const all: typeof seen = {
  files: new Set(notes.flatMap(({ files }) => files)),
  events: new Set(notes.flatMap(({ events }) => events)),
  statements: new Map(notes.flatMap(({ statements }) => statements)),
  answers: new Set(notes.flatMap(({ answers }) => answers)),
};

test('every test file has run', () => {
  const files = [...new Bun.Glob('test/**/*.test.ts').scanSync(root)];
  expect(files.filter((file) => !all.files.has(file) && !mayBeSkipped.test(file))).toEqual([]);
});

test('every event is heard by some test', () => {
  const declared = features.flatMap((feature) => feature.events);
  const unheard = declared.filter(({ internal, type }) => !internal && !all.events.has(type));
  expect(unheard.map(({ type }) => type)).toEqual([]);
});

test('no statement reads a whole table, whether or not anything is hidden', () => {
  for (const isAnyHidden of [false, true]) {
    expect(scansOf(planned(isAnyHidden), all.statements.keys())).toEqual([]);
  }
});

test('every statement has one plan, whatever is in the tables and whoever analysed them', () => {
  for (const isAnyHidden of [false, true]) {
    using databases = new PlanDatabases(isAnyHidden);
    expect(unsteady(databases.all, all.statements.keys())).toEqual([]);
  }
});

test('nothing gathers numbers for the planner', () => {
  const analysing = [...all.statements].filter(([text]) => /\b(analyze|optimize)\b/i.test(text));
  expect(analysing).toEqual([['ANALYZE sqlite_schema', 'src/db/statistics.ts']]);
});

test('no statement reads past the views what is deleted or hidden', () => {
  expect(pastViews(all.statements)).toEqual([]);
});

test('every excuse of a statement that does is needed still', () => {
  expect(needlessExcuses(all.statements)).toEqual([]);
});

test('a room writes only its own tables', () => {
  expect(foreignWrites(all.statements)).toEqual([]);
});

test('the OpenAPI document knows every status that was answered', () => {
  expect(undocumented(all.answers)).toEqual([]);
});

test('no test leaves files behind', () => {
  expect(left.filter((name) => !name.endsWith(noteSuffix))).toEqual([]);
});

/** Answers with a status that the document does not name for their endpoint. */
function undocumented(answers: Iterable<string>): string[] {
  const chapters = features.map(({ name, endpoints }) => ({ name, endpoints }));
  const { paths } = atOnce(openApiDocument(chapters, { version: '0', server_url: '/' }));
  const operations = Object.entries(paths as Record<string, Record<string, { responses: object }>>)
    .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
    .map(([path, methods]) => ({
      fits: new RegExp(
        `^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`,
      ),
      methods,
    }));
  return [...answers].filter((answer) => {
    const [method = '', path = '', status = ''] = answer.split(' ');
    const operation = operations.find(({ fits }) => fits.test(path))?.methods[method.toLowerCase()];
    return operation !== undefined && !(status in operation.responses);
  });
}
