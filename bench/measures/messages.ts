// Durable messages: POST in a closed loop over 1, 16 and 64 connections.
import type { Measure } from '../contest';
import { cpuRow, httpSubject, type Load, rateRow } from '../loads';
import { type Options, roundsOf } from '../options';
import { messageRequests, startFloor, startWorld } from '../target';

/** What of the floor with two inserts is to be reached, by connections. */
const AIMS = { 64: 0.5, 16: 0.55, 1: 0.7 };
const ACCOUNTS = 8;

export function messages(options: Options): Measure[] {
  const counts = Object.entries(AIMS).map(([count, ratio]) => ({ count: Number(count), ratio }));
  return [
    {
      rounds: roundsOf(options),
      rows: counts.toReversed().flatMap(({ count, ratio }) => {
        const load = `${count}`;
        const figure = `messages, ${count} connection${count === 1 ? '' : 's'}`;
        return [
          rateRow({ load, figure, beside: 'two inserts', aim: { ratio } }),
          cpuRow({ load, figure, beside: 'two inserts' }),
          rateRow({ load, figure: `${figure}, beside bare`, beside: 'bare' }),
        ];
      }),
      async open(server) {
        const world = await startWorld(server, ACCOUNTS);
        const requests = messageRequests(world);
        const loads = Object.fromEntries(
          counts.map(({ count }): [string, Load] => [`${count}`, { connections: count, requests }]),
        );
        const floor = (file: string) => async () =>
          httpSubject(await startFloor(file), loads, options);
        return {
          ...httpSubject(world, loads, options),
          floors: { 'two inserts': floor('messages.ts'), bare: floor('bare.ts') },
        };
      },
    },
  ];
}
