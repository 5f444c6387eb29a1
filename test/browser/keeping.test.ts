// What a browser keeps: who is signed in, in all of its tabs, and what was written but not sent.
import { expect } from 'bun:test';
import { browserTest } from './support/stage.ts';

browserTest('a reload keeps who one is, where one was, and the draft', async (stage) => {
  const anna = await stage.registers('anna');
  await stage.meets(anna);
  const desk = await stage.enters(anna);
  await desk.field.fill('not finished');
  const { page } = desk;
  const address = page.url();
  await page.reload();
  await desk.field.waitFor();
  expect(await desk.field.inputValue()).toBe('not finished');
  expect(page.url()).toBe(address);
  await desk.field.press('Enter');
  await desk.reads('not finished');
  await page.reload();
  await desk.reads('not finished');
  expect(await desk.field.inputValue()).toBe('');
});

browserTest('who logs out in one tab is out in all of them, and stays out', async (stage) => {
  const anna = await stage.registers('anna');
  await stage.meets(anna);
  const desk = await stage.enters(anna);
  const second = await desk.context.newPage();
  await second.goto(desk.page.url());
  await second.locator('.shell').waitFor();
  await desk.logsOut();
  for (const page of [desk.page, second]) {
    await page.locator('input[name=username]').waitFor();
    await page.reload();
    await page.locator('input[name=username]').waitFor();
    expect(
      await page.evaluate(() => Object.keys(localStorage).filter((key) => /token/.test(key))),
    ).toEqual([]);
  }
});

browserTest('whoever signs in next in a window finds nothing of who was there', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general } = await stage.meets(anna, ben);
  await ben.says(general, 'What is the plan?');
  const desk = await stage.enters(anna);
  await desk.reads('What is the plan?');
  await desk.messages('What is the plan?').hover();
  await desk.page.getByRole('button', { name: 'Answer' }).first().click();
  await desk.field.fill('Nobody else may know it');
  // The login ends, and not by who was signed in.
  desk.complaints.expect(/401/);
  const logins = await anna.rest.call('GET /auth/sessions');
  const other = logins.find(({ current }) => !current);
  await anna.rest.call('DELETE /auth/sessions/:login_id', { login_id: other?.id ?? '' });
  await desk.page.getByText('Your login has ended').waitFor();
  await desk.page.locator('input[name=username]').fill(ben.username);
  await desk.page.locator('input[name=password]').fill(ben.password);
  await desk.page.locator('button.primary').click();
  await desk.reads('What is the plan?');
  expect(await desk.field.inputValue()).toBe('');
  expect(await desk.page.locator('main .composer .above').count()).toBe(0);
});

browserTest('a window that is open for long keeps no more than it shows', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general, space } = await stage.meets(anna, ben);
  const body = { name: 'quiet', type: 'text' } as const;
  const quiet = await anna.rest.call('POST /spaces/:space_id/channels', {
    space_id: space.id,
    body,
  });
  const desk = await stage.enters(ben);
  await desk.page.locator('main .composer').waitFor();
  await desk.page.evaluate((id) => void (location.hash = `#/${id}`), quiet.id);
  await desk.page.getByText('beginning of quiet').waitFor();
  const asked: string[] = [];
  desk.page.on('request', (one) => asked.push(one.url()));
  for (let index = 0; index < 650; index += 1) await anna.says(general, `News ${index}.`);
  await desk.page.evaluate((id) => void (location.hash = `#/${id}`), general.id);
  await desk.reads('News 649.');
  // It was let go of meanwhile, and is read anew.
  expect(asked.filter((url) => url.includes(`${general.id}/messages`)).length).toBeGreaterThan(0);
  expect(await desk.page.locator('main .message').count()).toBeLessThanOrEqual(100);
  await anna.says(general, 'The last one');
  await desk.reads('The last one');
});

browserTest('what is hidden in a message stays hidden where it is answered', async (stage) => {
  const anna = await stage.registers('anna');
  const { general } = await stage.meets(anna);
  const { id } = await anna.says(general, 'It was ||the gardener||');
  await anna.rest.call('POST /channels/:channel_id/messages', {
    channel_id: general.id,
    body: { content: 'Really?', reply_to: id },
  });
  const desk = await stage.enters(anna);
  await desk.page.locator('main a.answered').waitFor();
  expect(await desk.page.locator('main a.answered').textContent()).toEndWith('anna It was …');
});
