import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { browserTest } from './support/stage.ts';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

browserTest('two become friends, write in private, and one blocks the other', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const desk = await stage.enters(anna, 'desktop', '#/home');
  const phone = await stage.enters(ben, 'phone', '#/home');
  await desk.page.getByLabel('Find people').fill('ben');
  await desk.page.getByLabel('Find people').press('Enter');
  await button(desk.page, 'Ask for friendship: ben').click();
  await desk.page.getByRole('heading', { name: 'Your requests: 1' }).waitFor();
  await phone.page.getByRole('heading', { name: 'Requests to you: 1' }).waitFor();
  await phone.isPictured('request');
  await phone.isAccessible();
  await button(phone.page, 'Accept: anna').tap();
  await desk.page.getByRole('heading', { name: 'Friends online: 1' }).waitFor();
  await desk.isPictured('friends');
  await desk.isAccessible();

  await button(desk.page, 'Write: ben').first().click();
  await desk.writes('Just between us');
  await button(phone.page, 'Channels').tap();
  // The focus goes into what opens, and back.
  await phone.until('the focus in the list', () =>
    phone.page.evaluate(() => document.activeElement?.closest('.nav') !== null),
  );
  await phone.page.keyboard.press('Escape');
  await phone.until('the focus on the button', () =>
    phone.page.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'Channels'),
  );
  await button(phone.page, 'Channels').tap();
  await phone.page.getByRole('link', { name: /^anna/ }).getByLabel('1 mention').waitFor();
  await phone.isPictured('conversations');
  await phone.isAccessible();
  await phone.page.getByRole('link', { name: /^anna/ }).tap();
  await phone.reads('Just between us');
  await desk.isPictured('private');

  // Names lead to cards, and the focus comes back.
  const name = desk.page.locator('main .person.author');
  await name.click();
  const card = desk.page.getByRole('dialog', { name: 'anna' });
  await card.waitFor();
  await desk.page.keyboard.press('Escape');
  await card.waitFor({ state: 'detached' });
  expect(await name.evaluate((one) => one === document.activeElement)).toBe(true);
  await button(desk.page.locator('.members').page(), /^ben/).last().click();
  await desk.page.getByRole('dialog', { name: 'ben' }).waitFor();
  await desk.isPictured('card');
  await desk.isAccessible();
  await button(desk.page, 'Block: ben').click();
  await button(desk.page, 'Really? Press again').click();
  await button(desk.page, 'Unblock: ben').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.page.getByText('You may not write here.').waitFor();
});

browserTest('three talk in a group, which one names and another leaves', async (stage) => {
  const people = ['anna', 'ben', 'cleo'].map((name) => stage.registers(name));
  const [anna, ben, cleo] = await Promise.all(people);
  if (anna === undefined || ben === undefined || cleo === undefined) throw new Error('nobody');
  await stage.meets(anna, ben, cleo);
  const desk = await stage.enters(anna, 'desktop', '#/home');
  await button(desk.page, 'New conversation').click();
  const dialog = desk.page.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByLabel('Find people').fill('b');
  await dialog.getByLabel(/ben/).check();
  await dialog.getByLabel('Find people').fill('cl');
  await dialog.getByLabel(/cleo/).check();
  await desk.isPictured('new-conversation');
  await desk.isAccessible();
  await button(desk.page, 'Make a group').click();
  await desk.writes('Welcome, both');

  await button(desk.page, /^More: (ben, cleo|cleo, ben)/).click();
  const menu = desk.page.getByRole('dialog');
  await menu.getByLabel('Name of the group').fill('Trio');
  await desk.isPictured('group-menu');
  await desk.isAccessible();
  await button(desk.page, 'Rename').click();
  await desk.page.getByRole('heading', { name: 'Trio', level: 1 }).waitFor();

  const phone = await stage.enters(ben, 'phone', '#/home');
  await button(phone.page, 'Channels').tap();
  await button(phone.page, 'More: Trio').tap();
  await phone.isPictured('group-sheet');
  await phone.isAccessible();
  await button(phone.page, 'Leave group').tap();
  await button(phone.page, 'Really? Press again').tap();
  await phone.page.getByRole('link', { name: /^Trio/ }).waitFor({ state: 'detached' });
  await desk.page.locator('.members li').filter({ hasText: 'ben' }).waitFor({ state: 'detached' });
});
