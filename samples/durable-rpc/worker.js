// POST /ARTICLE buys one, GET /ARTICLE says how many there are.

import { DurableObject, RpcTarget } from 'cloudflare:workers';

// What a customer holds while thinking about it. It gives the article back when it is dropped without being bought.
class Reservation extends RpcTarget {
  #article;
  #isOpen = true;

  constructor(article) {
    super();
    this.#article = article;
    article.left -= 1;
  }

  buy() {
    this.#isOpen = false;
    return { left: this.#article.left };
  }

  [Symbol.dispose]() {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#article.left += 1;
    }
  }
}

export class Article extends DurableObject {
  left = 2;

  count() {
    return this.left;
  }

  // `soldOut` is a function of the caller's: calling it here runs it there.
  async reserve(soldOut) {
    if (this.left === 0) {
      await soldOut(this.ctx.id.name);
      return null;
    }
    return new Reservation(this);
  }
}

export default {
  async fetch(request, env) {
    const article = env.ARTICLES.getByName(new URL(request.url).pathname.slice(1));
    if (request.method !== 'POST') {
      return new Response(`${await article.count()} left\n`);
    }
    let missing;
    using reservation = await article.reserve((name) => {
      missing = name;
    });
    if (reservation === null) {
      return new Response(`No more ${missing}.\n`, { status: 409 });
    }
    const { left } = await reservation.buy();
    return new Response(`Yours. ${left} left.\n`);
  },
};
