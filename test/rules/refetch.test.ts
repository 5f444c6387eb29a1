// State plus events equals refetch: who listened knows what a newcomer of the same account is told.
import { test } from 'bun:test';
import { Follower } from '../support/follower.ts';
import { liveThrough, patience_ms } from '../support/trial/history.ts';
import { allIntents } from '../support/person.ts';
import { Trial, type Voice } from '../support/trial/trial.ts';

const numRuns = 10;

/** Everybody with a session that asked for everything, followed from its READY on. */
class Followers {
  readonly #followers = new Map<Voice, Follower>();

  async follow(trial: Trial): Promise<void> {
    for (const voice of trial.voices) {
      if (voice.missed !== null || voice.intents.size < allIntents.length) continue;
      const known = this.#followers.get(voice) ?? new Follower(voice.owner.person, voice.ears);
      this.#followers.set(voice, known);
      await known.follow(voice.ears);
    }
  }

  async agree(trial: Trial): Promise<void> {
    await this.follow(trial);
    for (const voice of trial.voices) {
      const follower = this.#followers.get(voice);
      if (follower === undefined || voice.missed !== null) continue;
      const fresh = await trial.open(voice.owner, allIntents);
      // The newcomer may itself change what the account shows.
      await trial.clock.pass(1_100);
      await follower.follow(voice.ears);
      await follower.agrees(fresh.ears.ready);
      fresh.ears.close();
      await trial.isGone(fresh.id);
      trial.forget(fresh);
    }
  }
}

test(
  'whatever happens, events keep true what READY has said',
  async () => {
    const followers = new WeakMap<Trial, Followers>();
    await liveThrough({
      numRuns,
      most: 60,
      async begin() {
        const trial = await Trial.begin(new Map());
        const all = new Followers();
        followers.set(trial, all);
        trial.onStep = () => all.follow(trial);
        await all.follow(trial);
        return trial;
      },
      end: async (trial) => followers.get(trial)?.agree(trial),
    });
  },
  patience_ms(numRuns),
);
