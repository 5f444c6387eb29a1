import { expect, test } from 'bun:test';
import { request } from 'node:http';
import { Ears } from '../support/ears.ts';
import { startTest, type TestServer } from '../support/server.ts';

/** What is left of the limit for a caller that the headers name, as a proxy sends them. */
function leftFor(server: TestServer, ...forwarded: string[]): Promise<string | undefined> {
  const headers = forwarded.length > 0 ? { 'X-Forwarded-For': forwarded } : {};
  return new Promise((resolve, reject) => {
    const url = `${server.origin}/api/v1/gateway`;
    const sent = request(url, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.headers['x-ratelimit-remaining'] as string | undefined);
    });
    sent.on('error', reject).end();
  });
}

const limited = { RATE_LIMIT_PER_MINUTE: '60' };
const remarks = ({ logged }: TestServer) =>
  logged.filter(({ message }) => message.startsWith('X-Forwarded-For'));

test('a client is the same behind a proxy, however the proxy writes its address', async () => {
  await using server = await startTest({
    settings: { ...limited, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' },
  });
  const spellings = [
    ['192.0.2.7'],
    ['192.0.2.7:51234'],
    ['"192.0.2.7:51299"'],
    ['[::ffff:192.0.2.7]:443'],
    ['203.0.113.9, 192.0.2.7:1'],
    ['203.0.113.9', '192.0.2.7:2'],
    ['192.0.2.7:3', '10.0.0.1:80'],
  ];
  const left: (string | undefined)[] = [];
  for (const each of spellings) left.push(await leftFor(server, ...each));
  expect(left).toEqual(['69', '68', '67', '66', '65', '64', '63']);
  expect(await leftFor(server, '192.0.2.8:51234')).toBe('69');
  expect(await leftFor(server, '[2001:db8::1]:51234')).toBe('69');
  expect(await leftFor(server, '2001:db8::2')).toBe('68');
  expect(remarks(server)).toEqual([]);
});

test('a header from an address that is not trusted is not believed, and told once', async () => {
  for (const TRUSTED_PROXIES of ['', '10.0.0.0/8']) {
    await using server = await startTest({ settings: { ...limited, TRUSTED_PROXIES } });
    expect(await leftFor(server)).toBe('69');
    expect(remarks(server)).toEqual([]);
    expect(await leftFor(server, '192.0.2.7')).toBe('68');
    expect(await leftFor(server, '192.0.2.8')).toBe('67');
    const [remark, ...more] = remarks(server);
    expect([remark?.level, remark?.fields]).toEqual(['notice', { address: '127.0.0.1' }]);
    expect(more).toEqual([]);
  }
});

test('a socket tells it, too', async () => {
  await using server = await startTest();
  const headers = { 'X-Forwarded-For': '192.0.2.7' };
  const socket = new WebSocket(server.gateway, { headers });
  const ears = await Ears.open(server.gateway);
  await new Promise((opened) => socket.addEventListener('open', opened));
  expect(remarks(server)).toHaveLength(1);
  socket.close();
  ears.drop();
});
