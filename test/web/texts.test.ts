// What the page makes of texts before it shows or sends them.
import { expect, test } from 'bun:test';
import { deviceName } from '../../src/web/page/store/device.ts';
import { codeIn } from '../../src/web/page/store/invite-code.ts';
import { english } from '../../src/web/page/words/english.ts';
import { german } from '../../src/web/page/words/german.ts';

test('an invite is read out of its link, of the web or of the app, and out of its code', () => {
  for (const text of [
    'aB3dE6gH',
    ' aB3dE6gH\n',
    'https://chat.example/invite/aB3dE6gH',
    'https://chat.example/sub/invite/aB3dE6gH?from=mail',
    'https://chat.example/app#/invite/aB3dE6gH',
    'daccord://invite/aB3dE6gH@chat.example',
    'http://chat.example#den?invite=aB3dE6gH',
  ]) {
    expect({ text, code: codeIn(text) }).toEqual({ text, code: 'aB3dE6gH' });
  }
});

test('a browser is named by itself, not by those that it descends from', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  const names = {
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`]:
      'Edge · Windows',
    [`Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`]:
      'Chrome · Android',
    'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0': 'Firefox · Linux',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1':
      'Safari · iPhone',
  };
  for (const [agent, name] of Object.entries(names)) expect(deviceName(agent)).toBe(name);
  expect(deviceName('curl/8')).toBeNull();
});

test('both languages put the same values into each text', () => {
  const valuesOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted();
  for (const [key, text] of Object.entries(english)) {
    const other = german[key as keyof typeof german];
    expect({ key, values: valuesOf(other) }).toEqual({ key, values: valuesOf(text) });
  }
});
