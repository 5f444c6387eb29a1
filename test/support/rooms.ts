// Where the features live: their folders, which stand in groups.
import { features } from '../../src/features.ts';
import { root } from './sources.ts';

/** The groups, from the base up: arrows between them go down. */
export const groups = [
  'base',
  'people',
  'spaces',
  'talk',
  'doors',
  'live',
  'bots',
  'server',
  'ready',
];

const folders = [...new Bun.Glob('src/features/*/*/feature.ts').scanSync(root)].map((path) =>
  path.slice(0, -'feature.ts'.length),
);

/** The web client is above all rooms: it may know everyone, and nobody knows it. */
const above = 'web';

/** The folder of each other feature, in the order of the features; one without a folder is an error. */
export const rooms = features.flatMap(({ name }) => {
  if (name === above) return [];
  const folder = folders.find((path) => path.endsWith(`/${name}/`));
  if (folder === undefined) throw new Error(`the feature "${name}" has no folder`);
  return [{ name, folder, group: folder.split('/')[2] ?? '' }];
});

/** Folders with a feature that is not in the order. */
export const unlisted = folders.filter((path) => !rooms.some(({ folder }) => folder === path));
