// Durable messages: POST in a closed loop over 1, 16 and 64 connections.
import { type HttpFigures, runBeside } from '../loaders';
import type { Options } from '../options';
import { formatNumber, formatPercent, type Row } from '../report';
import { messageRequests, startFloor, startWorld } from '../target';

const CONNECTIONS = [1, 16, 64];
const ACCOUNTS = 8;

export async function measureMessages(options: Options): Promise<Row[]> {
  const world = await startWorld(options.server, ACCOUNTS);
  const requests = messageRequests(world);
  const bare = await startFloor('messages.ts');
  const rows: Row[] = [];
  for (const connections of CONNECTIONS) {
    const { ours, floor } = await runBeside(world, bare, connections, requests, options);
    const name = `messages, ${connections} connection${connections === 1 ? '' : 's'}`;
    rows.push(rateRow(name, ours, floor), ...latencyRows(name, ours, floor));
  }
  await Promise.all([world.stop(), bare.stop()]);
  return rows;
}

export function rateRow(figure: string, ours: HttpFigures, floor: HttpFigures): Row {
  const cpu = `${formatNumber(ours.server_cpu_us)} us (floor ${formatNumber(floor.server_cpu_us)})`;
  const busy = `server ${formatPercent(ours.server_busy)}, loader ${formatPercent(ours.loader_busy)}`;
  return {
    figure,
    ours: ours.per_second,
    floor: floor.per_second,
    unit: '1/s',
    better: 'more',
    note: `server CPU each ${cpu}; busy: ${busy}`,
  };
}

export function latencyRows(figure: string, ours: HttpFigures, floor: HttpFigures): Row[] {
  const shared = { unit: 'ms', better: 'less' } as const;
  return [
    { figure: `${figure}, p50`, ours: ours.p50_ms, floor: floor.p50_ms, ...shared },
    { figure: `${figure}, p99`, ours: ours.p99_ms, floor: floor.p99_ms, ...shared },
  ];
}
