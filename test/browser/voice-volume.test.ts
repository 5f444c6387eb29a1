// How loud one hears each of the others, measured at what the page plays.
import { expect } from 'bun:test';
import { hears, hearsNothing } from './support/hearing.ts';
import { button, enters, lounge, withLiveKit } from './support/voice.ts';
import type { Visitor } from './support/visitor.ts';

const voiceTest = await withLiveKit();

/**
 * How loud the voice is that the page plays, over some words of it: the mean of its squares. Chromium adds no
 * energy up for a voice that goes through an amplifier.
 */
function loudness({ page }: Visitor): Promise<number> {
  return page.evaluate(async () => {
    const element = document.querySelector('audio');
    if (!(element?.srcObject instanceof MediaStream)) return 0;
    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(element.srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let [sum, count] = [0, 0];
    // The voice repeats itself after a second.
    while (context.currentTime < 4.4) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) sum += sample * sample;
      count += samples.length;
    }
    const isMuted = element.muted ? 0 : 1;
    await context.close();
    return Math.sqrt(sum / count) * element.volume * isMuted;
  });
}

const slider = ({ page }: Visitor) => page.getByRole('slider', { name: 'Volume' });
const silence = ({ page }: Visitor) => page.getByRole('switch', { name: 'Mute for me' });

voiceTest('one hears somebody louder, quieter, and not at all', async (stage) => {
  const { anna, ben, channel } = await lounge(stage);
  const desk = await enters(stage, anna, `#/${channel.id}`);
  const phone = await enters(stage, ben, `#/${channel.id}`, 'phone');
  await button(desk, 'Join').click();
  await button(phone, 'Join').tap();
  await hears(desk);
  const usual = await loudness(desk);

  const opener = desk.page.getByRole('button', { name: /^Volume of ben/ });
  // There is none for oneself.
  expect(await desk.page.getByRole('button', { name: /^Volume of/ }).count()).toBe(1);
  await opener.press('Enter');
  await slider(desk).press('End');
  expect(await slider(desk).getAttribute('aria-valuetext')).toBe('200 %');
  await desk.isAccessible();
  await desk.isPictured('voice-volume');
  await desk.until('a louder voice', async () => (await loudness(desk)) > usual * 1.5);
  await slider(desk).press('ArrowLeft');
  expect(await slider(desk).inputValue()).toBe('195');

  await slider(desk).fill('20');
  await desk.until('a quieter voice', async () => {
    const now = await loudness(desk);
    return now > 0 && now < usual * 0.4;
  });

  await silence(desk).press('Space');
  await hearsNothing(desk);
  await desk.page.keyboard.press('Escape');
  await desk.page.getByRole('button', { name: 'Volume of ben: muted for you' }).waitFor();
  expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true);

  // It is kept, by this device alone.
  await desk.page.reload();
  await button(desk, 'Join').click();
  await desk.page.getByRole('button', { name: 'Volume of ben: muted for you' }).click();
  expect(await slider(desk).inputValue()).toBe('20');
  await hearsNothing(desk);
  await silence(desk).click();
  await hears(desk);
  await hears(phone);
  await phone.page.getByRole('button', { name: 'Volume of anna', exact: true }).tap();
  await slider(phone).waitFor();
  await phone.isAccessible();
  await phone.isPictured('voice-volume');
});

voiceTest(
  'a louder voice comes back as loud, and stays away from who hears nobody',
  async (stage) => {
    const { anna, ben, channel } = await lounge(stage);
    const desk = await enters(stage, anna, `#/${channel.id}`);
    const other = await enters(stage, ben, `#/${channel.id}`);
    for (const one of [desk, other]) await button(one, 'Join').click();
    await hears(desk);
    const usual = await loudness(desk);
    const isLouder = () =>
      desk.until('a louder voice', async () => (await loudness(desk)) > usual * 1.5);
    await button(desk, 'Hear nobody').click();
    await desk.page.getByRole('button', { name: /^Volume of ben/ }).press('Enter');
    await slider(desk).press('End');
    await silence(desk).check();
    await silence(desk).uncheck();
    await hearsNothing(desk);
    await desk.page.keyboard.press('Escape');
    await button(desk, 'Hear nobody').click();
    await isLouder();
    await desk.page.reload();
    await button(desk, 'Join').click();
    await desk.page.getByRole('button', { name: 'Volume of ben: 200 %' }).waitFor();
    await isLouder();
  },
);
