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
