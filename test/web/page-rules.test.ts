// What no file of the page may do, as far as its text shows it.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { root } from '../support/sources.ts';
import { english } from '../../src/web/page/words/english.ts';
import { german } from '../../src/web/page/words/german.ts';

const folders = ['src/web/page', 'src/client'];
const paths = folders.flatMap((folder) => [
  ...new Bun.Glob(`${folder}/**/*.{ts,tsx,css,html}`).scanSync(root),
]);
const sources = await Promise.all(
  paths.toSorted().map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })),
);

/** The lines that match, with their files. */
function lines(pattern: RegExp, isWanted: (path: string) => boolean = () => true): string[] {
  return sources
    .filter(({ path }) => isWanted(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => (pattern.test(line) ? `${path}: ${line.trim()}` : [])),
    );
}

test('the page makes no element of text, runs no text, and writes nothing to the console', () => {
  expect(lines(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser/i)).toEqual([]);
  expect(lines(/\beval\(|new Function|\bconsole\./)).toEqual([]);
});

test('nothing comes from elsewhere', () => {
  expect(lines(/@import|url\(|https?:\/\//, (path) => path.endsWith('.css'))).toEqual([
    ...lines(/@import '\.\//, (path) => path.endsWith('/page.css')),
  ]);
  expect(lines(/(src|href)="https?:/)).toEqual([]);
});

test('state, gateway and REST know nothing of a page', () => {
  const isClient = (path: string) => path.startsWith('src/client/');
  expect(lines(/\b(document|window|localStorage|indexedDB|navigator)\b[.[]\w/, isClient)).toEqual(
    [],
  );
});

test('both languages put the same values into each text', () => {
  const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();
  for (const [key, text] of Object.entries(english)) {
    expect({ key, values: values(german[key as keyof typeof english]) }).toEqual({
      key,
      values: values(text),
    });
  }
});

test('every text is said somewhere', () => {
  const code = sources
    .filter(({ path }) => !path.includes('/words/'))
    .map(({ text }) => text)
    .join('\n');
  const unsaid = Object.keys(english).filter(
    (key) => !code.includes(`'${key}'`) && !code.includes(`"${key}"`),
  );
  // Some are put together: say(`status_${status}`).
  const stems = [...code.matchAll(/`(\w+_)\$\{/g)].map(([, stem = '']) => stem);
  expect(unsaid.filter((key) => !stems.some((stem) => key.startsWith(stem)))).toEqual([]);
});
