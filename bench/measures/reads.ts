// Reads: pages of 50 messages, and one's own user, over 64 connections.
import { join } from 'node:path';
import { runBeside, runHttp } from '../loaders';
import type { Options } from '../options';
import { makeDir } from '../processes';
import type { Row } from '../report';
import { buildRequest } from '../load/responses';
import { fetchText, messageRequests, startFloor, startWorld, type World } from '../target';
import { latencyRows, rateRow } from './messages';

const CONNECTIONS = 64;
const ACCOUNTS = 8;

export async function measurePages(options: Options): Promise<Row[]> {
  const world = await startWorld(options.server, ACCOUNTS);
  await seed(world);
  return measureRead('pages of 50 messages', `${world.messages}?limit=50`, world, options);
}

export async function measureMe(options: Options): Promise<Row[]> {
  const world = await startWorld(options.server, ACCOUNTS);
  return measureRead('GET /users/@me', '/api/v1/users/@me', world, options);
}

async function measureRead(
  figure: string,
  path: string,
  world: World,
  options: Options,
): Promise<Row[]> {
  const body = join(makeDir(), 'body.json');
  await Bun.write(body, await fetchText(world, path));
  const requests = world.tokens.map((token) => buildRequest('GET', path, token));
  const bare = await startFloor('constant.ts', { FLOOR_BODY: body });
  const { ours, floor } = await runBeside(world, bare, CONNECTIONS, requests, options);
  await Promise.all([world.stop(), bare.stop()]);
  return [rateRow(figure, ours, floor), ...latencyRows(figure, ours, floor)];
}

/** Posts for half a second: some hundreds of messages at least, of which a page shows 50. */
async function seed(world: World): Promise<void> {
  const { port, pid } = world;
  const requests = messageRequests(world);
  await runHttp({ port, pid, connections: 16, requests, warmup_ms: 0, window_ms: 500 });
}
