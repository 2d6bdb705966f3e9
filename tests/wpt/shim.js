// The main module of a Worker that runs one test of Web Platform Tests, and reports each subtest in a line
// `WPT<tab>status<tab>name<tab>message`, name and message as JSON.

import scripts from "scripts";
import files from "files";

const BASE = new URL("PATH", "http://web-platform.test/");
// The harness itself has no limit outside of browsers.
const LIMIT = 8_000;

const STATUS = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
const HARNESS_STATUS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"];
const PASSED_OVER = STATUS.indexOf("PRECONDITION_FAILED");

function report(status, name, message) {
  console.log(["WPT", status, JSON.stringify(name), JSON.stringify(message ?? "")].join("\t"));
}

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

function local(fetch) {
  return async function (input, init) {
    const url = input instanceof Request ? input.url : new URL(input, BASE).href;
    const file = files[new URL(url).pathname];
    if (file !== undefined) {
      return new Response(file, { headers: { "content-type": "application/octet-stream" } });
    }
    return fetch.call(this, url, init);
  };
}

export default {
  async test() {
    const { href, origin, protocol, host, hostname, port, pathname, search, hash } = BASE;
    const parts = { href, origin, protocol, host, hostname, port, pathname, search, hash };
    define("location", { ...parts, toString: () => href });
    define("fetch", local(fetch));
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
