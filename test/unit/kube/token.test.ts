import { describe, expect, it } from 'vitest';
import { TokenSource } from '../../../src/kube/token.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';

const make = (lifeMs = 1_000_000) => {
  const clock = new FakeClock();
  const answers: (() => void)[] = [];
  const state = { issued: 0, broken: false, held: false };
  const source = new TokenSource(async () => {
    if (state.held) await new Promise<void>((resolve) => answers.push(resolve));
    if (state.broken) throw new Error('no token');
    state.issued += 1;
    return { token: `t${state.issued}`, expiresAt: clock.now() + lifeMs };
  }, clock);
  return { clock, source, state, answers };
};

describe('token source', () => {
  it('asks once for many callers and keeps the token for four fifths of its life', async () => {
    const { clock, source, state } = make();
    expect(await Promise.all([source.get(), source.get()])).toEqual(['t1', 't1']);
    await clock.advance(799_999);
    expect(await source.get()).toBe('t1');
    await settle();
    expect(state.issued).toBe(1);
  });

  it('renews in the background: nobody waits while the old one is good', async () => {
    const { clock, source, state, answers } = make();
    await source.get();
    await clock.advance(800_000);
    state.held = true;
    expect(await source.get()).toBe('t1');
    state.held = false;
    answers.shift()?.();
    await settle();
    expect(await source.get()).toBe('t2');
  });

  it('uses the old token while renewal fails, and says why once it has expired', async () => {
    const { clock, source, state } = make();
    await source.get();
    state.broken = true;
    await clock.advance(900_000);
    expect(await source.get()).toBe('t1');
    await clock.advance(100_000);
    await expect(source.get()).rejects.toThrow('no token');
    state.broken = false;
    expect(await source.get()).toBe('t2');
  });

  it('gets a new one after the server refused it', async () => {
    const { source } = make();
    await source.get();
    source.drop();
    expect(await source.get()).toBe('t2');
  });
});
