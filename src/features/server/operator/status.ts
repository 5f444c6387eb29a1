// What `accord status` says of a server that runs.
import type { App } from '../../../app.ts';
import { newestSchema } from '../../../db/open.ts';
import { databaseSize } from '../../../db/size.ts';

import { census } from '../pages/census.ts';

const minute_s = 60;
const hour_s = 3_600;
const day_s = 86_400;

/** Returns a duration in its two largest units: "3 d 4 h". */
function inWords(seconds: number): string {
  if (seconds < minute_s) return `${Math.floor(seconds)} s`;
  if (seconds < hour_s) return `${Math.floor(seconds / minute_s)} min`;
  const hours = Math.floor((seconds % day_s) / hour_s);
  if (seconds >= day_s) return `${Math.floor(seconds / day_s)} d ${hours} h`;
  return `${hours} h ${Math.floor((seconds % hour_s) / minute_s)} min`;
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Returns the lines of `accord status`. */
export async function statusLines(app: App): Promise<string[]> {
  const { users, spaces, channels, messages } = await app.state(census)();
  const { database_path, ACCORD_BIND, PORT, PUBLIC_URL } = app.config;
  const trouble = app.trouble();
  return [
    `version   ${app.version.version} (${app.version.git_sha})`,
    `running   ${inWords(process.uptime())}, process ${process.pid}`,
    `address   ${PUBLIC_URL ?? `${ACCORD_BIND} port ${PORT}`}`,
    `database  ${database_path}, ${megabytes(databaseSize(app.db))}, schema ${newestSchema}`,
    `state     ${trouble === null ? 'well' : `the database cannot be written: ${trouble.replaceAll('_', ' ')}`}`,
    `holds     ${users} people, ${spaces} spaces, ${channels} channels, ${messages} messages (counted once a minute)`,
    `sockets   ${app.hub.size} open`,
  ];
}
