// The wrapped binding `cloudflare-internal:br-api`: browser rendering behind a service.

import bindings from 'cloudflare-internal:bindings';

export class BrowserRendering extends bindings.WrappedBinding {
  fetcher: any;

  constructor(fetcher: any) {
    super(fetcher);
    this.fetcher = fetcher;
  }

  async fetch(input: RequestInfo, init: RequestInit): Promise<Response> {
    return this.fetcher.fetch(input, init);
  }
}

export default function makeBinding(env: { fetcher: any }): BrowserRendering {
  return new BrowserRendering(env.fetcher);
}
