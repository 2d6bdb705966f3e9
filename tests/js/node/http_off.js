// `node:http` where servers are not enabled.
import assert from 'node:assert';
import http from 'node:http';
import https from 'node:https';

export const noServers = {
  async test() {
    assert.throws(() => http.createServer(), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    assert.throws(() => new http.Server(), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    assert.throws(() => https.createServer(), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    await assert.rejects(import('node:_http_server'));
  },
};
