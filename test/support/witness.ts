// Remembers what the tests of this process have seen, and writes it down for who judges the whole run.
import { afterAll, beforeEach } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PlannedDatabase } from '../../src/db/planned.ts';
import { commonFiles } from './folder.ts';
import { holdRowsToShapes } from './row-shapes.ts';
import { root } from './sources.ts';

interface Seen {
  /** Test files that ran a test. */
  files: Set<string>;
  /** Types of events that some socket received. */
  events: Set<string>;
  /** Texts of all statements that the server prepared, each with the file that asked for it first. */
  statements: Map<string, string>;
  /** `GET /api/v1/… 200`, with long numbers made one. */
  answers: Set<string>;
}

export const seen: Seen = {
  files: new Set(),
  events: new Set(),
  statements: new Map(),
  answers: new Set(),
};

const [ofServer, ofTests] = [join(root, 'src/'), join(root, 'test/')];

/** Builds the statements of others, which it is handed. */
const builder = join(root, 'src/db/open.ts');
/** Passes on what it is asked for. */
const passing = ['test/support/witness.ts', 'test/support/row-shapes.ts', 'src/db/planned.ts'].map(
  (path) => join(root, path),
);

/** Our own files among the calls that led here, the nearest first. */
function callers(): string[] {
  const calls = (new Error('where').stack ?? '').split('\n');
  return calls
    .flatMap((call) => /(\/[^:()]+\.tsx?):/.exec(call)?.[1] ?? [])
    .filter((path) => path.startsWith(ofServer) || path.startsWith(ofTests))
    .filter((path) => !passing.includes(path));
}

/** Statements of tests, and how often each was looked at: the server may come to prepare the same. */
const ownOfTests = new Map<string, number>();
const maxLooks = 20;

/** Keeps a statement of the server with the file that asks for it; migrations are none. */
function note(statement: string, isRun: boolean): void {
  if (seen.statements.has(statement) || (ownOfTests.get(statement) ?? 0) > maxLooks) return;
  const [nearest, ...others] = callers();
  if (nearest?.startsWith(ofServer) !== true || (isRun && nearest === builder)) {
    ownOfTests.set(statement, (ownOfTests.get(statement) ?? 0) + 1);
    return;
  }
  const file = nearest === builder ? others.find((path) => path !== builder) : nearest;
  seen.statements.set(statement, relative(root, file ?? builder));
}

const { prepare, run } = PlannedDatabase.prototype;
PlannedDatabase.prototype.prepare = function remembered(this: PlannedDatabase, ...given) {
  note(given[0], false);
  return prepare.apply(this, given);
} as typeof prepare;
PlannedDatabase.prototype.run = function remembered(this: PlannedDatabase, ...given) {
  note(given[0], true);
  return run.apply(this, given);
};

holdRowsToShapes();

beforeEach(() => void seen.files.add(relative(root, Bun.main)));

/** Folder of a run in several processes; null for a run in one, which nobody judges. */
export const runFolder = process.env['ACCORD_TEST_FOLDER'] ?? null;

/** Ends the names of what a process has written down. */
export const noteSuffix = '.seen.json';

// In a run of several processes this comes after each file, with all that was seen up to there.
afterAll(() => {
  rmSync(commonFiles, { recursive: true, force: true });
  if (runFolder === null) return;
  const lists = Object.entries(seen).map(([kind, all]) => [kind, [...all]]);
  const note = JSON.stringify(Object.fromEntries(lists));
  writeFileSync(join(runFolder, `${process.pid}${noteSuffix}`), note);
});
