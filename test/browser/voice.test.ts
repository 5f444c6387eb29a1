// Voice and calls in real browsers, through a real LiveKit server.
import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Folder } from '../support/folder.ts';
import { LiveKitProcess, liveKitBinary } from '../support/livekit.ts';
import { voice } from './support/sound.ts';
import { hears, hearsNothing, listens, sees } from './support/hearing.ts';
import type { Resident } from './support/resident.ts';
import { browserTest, type Stage } from './support/stage.ts';
import type { Device, Visitor } from './support/visitor.ts';

const livekit =
  liveKitBinary === null || !process.env['CHROMIUM'] ? null : await LiveKitProcess.start();
const folder = new Folder();
const sound = join(folder.path, 'voice.wav');
await Bun.write(sound, voice());
afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Chromium's own beeps are too short to count as speaking. */
const flags = [`--use-file-for-fake-audio-capture=${sound}`];

function voiceTest(name: string, run: (stage: Stage, livekit: LiveKitProcess) => Promise<void>) {
  if (livekit !== null) browserTest(name, (stage) => run(stage, livekit), livekit.settings, flags);
  else test.skip(`${name} (skipped: CHROMIUM or LIVEKIT_SERVER is missing)`, () => undefined);
}

const button = ({ page }: Visitor, name: string) => page.getByRole('button', { name, exact: true });
const tiles = ({ page }: Visitor) => page.locator('.stage .tile');

/** Opens the client with a microphone that can be measured at the other end. */
async function enters(stage: Stage, who: Resident, at: string, device: Device = 'desktop') {
  const visitor = await stage.arrives(device);
  await listens(visitor);
  await visitor.signsIn(who, at);
  return visitor;
}

async function lounge(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { space } = await stage.meets(anna, ben);
  const channel = await anna.rest.call('POST /spaces/:space_id/channels', {
    space_id: space.id,
    body: { name: 'Lounge', type: 'voice' },
  });
  return { anna, ben, space, channel };
}

async function conversation(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const channel = await anna.rest.call('POST /users/@me/channels', {
    body: { recipients: [ben.id] },
  });
  return { anna, ben, channel };
}

voiceTest('two people hear each other, and see who speaks and who is muted', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const phone = await enters(stage, ben, `#/${channel.id}`, 'phone');
  const loaded = () =>
    desk.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const before = await loaded();
  await button(desk, 'Join').click();
  await desk.page.locator('.voice-bar', { hasText: 'In voice' }).waitFor();
  // LiveKit's client has come with joining.
  expect((await loaded()).length).toBeGreaterThan(before.length);
  await phone.page.locator('.stage .tile', { hasText: 'anna' }).waitFor();
  await button(phone, 'Join').tap();
  await Promise.all([hears(desk), hears(phone)]);
  await desk.page.locator('.tile.speaks', { hasText: 'ben' }).waitFor();
  await phone.page.locator('.tile.speaks', { hasText: 'anna' }).waitFor();
  await desk.isAccessible();
  await phone.isAccessible();
  await desk.isPictured('voice');
  await phone.isPictured('voice');

  await button(phone, 'Mute the microphone').tap();
  await tiles(desk).filter({ hasText: 'ben' }).getByRole('img', { name: 'muted' }).waitFor();
  await hearsNothing(desk);
  await button(phone, 'Mute the microphone').tap();
  await hears(desk);

  await button(desk, 'Hear nobody').click();
  await phone.page.getByRole('img', { name: 'hears nobody' }).first().waitFor();
  await hearsNothing(desk);
  await button(desk, 'Hear nobody').click();
  await hears(desk);

  await button(desk, 'Leave voice').click();
  await desk.page.locator('.voice-bar').waitFor({ state: 'detached' });
  await tiles(phone).filter({ hasText: 'anna' }).waitFor({ state: 'detached' });
  await button(desk, 'Join').waitFor();
});

voiceTest('cameras and screens of others are shown', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  for (const one of [desk, other]) await button(one, 'Join').click();
  await button(other, 'Send the camera').click();
  await desk.page.getByLabel('ben’s camera', { exact: true }).waitFor();
  await sees(desk);
  await button(other, 'Share the screen').click();
  await desk.page.getByLabel('ben’s screen', { exact: true }).waitFor();
  await sees(desk);
  await desk.isAccessible();
  await desk.isPictured('voice-screen');
  await button(other, 'Share the screen').click();
  await desk.page.getByLabel('ben’s screen', { exact: true }).waitFor({ state: 'detached' });
  await button(other, 'Send the camera').click();
  await desk.page.getByLabel('ben’s camera', { exact: true }).waitFor({ state: 'detached' });
});

