import { expect } from 'chai';
import { HttpError } from '../../registry/http.ts';
import { Turns } from '../../registry/turns.ts';

describe('turns by account', () => {
  const never = new AbortController().signal;

  /** Work that ends when it is told to, and says when it starts. */
  function work(turns: Turns, account: string, signal = never) {
    const end = Promise.withResolvers<void>();
    const state = { started: false };
    const done = turns.take(account, signal, async () => {
      state.started = true;
      await end.promise;
    });
    done.catch(() => undefined);
    return { state, done, end };
  }

  it('are so many at once, the others after them in their order', async () => {
    const turns = new Turns({ atOnce: 2, waiting: 2 });
    const all = Array.from({ length: 4 }, () => work(turns, '1'));
    const started = () => all.map(({ state }) => state.started);
    expect(started()).to.deep.equal([true, true, false, false]);
    all[1]?.end.resolve();
    await all[1]?.done;
    await Promise.resolve();
    expect(started()).to.deep.equal([true, true, true, false]);
    for (const { end } of all) end.resolve();
    await Promise.all(all.map(({ done }) => done));
    expect(started()).to.deep.equal([true, true, true, true]);
  });

  it('are refused when too many wait, and not to another account', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 1 });
    const [first, second, third] = [work(turns, '1'), work(turns, '1'), work(turns, '1')];
    const refusal = await third.done.then(
      () => undefined,
      (error: unknown) => error as HttpError,
    );
    expect(refusal).to.be.instanceOf(HttpError);
    expect(refusal).to.include({ status: 429, code: 'TOO_MANY_REQUESTS' });
    expect(refusal?.headers).to.deep.equal({ 'retry-after': '1' });
    expect(work(turns, '2').state.started).to.equal(true);
    first.end.resolve();
    second.end.resolve();
    await second.done;
    expect(work(turns, '1').state.started).to.equal(true);
  });

  it('pass on from work that fails, and by whoever has gone', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 2 });
    const gone = new AbortController();
    const first = work(turns, '1');
    const second = work(turns, '1', gone.signal);
    const third = work(turns, '1');
    gone.abort(new Error('gone'));
    first.end.reject(new Error('failed'));
    const [one, two] = await Promise.allSettled([first.done, second.done]);
    expect([one.status, two.status]).to.deep.equal(['rejected', 'rejected']);
    third.end.resolve();
    await third.done;
    expect([second.state.started, third.state.started]).to.deep.equal([false, true]);
  });
});
