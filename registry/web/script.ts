/**
 * The only script of the pages: results as one types, and buttons that copy. Without it the form and the commands are
 * there all the same. What it puts into the page is what the server has written for the same search.
 */
export const SCRIPT = `
'use strict';
(() => {
  const announce = document.querySelector('#announce');

  for (const box of document.querySelectorAll('.copy')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy ' + (box.dataset.what || 'text'));
    button.addEventListener('click', async () => {
      const text = box.querySelector('pre').textContent;
      let said = 'Copied';
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(box.querySelector('pre'));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        said = document.execCommand('copy') ? 'Copied' : 'Selected';
      }
      button.textContent = said;
      if (announce) announce.textContent = said + '.';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    box.append(button);
  }

  const form = document.querySelector('form.search');
  const results = document.querySelector('#results');
  if (!form || !results) return;
  let waiting;
  let asking;
  const say = (words) => { if (announce) announce.textContent = words; };
  const fail = (words) => {
    const line = document.createElement('p');
    line.className = 'count';
    line.textContent = words;
    results.replaceChildren(line);
    say(words);
  };
  const search = async () => {
    const given = [...new FormData(form)].filter(([, value]) => value !== '');
    const query = new URLSearchParams(given).toString();
    const target = query === '' ? form.action : form.action + '?' + query;
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(target, { signal: asking.signal, headers: { accept: 'text/html' } });
      if (answer.status === 429) {
        const seconds = Math.max(1, Number(answer.headers.get('retry-after')) || 1);
        fail('Too many requests: the search goes on in ' + seconds + ' s.');
        clearTimeout(waiting);
        waiting = setTimeout(search, seconds * 1000);
        return;
      }
      if (!answer.ok) return fail('The search failed (' + answer.status + ').');
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.querySelector('#results');
      if (!fresh) return;
      results.replaceChildren(...fresh.childNodes);
      document.title = page.title;
      history.replaceState(null, '', target);
      const count = results.querySelector('.count');
      if (count) say(count.textContent);
    } catch (error) {
      if (error.name !== 'AbortError') fail('The registry cannot be reached.');
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  };
  form.addEventListener('input', soon);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    search();
  });
})();
`;
