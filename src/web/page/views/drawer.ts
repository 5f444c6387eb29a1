// Which side lies over the messages on a narrow screen.
import { signal } from '@preact/signals';

export const drawer = signal<'nav' | 'members' | null>(null);
