// Every view for people who do not see it, see it badly, or use keys: axe finds nothing, in light and in dark.
import { browserTest, type Stage } from './support/stage.ts';
import type { Device } from './support/visitor.ts';

/** A channel with everything that a message can hold. */
async function fullChannel(stage: Stage) {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general, space } = await stage.meets(anna, ben);
  const { id: channel_id } = general;
  const first = await ben.says(
    general,
    `# Title\n> quoted\n\n**bold** *slanted* ||hidden|| \`code\``,
  );
  await ben.says(general, '```ts\nconst one = 1;\n```\n- a\n- b\n\nhttps://example.org');
  const body = { content: `hello <@${ben.id}>, see <#${channel_id}>`, reply_to: first.id };
  await anna.rest.call('POST /channels/:channel_id/messages', { channel_id, body });
  const message = { channel_id, message_id: first.id };
  const react = 'PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me';
  await anna.rest.call(react, { ...message, emoji: '👍' });
  await ben.rest.call(react, { ...message, emoji: '🎉' });
  for (const [name, type] of [
    ['ideas', 'forum'],
    ['hall', 'voice'],
  ] as const) {
    await anna.rest.call('POST /spaces/:space_id/channels', {
      space_id: space.id,
      body: { name, type },
    });
  }
  return { anna, ben, general };
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
