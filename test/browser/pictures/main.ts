// Makes the pictures of docs/pictures: `CHROMIUM=… bun run pictures`, or some of them by their names.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LiveKitProcess, liveKitBinary } from '../../support/livekit.ts';
import { root } from '../../support/sources.ts';
import { Stage } from '../support/stage.ts';
import { button } from '../support/voice.ts';
import { settle, type Community } from './community.ts';
import { pictures, type Picture } from './list.ts';
import { hold, pictureOf } from './still.ts';

const folder = join(root, 'docs/pictures');
const wanted = process.argv.slice(2);

/** Mara and leyla are there; where there is a LiveKit, they sit at the fire. */
async function enter(stage: Stage, { people, voice_id }: Community): Promise<void> {
  for (const name of ['mara', 'leyla'] as const) {
    const visitor = await stage.enters(people[name], 'desktop', `#/${voice_id}`);
    if (liveKitBinary === null) continue;
    await button(visitor, 'Join').click();
    await visitor.page.locator('.voice-bar', { hasText: 'In voice' }).waitFor();
  }
}

async function take(stage: Stage, community: Community, picture: Picture): Promise<void> {
  const { name, device = 'desktop', colours = 'light', language = 'en', at, shows } = picture;
  const visitor = await stage.arrives(device, { colorScheme: colours, locale: language });
  await visitor.signsIn(community.people.ida, at?.(community) ?? `#/${community.channel_id}`);
  await shows(visitor);
  await hold(visitor);
  await Bun.write(join(folder, `${name}.webp`), await pictureOf(visitor.page, stage.browser));
  console.log(`docs/pictures/${name}.webp`);
  await visitor.leaves();
}

mkdirSync(folder, { recursive: true });
const livekit = liveKitBinary === null ? null : await LiveKitProcess.start();
const stage = await Stage.build(livekit?.settings ?? {}, []);
try {
  const community = await settle(stage);
  await enter(stage, community);
  for (const picture of pictures) {
    if (wanted.length > 0 && !wanted.includes(picture.name)) continue;
    if (picture.hasVoice === true && livekit === null) {
      console.log(`${picture.name} stays as it is: LIVEKIT_SERVER names no server`);
    } else await take(stage, community, picture);
  }
} finally {
  await stage.strike();
  await livekit?.[Symbol.asyncDispose]();
}
