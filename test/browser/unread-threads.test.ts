import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import type { Resident } from './support/resident.ts';
import { browserTest } from './support/stage.ts';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const below = (page: Page, channel: string) =>
  page.getByRole('list', { name: `Unread threads in ${channel}` });

const answers = (who: Resident, channel: { id: string }, thread_id: string, content: string) =>
  who.rest.call('POST /channels/:channel_id/messages', {
    channel_id: channel.id,
    body: { content, thread_id },
  });

browserTest(
  'an unread thread stands below its channel, leads there, and goes in all windows once it is read',
  async (stage) => {
    const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
    const { space, general } = await stage.meets(anna, ben);
    const plans = await anna.rest.call('POST /spaces/:space_id/channels', {
      space_id: space.id,
      body: { name: 'plans', type: 'text' },
    });
    const root = await ben.says(plans, 'Where do we **meet**?');
    const others = await anna.says(plans, 'Something else');
    const desk = await stage.enters(ben, 'desktop', `#/${general.id}`);
    const other = await stage.enters(ben, 'desktop', `#/${general.id}`);
    const phone = await stage.enters(ben, 'phone', `#/${general.id}`);
    const { page } = desk;
    const link = (one: Page, mark: RegExp) => below(one, 'plans').getByRole('link', { name: mark });
    const meeting = /Where do we meet\?.*unread/;

    // A thread in which one has no part is none of one's business.
    await answers(anna, plans, others.id, 'by myself');
    await answers(anna, plans, root.id, 'At the pond');
    for (const one of [page, other.page]) await link(one, meeting).waitFor();
    expect(await below(page, 'plans').getByRole('link').count()).toBe(1);
    await desk.isAccessible();
    await desk.isPictured('unread-thread');

    await answers(anna, plans, root.id, `Will you come, <@${ben.id}>?`);
    const named = /Where do we meet\?.*1 mention/;
    for (const one of [page, other.page]) await link(one, named).waitFor();
    await page.getByRole('link', { name: /^Garden Jam.*1 mention/ }).waitFor();
    await page.waitForFunction(() => document.title.startsWith('(1) '));

    // After a new READY as well.
    await page.reload();
    await link(page, named).waitFor();

    // It is called by what its first message says now, not by what it said.
    const says = (content: string) =>
      ben.rest.call('PATCH /channels/:channel_id/messages/:message_id', {
        channel_id: plans.id,
        message_id: root.id,
        body: { content },
      });
    await says('When do we meet?');
    await link(page, /^When do we meet\?.*1 mention/).waitFor();
    await says('Where do we meet?');
    await link(page, named).waitFor();

    // By the keyboard: the link is the next stop below the channel.
    await link(page, named).press('Enter');
    await page.locator('.thread').getByText('Will you come').waitFor();
    for (const one of [page, other.page]) await below(one, 'plans').waitFor({ state: 'detached' });
    await other.page.waitForFunction(() => !document.title.startsWith('('));

    // A muted channel shows none, and shows it again afterwards.
    await page.goto(page.url().replace(/#.*/, `#/${general.id}`));
    await page.locator('.thread').waitFor({ state: 'detached' });
    await button(page, 'More: plans').click();
    await button(page, 'Mute').click();
    await page.locator('.channels').getByLabel('muted').waitFor();
    await answers(anna, plans, root.id, `Hello <@${ben.id}>?`);
    await anna.says(general, 'heard after that');
    await desk.reads('heard after that');
    expect(await below(page, 'plans').count()).toBe(0);
    await button(page, 'More: plans').click();
    await button(page, 'Unmute').click();
    await link(page, named).waitFor();

    // The phone has it behind the button of the channels.
    await phone.page.getByRole('button', { name: 'Channels' }).first().tap();
    await link(phone.page, named).waitFor();
    await phone.isAccessible();
    await phone.isPictured('unread-thread');
    await link(phone.page, named).tap();
    await phone.page.locator('.thread').getByText('Hello').waitFor();
    await below(page, 'plans').waitFor({ state: 'detached' });

    // A channel is marked as read with its threads. The phone would read them at once.
    await phone.leaves();
    await answers(anna, plans, root.id, 'Once more');
    await link(page, meeting).waitFor();
    await button(page, 'More: plans').click();
    await button(page, 'Mark as read').click();
    await below(page, 'plans').waitFor({ state: 'detached' });
    expect(await ben.rest.call('GET /users/@me/read-states/threads')).toEqual([]);

    // What is deleted is not unread.
    const last = await answers(anna, plans, root.id, 'A slip');
    await link(page, meeting).waitFor();
    await anna.rest.call('DELETE /channels/:channel_id/messages/:message_id', {
      channel_id: plans.id,
      message_id: last.id,
    });
    await below(page, 'plans').waitFor({ state: 'detached' });
  },
);
