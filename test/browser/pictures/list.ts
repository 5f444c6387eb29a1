// The pictures of the documentation: where each is taken, with which device, and what is done before.
import type { Device, Visitor } from '../support/visitor.ts';
import type { Community } from './community.ts';

export interface Picture {
  readonly name: string;
  readonly device?: Device;
  readonly colours?: 'light' | 'dark';
  readonly language?: 'en' | 'de';
  /** Whether it needs a LiveKit server, and people in the voice channel. */
  readonly hasVoice?: true;
  /** Where it is taken; the channel where everybody talks, if it is missing. */
  readonly at?: (community: Community) => string;
  /** Brings the view up; the visitor is ida, and the place is open. */
  readonly shows: (visitor: Visitor) => Promise<void>;
}

const channel = async (visitor: Visitor) => {
  await visitor.messages('greenhouse').last().waitFor();
  await visitor.field.fill('I have glass for the roof');
};

export const pictures: readonly Picture[] = [
  { name: 'channel', shows: channel },
  { name: 'channel-dark', colours: 'dark', shows: channel },
  { name: 'channel-phone', device: 'phone', shows: channel },
  {
    name: 'spaces-phone',
    device: 'phone',
    shows: async ({ page }) => page.getByRole('button', { name: 'Channels', exact: true }).click(),
  },
  {
    name: 'thread-german-dark',
    colours: 'dark',
    language: 'de',
    at: ({ channel_id, thread_id }) => `#/${channel_id}/thread/${thread_id}`,
    shows: async ({ page }) => {
      await page.getByText('Then I write it on wood.').waitFor();
      await page.locator('.thread textarea').waitFor();
    },
  },
  {
    name: 'forum',
    at: ({ forum_id }) => `#/${forum_id}`,
    shows: async ({ page }) => page.locator('.post').nth(2).waitFor(),
  },
  {
    name: 'conversation-phone-dark',
    device: 'phone',
    colours: 'dark',
    at: ({ conversation_id }) => `#/${conversation_id}`,
    shows: async (visitor) => {
      await visitor.messages('pumpkin').waitFor();
      await visitor.field.waitFor();
    },
  },
  {
    name: 'settings',
    at: () => '#/settings/look',
    shows: async ({ page }) => page.getByRole('radio', { name: 'Teal' }).check(),
  },
  {
    name: 'settings-phone-german',
    device: 'phone',
    language: 'de',
    at: () => '#/settings/profile',
    shows: async ({ page }) => page.locator('[name=display_name]').waitFor(),
  },
  {
    name: 'voice-dark',
    colours: 'dark',
    hasVoice: true,
    at: ({ voice_id }) => `#/${voice_id}`,
    shows: async ({ page }) => {
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await page.locator('.voice-bar', { hasText: 'In voice' }).waitFor();
      await page.locator('.tile').nth(2).waitFor();
    },
  },
];
