// Markup with values in it: text stays text, wherever it is put.
import { expect, test } from 'bun:test';
import { html } from '../../src/lib/html.ts';

test('what is put in as text stays text, also where it only looks like markup', () => {
  const evil = `<b a="1" c='2'>&amp;</b>`;
  const escaped = '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;';
  expect(html`${evil}|${evil}`.text).toBe(`${escaped}|${escaped}`);
  expect(html`${'$&$1\\n'}`.text).toBe('$&amp;$1\\n');
  const forged = JSON.parse('{"text":"<i>"}');
  expect(html`${[forged].map(({ text }) => html`${text}`)}`.text).toBe('&lt;i&gt;');
});

test('markup in markup is not escaped again; nothing is nothing', () => {
  const inner = html`<i>${'<'}</i>`;
  expect(html`<p>${inner}${null}${7}</p>`.text).toBe('<p><i>&lt;</i>7</p>');
  expect(html`${[inner, inner]}`.text).toBe('<i>&lt;</i>\n<i>&lt;</i>');
  expect(html`${[]}`.text).toBe('');
});
