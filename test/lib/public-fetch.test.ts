// What may be fetched, from where, and what a hostile server cannot do to us.
import { afterAll, describe, expect, test } from 'bun:test';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import tls from 'node:tls';
import {
  fetchPublic,
  isPublicAddress,
  type Network,
  type PublicFetchFailure,
  type PublicFetchOptions,
  type PublicFetchResult,
} from '../../src/lib/public-fetch.ts';

// Made for this test alone, valid for 100 years; the certificate names page.test.
const certificateAuthority = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUC/pelC3qIv8s5UWWHQV3tO0BfdwwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjMyMDIyNDBaGA8yMTI2MTAzMDIw
MjI0MFowEjEQMA4GA1UEAwwHVGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABDaZFJpjBPc1kgnjWSWghjW8+e7HD26sBUwMWrMGQEWI220z4HE75UWQI4jq
kdzdKrMpFZmgMqyxnAoVBW7spWKjUzBRMB0GA1UdDgQWBBQTZc8bVpbsRP1i9FAy
y1K6ou/iLTAfBgNVHSMEGDAWgBQTZc8bVpbsRP1i9FAyy1K6ou/iLTAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIF+hD9iQl7ptppyIhSPO56RGkD6Z
jfoe14vWeU4u4bxVAiEA6fRpOuL9GsGM5/kI5kRfBVl72JJSvpmuHKLXLK/TzgM=
-----END CERTIFICATE-----`;
const certificate = `-----BEGIN CERTIFICATE-----
MIIBgjCCASigAwIBAgIUQE1yt4DoBFd48o4zRarQ9LDiUiMwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjMyMDIyNDBaGA8yMTI2MTAzMDIw
MjI0MFowFDESMBAGA1UEAwwJcGFnZS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAErSS+JAv4ZowITWFgbjrR3lH1yQc0AtulSS12ELzfCBf9cB8HjpXOqBjS
TatCu5KjguIrcao+6h1iFnalPvcw+aNYMFYwFAYDVR0RBA0wC4IJcGFnZS50ZXN0
MB0GA1UdDgQWBBScj+9dqEhKdO413GL+Hoump1wqGTAfBgNVHSMEGDAWgBQTZc8b
VpbsRP1i9FAyy1K6ou/iLTAKBggqhkjOPQQDAgNIADBFAiADW5DrsgfDtM8YhJMs
kA9BXUAhCdMYfGvXaCuXeZwe5gIhAPo19kUaTMqaZdJT6z/41nGNbIG+vDwwvjQP
ervqdRU0
-----END CERTIFICATE-----`;
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbulYZHpNip1ZFnLS
sTkUgXS98nQiL74AFZnoSC8+mrOhRANCAAStJL4kC/hmjAhNYWBuOtHeUfXJBzQC
26VJLXYQvN8IF/1wHweOlc6oGNJNq0K7kqOC4itxqj7qHWIWdqU+9zD5
-----END PRIVATE KEY-----`;

const html = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
  `${headers}\r\n${body}`;
const redirect = (location: string) =>
  `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

type Answer = (socket: net.Socket, request: string) => void;

/** A server that answers each request with raw bytes, and remembers what it was asked. */
async function serve(answer: Answer | string, address?: string) {
  const requests: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const request = bytes.toString('latin1');
      requests.push(request);
      if (typeof answer === 'string') socket.write(answer, 'latin1');
      else answer(socket, request);
    });
  });
  const port = await listening(server, address);
  closers.push(() => sockets.forEach((socket) => socket.destroy()));
  return { port, requests, sockets, url: `http://page.test:${port}/` };
}

