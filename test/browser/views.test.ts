// Every view for people who do not see it, see it badly, or use keys: axe finds nothing, in light and in dark.
import { expect } from 'bun:test';
import { axeFindings } from './support/axe.ts';
import { browserTest, type Stage } from './support/stage.ts';
import type { Device, Visitor } from './support/visitor.ts';

/** A channel with everything that a message can hold. */
async function fullChannel(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general, space } = await stage.meets(anna, ben);
  const { id: channel_id } = general;
  const first = await ben.says(
    general,
    `# Title\n> quoted\n\n**bold** *slanted* ||hidden from <@${anna.id}>|| \`code\``,
  );
  await ben.says(general, '```ts\nconst one = 1;\n```\n- a\n- b\n\nhttps://example.org');
  const body = { content: `hello <@${ben.id}>, see <#${channel_id}>`, reply_to: first.id };
  await anna.rest.call('POST /channels/:channel_id/messages', { channel_id, body });
  const message = { channel_id, message_id: first.id };
  const react = 'PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me';
  await anna.rest.call(react, { ...message, emoji: '👍' });
  await ben.rest.call(react, { ...message, emoji: '🎉' });
  await anna.rest.call('PUT /channels/:channel_id/pins/:message_id', message);
  const make = (name: string, type: 'forum' | 'voice') =>
    anna.rest.call('POST /spaces/:space_id/channels', { space_id: space.id, body: { name, type } });
  const [forum] = [await make('ideas', 'forum'), await make('hall', 'voice')];
  await anna.rest.call('POST /channels/:channel_id/messages', {
    channel_id: forum.id,
    body: { title: 'A pond', content: 'With **frogs**' },
  });
  return { anna, ben, space, forum };
}

for (const device of ['desktop', 'phone'] as const satisfies readonly Device[]) {
  browserTest(`the door and a channel can be used by everybody (${device})`, async (stage) => {
    const { anna } = await fullChannel(stage);
    const visitor = await stage.arrives(device);
    await visitor.opens();
    await visitor.page.locator('input[name=username]').waitFor();
    await visitor.isAccessible();
    await visitor.isPictured('door');
    await visitor.leaves();
    const inside = await stage.enters(anna, device);
    await inside.messages('hello').waitFor();
    await inside.isAccessible();
    await inside.isPictured('channel');
    if (!inside.isPhone) return;
    for (const name of ['Channels', 'Members']) {
      await inside.page.getByRole('button', { name, exact: true }).tap();
      await inside.isAccessible();
      await inside.isPictured(`drawer-${name.toLowerCase()}`);
      await inside.page.keyboard.press('Escape');
    }
  });
}

interface Stop {
  readonly name: string;
  /** `#/…`; where people meet if it is left out. */
  readonly at?: string;
  /** Brings it up from there. */
  shows(visitor: Visitor): Promise<unknown>;
}

const named = ({ page }: Visitor, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).first();
const heading = ({ page }: Visitor, name: string) =>
  page.getByRole('heading', { name, exact: true }).first().waitFor();

/** Looks at one view after the other, each of a page that has just been opened. */
async function visits(visitor: Visitor, stops: readonly Stop[]): Promise<void> {
  const here = new URL(visitor.page.url()).hash;
  for (const { name, at = here, shows } of stops) {
    await visitor.opens(at);
    await visitor.page.reload();
    await visitor.page.locator('main').waitFor();
    await shows(visitor);
    const found = await axeFindings(visitor.page);
    expect({ name, found }).toEqual({ name, found: [] });
    await visitor.isPictured(`view-${name}`);
  }
}

/** What of the doors no other test looks at by ear. */
const doors: readonly Stop[] = [
  {
    name: 'register',
    shows: async (visitor) => {
      await named(visitor, 'I need an account').click();
      await visitor.page.getByText('Terms of this server').first().click();
    },
  },
  {
    name: 'recover',
    shows: async (visitor) => {
      await named(visitor, 'I forgot my password').click();
      await visitor.page.locator('[name=recovery_code]').waitFor();
    },
  },
  {
    name: 'claim',
    at: '#/claim',
    shows: ({ page }) => page.locator('[name=setup_code]').waitFor(),
  },
];

for (const device of ['desktop', 'phone'] as const satisfies readonly Device[]) {
  browserTest(`every step of the doors can be used by everybody (${device})`, async (stage) => {
    const olga = await stage.registers('olga');
    const body = { tos_text: 'Be **kind**.', registration_approval: true };
    await olga.rest.call('PATCH /admin/settings', { body });
    const visitor = await stage.arrives(device);
    await visitor.opens('#/');
    await visits(visitor, doors);
    await olga.rest.call('PATCH /admin/settings', { body: { registration_policy: 'closed' } });
    const closed = { name: 'closed', at: '#/invite/AAAAAAAA' };
    const shows = ({ page }: Visitor) => page.getByText('takes no new accounts').waitFor();
    visitor.complaints.expect(/status of 4\d\d/);
    await visits(visitor, [{ ...closed, shows }]);
  });
}

