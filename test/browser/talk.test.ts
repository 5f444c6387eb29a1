// What one does with messages: answering, changing, deleting, reacting, pinning, threads, forums, search, files.
import { expect } from 'bun:test';
import { browserTest } from './support/stage.ts';

/** A picture of one colour, as PNG. */
const picture = {
  name: 'meadow.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};

browserTest('messages are answered, changed, reacted to, pinned and deleted', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  await anna.says(general, 'The first message');
  const desk = await stage.enters(anna);
  const phone = await stage.enters(ben, 'phone');
  await desk.reads('The first message');

  // By the keyboard alone: from the field to the message, and its menu.
  await desk.page.locator('main .scroller').focus();
  await desk.page.keyboard.press('ArrowUp');
  await desk.page.keyboard.press('r');
  await desk.page.getByText('Answering anna').waitFor();
  await desk.writes('An answer');
  await phone.page.locator('a.answered', { hasText: 'The first message' }).waitFor();

  await desk.page.keyboard.press('ArrowUp');
  const editor = desk.page.getByRole('textbox', { name: 'Edit the message' });
  await editor.fill('A better answer');
  await editor.press('Enter');
  await phone.reads('A better answer');
  await phone.messages('(edited)').waitFor();

  // A long touch opens the sheet.
  const row = phone.messages('A better answer');
  await row.dispatchEvent('pointerdown', { pointerType: 'touch', clientX: 50, clientY: 50 });
  const sheet = phone.page.getByRole('dialog');
  await sheet.waitFor();
  await phone.isAccessible();
  await phone.isPictured('sheet');
  await sheet.getByRole('button', { name: 'React with 🎉' }).tap();
  await desk.page.getByRole('button', { name: '🎉: 1' }).click();
  await desk.page.getByRole('button', { name: '🎉: 2' }).waitFor();

  await desk.messages('A better answer').hover();
  await desk.isPictured('tools');
  await desk.page.getByRole('button', { name: 'React', exact: true }).first().click();
  const finder = desk.page.getByRole('searchbox', { name: 'Find or type an emoji' });
  await finder.waitFor();
  await desk.isAccessible();
  await desk.isPictured('picker');
  await finder.fill('rocket');
  await finder.press('Enter');
  await phone.page.getByRole('button', { name: '🚀: 1' }).waitFor();

  await desk.messages('The first message').first().focus();
  await desk.page.keyboard.press('p');
  await desk.page.locator('.pinned').waitFor();
  await desk.page.getByRole('button', { name: 'Pins and threads' }).click();
  await desk.page.locator('dialog .found', { hasText: 'The first message' }).waitFor();
  await desk.isAccessible();
  await desk.isPictured('pins');
  await desk.page.keyboard.press('Escape');

  await desk.messages('A better answer').focus();
  await desk.page.keyboard.press('Enter');
  await desk.isPictured('menu');
  await desk.isAccessible();
  await desk.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await desk.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await phone.messages('A better answer').waitFor({ state: 'detached' });
});

browserTest('threads stand beside their channel', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const first = await anna.says(general, 'What shall we plant?');
  const desk = await stage.enters(anna);
  const phone = await stage.enters(ben, 'phone');
  await desk.messages('What shall we plant?').focus();
  await desk.page.keyboard.press('t');
  const field = desk.page.getByRole('textbox', { name: 'Answer in the thread' });
  await field.fill('Tomatoes');
  await field.press('Enter');
  await desk.page.locator('.thread .message:not(.pending)', { hasText: 'Tomatoes' }).waitFor();
  await phone.page.locator('.thread-link', { hasText: '1 answer' }).tap();
  await phone.page.locator('.thread .message', { hasText: 'Tomatoes' }).waitFor();
  await phone.page.getByRole('textbox', { name: 'Answer in the thread' }).fill('And basil');
  await phone.page.locator('.thread').getByRole('button', { name: 'Send' }).tap();
  await desk.page.locator('.thread .message', { hasText: 'And basil' }).waitFor();
  await desk.isAccessible();
  await phone.isAccessible();
  await desk.isPictured('thread');
  await phone.isPictured('thread');
  await phone.page.getByRole('button', { name: 'Close the thread' }).tap();
  await phone.page.locator('.thread').waitFor({ state: 'detached' });

  // The address of an answer leads into its thread.
  const [answer] = await anna.rest.call('GET /channels/:channel_id/messages', {
    channel_id: general.id,
    query: { thread_id: first.id },
  });
  await desk.opens(`#/${general.id}/${answer?.id}`);
  await desk.page.locator('.thread .message:focus', { hasText: 'And basil' }).waitFor();

  // What is said there while others have it closed waits for those who take part.
  await field.fill('And mint');
  await field.press('Enter');
  await phone.page.locator('.thread-link', { hasText: '3 answers' }).waitFor();
  await phone.page.getByRole('button', { name: 'Pins and threads' }).tap();
  const entry = phone.page.locator('dialog .found', { hasText: 'What shall we plant?' });
  await entry.getByRole('img', { name: 'unread' }).waitFor();
  await phone.isAccessible();
  await entry.getByRole('link', { name: 'Open the thread' }).tap();
  await phone.page.locator('.thread .message', { hasText: 'And mint' }).waitFor();
});