async function listening(server: net.Server, address = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  closers.push(() => server.close());
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** Names resolve to this machine, and this machine alone counts as public. */
function locally(port: number, network: Partial<Network> = {}): Partial<PublicFetchOptions> {
  return {
    network: {
      lookup: async () => ['127.0.0.1'],
      isAllowedAddress: (address) => address === '127.0.0.1',
      ports: [port],
      ...network,
    },
  };
}

function get(url: string, options: Partial<PublicFetchOptions> = {}) {
  return fetchPublic(url, { userAgent: 'Test/1.0', contentTypes: ['text/html'], ...options });
}

const refused = (reason: PublicFetchFailure): PublicFetchResult => ({ ok: false, reason });
const text = (result: PublicFetchResult) =>
  result.ok ? new TextDecoder().decode(result.body) : result.reason;

describe('a public address', () => {
  const isPublic = ['1.1.1.1', '93.184.216.34', '::ffff:1.1.1.1', '2606:4700:4700::1111'];
  test.each(isPublic)('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  const isNot = `
    127.0.0.1 127.255.0.1 0.0.0.0 0.1.2.3 10.1.2.3 172.16.0.1 172.31.9.9 192.168.1.1
    169.254.169.254 100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1 :: ::1 ::127.0.0.1 ::7f00:1
    ::1.1.1.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::ffff:0:127.0.0.1
    64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1 100:0:0:1::1
    localhost 127.1 2130706433 1.1.1.1/8
  `;
  test.each(['', ...isNot.trim().split(/\s+/)])('is not %p', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('by default nothing is fetched', () => {
  const network = {
    lookup: () => Promise.reject(new Error('must not be looked up')),
  };
  const hosts = ['127.0.0.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1'];
  hosts.push('127.1', '0', '127.0.0.1.', '①②⑦.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[::7f00:1]');
  hosts.push('10.0.0.1', '169.254.169.254', '100.64.0.1', '192.168.0.1', '[fe80::1]', '[fd00::1]');
  test.each(hosts)('from %s, without asking for a name', async (host) => {
    expect(await get(`http://${host}/`, { network })).toEqual(refused('forbidden_address'));
    expect(await get(`https://${host}/`, { network })).toEqual(refused('forbidden_address'));
  });

  test('from localhost', async () => {
    expect(await get('http://localhost/')).toEqual(refused('forbidden_address'));
  });

  const urls = ['ftp://a.test/', 'file:///etc/passwd', 'data:text/html,a', 'javascript:alert(1)'];
  urls.push('http://a.test:22/', 'https://a.test:8443/', 'http://u:p@a.test/', 'http://u@a.test/');
  urls.push('', 'a.test', 'http://', 'http://[fe80::1%25eth0]/', 'http://a b.test/');
  test.each(urls)('for the URL %p', async (url) => {
    expect(await get(url, { network })).toEqual(refused('forbidden_url'));
  });

  test('for a URL that is longer than any page has', async () => {
    const url = `http://a.test/${'a'.repeat(5000)}`;
    expect(await get(url, { network })).toEqual(refused('forbidden_url'));
  });

  test('from a name with one private address among public ones', async () => {
    for (const hidden of ['10.0.0.1', '::1', '::ffff:192.168.0.1']) {
      for (const addresses of [
        ['1.1.1.1', hidden],
        [hidden, '1.1.1.1'],
      ]) {
        const lookup = async () => addresses;
        expect(await get('https://page.test/', { network: { lookup } })).toEqual(
          refused('forbidden_address'),
        );
      }
    }
  });

  test('from a name without an address', async () => {
    const none = { network: { lookup: async () => [] } };
    expect(await get('https://page.test/', none)).toEqual(refused('unknown_host'));
    expect(await get('https://page.test/', { network })).toEqual(refused('unknown_host'));
  });
});

