// Attacks by an account that holds as much as one may: its deletion, and the export of it.
import { type Attack, type Came, type Scene, times } from './attack';
import { growAccount } from './grown';

function ofOldAccount(name: string, act: (scene: Scene) => Promise<Came>): Attack {
  return {
    name: `${name} with 100,000 messages and 10,000 conversations`,
    by: 'a member',
    isOnce: true,
    async prepare(scene) {
      await growAccount(scene, scene.member);
      return () => act(scene);
    },
  };
}

export const accounts: Attack[] = [
  ofOldAccount('the export of an account', ({ call, member }) =>
    times(5, 5, async () => (await call('GET', '/users/@me/data-export', member.token)).status),
  ),
  ofOldAccount('the deletion of an account', async ({ call, member }) => {
    const password = 'correct horse battery staple';
    const { status } = await call('DELETE', '/users/@me', member.token, { password });
    await Bun.sleep(10_000);
    return { [status]: 1 };
  }),
];