browserTest('pages beside the channels can be used by everybody at a desk', async (stage) => {
  const { anna, space } = await fullChannel(stage);
  const cleo = await stage.registers('cleo');
  const { code } = await anna.rest.call('POST /spaces/:space_id/invites', {
    space_id: space.id,
    body: {},
  });
  const parts = ['account', 'privacy', 'notifications', 'language', 'data'];
  const settings = parts.map((part) => ({
    name: `settings-${part}`,
    at: `#/settings/${part}`,
    shows: ({ page }: Visitor) => page.locator('.part h2').waitFor(),
  }));
  await visits(await stage.enters(cleo), [
    ...settings,
    { name: 'discover', at: '#/discover', shows: (cleos) => named(cleos, /^Join /).waitFor() },
    { name: 'invite', at: `#/invite/${code}`, shows: (cleos) => named(cleos, /^Join /).waitFor() },
    {
      name: 'nowhere',
      at: '#/admin',
      shows: ({ page }) => page.getByText('nothing at this').waitFor(),
    },
  ]);
});

/** What is shown over a channel or in it, on any device. */
const inChannel: readonly Stop[] = [
  {
    name: 'hidden',
    shows: async (visitor) => {
      await named(visitor, 'Hidden text; show it').click();
      await visitor.page.locator('.spoiler.shown').waitFor();
    },
  },
  {
    name: 'card-of-somebody-named',
    shows: async ({ page }) => {
      await page.locator('main .mention', { hasText: '@ben' }).click();
      await page.getByRole('dialog', { name: 'ben' }).waitFor();
    },
  },
  {
    name: 'answering',
    shows: async (visitor) => {
      await doesTo(visitor, 'hello', 'Answer');
      await visitor.page.getByText('Answering anna').waitFor();
    },
  },
  {
    name: 'editor',
    shows: async (visitor) => {
      await doesTo(visitor, 'hello', 'Edit');
      await visitor.page.getByRole('textbox', { name: 'Edit the message' }).waitFor();
    },
  },
  {
    name: 'confirm',
    shows: async (visitor) => {
      await doesTo(visitor, 'hello', 'Delete');
      await visitor.page.getByText('Delete this message for everyone?').waitFor();
    },
  },
];

/** What other tests look at with a desk alone. */
const onPhone: readonly Stop[] = [
  {
    name: 'picker',
    shows: async (visitor) => {
      await doesTo(visitor, 'hello', 'React');
      await visitor.page.getByRole('searchbox').waitFor();
    },
  },
  {
    name: 'reactors',
    shows: async (visitor) => {
      await doesTo(visitor, '🎉', 'Who reacted');
      await visitor.page.getByRole('dialog').getByText('ben').first().waitFor();
    },
  },
  {
    name: 'search',
    shows: async (visitor) => {
      await named(visitor, 'Search').click();
      await visitor.page.getByRole('searchbox').fill('quoted');
      await visitor.page.keyboard.press('Enter');
      await visitor.page.locator('dialog .found').waitFor();
    },
  },
  {
    name: 'pins',
    shows: async (visitor) => {
      await named(visitor, 'Pins and threads').click();
      await visitor.page.locator('dialog .found').first().waitFor();
    },
  },
  {
    name: 'card',
    shows: async ({ page }) => {
      await page.locator('main .person.author').first().click();
      await page.getByRole('dialog', { name: 'ben' }).waitFor();
    },
  },
  { name: 'channel-menu', shows: (visitor) => opensFromList(visitor, 'More: general') },
  { name: 'space-menu', shows: (visitor) => opensFromList(visitor, 'More: Garden Jam') },
  { name: 'me-menu', shows: (visitor) => opensFromList(visitor, /^anna/) },
  {
    name: 'new-conversation',
    at: '#/home',
    shows: async (visitor) => {
      await opensFromList(visitor, 'New conversation');
      await visitor.page.getByLabel('Find people').last().fill('ben');
      await visitor.page.getByRole('dialog').getByLabel(/ben/).waitFor();
    },
  },
  {
    name: 'suggestions',
    shows: async (visitor) => {
      await visitor.field.pressSequentially('Hi @be');
      await visitor.page.getByRole('option', { name: '@ben' }).waitFor();
    },
  },
];

/** Opens what can be done with a message, and chooses one of it. */
async function doesTo(visitor: Visitor, text: string, name: string): Promise<void> {
  await visitor.messages(text).waitFor();
  if (visitor.isPhone) await visitor.touches(text);
  else {
    await visitor.messages(text).focus();
    await visitor.page.keyboard.press('Enter');
  }
  await visitor.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

async function opensFromList(visitor: Visitor, name: string | RegExp): Promise<void> {
  await named(visitor, 'Channels').click();
  await named(visitor, name).click();
  await visitor.page.getByRole('dialog').waitFor();
}

for (const device of ['desktop', 'phone'] as const satisfies readonly Device[]) {
  browserTest(`what opens in a channel can be used by everybody (${device})`, async (stage) => {
    const { anna, forum } = await fullChannel(stage);
    const visitor = await stage.enters(anna, device);
    await visits(visitor, [
      ...inChannel,
      ...(visitor.isPhone ? onPhone : []),
      {
        name: 'forum',
        at: `#/${forum.id}`,
        shows: async () => {
          await heading(visitor, 'A pond');
          await named(visitor, 'New post').click();
          await visitor.page.getByLabel('Title').waitFor();
        },
      },
    ]);
  });
}
