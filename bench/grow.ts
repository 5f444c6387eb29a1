// What a world gets in tens or hundreds, over HTTP: channels, roles, spaces.
import { buildRequest } from './load/responses';
import { postAll } from './target';

interface Owned {
  port: number;
  space: string;
  /** The first one is the owner's. */
  tokens: readonly string[];
}

/** Makes more channels in which everybody writes. */
export async function addChannels({ port, space, tokens }: Owned, count: number): Promise<void> {
  await each(port, count, (n) => {
    const wish = { name: `channel-${n}`, type: 'text', topic: 'What one talks about here.' };
    return buildRequest('POST', `/api/v1/spaces/${space}/channels`, tokens[0] ?? '', wish);
  });
}

/** Makes more roles, which nobody has. */
export async function addRoles({ port, space, tokens }: Owned, count: number): Promise<void> {
  await each(port, count, (n) => {
    const wish = { name: `Role ${n}`, permissions: ['manage_emojis'] };
    return buildRequest('POST', `/api/v1/spaces/${space}/roles`, tokens[0] ?? '', wish);
  });
}

/** Founds more spaces, and lets everybody join them. */
export async function addSpaces({ port, tokens }: Omit<Owned, 'space'>, count: number) {
  const [owner = '', ...others] = tokens;
  const slug = (n: number) => `bench-space-${n}`;
  await each(port, count, (n) => {
    const wish = { name: `Space ${n}`, slug: slug(n), public: true };
    return buildRequest('POST', '/api/v1/spaces', owner, wish);
  });
  await each(port, count * others.length, (n) => {
    const token = others[n % others.length] ?? '';
    const space = slug(Math.floor(n / others.length));
    return buildRequest('POST', `/api/v1/spaces/${space}/join`, token, {});
  });
}

async function each(port: number, count: number, request: (n: number) => string): Promise<void> {
  if (count <= 0) return;
  await postAll(
    port,
    Array.from({ length: count }, (_, n) => request(n)),
    count,
  );
}
