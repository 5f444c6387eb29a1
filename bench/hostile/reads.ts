// Attacks by what anybody may ask for: documents, pages, lists, pictures, addresses that are long.
import { crc32, deflateSync } from 'node:zlib';
import { z } from 'zod';
import { type Attack, type Scene, times } from './attack';

function reads(
  name: string,
  count: number,
  path: (n: number) => string,
  more: Record<string, string> = {},
): Attack {
  return {
    name,
    by: 'a stranger',
    prepare:
      ({ running }) =>
      () =>
        times(count, 16, async (n) => {
          const answer = await fetch(`http://127.0.0.1:${running.port}${path(n)}`, {
            headers: more,
          });
          await answer.bytes();
          return answer.status;
        }),
  };
}

/** A PNG of a few hundred KB that says it is as large as a house. */
function pictureOf(side: number): string {
  const chunk = (name: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 0], 8);
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc((side + 1) * side))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${png.toString('base64')}`;
}

function avatar(name: string, side: number): Attack {
  return {
    name,
    by: 'a member',
    prepare(scene: Scene) {
      const body = JSON.stringify({ avatar: pictureOf(side) });
      return () =>
        times(
          16,
          8,
          async () => (await scene.call('PATCH', '/users/@me', scene.member.token, body)).status,
        );
    },
  };
}

/** Messages that are as long as they may be, all of them pinned. */
async function fill({ call, channel, member, owner }: Scene, count: number): Promise<void> {
  const field = { name: 'a', value: '"'.repeat(800) };
  const body = {
    content: '"'.repeat(4000),
    embeds: [{ fields: Array.from({ length: 12 }, () => field) }],
  };
  await times(count, 8, async () => {
    const { data } = await call('POST', `/channels/${channel}/messages`, member.token, body);
    const { id } = Made.parse(data);
    return (await call('PUT', `/channels/${channel}/pins/${id}`, owner.token)).status;
  });
}
const Made = z.object({ id: z.string() });

/** As many at once as a rested account may ask for. */
function together(name: string, path: string, method = 'GET'): Attack {
  return {
    name: `70 × ${name} at once`,
    by: 'a member',
    async prepare(scene) {
      await fill(scene, 200);
      const { call, channel, member } = scene;
      return () =>
        times(70, 70, async () => {
          return (await call(method, `/channels/${channel}/${path}`, member.token)).status;
        });
    },
  };
}

export const reading: Attack[] = [
  reads('the OpenAPI document 300 times', 300, () => '/api/v1/openapi.json'),
  reads('the AsyncAPI document 300 times', 300, () => '/api/v1/asyncapi.json'),
  reads('the front page 300 times', 300, () => '/'),
  reads('invite pages with a long code', 300, (n) => `/invite/${'a'.repeat(7000)}${n}`),
  reads('addresses of 7 KB', 300, (n) => `/api/v1/${'a/'.repeat(3500)}${n}`),
  reads('queries of 7 KB', 300, (n) => `/api/v1/spaces/public?${'a=b&'.repeat(1700)}n=${n}`),
  reads('a chain of 2,000 forwarded addresses', 300, () => '/api/v1/spaces/public', {
    'X-Forwarded-For': '1.2.3.4, '.repeat(1600),
  }),
  reads('a token of 7 KB', 300, () => '/api/v1/users/@me', {
    Authorization: `Bearer ${'a'.repeat(7000)}`,
  }),
  avatar('pictures of 8,000 by 8,000 points', 8000),
  avatar('pictures of 1,000 by 1,000 points', 1000),
  together('the longest page of messages', 'messages?limit=100'),
  together('the longest list of pins', 'pins'),
  together('the head of the longest list of pins', 'pins', 'HEAD'),
];
