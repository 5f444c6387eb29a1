// Reads: pages of 50 messages, and one's own user, over 64 connections.
import type { Measure, Opened } from '../contest';
import { cpuRow, httpSubject, rateRow } from '../loads';
import { type Options, roundsOf } from '../options';
import { buildRequest } from '../load/responses';
import { postAll, regrow, startConstant, startWorld, type World } from '../target';

const CONNECTIONS = 64;
const ACCOUNTS = 8;
/** In each of two channels. */
const MESSAGES = 500;
const REACTED = 50;

const PAGES = {
  plain: 'pages of 50 messages',
  reacted: 'pages of 50 messages with reactions',
  before: 'pages of 50 messages with `before`',
};

export function pages(options: Options): Measure[] {
  return [
    {
      rounds: roundsOf(options),
      rows: Object.entries(PAGES).flatMap(([load, figure]) => {
        const aim = load === 'before' ? undefined : { ratio: 0.5 };
        return [
          rateRow({ load, figure, beside: load, aim }),
          cpuRow({ load, figure, beside: load }),
        ];
      }),
      async open(server) {
        const { world, paths } = await growPages(server);
        return openReads(world, paths, options);
      },
    },
  ];
}

export function me(options: Options): Measure[] {
  const row = { load: 'me', figure: 'GET /users/@me', beside: 'me' };
  return [
    {
      rounds: roundsOf(options),
      // A rate at which both are busy is told by CPU: 0.6 of the speed of the floor.
      rows: [rateRow(row), cpuRow({ ...row, aim: { ratio: 1.67 } })],
      open: async (server) =>
        openReads(await startWorld(server, ACCOUNTS), { me: '/api/v1/users/@me' }, options),
    },
  ];
}

/** Reads each path in a load of its own, beside a floor that answers the same bytes. */
function openReads(world: World, paths: Record<string, string>, options: Options): Opened {
  const loads = Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [
      name,
      {
        connections: CONNECTIONS,
        requests: world.tokens.map((token) => buildRequest('GET', path, token)),
      },
    ]),
  );
  const floors = Object.fromEntries(
    Object.entries(loads).map(([name, load]) => [
      name,
      async () =>
        httpSubject(await startConstant(world, paths[name] ?? ''), { [name]: load }, options),
    ]),
  );
  return { ...httpSubject(world, loads, options), floors };
}

/** A channel with reactions on its newest messages, and one without. */
async function growPages(server: readonly string[]) {
  const begun = await startWorld(server, ACCOUNTS);
  const [owner = ''] = begun.tokens;
  const wish = { name: 'reacted', type: 'text' };
  const wanted = buildRequest('POST', `/api/v1/spaces/${begun.space}/channels`, owner, wish);
  await postAll(begun.port, [wanted], 1);
  const { space, channel } = begun;
  const { world, made } = await regrow(server, begun, (rows) => {
    const channels = rows.channels(space);
    const authors = rows.accounts();
    rows.addMessages({ space, channels, authors }, channels.length * MESSAGES);
    const reacted = channels.find((id) => id !== channel) ?? '';
    rows.addReactions(reacted, authors.slice(0, 3), REACTED);
    return { reacted, middle: rows.messages(channel)[MESSAGES / 2] ?? '' };
  });
  return {
    world,
    paths: {
      plain: `${world.messages}?limit=50`,
      reacted: `/api/v1/channels/${made.reacted}/messages?limit=50`,
      before: `${world.messages}?limit=50&before=${made.middle}`,
    },
  };
}
