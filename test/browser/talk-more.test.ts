// Talk: own emojis, previews, sounds, suggestions, and what a reload does not lose.
import { Line } from './support/line.ts';
import { browserTest } from './support/stage.ts';

const dot =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A tenth of a second of silence, as WAV. */
function silence(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + 800, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(800, 40);
  return Buffer.concat([head, Buffer.alloc(800, 128)]);
}

browserTest('emojis of the space, cards and sounds are shown', async (stage) => {
  const anna = await stage.registers('anna');
  const { space, general } = await stage.meets(anna);
  const { id } = await anna.rest.call('POST /spaces/:space_id/emojis', {
    space_id: space.id,
    body: { name: 'leaf', image: `data:image/png;base64,${dot}` },
  });
  const said = await anna.says(general, 'A :leaf: and no :stone: here');
  await anna.rest.call('PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me', {
    channel_id: general.id,
    message_id: said.id,
    emoji: `leaf:${id}`,
  });
  await anna.rest.call('POST /channels/:channel_id/messages', {
    channel_id: general.id,
    body: {
      content: 'A card',
      embeds: [
        {
          title: 'The garden',
          url: 'https://example.org/garden',
          description: 'What grows **now**',
          color: 0x33_99_55,
          image: { url: 'https://example.org/garden.png' },
          fields: [{ name: 'Beds', value: 'Seven' }],
        },
      ],
    },
  });
  const desk = await stage.enters(anna);
  await desk.page.locator('.text img.emoji[alt=":leaf:"]').waitFor();
  await desk.messages(':stone:').waitFor();
  await desk.page.getByRole('button', { name: ':leaf:: 1' }).waitFor();
  await desk.page.locator('.embed', { hasText: 'Seven' }).waitFor();
  await desk.page
    .locator('main input[type=file]')
    .setInputFiles({ name: 'bell.wav', mimeType: 'audio/wav', buffer: silence() });
  await desk.writes('Listen');
  await desk.page.locator('audio[aria-label="bell.wav"]').waitFor();
  await desk.isAccessible();
  await desk.isPictured('cards');
  await desk.messages('A :leaf:').or(desk.messages('and no')).first().focus();
  await desk.page.keyboard.press('Enter');
  await desk.page.getByRole('button', { name: 'Who reacted' }).click();
  await desk.page.locator('dialog', { hasText: 'anna' }).waitFor();
  await desk.isAccessible();
});

browserTest('names, channels and emojis are suggested while one writes', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const desk = await stage.enters(anna);
  await desk.messages().first().waitFor({ state: 'detached' });
  await desk.field.pressSequentially('Hi @be');
  await desk.page.getByRole('option', { name: '@ben' }).waitFor();
  await desk.isAccessible();
  await desk.isPictured('suggestions');
  await desk.field.press('Enter');
  await desk.field.pressSequentially('see #gen');
  await desk.page.getByRole('option', { name: '#general' }).click();
  await desk.field.press('Enter');
  const row = desk.messages('see').and(desk.page.locator(':not(.pending)'));
  await row.locator('.mention', { hasText: '@ben' }).waitFor();
  await row.getByRole('link', { name: '#general' }).waitFor();
});

browserTest('a reload loses neither a draft nor what is on its way', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const desk = await stage.arrives();
  const line = await Line.of(desk.page);
  await desk.signsIn(anna, `#/${general.id}`);
  const other = await stage.enters(ben);
  await desk.field.fill('A draft');
  await desk.page.reload();
  await desk.until('the draft', async () => (await desk.field.inputValue()) === 'A draft');

  desk.complaints.expect(/request|Failed to load|WebSocket/);
  // The server is reached, and its answers do not come back.
  await desk.page.route('**/messages', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    await route.abort();
  });
  await desk.writes('Said once');
  await desk.field.fill('');
  await other.reads('Said once');
  await desk.page.unroute('**/messages');
  await desk.page.reload();
  await desk.reads('Said once');

  await desk.context.setOffline(true);
  await line.cut();
  await desk.page.getByText('Connection lost').waitFor();
  await desk.writes('First of the queue');
  await desk.writes('Second of the queue');
  await desk.context.setOffline(false);
  line.mend();
  await desk.page.reload();
  await other.reads('First of the queue');
  await other.reads('Second of the queue');
  const said = await other.page.locator('main .message').allTextContents();
  const at = (text: string) => said.findIndex((one) => one.includes(text));
  if (at('First') > at('Second')) throw new Error(said.join('\n'));
});

