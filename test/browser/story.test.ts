// One evening of two people, one at a desk and one with a phone: from the invite to a call.
import { expect } from 'bun:test';
import { liveKitBinary } from '../support/livekit.ts';
import { hears, listens } from './support/hearing.ts';
import type { Resident } from './support/resident.ts';
import { browserTest, type Meeting, type Stage } from './support/stage.ts';
import type { Visitor } from './support/visitor.ts';
import { button, enters, withLiveKit } from './support/voice.ts';

/** The call is left out where there is no LiveKit; the rest of the story needs none. */
const canCall = liveKitBinary !== null && Boolean(process.env['CHROMIUM']);
const storyTest = canCall ? await withLiveKit() : browserTest;

const meadow = {
  name: 'meadow.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};

/** Anna's server takes new people by invite alone; in her space lies more than is shown at once. */
async function opens(stage: Stage, anna: Resident): Promise<Meeting & { code: string }> {
  const body = { registration_policy: 'invite_only' } as const;
  await anna.rest.call('PATCH /admin/settings', { body });
  const meeting = await stage.meets(anna);
  const { id: space_id } = meeting.space;
  const { code } = await anna.rest.call('POST /spaces/:space_id/invites', { space_id, body: {} });
  await anna.says(meeting.general, 'The key lies below the **flowerpot**');
  for (let n = 1; n <= 160; n += 1) await anna.says(meeting.general, `Note ${n}.`);
  return { ...meeting, code };
}

/** Ben follows an invite to the page, and makes his account there. */
async function comesIn(stage: Stage, code: string): Promise<Visitor> {
  const phone = await stage.arrives('phone');
  await listens(phone);
  const { page } = phone;
  await page.goto(`${stage.server.origin}/invite/${code}`);
  await page.getByRole('link', { name: 'Open in the browser' }).tap();
  await page.locator('[name=username]').fill('ben');
  await page.locator('[name=password]').fill('plants need water');
  await page.getByLabel(/I agree/).check();
  await button(phone, 'Create account').tap();
  await phone.field.waitFor();
  await phone.reads('Note 160.');
  return phone;
}

/** They talk: an answer, which is changed afterwards, and what the other thinks of it. */
async function chat(desk: Visitor, phone: Visitor): Promise<void> {
  await phone.writes('Hello, I am new here');
  await desk.reads('Hello, I am new here');
  await desk.messages('Hello, I am new here').focus();
  await desk.page.keyboard.press('r');
  await desk.page.getByText('Answering ben').waitFor();
  await desk.writes('Welcom');
  await phone.page.locator('a.answered', { hasText: 'Hello, I am new here' }).waitFor();
  await desk.reads('Welcom');
  await desk.field.press('ArrowUp');
  const editor = desk.page.getByRole('textbox', { name: 'Edit the message' });
  await editor.fill('Welcome, ben!');
  await editor.press('Enter');
  await phone.reads('Welcome, ben!');
  const sheet = await phone.touches('Welcome, ben!');
  await sheet.getByRole('button', { name: 'React with 🎉' }).tap();
  await button(desk, '🎉: 1').click();
  await button(phone, '🎉: 2').waitFor();
}

/** Ben begins a thread at what anna has said, and she answers in it. */
async function thread(desk: Visitor, phone: Visitor): Promise<void> {
  const sheet = await phone.touches('Welcome, ben!');
  await sheet.getByRole('button', { name: 'Begin a thread' }).tap();
  const field = (who: Visitor) => who.page.getByRole('textbox', { name: 'Answer in the thread' });
  const said = (who: Visitor, text: string) =>
    who.page.locator('.thread .message:not(.pending)', { hasText: text }).waitFor();
  await field(phone).fill('Where is the key?');
  await phone.page.locator('.thread').getByRole('button', { name: 'Send' }).tap();
  await desk.page.locator('.thread-link', { hasText: '1 answer' }).click();
  await said(desk, 'Where is the key?');
  await field(desk).fill('Search for it');
  await field(desk).press('Enter');
  await said(phone, 'Search for it');
  await button(phone, 'Close the thread').tap();
  await button(desk, 'Close the thread').click();
}

/** Ben searches, and goes to what was said long before. */
async function search(phone: Visitor): Promise<void> {
  expect(await phone.messages('flowerpot').count()).toBe(0);
  await button(phone, 'Search').tap();
  await phone.page.getByRole('searchbox').fill('flowerpot');
  await phone.page.keyboard.press('Enter');
  await phone.page.locator('dialog .found', { hasText: 'flowerpot' }).waitFor();
  await phone.page.locator('dialog').getByRole('link', { name: 'Go there' }).tap();
  await phone.page.locator('main .message:focus', { hasText: 'flowerpot' }).waitFor();
  await phone.isPictured('story-found');
  await button(phone, 'Jump to the newest messages').tap();
  await phone.reads('Welcome, ben!');
}

/** A picture goes along with a message, and is looked at. */
async function upload(desk: Visitor, phone: Visitor): Promise<void> {
  await desk.page.locator('main input[type=file]').setInputFiles(meadow);
  await desk.page.locator('.chosen', { hasText: meadow.name }).waitFor();
  await desk.writes('Our meadow');
  await phone.reads('Our meadow');
  await phone.page.getByRole('link', { name: 'Show meadow.png larger' }).tap();
  await phone.page.locator('dialog img').waitFor();
  await button(phone, 'Close').tap();
}

/** Anna writes to ben alone: from his card, into a conversation that he finds in his list. */
async function inPrivate(desk: Visitor, phone: Visitor): Promise<void> {
  await desk.page.locator('main .person.author', { hasText: 'ben' }).last().click();
  await button(desk, 'Write: ben').click();
  await desk.page.getByRole('heading', { name: 'ben', level: 1 }).waitFor();
  await desk.writes('Just between us');
  await button(phone, 'Channels').tap();
  await phone.page.getByRole('link', { name: /^Messages and friends, .*1 mention/ }).tap();
  await button(phone, 'Channels').tap();
  await phone.page.getByRole('link', { name: /^anna/ }).tap();
  await phone.reads('Just between us');
  await phone.writes('I keep it');
  await desk.reads('I keep it');
}

async function call(desk: Visitor, phone: Visitor): Promise<void> {
  await button(desk, 'Call').click();
  await button(phone, 'Accept').tap();
  await Promise.all([hears(desk), hears(phone)]);
  await desk.isPictured('story-call');
  await phone.isPictured('story-call');
  await button(desk, 'Leave voice').click();
  await button(phone, 'Leave voice').tap();
  await button(desk, 'Call').waitFor();
}

storyTest('two people come by invite, talk, share, search, and call each other', async (stage) => {
  const anna = await stage.registers('anna');
  const { general, code } = await opens(stage, anna);
  const desk = await enters(stage, anna, `#/${general.id}`);
  const phone = await comesIn(stage, code);
  await chat(desk, phone);
  await thread(desk, phone);
  await search(phone);
  await upload(desk, phone);
  await inPrivate(desk, phone);
  if (canCall) await call(desk, phone);
});
