// A full disk of uploaded files: uploads are refused and leave nothing, everything else goes on.
import { describe, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServerProcess } from '../support/process.ts';
import { givenBinary } from '../support/operator.ts';
import { reached, registers } from '../support/outside.ts';
import { canMount, emptyFolder, mounted, Started } from '../support/starting.ts';

describe.skipIf(givenBinary === null || !canMount)('with the binary', () => {
  test('an upload that the disk has no room for is 503, one line in the log, and leaves nothing', async () => {
    using home = emptyFolder();
    const store = join(home.path, 'store');
    mkdirSync(store);
    const port = await freePort();
    await using server = new Started({
      folder: home.path,
      settings: { PORT: `${port}`, ACCORD_STORAGE_PATH: store, RATE_LIMIT_PER_MINUTE: '0' },
      before: mounted('mount -t tmpfs -o size=1m tmpfs "$0"', store),
    });
    await server.port();
    const outside = reached({ port } as ServerProcess);
    const anna = await registers(outside, 'anna');
    const { general } = await anna.founds('Garden');
    const upload = (size: number) => {
      const form = new FormData();
      form.append('payload_json', '{"content":"with a file"}');
      form.append('files[0]', new Blob([new Uint8Array(size)]), 'a.bin');
      return anna.call('POST', `/channels/${general.id}/messages/upload`, form);
    };
    expect((await upload(100_000)).status).toBe(200);
    for (let n = 0; n < 3; n += 1) {
      const { status, code, headers } = await upload(3_000_000);
      expect([status, code]).toEqual([503, 'unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // What was refused takes no room.
    expect((await upload(600_000)).status).toBe(200);
    await anna.says(general, 'and on it goes');
    expect(await anna.does('GET', `/channels/${general.id}/messages`)).toHaveLength(3);
    expect(server.log.match(/could not use the disk/g)).toHaveLength(1);
  });
});
