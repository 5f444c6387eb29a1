// Search among many messages in a space of 500 channels: how long one waits for an answer.
import type { Measure } from '../contest';
import { COMMON_WORD, NO_WORD, PREFIX } from '../data/words';
import { buildRequest } from '../load/responses';
import { httpSubject, waitRow } from '../loads';
import { type Options, roundsOf } from '../options';
import { formatNumber } from '../report';
import { settle } from '../settle';
import { addChannels } from '../grow';
import { regrow, startConstant, startWorld } from '../target';

const ACCOUNTS = 8;
const CHANNELS = 500;

const QUERIES = {
  'a common word': COMMON_WORD,
  'no hit': NO_WORD,
  'a prefix': PREFIX,
};

export function search(options: Options): Measure[] {
  const { stored } = options;
  const where = `in ${formatNumber(stored)} messages, ${CHANNELS} channels`;
  return [
    {
      rounds: roundsOf(options),
      rows: Object.keys(QUERIES).map((load) =>
        waitRow({ load, figure: `search, ${load}, ${where}`, beside: load, aim: { value: 5 } }),
      ),
      async open(server) {
        const begun = await startWorld(server, ACCOUNTS);
        await addChannels(begun, CHANNELS - 1);
        const { space } = begun;
        const { world } = await regrow(server, begun, (rows) => {
          const where = { space, channels: rows.channels(space), authors: rows.accounts() };
          rows.addMessages(where, stored);
        });
        await settle(world.pid);
        const [token = ''] = world.tokens;
        const floors: Record<string, () => Promise<ReturnType<typeof httpSubject>>> = {};
        const loads = Object.fromEntries(
          Object.entries(QUERIES).map(([name, query]) => {
            const path = `/api/v1/spaces/${world.space}/messages/search?query=${query}`;
            const load = { connections: 1, requests: [buildRequest('GET', path, token)] };
            floors[name] = async () =>
              httpSubject(await startConstant(world, path), { [name]: load }, options);
            return [name, load];
          }),
        );
        return { ...httpSubject(world, loads, options), floors };
      },
    },
  ];
}
