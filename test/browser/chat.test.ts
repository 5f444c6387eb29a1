import { browserTest } from './support/stage.ts';

browserTest('two people chat, one at a desk and one with a phone', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  await stage.meets(anna, ben);
  const desk = await stage.enters(anna);
  const phone = await stage.enters(ben, 'phone');
  await desk.writes('Hello from the **desk**');
  await phone.reads('Hello from the desk');
  await phone.writes('And from the phone');
  await desk.reads('And from the phone');
  await desk.isAccessible();
  await phone.isAccessible();
  await desk.isPictured('chat');
  await phone.isPictured('chat');
});
