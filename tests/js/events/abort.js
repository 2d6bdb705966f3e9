const seen = [];

export default {
  async test(controller, env, ctx) {
    let message;
    try {
      await ctx.exports.default.fetch('http://abort/');
    } catch (error) {
      message = error.message;
    }
    if (message !== 'no more of it') throw new Error(`the caller saw: ${message}`);
    if (seen.join() !== 'before') throw new Error(`what ran: ${seen.join()}`);
  },

  async fetch(request, env, ctx) {
    seen.push('before');
    try {
      ctx.abort(new Error('no more of it'));
      seen[1] = 'after';
    } catch {
      seen[2] = 'caught';
    } finally {
      seen[3] = 'finally';
    }
    return new Response('not aborted');
  },
};