voiceTest('whom a moderator mutes is silent, and is heard again afterwards', async (stage) => {
  const { anna, ben, space, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  for (const one of [desk, other]) await button(one, 'Join').click();
  await Promise.all([hears(desk), hears(other)]);
  const moderate = (body: { mute: boolean }) =>
    anna.rest.call('PATCH /spaces/:space_id/members/:user_id', {
      space_id: space.id,
      user_id: ben.id,
      body,
    });
  await moderate({ mute: true });
  await button(other, 'You may not speak here.').waitFor();
  await hearsNothing(desk);
  await moderate({ mute: false });
  await button(other, 'Mute the microphone').waitFor();
  await hears(desk);
  // Who is taken out of the channel is told.
  await anna.rest.call('PUT /channels/:channel_id/permissions/:overwrite_id', {
    channel_id: channel.id,
    overwrite_id: ben.id,
    body: { type: 'member', allow: [], deny: ['connect'] },
  });
  await other.page.getByText('You are not in the voice of Lounge any more.').waitFor();
  await other.page.getByText('You may not join here.').waitFor();
});

voiceTest('one chooses devices, by keyboard alone', async (stage) => {
  const { anna, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  await button(desk, 'Join').press('Enter');
  const opener = button(desk, 'Microphone, speakers and camera');
  await opener.press('Enter');
  const microphone = desk.page.getByRole('combobox', { name: 'Microphone' });
  await microphone.locator('option').nth(1).waitFor({ state: 'attached' });
  await desk.isAccessible();
  await desk.isPictured('voice-devices');
  await microphone.selectOption({ index: 1 });
  await desk.page.keyboard.press('Escape');
  await desk.page.getByRole('dialog').waitFor({ state: 'detached' });
  await desk.until('the focus to be back', () =>
    opener.evaluate((element) => element === document.activeElement),
  );
  await opener.press('Enter');
  expect(await microphone.inputValue()).not.toBe('');
});

voiceTest('LiveKit dies and comes back, and so do those who talk', async (stage, livekit) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  // While it is away, browsers complain that nobody answers.
  for (const one of [desk, other]) one.complaints.expect(/WebSocket|ERR_CONNECTION|status of 503/);
  for (const one of [desk, other]) await button(one, 'Join').click();
  await Promise.all([hears(desk), hears(other)]);
  await livekit.end();
  await desk.page.getByText('Connection to voice lost. Trying again…').waitFor();
  await livekit.start();
  await Promise.all([hears(desk), hears(other)]);
});

voiceTest('a restart of our server does not disturb those who talk', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  for (const one of [desk, other]) one.complaints.expect(/WebSocket|ERR_CONNECTION/);
  for (const one of [desk, other]) await button(one, 'Join').click();
  await Promise.all([hears(desk), hears(other)]);
  await stage.server.end('SIGKILL');
  await button(other, 'Mute the microphone').click();
  await stage.server.start();
  // What was changed meanwhile is told afterwards.
  await tiles(desk).filter({ hasText: 'ben' }).getByRole('img', { name: 'muted' }).waitFor();
  await hears(other);
});

voiceTest('a call rings, is taken, and ends', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const phone = await enters(stage, ben, '', 'phone');
  await button(desk, 'Call').click();
  await phone.page.getByRole('alert').filter({ hasText: 'anna is calling' }).waitFor();
  await desk.page.getByText('Ringing…').waitFor();
  await phone.isAccessible();
  await phone.isPictured('call-rings');
  await button(phone, 'Accept').tap();
  await Promise.all([hears(desk), hears(phone)]);
  await desk.page.getByText('Ringing…').waitFor({ state: 'detached' });
  await phone.isAccessible();
  await desk.isAccessible();
  await desk.isPictured('call');
  await phone.isPictured('call');
  await button(desk, 'Leave voice').click();
  await button(desk, 'Join the call').first().waitFor();
  await button(phone, 'Leave voice').tap();
  await button(desk, 'Call').waitFor();
});

voiceTest('a call is declined, and another one is given up', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  await button(desk, 'Call').click();
  await button(other, 'Decline').click();
  await desk.page.getByText('ben did not take the call.').waitFor();
  await desk.page.locator('.voice-bar').waitFor({ state: 'detached' });
  await button(other, 'Call').click();
  await button(desk, 'Accept').waitFor();
  await button(other, 'Leave voice').click();
  await button(desk, 'Accept').waitFor({ state: 'detached' });
  await button(desk, 'Call').waitFor();
});
