// What the people of the pictures say, in the order in which they say it.
import type { Name } from './community.ts';

/** `answers` counts back from here; what is liked is liked by three. */
export interface Said {
  readonly by: Name;
  readonly says: string;
  readonly answers?: number;
  readonly likes?: string;
}

/** In the channel; the fourth begins a thread. */
export const talk: readonly Said[] = [
  { by: 'mara', says: 'Good morning! The beds behind the shed are free now. Who wants one?' },
  { by: 'jonas', says: 'I do. **Tomatoes**, as every year.' },
  { by: 'leyla', says: 'And beans for me, please. I bring the poles.', likes: '🌱' },
  { by: 'theo', says: 'Does somebody have the watering plan?' },
  {
    by: 'mara',
    says: 'Here it is:\n```\nMon  Jonas   Thu  Ida\nTue  Leyla   Fri  Theo\nWed  Mara    Sat  whoever is there\n```',
    answers: 1,
    likes: '👍',
  },
  { by: 'ida', says: '> whoever is there\nThat will be me again, then.' },
  {
    by: 'jonas',
    says: 'I come along. Shall we build the *little* greenhouse at last?',
    answers: 1,
  },
  { by: 'leyla', says: 'Yes! Plans: https://example.org/greenhouse', likes: '🎉' },
];

/** In the thread. */
export const answers: readonly Said[] = [
  { by: 'mara', says: 'I put it on the door of the hut as well.' },
  { by: 'leyla', says: 'Somebody took it down again. The wind, I hope.' },
  { by: 'theo', says: 'Then I write it on wood.' },
];

/** In the forum. */
export const posts: readonly (Said & { readonly title: string })[] = [
  {
    by: 'jonas',
    title: 'How do you keep snails away?',
    says: 'Copper, coffee, ducks: I have tried two of the three, and the neighbours do not want the third.',
  },
  {
    by: 'mara',
    title: 'Pruning the apple trees',
    says: 'In February, on a dry day. Bring the long ladder and somebody who holds it.',
  },
  {
    by: 'leyla',
    title: 'Beans need poles of two metres',
    says: 'Hazel lasts three years, bamboo five. Tie them at the top, so that the wind finds no end.',
  },
];

/** In the conversation. */
export const letters: readonly Said[] = [
  { by: 'leyla', says: 'Are you there tonight?' },
  { by: 'ida', says: 'At seven. I bring bread.' },
  { by: 'leyla', says: 'Then I bring the **pumpkin**. And a lamp.' },
];