browserTest('forums show their posts, and take new ones', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { space } = await stage.meets(anna, ben);
  const forum = await anna.rest.call('POST /spaces/:space_id/channels', {
    space_id: space.id,
    body: { name: 'ideas', type: 'forum' },
  });
  const desk = await stage.enters(anna, 'desktop', `#/${forum.id}`);
  const phone = await stage.enters(ben, 'phone', `#/${forum.id}`);
  await desk.page.getByRole('button', { name: 'New post' }).click();
  await desk.page.getByLabel('Title').fill('A pond');
  await desk.page.getByRole('textbox', { name: 'Text' }).fill('With frogs, near the fence.');
  await desk.page.getByRole('button', { name: 'Publish' }).click();
  await phone.page.getByRole('link', { name: 'A pond' }).tap();
  await phone.page.getByRole('textbox', { name: 'Answer in the thread' }).fill('Yes, frogs!');
  await phone.page.locator('.thread').getByRole('button', { name: 'Send' }).tap();
  await desk.page.locator('.post', { hasText: '1 answer' }).waitFor();
  await desk.isAccessible();
  await desk.isPictured('forum');
  await phone.isPictured('forum');
});

browserTest('search finds a message and goes there', async (stage) => {
  const anna = await stage.registers('anna');
  const { general } = await stage.meets(anna);
  await anna.says(general, 'The needle lies here');
  for (let index = 0; index < 140; index += 1) await anna.says(general, `Hay ${index}`);
  const desk = await stage.enters(anna);
  await desk.reads('Hay 139');
  expect(await desk.messages('needle').count()).toBe(0);
  await desk.page.getByRole('button', { name: 'Search', exact: true }).click();
  await desk.page.getByRole('searchbox').fill('needle');
  await desk.page.keyboard.press('Enter');
  await desk.page.locator('dialog .found', { hasText: 'needle' }).waitFor();
  await desk.isAccessible();
  await desk.isPictured('search');
  await desk.page.getByRole('link', { name: 'Go there' }).click();
  await desk.page.locator('main .message:focus', { hasText: 'needle' }).waitFor();
  await desk.page.getByRole('button', { name: 'Jump to the newest messages' }).click();
  await desk.reads('Hay 139');
});

browserTest('files go along, are shown, and can be called back', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const desk = await stage.enters(anna);
  const phone = await stage.enters(ben, 'phone');
  await desk.page
    .locator('main input[type=file]')
    .setInputFiles([
      picture,
      { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('beans') },
    ]);
  await desk.page.getByText('meadow.png').waitFor();
  await desk.isAccessible();
  await desk.isPictured('chosen');
  await desk.writes('With files');
  await phone.reads('With files');
  await phone.page.getByRole('link', { name: 'list.txt' }).waitFor();
  await phone.page.getByRole('link', { name: 'Show meadow.png larger' }).tap();
  await phone.page.locator('dialog img').waitFor();
  await phone.isAccessible();
  await phone.page.getByRole('button', { name: 'Close' }).tap();

  // A slow upload shows how far it is, and ends when it is called back.
  const session = await desk.context.newCDPSession(desk.page);
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 200_000,
  });
  await desk.page
    .locator('main input[type=file]')
    .setInputFiles({ name: 'large.bin', mimeType: '', buffer: Buffer.alloc(4_000_000) });
  await desk.writes('Too much');
  await desk.page.locator('progress').waitFor();
  await desk.isPictured('uploading');
  await desk.messages('Too much').getByRole('button', { name: 'Cancel' }).click();
  await desk.messages('Too much').waitFor({ state: 'detached' });
  expect(await phone.messages('Too much').count()).toBe(0);
});

browserTest('much that is new is read from its beginning, and few rows are kept', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const read = await anna.says(general, 'Read before');
  await ben.rest.call('POST /channels/:channel_id/ack', {
    channel_id: general.id,
    body: { message_id: read.id },
  });
  for (let index = 0; index < 120; index += 1) await anna.says(general, `News ${index}.`);
  const desk = await stage.enters(ben);
  await desk.reads('News 119.');
  expect(await desk.page.locator('.rule.new').count()).toBe(0);
  await desk.page.getByRole('button', { name: 'Jump to the first new message' }).click();
  await desk.page.locator('.rule.new').waitFor();
  await desk.isPictured('line');
  const rows = () => desk.page.locator('main .message').count();
  for (let index = 120; index < 420; index += 1) await anna.says(general, `News ${index}.`);
  await desk.page.getByRole('button', { name: 'Jump to the newest messages' }).click();
  await desk.reads('News 419.');
  for (let index = 420; index < 700; index += 1) await anna.says(general, `News ${index}.`);
  await desk.reads('News 699.');
  await desk.until('few rows', async () => (await rows()) <= 300);
});
