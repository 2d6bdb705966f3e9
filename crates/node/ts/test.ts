// The module `node:test`: its mocks. Tests are the business of `workerd test`.

import { MockFunctionContext, MockTracker } from 'node-internal:mock';

const mock = new MockTracker();

export { mock, MockFunctionContext, MockTracker };
export default { mock, MockFunctionContext, MockTracker };
