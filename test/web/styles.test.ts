// Styles that come later style nothing that is there before.
import { expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import { root } from '../support/sources.ts';

const page = join(root, 'src/web/page');
const textOf = (path: string) => Bun.file(path).text();

/** The files that come with one, by imports that are not `import()`. */
async function withAll(path: string, found = new Map<string, string>()) {
  if (found.has(path) || !/\.tsx?$/.test(path)) return found;
  const text = await textOf(path);
  found.set(path, text);
  for (const [, named = ''] of text.matchAll(/^(?:import|export)\s[^;]*?from '(\.[^']+)'/gm)) {
    await withAll(join(dirname(path), named), found);
  }
  return found;
}

/** The classes with which a selector of the sheet begins. */
function rootsOf(css: string): Set<string> {
  const rules = css.replaceAll(/\/\*[\s\S]*?\*\/|@media[^{]*/g, '').matchAll(/([^{}]+)\{/g);
  const selectors = [...rules].flatMap(([, list = '']) => list.split(','));
  return new Set(selectors.flatMap((one) => /^\s*\.([\w-]+)/.exec(one)?.[1] ?? []));
}

const all = await Promise.all(
  [...new Bun.Glob('**/*.{ts,tsx}').scanSync(page)].map((path) => textOf(join(page, path))),
);
const worn = new Set(
  all.flatMap((text) =>
    [...text.matchAll(/styles\/([\w-]+\.css)' with/g)].map(([, name = '']) => name),
  ),
);

test('some styles come later', () => {
  expect(worn.size).toBeGreaterThan(2);
});

test('no part of the first load, and no door, is styled by a sheet that comes later', async () => {
  const first = await withAll(join(page, 'main.tsx'));
  await withAll(join(page, 'views/doors.tsx'), first);
  expect(first.size).toBeGreaterThan(30);
  const early = [...worn].map(async (name) => {
    const roots = rootsOf(await textOf(join(page, 'styles', name)));
    return [...first].flatMap(([path, text]) => {
      const classes = Array.from(text.matchAll(/class="([^"]*)"/g), ([, list = '']) => list);
      const used = classes.flatMap((list) => list.split(/\s+/)).filter((one) => roots.has(one));
      return used.map((one) => `${path.slice(page.length)}: .${one} of ${name}`);
    });
  });
  expect((await Promise.all(early)).flat()).toEqual([]);
});
