// Calls in real browsers, through a real LiveKit server.
import { hears } from './support/hearing.ts';
import { button, conversation, enters, lounge, withLiveKit } from './support/voice.ts';

const voiceTest = await withLiveKit();

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

voiceTest('in a group some decline, others come, and who calls waits for nobody', async (stage) => {
  const { anna, ben } = await lounge(stage);
  const cleo = await stage.registers('cleo');
  const { id: channel_id } = await anna.rest.call('POST /users/@me/channels', {
    body: { recipients: [ben.id, cleo.id] },
  });
  const desk = await enters(stage, anna, `#/${channel_id}`);
  const phone = await enters(stage, ben, '', 'phone');
  await button(desk, 'Call').click();
  await phone.page.getByRole('alert').filter({ hasText: 'anna is calling in' }).waitFor();
  await cleo.rest.call('POST /channels/:channel_id/call/decline', { channel_id });
  await desk.page.getByText('cleo did not take the call.').waitFor();
  await button(phone, 'Accept').tap();
  await Promise.all([hears(desk), hears(phone)]);
});

voiceTest('a call that nobody takes ends by itself', async (stage) => {
  const { anna, ben, channel } = await conversation(stage);
  const desk = await stage.arrives();
  await desk.page.clock.install();
  await desk.signsIn(anna, `#/${channel.id}`);
  const other = await enters(stage, ben, '');
  await button(desk, 'Call').click();
  await button(other, 'Accept').waitFor();
  await desk.page.getByText('Ringing…').waitFor();
  await desk.page.clock.fastForward(45_000);
  await desk.page.getByText('Nobody answered.').waitFor();
  await button(other, 'Accept').waitFor({ state: 'detached' });
  await button(desk, 'Call').waitFor();
});