describe('a page', () => {
  test('is fetched with the name as Host, without its fragment, by a request that says who asks', async () => {
    const { port, requests } = await serve(html('<p>hello'));
    const result = await get(`http://page.test:${port}/a?b=c#d`, locally(port));
    expect(result).toMatchObject({
      ok: true,
      url: `http://page.test:${port}/a?b=c#d`,
      contentType: 'text/html; charset=utf-8',
      isTruncated: false,
    });
    expect(text(result)).toBe('<p>hello');
    expect(requests[0]).toStartWith('GET /a?b=c HTTP/1.1\r\n');
    expect(requests[0]).toMatch(new RegExp(`^host: page\\.test:${port}\r$`, 'im'));
    expect(requests[0]).toMatch(/^user-agent: Test\/1\.0\r$/im);
    expect(requests[0]).not.toMatch(/^(cookie|authorization|referer)/im);
  });

  test('is unpacked when it comes in gzip', async () => {
    const packed = Buffer.from(Bun.gzipSync('<title>packed')).toString('latin1');
    const { port, url } = await serve(html(packed, 'Content-Encoding: gzip\r\n'));
    expect(text(await get(url, locally(port)))).toBe('<title>packed');
  });

  test('without a length ends with its connection', async () => {
    const { port, url } = await serve((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: TEXT/HTML\r\n\r\n<p>old style');
    });
    expect(text(await get(url, locally(port)))).toBe('<p>old style');
  });

  test('comes over a connection of its own, which is closed afterwards', async () => {
    const { port, url, sockets } = await serve(html('a'));
    await get(url, locally(port));
    await get(url, locally(port));
    expect(sockets.size).toBe(2);
    await Bun.sleep(50);
    expect([...sockets].filter((socket) => !socket.destroyed && !socket.readableEnded)).toEqual([]);
  });

  const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );
  test.if(hasIPv6)(
    'comes from the other family when the first address does not answer',
    async () => {
      const { port, url } = await serve(html('six'), '::1');
      const network = { lookup: async () => ['::1', '127.0.0.1'], isAllowedAddress: () => true };
      expect(text(await get(url, locally(port, network)))).toBe('six');
    },
  );

  test('that says it is something else is not read', async () => {
    for (const type of [
      'application/json',
      'image/png',
      'text/htmlx',
      '',
      'text/plain;text/html',
    ]) {
      const { port, url } = await serve(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`);
      expect(await get(url, locally(port))).toEqual(refused('unwanted_type'));
    }
  });

  test('that is no success is not read', async () => {
    for (const status of [300, 302, 304, 404, 500]) {
      const { port, url } = await serve(
        `HTTP/1.1 ${status} Odd\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n`,
      );
      expect(await get(url, locally(port))).toEqual(refused('not_successful'));
    }
  });
});

describe('over TLS', () => {
  async function serveSecurely() {
    const names: unknown[] = [];
    const server = tls.createServer({ cert: certificate, key: privateKey }, (socket) => {
      names.push(socket.servername);
      socket.on('error', () => {});
      socket.on('data', () => socket.write(html('secret')));
    });
    return { port: await listening(server), names };
  }

  test('a page comes from the checked address under the certificate of its name', async () => {
    const { port, names } = await serveSecurely();
    const result = await get(`https://page.test:${port}/`, locally(port, { certificateAuthority }));
    expect(text(result)).toBe('secret');
    expect(names).toEqual(['page.test']);
  });

  test('a certificate of another name or of nobody known is refused', async () => {
    const { port } = await serveSecurely();
    const trusting = locally(port, { certificateAuthority });
    expect(await get(`https://other.test:${port}/`, trusting)).toEqual(refused('unreachable'));
    expect(await get(`https://127.0.0.1:${port}/`, trusting)).toEqual(refused('unreachable'));
    expect(await get(`https://page.test:${port}/`, locally(port))).toEqual(refused('unreachable'));
  });
});

describe('a redirect', () => {
  test('is followed, also to a relative address', async () => {
    const { port } = await serve((socket, request) => {
      socket.write(request.startsWith('GET /a/b ') ? html('here') : redirect('b'));
    });
    const result = await get(`http://page.test:${port}/a/`, locally(port));
    expect(result).toMatchObject({ ok: true, url: `http://page.test:${port}/a/b` });
  });

  test('is followed three times and no more', async () => {
    const { port, requests } = await serve((socket, request) => {
      const step = Number(/GET \/(\d+)/.exec(request)?.[1]);
      socket.write(step === 0 ? html('end') : redirect(`/${step - 1}`));
    });
    expect(text(await get(`http://page.test:${port}/3`, locally(port)))).toBe('end');
    requests.length = 0;
    const tooFar = await get(`http://page.test:${port}/4`, locally(port));
    expect(tooFar).toEqual(refused('too_many_redirects'));
    expect(requests.length).toBe(4);
  });

  test('to a private address, another port, a scheme or credentials is not followed', async () => {
    const cases: [string, PublicFetchFailure][] = [
      ['http://127.0.0.2:PORT/', 'forbidden_address'],
      ['http://0x7f000002:PORT/', 'forbidden_address'],
      ['//[::1]:PORT/', 'forbidden_address'],
      ['http://inside.test:PORT/', 'forbidden_address'],
      ['http://page.test:22/', 'forbidden_url'],
      ['file:///etc/passwd', 'forbidden_url'],
      ['http://user:word@page.test:PORT/', 'forbidden_url'],
      ['http://', 'forbidden_url'],
    ];
    for (const [location, reason] of cases) {
      const { port, url, requests } = await serve((socket) => {
        socket.write(redirect(location.replace('PORT', String(port))));
      });
      const lookup = async (name: string) => [name === 'inside.test' ? '10.0.0.1' : '127.0.0.1'];
      expect(await get(url, locally(port, { lookup }))).toEqual(refused(reason));
      expect(requests.length).toBe(1);
    }
  });
});

test('a name that changes its address between check and connection leads to the checked one', async () => {
  const good = await serve(html('checked'));
  let lookups = 0;
  const lookup = async () => [(lookups += 1) === 1 ? '127.0.0.1' : '127.0.0.2'];
  expect(text(await get(good.url, locally(good.port, { lookup })))).toBe('checked');
  expect(lookups).toBe(1);
  // The next hop asks again, and judges again.
  expect(await get(good.url, locally(good.port, { lookup }))).toEqual(refused('forbidden_address'));
  expect(good.requests.length).toBe(1);
});

describe('a hostile server', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';

  /** Writes without end, as fast as the other side reads, until it hangs up. */
  function flood(chunk: string | Uint8Array) {
    const sent = { bytes: 0 };
    const pump = (socket: net.Socket) => {
      while (!socket.destroyed && socket.writable && sent.bytes < 200e6) {
        sent.bytes += chunk.length;
        if (!socket.write(chunk)) return void socket.once('drain', () => pump(socket));
      }
    };
    return { sent, pump };
  }

  test('that sends without end is cut off at the limit', async () => {
    const { sent, pump } = flood('b'.repeat(65536));
    const { port, url, sockets } = await serve((socket) => {
      socket.write(`${head}\r\n`);
      pump(socket);
    });
    const result = await get(url, locally(port));
    expect(result).toMatchObject({ ok: true, isTruncated: true });
    expect(text(result).length).toBe(512 * 1024);
    await Bun.sleep(50);
    expect(sent.bytes).toBeLessThan(40e6);
    expect([...sockets].map((socket) => socket.destroyed)).toEqual([true]);
  });

  test('that sends a gzip bomb fills neither the page nor the memory', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(64e6));
    const { sent, pump } = flood(bomb);
    const { port, url } = await serve((socket) => {
      socket.write(`${head}Content-Encoding: gzip\r\n\r\n`);
      pump(socket);
    });
    const before = process.memoryUsage.rss();
    const result = await get(url, locally(port));
    expect(result).toMatchObject({ ok: true, isTruncated: true });
    expect(text(result).length).toBe(512 * 1024);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
    expect(sent.bytes).toBeLessThan(40e6);
  });

  test('that unpacks to megabytes lets others have their turn meanwhile', async () => {
    const packed = Buffer.from(Bun.gzipSync(new Uint8Array(64e6))).toString('latin1');
    const { port, url } = await serve(html(packed, 'Content-Encoding: gzip\r\n'));
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const turns = new Set<number>();
    const untilEnough = () => () => {
      turns.add(turn);
      return false;
    };
    const result = await get(url, { ...locally(port), maxBytes: 32e6, untilEnough });
    isOver = true;
    expect(result).toMatchObject({ ok: true, isTruncated: true });
    expect(turns.size).toBeGreaterThan(4);
  });

  test('that packs in what was not offered is refused', async () => {
    for (const encoding of ['br', 'zstd', 'deflate', 'gzip, gzip', 'br, gzip', 'odd']) {
      const { port, url } = await serve(html('abc', `Content-Encoding: ${encoding}\r\n`));
      expect(await get(url, locally(port))).toEqual(refused('unwanted_encoding'));
    }
  });

  test('that claims gzip and sends something else is refused', async () => {
    const { port, url } = await serve(html('not gzip', 'Content-Encoding: gzip\r\n'));
    expect(await get(url, locally(port))).toEqual(refused('unreachable'));
  });

  test('that never stops sending headers is refused', async () => {
    for (const line of [`x-a: ${'b'.repeat(1000)}\r\n`, 'b'.repeat(65536)]) {
      const { sent, pump } = flood(line);
      const { port, url } = await serve((socket) => {
        socket.write(`${head}x: `);
        pump(socket);
      });
      expect(await get(url, locally(port))).toEqual(refused('unreachable'));
      expect(sent.bytes).toBeLessThan(40e6);
    }
  });

  test.each([
    ['connects and says nothing', ''],
    ['stops within the headers', 'HTTP/1.1 200 OK\r\nContent-'],
    ['stops within the body', `${head}Content-Length: 100\r\n\r\nabc`],
  ])('that %s costs no more than the time limit', async (_name, answer) => {
    const { port, url } = await serve(answer);
    await expectTimeout(url, locally(port));
  });

  test('that trickles byte by byte costs no more than the time limit', async () => {
    const trickle = (opening: string) => (socket: net.Socket) => {
      socket.write(opening);
      const interval = setInterval(() => socket.write('a'), 20);
      socket.on('close', () => clearInterval(interval));
    };
    for (const opening of [`${head}\r\n`, `${head}x: `]) {
      const { port, url } = await serve(trickle(opening));
      await expectTimeout(url, locally(port));
    }
  });

  test('that redirects slowly has one time limit for all hops', async () => {
    const { port, url } = await serve((socket) => {
      setTimeout(() => socket.write(redirect('/')), 120);
    });
    await expectTimeout(url, locally(port));
  });

  test('whose name server never answers costs no more than the time limit', async () => {
    await expectTimeout('http://page.test/', {
      network: { lookup: () => new Promise<string[]>(() => {}) },
    });
  });

  test.each([
    ['hangs up', ''],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['breaks off', `${head}Content-Length: 100\r\n\r\nabc`],
    ['sends broken chunks', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ])('that %s is unreachable', async (_name, answer) => {
    const { port, url } = await serve((socket) => socket.end(answer));
    expect(await get(url, locally(port))).toEqual(refused('unreachable'));
  });

  async function expectTimeout(url: string, options: Partial<PublicFetchOptions>) {
    expect(await get(url, { ...options, timeout_ms: 300 })).toEqual(refused('timed_out'));
  }
});

test('a port where nobody listens is unreachable', async () => {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await get(`http://page.test:${port}/`, locally(port))).toEqual(refused('unreachable'));
});
