// The main module of a Worker that runs one test of Web Platform Tests, and reports each subtest in a line
// `WPT<tab>status<tab>name<tab>message`, name and message as JSON.

import scripts from "scripts";

const BASE = new URL("BASE_URL");
// The harness itself has no limit outside of browsers. Above it is that of the runner.
const LIMIT = 50_000;

const STATUS = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
const HARNESS_STATUS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"];
const PASSED_OVER = STATUS.indexOf("PRECONDITION_FAILED");

function report(status, name, message) {
  console.log(["WPT", status, JSON.stringify(name), JSON.stringify(message ?? "")].join("\t"));
}

function define(name, value, object = globalThis) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true });
}

/** Relative URLs are relative to the test, as in a browser. */
function local(fetch) {
  return function (input, init) {
    return fetch.call(this, input instanceof Request ? input : new URL(input, BASE).href, init);
  };
}

function localClass(Class) {
  return new Proxy(Class, {
    construct(target, [url, ...rest], newTarget) {
      if (url instanceof Class) return Reflect.construct(target, [url, ...rest], newTarget);
      const resolved = URL.canParse(url, BASE) ? new URL(url, BASE).href : url;
      return Reflect.construct(target, [resolved, ...rest], newTarget);
    },
  });
}

export default {
  async test() {
    const { href, origin, protocol, host, hostname, port, pathname, search, hash } = BASE;
    const parts = { href, origin, protocol, host, hostname, port, pathname, search, hash };
    define("location", { ...parts, toString: () => href });
    define("fetch", local(fetch));
    define("Request", localClass(Request));
    define("EventSource", localClass(EventSource));
    // Listeners that capture are refused, though without a tree they are like all others.
    const listen = function (type, listener) {
      EventTarget.prototype.addEventListener.call(this, type, listener);
    };
    define("addEventListener", listen, WebSocket.prototype);
    define("GLOBAL", {
      isWindow: () => false,
      isWorker: () => true,
      isShadowRealm: () => false,
    });
    // Where the harness sees a service worker it waits for events that do not come here.
    scripts.harness(class {}, class {});
    const completed = new Promise((resolve) => {
      add_completion_callback((_tests, harness) => resolve(harness));
    });
    add_result_callback((test) => {
      if (test.status !== PASSED_OVER) report(STATUS[test.status], test.name, test.message);
    });
    // The test is not over before all of it was evaluated, even if microtasks run in between.
    setup({ explicit_done: true });
    const limit = setTimeout(() => timeout(), LIMIT);
    try {
      scripts.test();
      done();
    } catch (error) {
      report("ERROR", "(script)", String(error));
      clearTimeout(limit);
      return;
    }
    const harness = await completed;
    clearTimeout(limit);
    report(harness.status === 0 ? "PASS" : HARNESS_STATUS[harness.status], "(harness)", harness.message);
  },
};
