// How a file looks: short, with a first sentence that says what it is for, and exporting by name.
import { expect, test } from 'bun:test';
import { sourcesOf } from '../support/sources.ts';

const sources = await sourcesOf('src');
const paths = (wrong: typeof sources) => wrong.map(({ path }) => path);

test('a file has at most 300 lines', () => {
  // All texts of a language stand in one file.
  const others = sources.filter(({ path }) => !path.startsWith('src/web/page/words/'));
  const long = others.filter(({ text }) => text.trimEnd().split('\n').length > 300);
  expect(paths(long)).toEqual([]);
});

test('a file opens with a sentence', () => {
  const mute = sources.filter(({ text }) => !/^(\/\/ [^\n]+\n)+/.test(text));
  expect(paths(mute)).toEqual([]);
  const unfinished = sources.filter(
    ({ text }) => !/^(\/\/ [^\n]+\n)*\/\/ [^\n]+[.!?)`]\n(?!\/\/)/.test(text),
  );
  expect(paths(unfinished)).toEqual([]);
});

test('nothing is exported by default', () => {
  const modules = sources.filter(({ path }) => !path.endsWith('.d.ts'));
  expect(paths(modules.filter(({ text }) => /^export default\b/m.test(text)))).toEqual([]);
});

/** Lists of work are several tables read by one statement, whose rows each list knows. */
const ofSeveralTables = 'src/features/base/clearing/slices.ts';

test('rows of statements written as SQL come by a shape', () => {
  const shapeless = sources.filter(
    ({ path, text }) =>
      !path.startsWith('src/db/') && path !== ofSeveralTables && /\.(query|prepare)</.test(text),
  );
  expect(paths(shapeless)).toEqual([]);
});
