// A storm: all members of a space begin a session at once, as after an update of their client.
import type { Measure, Subject } from '../contest';
import { writeRows } from '../data/rows';
import { identifyFrame, openGateway, quiet } from '../load/gateway-client';
import { openFileLimit, watchCpu } from '../machine';
import { fewRoundsOf, type Options } from '../options';
import type { Running } from '../processes';
import { databaseOf, startFloor, startOurs, startWorld } from '../target';
import { INTENTS } from './identify';

/** What follows READY is sent within so long. */
const FOLLOWS_MS = 1000;
const FILES_BESIDE = 300;

export function storm(options: Options): Measure[] {
  const { clients } = options;
  const files = clients + FILES_BESIDE;
  const figure = `${clients} clients of one space IDENTIFY at once`;
  const shared = { unit: 's', better: 'less', beside: 'bare' } as const;
  return [
    {
      rounds: fewRoundsOf(options),
      rows: [
        { figure: `${figure}, until all are there`, key: 'seconds', aim: { value: 6 }, ...shared },
        { figure: `${figure}, server CPU`, key: 'cpu', aim: { value: 3 }, ...shared },
      ],
      async open(server) {
        if (files > openFileLimit()) {
          throw new Error(`this machine does not allow ${files} open files`);
        }
        const world = await startWorld(server, 1);
        await world.stop();
        const accounts = await writeRows(server, databaseOf(world.dir), (rows) => {
          const added = rows.addAccounts(clients, 0);
          rows.addMembers(world.space, world.channel, added);
          return added;
        });
        const tokens = accounts.map(({ token }) => token);
        return {
          ...storms(() => startOurs(server, world.dir, files), tokens),
          floors: {
            bare: () => Promise.resolve(storms(() => startFloor('gateway.ts', {}, files), tokens)),
          },
        };
      },
    },
  ];
}

/** Each storm meets a program that has just started. */
function storms(start: () => Promise<Running>, tokens: readonly string[]): Subject {
  return {
    async round() {
      const running = await start();
      const used = watchCpu(running.pid);
      const begin = performance.now();
      const all = await Promise.all(
        tokens.map((token) =>
          openGateway(running.port, identifyFrame(token, INTENTS), 'ready', quiet()),
        ),
      );
      const seconds = (performance.now() - begin) / 1000;
      await Bun.sleep(FOLLOWS_MS);
      const cpu = used();
      for (const client of all) client.drop();
      await running.stop();
      return { seconds, cpu };
    },
    stop: () => Promise.resolve(),
  };
}
