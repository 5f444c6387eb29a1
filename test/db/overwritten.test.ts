import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Folder } from '../support/folder.ts';
import { startTest } from '../support/server.ts';
import { world } from '../support/world.ts';

test('texts that were deleted or replaced do not stand in the file any more', async () => {
  using folder = new Folder();
  {
    await using server = await startTest({ settings: folder.settings });
    const { anna, general } = await world(server, 'anna');
    const path = `/channels/${general.id}/messages`;
    const texts = ['GONE FOR GOOD', 'GONE FOR GOOD '.repeat(280), 'STAYS THERE'];
    for (let n = 0; n < 20; n += 1) {
      const sent = await Promise.all(texts.map((text) => anna.says(general, text)));
      const [short, long] = sent;
      await anna.does('PATCH', `${path}/${short?.id}`, { content: 'x' });
      await anna.does('DELETE', `${path}/${long?.id}`);
    }
  }
  const file = await Bun.file(join(folder.path, 'accord.db')).text();
  // Without the file in the message of a failure.
  const found = (text: string) => file.includes(text);
  expect(found('STAYS THERE')).toBe(true);
  expect(found('GONE FOR GOOD')).toBe(false);
});
