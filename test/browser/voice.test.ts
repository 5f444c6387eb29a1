// Voice in real browsers, through a real LiveKit server.
import { expect } from 'bun:test';
import { hears, hearsNothing, sees } from './support/hearing.ts';
import { button, enters, lounge, pressed, tiles, withLiveKit } from './support/voice.ts';

const voiceTest = await withLiveKit();

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
  await pressed(other, 'Share the screen').click();
  await desk.page.getByLabel('ben’s screen', { exact: true }).waitFor({ state: 'detached' });
  await pressed(other, 'Send the camera').click();
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
  await desk.page.getByText('Connecting again…').waitFor();
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

voiceTest('who gives no microphone hears the others all the same', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  await desk.page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
  });
  const other = await enters(stage, ben, `#/${channel.id}`);
  for (const one of [desk, other]) await button(one, 'Join').click();
  await desk.page.getByText('There is no microphone, or this browser does not give it.').waitFor();
  await hears(desk);
  await tiles(other).filter({ hasText: 'anna' }).getByRole('img', { name: 'muted' }).waitFor();
  await button(desk, 'Send the camera').click();
  await desk.page.getByText('There is no camera, or this browser does not give it.').waitFor();
});

voiceTest(
  'one is in voice in one place: elsewhere, after a reload, or not at all',
  async (stage) => {
    const { anna, ben, channel } = await lounge(stage);
    const desk = await enters(stage, anna, `#/${channel.id}`);
    const phone = await enters(stage, anna, `#/${channel.id}`, 'phone');
    const other = await enters(stage, ben, `#/${channel.id}`);
    for (const one of [other, desk]) await button(one, 'Join').click();
    await hears(desk);
    await button(phone, 'Join').tap();
    await desk.page.getByText('You are in voice elsewhere now.').waitFor();
    await Promise.all([hears(phone), hears(other)]);
    expect(await tiles(other).count()).toBe(2);
    // A page that goes away leaves, and does not come back by itself.
    await phone.page.reload();
    await tiles(other).filter({ hasText: 'anna' }).waitFor({ state: 'detached' });
    await button(phone, 'Join').tap();
    await hears(phone);
    await phone.page.evaluate(() => {
      Object.defineProperty(globalThis, 'isSecureContext', { value: false });
    });
    await button(phone, 'Leave voice').tap();
    await button(phone, 'Join').tap();
    await phone.page.getByText('Voice needs a secure address').waitFor();
  },
);

voiceTest('who logs out leaves voice', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const other = await enters(stage, ben, `#/${channel.id}`);
  for (const one of [other, desk]) await button(one, 'Join').click();
  await hears(other);
  await desk.logsOut();
  await tiles(other).filter({ hasText: 'anna' }).waitFor({ state: 'detached' });
  await desk.page.locator('audio').waitFor({ state: 'detached' });
});
