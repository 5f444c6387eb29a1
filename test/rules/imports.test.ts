// Imports point down: to a lower rung, between groups of features to one below, within a group to an earlier one.
import { expect, test } from 'bun:test';
import { groups, rooms } from '../support/rooms.ts';
import { sourcesOf, type Source } from '../support/sources.ts';

/** From the top down; what stands on one line knows nothing of its neighbours. */
const ladder = [
  ['src/main.ts'],
  ['src/alone.ts'],
  ['src/server.ts'],
  ['src/maintenance/'],
  ['src/features.ts'],
  ['src/web/'],
  ['src/client/'],
  ...rooms.map(({ folder }) => [folder]).toReversed(),
  ['src/features/feature.ts', 'src/features/shapes.ts'],
  ['src/listen.ts'],
  ['src/http/', 'src/gateway/'],
  ['src/access/'],
  ['src/write.ts', 'src/log.ts'],
  ['src/turns.ts', 'src/savepoints.ts'],
  ['src/consequence.ts', 'src/turn-queue.ts'],
  ['src/outage.ts'],
  ['src/app.ts', 'src/command-line.ts'],
  ['src/events/'],
  ['src/db/', 'src/config.ts'],
  ['src/lib/', 'src/errors.ts', 'src/version.ts'],
];

function placeOf(path: string): { rung: number; room: string } {
  const rung = ladder.findIndex((rooms) => rooms.some((room) => path.startsWith(room)));
  return { rung, room: ladder[rung]?.find((room) => path.startsWith(room)) ?? '' };
}

const sources = await sourcesOf('src');
const ours = ({ imports }: Source) => imports.filter((path) => path.startsWith('src/'));

test('the order of the features is that of their groups', () => {
  const inOrder = rooms.map(({ group }) => group);
  expect(inOrder.filter((group, index) => group !== inOrder[index - 1])).toEqual(groups);
});

test('every file has its place on the ladder', () => {
  expect(sources.map(({ path }) => path).filter((path) => placeOf(path).rung < 0)).toEqual([]);
});

test('an import stays in its room or goes to a lower rung', () => {
  const wrong = sources.flatMap((source) =>
    ours(source)
      .filter((path) => {
        const [from, to] = [placeOf(source.path), placeOf(path)];
        return from.room !== to.room && to.rung <= from.rung;
      })
      .map((path) => `${source.path} → ${path}`),
  );
  expect(wrong).toEqual([]);
});

test('the contract of a feature loads without the server', () => {
  const contract = /^src\/features\/([^/]+\/[^/]+\/(schema|events)|shapes)\.ts$/;
  const known =
    /^src\/(lib\/.*|events\/(event|intents|audience)|gateway\/protocol|access\/permissions|errors)\.ts$/;
  const wrong = sources
    .filter(({ path }) => contract.test(path))
    .flatMap((source) => [
      ...source.packages.filter((name) => name !== 'zod').map((name) => `${source.path} → ${name}`),
      ...ours(source)
        .filter((path) => !contract.test(path) && !known.test(path))
        .map((path) => `${source.path} → ${path}`),
    ]);
  expect(wrong).toEqual([]);
});

test('no file imports itself by a detour', () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of byPath.get(path)?.imports ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  expect(circles).toEqual([]);
});

test('every import of our own names a file that is there', async () => {
  const there = new Set([...new Bun.Glob('{src,drizzle}/**/*').scanSync('.'), 'package.json']);
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter((name) => !there.has(name) && !name.startsWith('node_modules/'))
      .map((name) => `${path} → ${name}`),
  );
  expect(wrong).toEqual([]);
});
