// POST /NAME?seconds=N with a text sets a reminder, GET /NAME says how it stands.

import { DurableObject } from 'cloudflare:workers';

export class Reminder extends DurableObject {
  async set(text, time) {
    this.ctx.storage.put({ text, said: false });
    await this.ctx.storage.setAlarm(time);
  }

  async state() {
    const [text, said, due] = await Promise.all([
      this.ctx.storage.get('text'),
      this.ctx.storage.get('said'),
      this.ctx.storage.getAlarm(),
    ]);
    return { text, said, due };
  }

  // At least once: what happens here may happen again after a failure, so it must not matter if it does.
  async alarm({ retryCount }) {
    const text = await this.ctx.storage.get('text');
    console.log(`${this.ctx.id.name}: ${text}${retryCount ? ` (try ${retryCount + 1})` : ''}`);
    await this.ctx.storage.put('said', true);
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const reminder = env.REMINDERS.getByName(pathname.slice(1));
    if (request.method === 'POST') {
      const time = Date.now() + Number(searchParams.get('seconds') ?? 60) * 1000;
      await reminder.set(await request.text(), time);
      return new Response(null, { status: 202 });
    }
    const { text, said, due } = await reminder.state();
    if (text === undefined) {
      return new Response('Nothing to remember.\n', { status: 404 });
    }
    return new Response(said ? `${text}\n` : `Wait until ${new Date(due).toISOString()}.\n`);
  },
};
