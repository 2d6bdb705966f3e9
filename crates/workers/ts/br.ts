// The module `cloudflare:br`: the class of the browser rendering binding.

export { BrowserRendering } from 'cloudflare-internal:br-api';
