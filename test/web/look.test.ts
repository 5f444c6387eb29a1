import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { root } from '../support/sources.ts';

const read = (name: string) => Bun.file(join(root, 'src/web/page/styles', name)).text();
const [base, chosen] = await Promise.all([read('base.css'), read('accents.css')]);

type Both = readonly [light: string, dark: string];

/** The colours that a text declares, in light and dark. */
function coloursOf(text: string): Map<string, Both> {
  const found = text.matchAll(/(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g);
  return new Map([...found].map(([, name = '', light = '', dark = '']) => [name, [light, dark]]));
}

/** As WCAG 2.2 reckons it. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const usual = coloursOf(base);
const accents = [...chosen.matchAll(/\[data-accent='(\w+)'\] \{([^}]+)\}/g)].map(
  ([, name = '', text = '']) => [name, new Map([...usual, ...coloursOf(text)])] as const,
);

/** Which colour is written on which. */
const pairs = [
  ...['--paper', '--side', '--rail', '--hover', '--chosen'].flatMap((ground) => [
    ['--accent', ground],
    ['--ink', ground],
    ['--quiet', ground],
  ]),
  ['--on-accent', '--accent'],
] as const;

test('every accent can be read in both themes', () => {
  expect(accents.length).toBe(8);
  const weak = accents.flatMap(([accent, colours]) =>
    pairs.flatMap(([ink = '', ground = '']) =>
      [0, 1].flatMap((theme) => {
        const ratio = contrast(colours.get(ink)?.[theme] ?? '', colours.get(ground)?.[theme] ?? '');
        return ratio >= 4.5 ? [] : [`${accent} ${theme}: ${ink} on ${ground} is ${ratio}`];
      }),
    ),
  );
  expect(weak).toEqual([]);
});

test('the accents that can be chosen are those that there are', async () => {
  const text = await Bun.file(join(root, 'src/web/page/store/look.ts')).text();
  const list = /accents = \[([^\]]+)\]/.exec(text)?.[1] ?? '';
  const named = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  expect(named).toEqual(accents.map(([name]) => name));
});
