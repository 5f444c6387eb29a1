import { expect, test } from 'bun:test';
import { isWebAddress } from '../../src/lib/web-address.ts';

test('an address leads to the web if it says so from its first character on', () => {
  const fit = [
    'http://a',
    'https://example.org/a?b=c#d',
    'HtTpS://EXAMPLE.org',
    'http://[::1]:80/',
  ];
  for (const address of fit) expect([address, isWebAddress(address)]).toEqual([address, true]);
  const odd = ['', 'example.org', '//example.org', 'http:example.org', 'http://', 'https:///'];
  const others = [
    'javascript:alert(1)',
    'javascript://x/%0aalert(1)',
    'data:,x',
    'file:///etc/passwd',
  ];
  const hidden = [
    ' http://a',
    '\thttps://a',
    'java\nscript:x',
    'http://a/\n',
    'http://a/\u0085',
    'xhttp://a',
  ];
  for (const address of [...odd, ...others, ...hidden]) {
    expect([address, isWebAddress(address)]).toEqual([address, false]);
  }
});
