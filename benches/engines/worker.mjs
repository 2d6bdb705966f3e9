// The cases in a Worker.

import { answer } from 'cases.mjs';

export default {
  async fetch(request) {
    return new Response(await answer(request.url));
  },
};