browserTest(
  'files are dropped and pasted, and too many are refused before they are sent',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    await stage.meets(anna, ben);
    const desk = await stage.enters(anna);
    await desk.field.waitFor();
    await desk.page.evaluate(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['one'], 'dropped.txt', { type: 'text/plain' }));
      const over = { bubbles: true, cancelable: true, dataTransfer: dropped };
      const feed = document.querySelector('.scroller');
      feed?.dispatchEvent(new DragEvent('dragover', over));
      feed?.dispatchEvent(new DragEvent('drop', over));
      const pasted = new DataTransfer();
      pasted.items.add(new File(['two'], 'pasted.txt', { type: 'text/plain' }));
      const event = { bubbles: true, cancelable: true, clipboardData: pasted };
      document.querySelector('textarea')?.dispatchEvent(new ClipboardEvent('paste', event));
    });
    await desk.page.locator('.chosen', { hasText: 'dropped.txt' }).waitFor();
    await desk.page.locator('.chosen', { hasText: 'pasted.txt' }).waitFor();
    const many = Array.from({ length: 30 }, (_, index) => {
      return { name: `${index}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') };
    });
    await desk.page.locator('main input[type=file]').setInputFiles(many);
    await desk.page.getByText(/At most \d+ files/).waitFor();
    await desk.isAccessible();
    for (let index = 0; index < 30; index += 1) {
      await desk.page.getByRole('button', { name: `Remove ${index}.txt`, exact: true }).click();
    }
    await desk.field.press('Enter');
    await desk.page.getByRole('link', { name: 'dropped.txt' }).waitFor();
    await desk.page.getByRole('link', { name: 'pasted.txt' }).waitFor();
  },
);

browserTest('whoever reads back keeps the place, and few rows are kept', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  const count = 1_000;
  for (let index = 0; index < count; index += 1) await anna.says(general, `Page ${index}.`);
  const desk = await stage.enters(ben);
  await desk.reads(`Page ${count - 1}.`);
  const { page } = desk;
  const rows = () => page.locator('main .message').count();
  const oldest = async () => {
    // Rows out of view have no `innerText`.
    const text = await page.locator('main .message .text').first().textContent();
    return Number(/\d+/.exec(text ?? '')?.[0]);
  };
  for (let last = await oldest(); last > 400; last = await oldest()) {
    await desk.scrollsTo(page.locator('.beginning'));
    await desk.until('older messages', async () => (await oldest()) < last);
    if ((await rows()) > 300) throw new Error(`${await rows()} rows`);
  }
  // What is said meanwhile moves nothing.
  const middle = page.locator('main .message').nth(100);
  await desk.scrollsTo(middle);
  await Bun.sleep(500);
  const id = await middle.getAttribute('data-id');
  const row = page.locator(`main .message[data-id="${id}"]`);
  const before = (await row.boundingBox())?.y ?? 0;
  for (let index = 0; index < 20; index += 1) await anna.says(general, `Meanwhile ${index}.`);
  await Bun.sleep(500);
  const after = (await row.boundingBox())?.y ?? 0;
  if (Math.abs(after - before) > 2) throw new Error(`moved from ${before} to ${after}`);
  await page.getByRole('button', { name: 'Jump to the newest messages' }).click();
  await desk.reads('Meanwhile 19.');
});
