// Makes the pictures of docs/pictures: `CHROMIUM=… bun run pictures`, or some of them by their names.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/sources.ts';
import { Stage } from '../support/stage.ts';
import type { Device, Visitor } from '../support/visitor.ts';
import { settle, type Community } from './community.ts';

interface Picture {
  readonly name: string;
  readonly device?: Device;
  readonly colours?: 'light' | 'dark';
  /** Brings the view up; the visitor is ida, and the channel is open. */
  readonly shows: (visitor: Visitor, community: Community) => Promise<void>;
}

const channel = async (visitor: Visitor) => {
  await visitor.messages('greenhouse').last().waitFor();
  await visitor.field.fill('I have glass for the roof');
};

const pictures: readonly Picture[] = [
  { name: 'channel', shows: channel },
  { name: 'channel-dark', colours: 'dark', shows: channel },
  { name: 'channel-phone', device: 'phone', shows: channel },
  {
    name: 'spaces-phone',
    device: 'phone',
    shows: async ({ page }) => page.getByRole('button', { name: 'Channels', exact: true }).tap(),
  },
];

const folder = join(root, 'docs/pictures');
const wanted = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
const stage = await Stage.build({}, []);
try {
  const community = await settle(stage);
  for (const name of ['mara', 'leyla'] as const) await stage.enters(community.people[name]);
  for (const { name, device = 'desktop', colours = 'light', shows } of pictures) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const visitor = await stage.arrives(device, { colorScheme: colours });
    await visitor.signsIn(community.people.ida, `#/${community.channel_id}`);
    await shows(visitor, community);
    // The pointer hovers over nothing.
    await visitor.page.mouse.move(0, 0);
    await visitor.page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`docs/pictures/${name}.png`);
    await visitor.leaves();
  }
} finally {
  await stage.strike();
}
